import { parseDuration } from '../base/duration.ts'
import { StartRefusal } from '../base/start-refusal.ts'
import type { TicketsConfig } from './config.ts'
import type { ExpirationPolicy } from './ticket.ts'

/** Limits of a service definition for its own tickets (tickets.md 3.6), durations as written there. */
export interface TicketLimitsOfService {
  readonly numberOfUses?: number | undefined
  readonly timeToLive?: string | number | undefined
}

/** Limits of a service definition for sessions (tickets.md 3.6): seconds, the maps by pattern. */
export interface SessionLimitsOfService {
  readonly maxTimeToLiveInSeconds?: number | undefined
  readonly userAgents?: Readonly<Record<string, number>> | undefined
  readonly ipAddresses?: Readonly<Record<string, number>> | undefined
}

/** What is known of the login that a session is made for. */
export interface SessionCircumstances {
  /** The attribute `authenticationSessionTimeout` of the authentication or the principal: seconds or a duration. */
  readonly sessionTimeout?: string | number | undefined
  /** The limits of the service that the login is for. */
  readonly service?: SessionLimitsOfService | undefined
  readonly longTerm: boolean
  readonly userAgent: string
  readonly address: string
}

/** Whether a Java pattern is found in a text. */
export type Found = (pattern: string, text: string) => boolean

/** Every policy that the settings decide, resolved once; what depends on a login or a service is a function. */
export interface TicketRules {
  /** Policy of a session by the settings alone, for an ordinary or a long-term one. */
  ticketGrantingTicket(longTerm: boolean): ExpirationPolicy
  readonly serviceTicket: { readonly numberOfUses: number; readonly timeToLiveInSeconds: number }
  readonly proxyTicket: { readonly numberOfUses: number; readonly timeToLiveInSeconds: number }
  readonly transientSessionTicket: { readonly numberOfUses: number; readonly timeToLiveInSeconds: number }
  readonly rememberMe: {
    readonly enabled: boolean
    /** Patterns; empty or absent: every client. */
    readonly supportedUserAgents: string | undefined
    readonly supportedIpAddresses: string | undefined
  }
  readonly onlyTrackMostRecentSession: boolean
  /** What the operator should know, one sentence each; to be logged once. */
  readonly warnings: readonly string[]
}

const seconds = (value: number | undefined) => (value === undefined || value === 0 ? undefined : value)
const hard = (limit: number): ExpirationPolicy => (Number.isFinite(limit) ? { timeToLiveInSeconds: limit } : {})
const idle = (limit: number): ExpirationPolicy => (Number.isFinite(limit) ? { timeToIdleInSeconds: limit } : {})

/**
 * Reads the rules of `cas.ticket.*` (tickets.md 3.2, 3.3).
 *
 * @throws {StartRefusal} for a session that would be over before it began, or whose idle limit is longer than its whole life.
 */
export function ticketRules(settings: TicketsConfig): TicketRules {
  const { tgt, st, pt, tst } = settings.cas.ticket
  const warnings: string[] = []
  const ordinary = ordinarySession(settings, warnings)
  const longTerm = hard(tgt.rememberMe.timeToKillInSeconds)
  if (tgt.rememberMe.enabled && tgt.rememberMe.timeToKillInSeconds > 90 * 86_400) {
    warnings.push('cas.ticket.tgt.remember-me.time-to-kill-in-seconds is longer than the three months that the protocol allows')
  }
  for (const [name, { maxLength }] of [['st', st] as const, ['pgt', settings.cas.ticket.pgt] as const, ['tgt.core', tgt.core] as const]) {
    if (maxLength < 16) warnings.push(`cas.ticket.${name}.max-length is below 16 bytes, which can be guessed; 16 are used`)
  }
  return {
    ticketGrantingTicket: (isLongTerm) => (isLongTerm && tgt.rememberMe.enabled ? longTerm : ordinary),
    serviceTicket: { numberOfUses: st.numberOfUses, timeToLiveInSeconds: st.timeToKillInSeconds },
    proxyTicket: { numberOfUses: pt.numberOfUses, timeToLiveInSeconds: pt.timeToKillInSeconds },
    transientSessionTicket: { numberOfUses: tst.numberOfUses, timeToLiveInSeconds: tst.timeToKillInSeconds },
    rememberMe: {
      enabled: tgt.rememberMe.enabled,
      supportedUserAgents: tgt.rememberMe.supportedUserAgents || undefined,
      supportedIpAddresses: tgt.rememberMe.supportedIpAddresses || undefined,
    },
    onlyTrackMostRecentSession: tgt.core.onlyTrackMostRecentSession,
    warnings,
  }
}

