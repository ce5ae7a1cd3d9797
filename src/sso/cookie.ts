import type { Clock } from '../base/clock.ts'
import type { Sealer } from '../base/crypto.ts'
import type { Log } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import {
  type Call,
  type CookieShape,
  cookiePath,
  readCookie,
  readCookies,
  removeCookie,
  sameSite,
  sendableCookie,
  setCookie,
} from '../http/index.ts'
import type { SsoConfig } from './config.ts'

/** What counts of a user agent: the rest would only push the cookie over the browsers' limit of 4,096 characters. */
const MAX_AGENT_LENGTH = 1024
/** Keeps a sealed TGC from being opened as anything else, and the reverse. */
const CONTEXT = 'tgc'

/** Why a cookie is not believed; the label of the log line. */
export type TgcFault = 'unreadable' | 'address' | 'user-agent'

export type TgcReading =
  | { readonly kind: 'absent' }
  /** `isOld`: sealed with a key that only reads: to be sealed anew, before that key is taken away. */
  | { readonly kind: 'session'; readonly id: string; readonly isOld?: true }
  | { readonly kind: 'rejected'; readonly fault: TgcFault }

export interface TicketGrantingCookie {
  /** What the cookie of this request names. It is not looked for in headers or parameters, as CAS does. */
  read(call: Call): TgcReading
  set(call: Call, ticketGrantingTicketId: string, longTerm: boolean): void
  clear(call: Call): void
}

export interface TgcParts {
  readonly settings: SsoConfig
  readonly contextPath: string
  readonly sealer: Sealer
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
  /** Addresses that are tolerated although the cookie was given to another (`cas.tgc.allowed-ip-addresses-pattern`). */
  readonly isAllowedAddress: ((address: string) => boolean) | undefined
}

/** The ticket-granting cookie (cas-protocol.md 8.1): `<id>@<address>@<user agent>`, sealed; the bare id when `cas.tgc.crypto.enabled` is off. */
export function ticketGrantingCookie({
  settings,
  contextPath,
  sealer,
  clock,
  log,
  metrics,
  isAllowedAddress,
}: TgcParts): TicketGrantingCookie {
  const tgc = settings.cas.tgc
  const shape = shapeOf('cas.tgc', tgc, contextPath, sameSite(tgc.sameSitePolicy, tgc.secure, settings.castellan.cookies.sameSiteDefault))
  const firstInAMinute = oncePerMinute(clock)
  const agentOf = (call: Call) => call.get('client').userAgent.slice(0, MAX_AGENT_LENGTH)

  const judge = (call: Call, value: string): TgcReading => {
    const rejected = (fault: TgcFault) => ({ kind: 'rejected', fault }) as const
    if (!tgc.crypto.enabled) return { kind: 'session', id: value }
    const opened = sealer.look(value, CONTEXT)
    if (opened === undefined) return rejected('unreadable')
    const clear = opened.clear.toString()
    const age = opened.isCurrent ? {} : ({ isOld: true } as const)
    // At most three parts: an agent may contain `@`; an id and an address cannot.
    const [, id = '', address, agent] = /^([^@]*)(?:@([^@]*)@(.*))?$/s.exec(clear) ?? []
    if (id === '') return rejected('unreadable')
    if (!tgc.pinToSession) return { kind: 'session', id, ...age }
    const now = call.get('client').address
    if (address !== now && !isAllowedAddress?.(now)) return rejected('address')
    if (agent !== agentOf(call)) return rejected('user-agent')
    return { kind: 'session', id, ...age }
  }

  return {
    read(call) {
      const value = readCookie(call, tgc.name)
      if (value === undefined) return { kind: 'absent' }
      const reading = judge(call, value)
      if (reading.kind !== 'rejected') return reading
      // Another host of the domain can put a cookie of this name before ours; that must not end the session.
      for (const other of readCookies(call, tgc.name).slice(1)) {
        const second = judge(call, other)
        if (second.kind === 'session') return second
      }
      metrics.counter('cas.tgc.rejected', 'Ticket-granting cookies that were refused, by reason.', { reason: reading.fault }).add()
      const { address } = call.get('client')
      if (firstInAMinute(`${reading.fault} ${address}`))
        log.warn({ event: 'tgc-rejected', reason: reading.fault, address }, 'ticket-granting cookie rejected')
      return reading
    },
    set(call, id, longTerm) {
      const clear = tgc.pinToSession ? `${id}@${call.get('client').address}@${agentOf(call)}` : id
      withoutEarlier(call, tgc.name)
      setCookie(call, shape, tgc.crypto.enabled ? sealer.seal(clear, CONTEXT) : id, ageOf(longTerm ? tgc.rememberMeMaxAge : tgc.maxAge))
    },
    clear(call) {
      withoutEarlier(call, tgc.name)
      removeCookie(call, shape)
    },
  }
}

/** The cookie by which a user asks for a confirmation before each transparent sign-on (cas-protocol.md 2.7). */
export function warningCookie(settings: SsoConfig, contextPath: string) {
  const warning = settings.cas.warningCookie
  // An empty policy sends no SameSite here, unlike the TGC.
  const shape = shapeOf('cas.warning-cookie', warning, contextPath, sameSite(warning.sameSitePolicy, warning.secure, 'Off'))
  return {
    isSet: (call: Call) => readCookie(call, warning.name) === 'true',
    set: (call: Call) => setCookie(call, shape, 'true', ageOf(warning.maxAge)),
    clear: (call: Call) => removeCookie(call, shape),
  }
}

/** An answer sets a cookie once: a login that found a dead session has removed the cookie before it sets the new one. */
function withoutEarlier(call: Call, name: string): void {
  const waiting = call.get('cookies')
  const earlier = waiting?.findIndex((line) => line.startsWith(`${name}=`)) ?? -1
  if (earlier >= 0) waiting?.splice(earlier, 1)
}

/** @throws {StartRefusal} for a cookie that cannot be sent. */
export function checkCookies({ cas }: SsoConfig): void {
  shapeOf('cas.tgc', cas.tgc, '', 'None')
  shapeOf('cas.warning-cookie', cas.warningCookie, '', 'None')
}

type CookieSettings = SsoConfig['cas']['tgc'] | SsoConfig['cas']['warningCookie']

function shapeOf(block: string, settings: CookieSettings, contextPath: string, site: CookieShape['sameSite']): CookieShape {
  const { name, domain, secure, httpOnly } = settings
  const path = settings.autoConfigureCookiePath ? cookiePath(settings.path, contextPath) : settings.path || contextPath || '/'
  return sendableCookie({ name, path, domain, secure, httpOnly, sameSite: site }, block)
}

/** Browsers honour 400 days at most (RFC 6265bis); without a limit the cookie lasts until the browser is closed. */
function ageOf(seconds: number): number {
  return Number.isFinite(seconds) ? Math.min(seconds, 400 * 86_400) : -1
}

/** Whether a key is seen for the first time in a minute; remembers a bounded number of them. */
function oncePerMinute(clock: Clock, capacity = 1000): (key: string) => boolean {
  const seen = new Map<string, number>()
  return (key) => {
    const now = clock()
    const before = seen.get(key)
    if (before !== undefined && Math.abs(now - before) < 60_000) return false
    if (seen.size >= capacity) seen.clear()
    seen.set(key, now)
    return true
  }
}
