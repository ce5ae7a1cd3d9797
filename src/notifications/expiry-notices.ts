import { existsSync } from 'node:fs'
import { breath } from '../base/breath.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { type Destination, destinationsOf, type EndingService, messageKey, type Notice, noticesOf } from './expiry-plan.ts'
import type { Channel, OutboxRecord } from './message.ts'
import type { OutboxStore } from './outbox/store.ts'
import { maskRecipient } from './recipient.ts'
import { oneLine } from './template/template.ts'
import { plainText, type ServiceTexts } from './texts.ts'
import { WEBHOOK, webhookEvent } from './webhook.ts'

/** What becomes of the contacts of a definition that has ended. */
export type Told =
  /** Messages are written down. */
  | 'will-be'
  /** They were before. */
  | 'known'
  /** Nothing asks for a message, or there is nobody or no way to tell. */
  | 'nobody'

/** The door for the registry of services: contacts are told exactly once of the end of a definition (notifications.md 7.3). */
export interface ExpiryNotices {
  /** How long before its end a definition is due for a warning, longest first, in milliseconds. */
  readonly warnBeforeMs: readonly number[]
  /**
   * Writes down what has to be told, before anything is deleted. What speaks of a removal is held back until `gone`.
   *
   * @returns what becomes of each.
   * @throws when it cannot be written; nothing must be deleted then.
   */
  prepare(services: readonly EndingService[]): Promise<readonly Told[]>
  /** They are deleted: what was held back leaves. */
  gone(services: readonly Pick<EndingService, 'id' | 'expiresAtMs'>[]): Promise<void>
  /** They end within `beforeMs`: contacts are warned, once for each step. */
  warn(services: readonly { readonly service: EndingService; readonly beforeMs: number }[]): Promise<void>
  /**
   * Compares what is held back, e.g. by a process that ended in the middle, with what is loaded: a definition that is gone sets it free, one with another
   * date takes it back.
   */
  reconcile(definitionOf: (id: string) => { readonly expiresAtMs: number } | undefined): Promise<void>
}

export interface ExpiryNoticesParts {
  readonly store: () => Promise<OutboxStore>
  readonly texts: ServiceTexts
  /** Whether there is a way to send by that channel. */
  readonly canSend: (channel: Channel) => boolean
  readonly warnBeforeMs: readonly number[]
  /** How long messages of that channel wait for others to the same recipient. */
  readonly gatherMs: (channel: Channel) => number
  readonly clock: Clock
  readonly log: Log
  /** Told of what was written. */
  readonly written: (records: readonly OutboxRecord[]) => void
}

/** More than anybody has in charge of one application: each message costs money, and whoever can write a definition could spend it. */
const MOST_RECIPIENTS = 100
const THE_WEBHOOK: Destination = { channel: 'webhook', to: WEBHOOK, contact: '', plausible: true }