/** Rows 1 to 5 of tickets.md 3.2. */
function ordinarySession({ cas }: TicketsConfig, warnings: string[]): ExpirationPolicy {
  const { primary, timeout, throttledTimeout, hardTimeout } = cas.ticket.tgt
  const max = primary.maxTimeToLiveInSeconds
  const kill = primary.timeToKillInSeconds
  if (max === Number.POSITIVE_INFINITY && kill === Number.POSITIVE_INFINITY) {
    warnings.push('sessions never end: both cas.ticket.tgt.primary.max-time-to-live-in-seconds and .time-to-kill-in-seconds say so')
    return {}
  }
  if (max === 0 && kill === 0) throw overAtOnce('cas.ticket.tgt.primary.max-time-to-live-in-seconds')
  const idleOnly = seconds(timeout.maxTimeToLiveInSeconds)
  if (idleOnly !== undefined) return idle(idleOnly)
  const between = seconds(throttledTimeout.timeInBetweenUsesInSeconds)
  const throttled = seconds(throttledTimeout.timeToKillInSeconds)
  if (between !== undefined && throttled !== undefined) return { ...idle(throttled), timeBetweenUsesInSeconds: between }
  const hardOnly = seconds(hardTimeout.timeToKillInSeconds)
  if (hardOnly !== undefined) return hard(hardOnly)
  if (max === 0) throw overAtOnce('cas.ticket.tgt.primary.max-time-to-live-in-seconds')
  if (kill === 0) throw overAtOnce('cas.ticket.tgt.primary.time-to-kill-in-seconds')
  if (Number.isFinite(kill) && max < kill) {
    throw new StartRefusal(
      `must not be longer than cas.ticket.tgt.primary.max-time-to-live-in-seconds (${max} s): an idle limit beyond the end of the session has no meaning`,
      { setting: 'cas.ticket.tgt.primary.time-to-kill-in-seconds' },
    )
  }
  return { ...hard(max), ...idle(kill) }
}

const overAtOnce = (setting: string) =>
  new StartRefusal('ends every session at once: nobody could sign in. Give a duration such as PT8H, or -1 for no limit', { setting })

/**
 * The policy of a session (tickets.md 3.2, rows 0 to 5): the attribute `authenticationSessionTimeout`, else the limits of the service, else the
 * settings. The first two are hard limits without an idle one.
 */
export function sessionPolicy(rules: TicketRules, circumstances: SessionCircumstances, found: Found): ExpirationPolicy {
  const { sessionTimeout, service, longTerm } = circumstances
  const wished = sessionTimeout === undefined ? undefined : parseDuration(String(sessionTimeout))
  if (wished !== undefined && wished >= 0) return hard(wished)
  const limit = service && sessionLimitOf(service, circumstances, found)
  return limit === undefined ? rules.ticketGrantingTicket(longTerm) : hard(limit)
}

/**
 * What a service says about the age of sessions, in seconds: the first user agent, then the first address that is found and has a value, then the plain
 * maximum (tickets.md 3.6). `undefined`: nothing.
 */
export function sessionLimitOf(
  service: SessionLimitsOfService,
  client: Pick<SessionCircumstances, 'userAgent' | 'address'>,
  found: Found,
): number | undefined {
  const firstHit = (map: Readonly<Record<string, number>> | undefined, text: string) =>
    Object.entries(map ?? {}).find(([pattern, limit]) => limit >= 0 && found(pattern, text))?.[1]
  const byClient = firstHit(service.userAgents, client.userAgent) ?? firstHit(service.ipAddresses, client.address)
  if (byClient !== undefined) return byClient
  const max = service.maxTimeToLiveInSeconds
  return max !== undefined && max > 0 ? max : undefined
}

/** Whether this client may have a long-term session (cas-protocol.md 8.6). */
export function mayBeRemembered(rules: TicketRules, client: Pick<SessionCircumstances, 'userAgent' | 'address'>, found: Found): boolean {
  const { enabled, supportedUserAgents, supportedIpAddresses } = rules.rememberMe
  const fits = (pattern: string | undefined, text: string) => pattern === undefined || found(pattern, text)
  return enabled && fits(supportedUserAgents, client.userAgent) && fits(supportedIpAddresses, client.address)
}

/** The policy of one service or proxy ticket: what the definition says, else the settings (tickets.md 3.6). Unreadable limits count as not given. */
export function usePolicy(
  settings: { readonly numberOfUses: number; readonly timeToLiveInSeconds: number },
  service: TicketLimitsOfService = {},
): ExpirationPolicy {
  const uses = service.numberOfUses !== undefined && service.numberOfUses > 0 ? service.numberOfUses : settings.numberOfUses
  const own = service.timeToLive === undefined ? undefined : parseDuration(String(service.timeToLive))
  return { numberOfUses: uses, ...hard(own !== undefined && own > 0 ? own : settings.timeToLiveInSeconds) }
}
