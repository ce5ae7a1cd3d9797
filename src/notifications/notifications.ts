import type { Audit } from '../audit/index.ts'
import type { Clock } from '../base/clock.ts'
import { httpCaller } from '../base/http-call.ts'
import type { Log } from '../base/log.ts'
import { thisProcess } from '../base/process-owner.ts'
import { StartRefusal } from '../base/start-refusal.ts'
import type { OutboxChannel } from './channel.ts'
import type { NotificationsConfig } from './config.ts'
import { type DirectKind, type DirectMessages, directMessages } from './direct-messages.ts'
import { durationsOf } from './durations.ts'
import { type EventWebhook, eventWebhook } from './event-webhook.ts'
import { type ExpiryNotices, expiryNotices } from './expiry-notices.ts'
import { mailChannel } from './mail/channel.ts'
import { mailServer } from './mail/server.ts'
import { type Mail, type MailTransport, smtpTransport } from './mail/smtp.ts'
import { type Channel, isFinished, type MessageState, type OutboxRecord, type SendResult } from './message.ts'
import { type DeliveryWatch, deliveryWatch } from './outbox/delivery-watch.ts'
import { openOutbox } from './outbox/open-outbox.ts'
import { type NotificationCount, reporter } from './outbox/report.ts'
import type { OutboxStore } from './outbox/store.ts'
import { outboxWorker, type Timings, USUAL_TIMINGS, type Worker } from './outbox/worker.ts'
import { normalPhone } from './recipient.ts'
import type { DirectSms } from './sms-sender.ts'
import { smsSender } from './sms-sender.ts'
import { textsOfSettings } from './template/texts-of-settings.ts'
import { serviceTexts } from './texts.ts'
import { sayWhatIsUnbuilt } from './unbuilt.ts'
import { webhookChannel } from './webhook.ts'

/** Sends a short message at once, or says why not: for what is worth nothing later, such as one-time codes (notifications.md 9). */
export interface Sms {
  /** Whether a provider is configured. */
  readonly available: boolean
  /** One try, and a quick second one when the first was certainly not handed over. Never throws. */
  send(message: Omit<DirectSms, 'idempotencyKey'>): Promise<SendResult>
}

/** The same by mail. */
export interface MailSender {
  readonly available: boolean
  send(mail: Mail): Promise<SendResult>
}

export interface ChannelHealth {
  readonly status: 'UP' | 'DOWN'
  readonly details: Readonly<Record<string, string>>
}

export interface OutboxOverview {
  /** Where messages are kept; `undefined` when nothing can be sent, so that nothing is kept. */
  readonly place: string | undefined
  readonly counts: Readonly<Record<MessageState, number>>
  /** When the oldest message was made that has not left. */
  readonly oldestOpenAtMs: number | undefined
  readonly records: readonly OutboxRecord[]
}

/** `unknown`: there is no such message; `refused`: it is in no state for that, or somebody else was faster. */
export type Reopened = 'done' | 'unknown' | 'refused'

export interface Notifications {
  readonly sms: Sms
  readonly mail: MailSender
  /**
   * Prepares one kind of message that leaves at once and is kept nowhere, with texts from the settings; for one-time codes.
   *
   * @throws {StartRefusal} for a text that is a module which is missing.
   */
  direct(kind: DirectKind): DirectMessages
  /** Tells a program of events; absent where no address for them is configured. */
  readonly events?: Pick<EventWebhook, 'tell'> | undefined
  /** For the registry of services. */
  readonly expiry: ExpiryNotices
  /** Begins to send what is in the outbox, also what earlier runs left. */
  start(): Promise<void>
  /** Everything in the outbox. */
  overview(): Promise<OutboxOverview>
  /** One message, as it is now; `undefined` when there is none of that key. */
  message(key: string): Promise<OutboxRecord | undefined>
  /** A message that has failed, or of which nobody knows, is tried again. */
  retry(key: string): Promise<Reopened>
  /** A message that has not left never will. */
  discard(key: string): Promise<Reopened>
  /** Sends a message now, past the outbox, to a number or an address, and says what became of it. Never throws. */
  test(to: string, text: string): Promise<SendResult>
  /** `cas_notifications_total`, since the start. */
  counters(): readonly NotificationCount[]
  /** Each way to people that is configured. */
  health(): Readonly<Partial<Record<'sms' | 'mail', ChannelHealth>>>
  /** Lets calls that run finish, for some seconds; the rest is in the outbox. */
  close(): Promise<void>
}