export function expiryNotices(parts: ExpiryNoticesParts): ExpiryNotices {
  const { texts, clock, log } = parts
  /** Held back by this process, by definition and date. */
  const held = new Map<string, readonly OutboxRecord[]>()
  const markOf = ({ id, expiresAtMs }: { readonly id: string; readonly expiresAtMs: number }) => `${id} ${expiresAtMs}`

  /** Records of everything that one notice has to say. */
  async function recordsOf(
    service: EndingService,
    destinations: readonly Destination[],
    notices: (channel: Channel) => readonly Notice[],
    isHeld: boolean,
  ) {
    const records: OutboxRecord[] = []
    for (const destination of destinations) {
      const { channel, to, contact } = destination
      for (const { kind, action } of notices(channel)) {
        const said = await textOf(channel, action, service, contact)
        if (!said) continue
        const now = clock()
        records.push({
          key: messageKey(service, kind, destination),
          version: 0,
          state: isHeld ? 'held' : 'pending',
          channel,
          to,
          ...said,
          action,
          service: { id: service.id, name: service.name.trim() || service.serviceId, serviceId: service.serviceId, file: service.file },
          expiresAtMs: service.expiresAtMs,
          createdAtMs: now,
          dueAtMs: now + parts.gatherMs(channel),
          attempts: 0,
          lookups: 0,
        })
      }
    }
    return records
  }

  async function textOf(channel: Channel, action: Notice['action'], service: EndingService, contact: string) {
    if (channel === 'webhook') return { text: webhookEvent(action, service, clock()) }
    try {
      if (channel === 'mail') return await texts.mail(action, service, contact)
      const text = await texts.sms(action, service, contact)
      return text === undefined ? undefined : { text }
    } catch (error) {
      const reason = (error as Error).message
      log.error(
        { service: service.id, channel, error: reason },
        `The text of a message about the service [${service.name}] cannot be made (${reason}); its contacts are told in plain words.`,
      )
      const text = plainText(action, service)
      return channel === 'mail' ? { subject: oneLine(text), text, html: false } : { text }
    }
  }

  /** Whom a definition names, of those that can be told; says what is wrong with the rest. */
  function reachable(service: EndingService): readonly Destination[] {
    const { contacts, name, id } = service
    if (contacts.length === 0) log.warn({ service: id }, `The service [${name}] asks for its contacts to be told, but has none.`)
    for (const contact of contacts) {
      if (contact.email.trim() === '' && contact.phone.trim() === '')
        log.warn({ service: id, contact: contact.name }, `A contact of the service [${name}] has neither a phone number nor an address.`)
    }
    const all = destinationsOf(contacts)
    for (const { channel, to, plausible } of all) {
      if (!plausible)
        log.warn(
          { service: id, to: maskRecipient(channel, to) },
          `A contact of the service [${name}] has no usual ${channel === 'sms' ? 'phone number' : 'address'}; it is tried.`,
        )
    }
    for (const channel of ['sms', 'mail'] as const) {
      if (all.some((one) => one.channel === channel) && !parts.canSend(channel))
        log.warn(
          { service: id },
          `Could not send ${channel === 'sms' ? 'SMS' : 'mail'} about the service [${name}]: the settings for it are undefined.`,
        )
    }
    const told = all.filter(({ channel }) => parts.canSend(channel))
    if (told.length > MOST_RECIPIENTS)
      log.error(
        { service: id, recipients: told.length },
        `The service [${name}] names ${told.length} recipients; the first ${MOST_RECIPIENTS} are told, the others are not.`,
      )
    const people = told.length > MOST_RECIPIENTS ? told.slice(0, MOST_RECIPIENTS) : told
    return parts.canSend('webhook') ? [...people, THE_WEBHOOK] : people
  }

  /** Inserts; what was withdrawn before is opened again. @returns the records as they are now, and which of them are new. */
  async function insert(records: readonly OutboxRecord[]): Promise<{ readonly record: OutboxRecord; readonly isNew: boolean }[]> {
    const store = await parts.store()
    const written = await store.write(records)
    const result: { record: OutboxRecord; isNew: boolean }[] = []
    for (const [at, record] of records.entries()) {
      if (written[at]) {
        result.push({ record, isNew: true })
        continue
      }
      const before = await store.get(record.key)
      if (before?.state === 'withdrawn') {
        const again = { ...record, version: before.version + 1 }
        const [reopened = false] = await store.write([again])
        result.push({ record: again, isNew: reopened })
        continue
      }
      if (before) result.push({ record: before, isNew: false })
    }
    return result
  }

  function already({ record }: { readonly record: OutboxRecord }): void {
    const at = record.finishedAtMs === undefined ? undefined : new Date(record.finishedAtMs).toISOString()
    log.debug(
      { key: record.key, state: record.state, at, providerId: record.providerId },
      `Contacts for registered service [${record.service.serviceId}] were already notified.`,
    )
  }

  async function release(records: readonly OutboxRecord[]): Promise<void> {
    if (records.length === 0) return
    const store = await parts.store()
    const free = records.map(
      (record): OutboxRecord => ({
        ...record,
        version: record.version + 1,
        state: 'pending',
        dueAtMs: clock() + parts.gatherMs(record.channel),
      }),
    )
    const written = await store.write(free)
    parts.written(free.filter((_record, at) => written[at]))
  }

  return {
    warnBeforeMs: parts.warnBeforeMs,
    async prepare(services) {
      const all: OutboxRecord[] = []
      const wanted: boolean[] = []
      const pause = breath()
      for (const service of services) {
        if (pause.due()) await pause.take()
        const asks = noticesOf(service, false).length > 0
        wanted.push(asks && (service.contacts.length > 0 || parts.canSend('webhook')))
        if (!asks) continue
        // The end and the removal are two events for a program, which reads no text.
        const notices = (channel: Channel) => noticesOf(service, channel === 'webhook' || texts.separate[channel])
        for (const record of await recordsOf(service, reachable(service), notices, service.deleteWhenExpired)) all.push(record)
      }
      const results = all.length === 0 ? [] : await insert(all)
      const byService = Map.groupBy(results, ({ record }) => markOf({ id: record.service.id, expiresAtMs: record.expiresAtMs }))
      const now: OutboxRecord[] = []
      for (const [mark, ours] of byService) {
        const heldNow = ours.map(({ record }) => record).filter(({ state }) => state === 'held')
        if (heldNow.length > 0) held.set(mark, heldNow)
        for (const one of ours) {
          if (!one.isNew) already(one)
          else if (one.record.state === 'pending') now.push(one.record)
        }
      }
      parts.written(now)
      return services.map((service, at) => {
        if (!wanted[at]) return 'nobody'
        const ours = byService.get(markOf(service)) ?? []
        return ours.length > 0 && ours.every(({ isNew, record }) => !isNew && record.state !== 'held') ? 'known' : 'will-be'
      })
    },
    async gone(services) {
      const marks = services.map(markOf)
      await release(marks.flatMap((mark) => held.get(mark) ?? []))
      for (const mark of marks) held.delete(mark)
    },
    async warn(due) {
      const all: OutboxRecord[] = []
      for (const { service, beforeMs } of due) {
        if (!service.notifyWhenExpired && !service.notifyWhenDeleted) continue
        const notices = () => [{ kind: `warning-${beforeMs / 1000}`, action: 'warning' } as const]
        for (const record of await recordsOf(service, reachable(service), notices, false)) all.push(record)
      }
      if (all.length === 0) return
      const results = await insert(all)
      for (const one of results) if (!one.isNew) already(one)
      parts.written(results.filter(({ isNew }) => isNew).map(({ record }) => record))
    },
    async reconcile(definitionOf) {
      const store = await parts.store()
      const waiting = (await store.open()).filter(({ state }) => state === 'held')
      const free: OutboxRecord[] = []
      const back: OutboxRecord[] = []
      for (const record of waiting) {
        const definition = definitionOf(record.service.id)
        if (definition?.expiresAtMs === record.expiresAtMs) continue
        if (definition) back.push(record)
        // One that cannot be read just now is not gone.
        else if (!existsSync(record.service.file)) free.push(record)
      }
      await release(free)
      if (back.length === 0) return
      const now = clock()
      await store.write(
        back.map((record): OutboxRecord => ({ ...record, version: record.version + 1, state: 'withdrawn', finishedAtMs: now })),
      )
      for (const { service } of back)
        log.info({ service: service.id }, `The service [${service.name}] has another date now; a message about its end is withdrawn.`)
    },
  }
}
