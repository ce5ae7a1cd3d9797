import { setTimeout } from 'node:timers/promises'
import {
  openPasswordlessAccounts,
  type PasswordlessAccount,
  type PasswordlessConfig,
  unbuiltPasswordless,
} from '../../../authentication/index.ts'
import type { Client } from '../../../base/client.ts'
import type { Clock } from '../../../base/clock.ts'
import type { Log } from '../../../base/log.ts'
import { type Metrics, noMetrics } from '../../../base/metrics.ts'
import { type CodeLimits, type Codes, codeLimits, oneTimeCodes } from '../../../mfa/index.ts'
import { maskRecipient, type Notifications } from '../../../notifications/index.ts'
import type { TicketKind, TicketRegistry } from '../../../tickets/index.ts'

/** A code in place of a password, as it lies in the registry. */
const CODE: TicketKind = { prefix: 'PWLESS', storageName: 'passwordlessTokensCache', grants: false, session: false }

/** What logins without a password keep in the ticket registry. */
export const passwordlessTicketKinds: readonly TicketKind[] = [CODE]

/** A code that is to reach somebody; without an account nobody gets it. */
export interface CodeToSend {
  /** As it was typed. */
  readonly name: string
  readonly account: PasswordlessAccount | undefined
  readonly code: string
  readonly locale: string | undefined
  readonly client: Client
}

/** Logins without a password, opened: accounts, codes, limits and the sending. */
export interface Passwordless {
  /** Whether a source of accounts is configured at all. */
  readonly active: boolean
  readonly codes: Codes
  /** By the name that is typed. */
  readonly limits: CodeLimits
  /** By whoever gets the codes (`ownerOf`): many names may be those of one account. */
  readonly byOwner: CodeLimits
  readonly codeLength: number
  readonly timeToLiveInSeconds: number
  /** Whether a second factor stands in place of a code for accounts that do not say. */
  readonly multifactorActivated: boolean
  /** @throws {Unavailable} when a source cannot be asked. */
  find(username: string): Promise<PasswordlessAccount | undefined>
  /** Whether another code may be asked for from this address now; counts it. */
  mayAsk(address: string): Promise<boolean>
  /** Sends it in the background. */
  send(code: CodeToSend): void
  /** For the figures. */
  accepted(): void
  refused(why: string): void
  /** Waits for what is being sent. */
  close(): Promise<void>
}

export interface PasswordlessParts {
  readonly settings: PasswordlessConfig
  readonly configurationDirectory: string
  readonly scriptTimeoutMs: number
  readonly registry: Pick<TicketRegistry, 'add' | 'consume' | 'delete' | 'putOnce' | 'addHit' | 'hitsSince' | 'clearHits'>
  readonly notifications: Pick<Notifications, 'direct'>
  /** 32 bytes each; the first writes, all read. */
  readonly keys: readonly Buffer[]
  readonly isSet: (setting: string) => boolean
  readonly metrics?: Metrics
  readonly clock: Clock
  readonly log: Log
}

const SETTINGS = 'cas.authn.passwordless.tokens'
const NAMES = ['token', 'principal', 'name']
/** Codes that are being sent at once; a provider that hangs makes no queue without end. */
const MOST_UNDER_WAY = 200
const ANSWERED_MS = 20

/** Who gets the codes of an account, however it is called; for a name that nobody has, the name. */
export const ownerOf = (account: PasswordlessAccount | undefined, typed: string): string => {
  const places = account ? [account.phone.replace(/[\s().-]+/g, ''), account.email].filter((place) => place !== '') : []
  return places.length > 0 ? places.join(' ') : (account?.username ?? typed)
}

