import type { Authentication } from '../authentication/index.ts'
import type { Client } from '../base/client.ts'
import { parseDuration } from '../base/duration.ts'
import type { RegisteredService, TicketLimits } from '../services/index.ts'
import type { ExpirationPolicy } from '../tickets/index.ts'
import { type Found, serviceSessionLimit } from './participation.ts'

/** What the settings say about the life of tickets; the rules themselves are those of the tickets room (tickets.md 3.2). */
export interface TicketRules {
  /** Policy of a session by the settings alone, for an ordinary or a long-term one. */
  ticketGrantingTicket(longTerm: boolean): ExpirationPolicy
  readonly serviceTicket: { readonly numberOfUses: number; readonly timeToLiveInSeconds: number }
  readonly rememberMe: {
    readonly enabled: boolean
    /** Patterns; empty or absent: every client. */
    readonly supportedUserAgents?: string | undefined
    readonly supportedIpAddresses?: string | undefined
  }
  /** `cas.ticket.tgt.core.only-track-most-recent-session`. */
  readonly onlyTrackMostRecentSession: boolean
}

/** The attribute by which a handler or a source sets the life of one user's session. */
const SESSION_TIMEOUT = 'authenticationSessionTimeout'

/**
 * The policy of a new session (tickets.md 3.2): the attribute `authenticationSessionTimeout` of the authentication or the principal, else the
 * override of the service the login is for, else the settings. The first two are hard limits without an idle one.
 */
export function sessionPolicy(
  rules: TicketRules,
  authentication: Authentication,
  service: RegisteredService | undefined,
  client: Client,
  longTerm: boolean,
  found: Found,
): ExpirationPolicy {
  const wished = authentication.attributes[SESSION_TIMEOUT]?.[0] ?? authentication.principal.attributes[SESSION_TIMEOUT]?.[0]
  const seconds = wished === undefined ? undefined : parseDuration(String(wished))
  const limit = seconds !== undefined && seconds >= 0 ? seconds : serviceSessionLimit(service, client, found)
  if (limit === undefined || limit < 0) return rules.ticketGrantingTicket(longTerm)
  return Number.isFinite(limit) ? { timeToLiveInSeconds: limit } : {}
}

/** A session that no cookie keeps lives for its service tickets only: twice as long as one of them (cas-protocol.md 8.7). */
export function cookielessPolicy(rules: TicketRules, service: RegisteredService | undefined): ExpirationPolicy {
  return { timeToLiveInSeconds: 2 * serviceTicketLife(rules, service?.serviceTicket ?? {}) }
}

/** The policy of a service ticket, resolved at the grant: the definition's limits, else the settings. */
export function serviceTicketPolicy(rules: TicketRules, limits: TicketLimits): ExpirationPolicy {
  return { numberOfUses: limits.numberOfUses ?? rules.serviceTicket.numberOfUses, timeToLiveInSeconds: serviceTicketLife(rules, limits) }
}

function serviceTicketLife(rules: TicketRules, limits: TicketLimits): number {
  return limits.timeToLiveInSeconds ?? rules.serviceTicket.timeToLiveInSeconds
}

/** Whether this client may have a long-term session; a wish that may not be granted is ignored silently (cas-protocol.md 8.6). */
export function mayBeRemembered(rules: TicketRules, client: Client, found: Found): boolean {
  const { enabled, supportedUserAgents, supportedIpAddresses } = rules.rememberMe
  const fits = (pattern: string | undefined, text: string) => pattern === undefined || pattern === '' || found(pattern, text)
  return enabled && fits(supportedUserAgents, client.userAgent) && fits(supportedIpAddresses, client.address)
}