export interface NotificationsParts {
  readonly settings: NotificationsConfig
  readonly stateDirectory: string
  /** The folder of definitions that this server may write; `undefined`: none. */
  readonly servicesDirectory: string | undefined
  readonly configurationDirectory: string
  readonly clock: Clock
  readonly log: Log
  readonly audit: Audit
  /** Of this program. */
  readonly version: string
  /** Text of a key of the message bundles. */
  readonly messageOf?: (key: string) => string | undefined
  /** Where variables about proxies are looked up. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Whether a setting stands in any source of the configuration, in any spelling; for ways to send that are not built. */
  readonly isSet?: (setting: string) => boolean
  readonly timings?: Partial<Timings>
  readonly random?: () => number
}

const LONGEST_DIGEST_SECONDS = 86_400
const PRUNE_EVERY_MS = 86_400_000

/**
 * Builds the room. Nothing is sent, and no store is opened, before something asks for it.
 *
 * @throws {StartRefusal} for settings that cannot work.
 */
export async function createNotifications(parts: NotificationsParts): Promise<Notifications> {
  const { settings, configurationDirectory, clock, version } = parts
  const log = parts.log.child({ room: 'notifications' })
  const report = reporter({ audit: parts.audit, log, clock })
  const timings = { ...USUAL_TIMINGS, ...parts.timings }
  const { warnBefore } = settings.castellan.serviceRegistry.expiration
  const warnBeforeMs = durationsOf(warnBefore, 'castellan.service-registry.expiration.warn-before').toReversed()
  const http = httpCaller(parts.env ? { proxyEnv: parts.env } : {})
  const smsOut = await smsSender(settings, { http, clock, log, configurationDirectory, version })
  const server = mailServer(settings, log)
  const mailOut = server && smtpTransport(server)
  if (mailOut && settings.spring.mail.testConnection) await mustAnswer(mailOut, server.host)

  const { sms: smsGroup, mail: mailGroup } = settings.cas.serviceRegistry
  const settingsTexts = textsOfSettings({ configurationDirectory, messageOf: parts.messageOf ?? (() => undefined), log })
  const texts = serviceTexts(settings, settingsTexts)
  const { digest, digestSubject: subjectText } = settings.castellan.serviceRegistry.mail
  if (digest > LONGEST_DIGEST_SECONDS)
    throw new StartRefusal('must be a day at most', { setting: 'castellan.service-registry.mail.digest' })
  const digestMs = digest * 1000
  const digestSubject = settingsTexts.subject('castellan.service-registry.mail.digest-subject', subjectText, {
    names: ['count'],
    positions: 1,
  })
  sayWhatIsMissing()
  const channels: Partial<Record<Channel, OutboxChannel>> = {}
  if (smsOut) channels.sms = smsOut.channel(() => smsGroup.from)
  if (mailOut) channels.mail = mailChannel(mailOut, { group: mailGroup, digestMs, digestSubject })
  const webhook = webhookChannel({ ...settings.castellan.serviceRegistry.webhook, http, clock, version })
  if (webhook) channels.webhook = webhook
  const events = eventWebhook({ settings: settings.castellan.events.webhook, http, clock, log, version })
  const isComplete = { sms: smsGroup.text.trim() !== '', mail: mailIsComplete(mailGroup), webhook: true }
  const canSend = (channel: Channel) => channels[channel] !== undefined && isComplete[channel]
  const active = Object.keys(channels).length > 0

  let opening: Promise<OutboxStore> | undefined
  const store = (): Promise<OutboxStore> => {
    opening ??= openOutbox({ ...parts, location: settings.castellan.notifications.state.location, log }).catch((error: unknown) => {
      opening = undefined
      throw error
    })
    return opening
  }
  let worker: Worker | undefined
  let deliveries: DeliveryWatch | undefined
  /** Written before the worker runs. */
  const early: OutboxRecord[] = []
  let prune: NodeJS.Timeout | undefined

  const expiry = expiryNotices({
    store,
    texts,
    canSend,
    warnBeforeMs,
    gatherMs: (channel) => (channel === 'mail' ? digestMs : 0),
    clock,
    log,
    written: (records) => {
      if (worker) worker.add(records)
      else for (const record of records) early.push(record)
    },
  })

  async function forgetOld(): Promise<void> {
    const { retention } = settings.castellan.notifications
    if (!Number.isFinite(retention)) return
    const count = await (await store()).prune(clock() - retention * 1000)
    if (count > 0) log.info({ count }, `${count} messages were forgotten that were finished long ago.`)
  }

  async function reopen(key: string, change: (record: OutboxRecord) => OutboxRecord | undefined): Promise<Reopened> {
    if (!active) return 'unknown'
    const outbox = await store()
    const record = await outbox.get(key)
    if (!record) return 'unknown'
    const next = change(record)
    const [written = false] = next ? await outbox.write([next]) : []
    if (!next || !written) return 'refused'
    worker?.add([next])
    return 'done'
  }

  const sms: Sms = {
    available: smsOut !== undefined,
    async send(message) {
      if (!smsOut) return notConfigured('SMS')
      const result = await smsOut.sendNow(message)
      report.direct('sms', result.provider, message.to, result)
      return result
    },
  }
  const mail: MailSender = {
    available: mailOut !== undefined,
    async send(one) {
      if (!mailOut) return notConfigured('mail')
      const open = async () => {}
      let result = await mailOut.send(one, open)
      if (result.status === 'retryable') result = await mailOut.send(one, open)
      report.direct('mail', 'smtp', one.to, result)
      return result
    },
  }

  return {
    sms,
    mail,
    events,
    direct: (kind) => directMessages(kind, { texts: settingsTexts, sms, mail }),
    test: (to, text) =>
      to.includes('@')
        ? mail.send({ from: mailGroup.from, to, subject: text, text })
        : sms.send({ from: smsGroup.from, to: normalPhone(to).number, text }),
    expiry: active ? expiry : { ...expiry, reconcile: async () => {} },
    async start() {
      if (!active || worker) return
      const outbox = await store()
      deliveries = deliveryWatch({ store: outbox, channels, clock, report, log })
      worker = outboxWorker({
        store: outbox,
        sent: deliveries.watch,
        channels,
        settings: settings.castellan.notifications,
        owner: thisProcess(),
        clock,
        random: parts.random ?? Math.random,
        timings,
        report,
        log,
      })
      // Before anything is sent: what this run sends is watched as it is taken.
      deliveries.resume().catch((error: unknown) => log.error({ error: String(error) }, 'what became of messages cannot be taken up'))
      worker.add(early.splice(0))
      await worker.look()
      const failed = (error: unknown) => log.error({ error: String(error) }, 'old messages cannot be removed')
      prune = setInterval(() => void forgetOld().catch(failed), PRUNE_EVERY_MS).unref()
      forgetOld().catch(failed)
      log.debug({ place: outbox.place }, `Messages are kept as ${outbox.place}.`)
    },
    async overview() {
      if (!active) return overviewOf(undefined, [])
      const outbox = await store()
      return overviewOf(outbox.place, [...(await outbox.open()), ...(await outbox.finished())])
    },
    message: async (key) => (active ? (await store()).get(key) : undefined),
    retry: (key) =>
      reopen(key, (record) => {
        if (record.state !== 'failed' && record.state !== 'unknown' && record.state !== 'pending') return undefined
        const { error: _error, finishedAtMs: _finished, firstAttemptAtMs: _first, ...rest } = record
        return { ...rest, version: record.version + 1, state: 'pending', dueAtMs: clock(), attempts: 0, lookups: 0 }
      }),
    discard: (key) =>
      reopen(key, (record) => {
        if (isFinished(record) || record.state === 'sending') return undefined
        return {
          ...record,
          version: record.version + 1,
          state: 'failed',
          error: { message: 'discarded by the operator' },
          finishedAtMs: clock(),
        }
      }),
    counters: report.counters,
    health() {
      const closed = worker?.closed()
      const of = (channel: Channel, provider: string): ChannelHealth => {
        const reason = closed?.get(channel)
        if (reason !== undefined) return { status: 'DOWN', details: { provider, error: reason } }
        const last = report.lastError(channel)
        const error = last && { lastError: last.reason, lastErrorAt: new Date(last.atMs).toISOString() }
        return { status: 'UP', details: { provider, ...error } }
      }
      return {
        ...(smsOut ? { sms: of('sms', smsOut.names[0] ?? '') } : {}),
        ...(server && settings.management.health.mail.enabled ? { mail: of('mail', `${server.host}:${server.port}`) } : {}),
      }
    },
    async close() {
      clearInterval(prune)
      events?.close()
      deliveries?.stop()
      await worker?.stop()
      await Promise.all([smsOut?.close(), settingsTexts.close()])
      http.close()
      await opening?.then((outbox) => outbox.close()).catch(() => {})
    },
  }

  function sayWhatIsMissing(): void {
    if (parts.isSet) sayWhatIsUnbuilt(parts.isSet, { sms: smsOut !== undefined, mail: mailOut !== undefined }, log)
    const wantsSms = smsGroup.text.trim() !== ''
    const wantsMail = mailGroup.text.trim() !== ''
    if (!smsOut && wantsSms) log.info({}, 'SMS will not be sent: no SMS provider is configured.')
    if (!mailOut && wantsMail) log.info({}, 'Mails will not be sent: spring.mail.host is not set.')
    if (smsOut && wantsSms && smsGroup.from.trim() === '')
      log.warn({}, 'cas.service-registry.sms.from is blank; most providers refuse messages without a sender.')
    if (mailOut && wantsMail && !mailIsComplete(mailGroup))
      log.error({}, 'Mails about services will not be sent: cas.service-registry.mail needs from, subject and text.')
  }
}

const notConfigured = (what: string): SendResult => ({ status: 'configuration', message: `no way to send ${what} is configured` })

const mailIsComplete = ({ from, subject, text }: NotificationsConfig['cas']['serviceRegistry']['mail']) =>
  [from, subject, text].every((one) => one.trim() !== '')

async function mustAnswer(transport: MailTransport, host: string): Promise<void> {
  try {
    await transport.verify()
  } catch (cause) {
    throw new StartRefusal(`is true, and the mail server ${host} does not take our connection: ${(cause as Error).message}`, {
      setting: 'spring.mail.test-connection',
      exitCode: 69,
      cause,
    })
  }
}

function overviewOf(place: string | undefined, records: readonly OutboxRecord[]): OutboxOverview {
  const counts = { held: 0, pending: 0, sending: 0, uncertain: 0, sent: 0, failed: 0, unknown: 0, withdrawn: 0 }
  let oldestOpenAtMs: number | undefined
  for (const record of records) {
    counts[record.state]++
    if (!isFinished(record)) oldestOpenAtMs = Math.min(oldestOpenAtMs ?? Number.POSITIVE_INFINITY, record.createdAtMs)
  }
  return { place, counts, oldestOpenAtMs, records }
}