/** @throws {StartRefusal} for settings that cannot work. */
export async function openPasswordless(parts: PasswordlessParts): Promise<Passwordless> {
  const { settings, registry, notifications, keys, clock, metrics = noMetrics } = parts
  const log = parts.log.child({ room: 'flow' })
  const { core, tokens } = settings.cas.authn.passwordless
  const own = settings.castellan.passwordless
  const accounts = await openPasswordlessAccounts({ ...parts, log })
  const active = accounts.sources.length > 0
  const name = 'passwordless'
  const windowMs = own.sendWindow * 1000
  const limits = codeLimits({ name, registry, sendLimit: own.sendLimit, sendWindowMs: windowMs, clock })
  const byOwner = codeLimits({ name: `${name} owner`, registry, sendLimit: own.sendLimit, sendWindowMs: windowMs, clock })
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of messages
  const sms = { ...tokens.sms, otherwise: '${token}' }
  const messages = notifications.direct({ prefix: SETTINGS, names: NAMES, sms, mail: tokens.mail })
  // A provider that is there for other messages sends no codes unless somebody says so.
  const bySms = messages.bySms && (tokens.sms.from.trim() !== '' || tokens.sms.text.trim() !== '')
  const { byMail } = messages
  const underWay = new Set<Promise<void>>()
  const count = (result: string) =>
    metrics.counter('cas.passwordless', 'Codes in place of passwords, by what became of them.', { result }).add()

  for (const { setting, message } of unbuiltPasswordless(parts.isSet)) log.error({ setting }, message)
  if (active && !bySms && !byMail)
    log.error({ setting: SETTINGS }, 'Users may log in without a password, but no way to send codes is configured: none is sent.')

  async function deliver({ name: typed, account, code, locale, client }: CodeToSend): Promise<void> {
    // After the answer has left, so that it does not tell whether there is somebody to send to.
    await setTimeout(ANSWERED_MS)
    if (!account) return count('nobody')
    if (!(await byOwner.maySend(ownerOf(account, typed)))) {
      log.warn({ user: account.username }, 'A user has been sent as many codes as allowed, under several names.')
      return count('limited')
    }
    const person = String(account.attributes['name']?.[0] ?? account.username)
    const values = { token: code, principal: account.username, name: person }
    const ways = [
      ...(bySms && account.phone !== '' ? ([['sms', account.phone, messages.sms(account.phone, values, locale, client)]] as const) : []),
      ...(byMail && account.email !== '' ? ([['mail', account.email, messages.mail(account.email, values, locale)]] as const) : []),
    ]
    if (ways.length === 0) {
      log.warn({ user: account.username }, 'A code cannot be sent: the account has no phone number or mail address that can be reached.')
      return count('unreachable')
    }
    const results = await Promise.all(ways.map(async ([channel, to, sent]) => ({ channel, to, result: await sent })))
    const reached = results.some(({ result }) => result.status === 'sent' || result.status === 'uncertain')
    if (!reached)
      log.error(
        { to: results.map(({ channel, to }) => maskRecipient(channel, to)), reason: results[0]?.result.message },
        'A code in place of a password could not be sent.',
      )
    count(reached ? 'sent' : 'failed')
  }

  return {
    active,
    limits,
    byOwner,
    codes: oneTimeCodes({
      registry,
      kind: CODE,
      typedPrefix: '',
      keys,
      length: own.tokenLength,
      type: 'NUMERIC',
      timeToLiveInSeconds: tokens.core.expiration,
      clock,
    }),
    codeLength: own.tokenLength,
    timeToLiveInSeconds: tokens.core.expiration,
    multifactorActivated: core.multifactorAuthenticationActivated,
    find: accounts.find,
    async mayAsk(address) {
      if (own.addressLimit === 0) return true
      const key = `${name} asked ${address}`
      const now = clock()
      if ((await registry.hitsSince(key, now - windowMs)) >= own.addressLimit) return false
      await registry.addHit(key, now, now + windowMs)
      return true
    },
    send(code) {
      if (underWay.size >= MOST_UNDER_WAY) {
        log.error({}, 'Codes in place of passwords leave too slowly; one was not sent.')
        return count('failed')
      }
      const sent = deliver(code)
        .catch((error: unknown) => log.error({ error: String(error) }, 'A code in place of a password could not be sent.'))
        .finally(() => underWay.delete(sent))
      underWay.add(sent)
    },
    accepted: () => count('accepted'),
    refused: count,
    async close() {
      await Promise.all(underWay)
      await accounts.close()
    },
  }
}
