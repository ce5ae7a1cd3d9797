import type { Authentication } from '../authentication/index.ts'
import type { Client } from '../base/client.ts'
import type { RegisteredService } from '../services/index.ts'
import {
  type ExpirationPolicy,
  type Found,
  type SessionLimitsOfService,
  sessionLimitOf,
  sessionPolicy,
  type TicketRules,
  usePolicy,
} from '../tickets/index.ts'

/** The attribute by which a handler or a source sets the life of one user's session. */
const SESSION_TIMEOUT = 'authenticationSessionTimeout'

/** The policy of a new session (tickets.md 3.2), by who logs in, for which service, from where. */
export function policyOfSession(
  rules: TicketRules,
  { attributes, principal }: Authentication,
  service: RegisteredService | undefined,
  client: Client,
  longTerm: boolean,
  found: Found,
): ExpirationPolicy {
  const wished = attributes[SESSION_TIMEOUT]?.[0] ?? principal.attributes[SESSION_TIMEOUT]?.[0]
  const sessionTimeout = wished === undefined ? undefined : String(wished)
  const { userAgent, address } = client
  return sessionPolicy(rules, { sessionTimeout, service: service && limitsOf(service), longTerm, userAgent, address }, found)
}

/** What a service says about the age of sessions of this client, in seconds; `undefined`: nothing (tickets.md 3.6). */
export function sessionAgeLimit(service: RegisteredService, client: Client | undefined, found: Found): number | undefined {
  const { userAgent = '', address = '' } = client ?? {}
  return sessionLimitOf(limitsOf(service), { userAgent, address }, found)
}

function limitsOf({ ticketGrantingTicket }: RegisteredService): SessionLimitsOfService {
  const { timeToLiveInSeconds, byUserAgent, byAddress } = ticketGrantingTicket
  return { maxTimeToLiveInSeconds: timeToLiveInSeconds, userAgents: byUserAgent, ipAddresses: byAddress }
}

/** The policy of a service ticket, resolved at the grant: the definition's limits, else the settings. */
export function policyOfServiceTicket(rules: TicketRules, service: RegisteredService | undefined): ExpirationPolicy {
  const limits = service?.serviceTicket
  return usePolicy(rules.serviceTicket, { numberOfUses: limits?.numberOfUses, timeToLive: limits?.timeToLiveInSeconds })
}

/** A session that no cookie keeps lives for its service tickets only: twice as long as one of them (cas-protocol.md 8.7). */
export function policyWithoutCookie(rules: TicketRules, service: RegisteredService | undefined): ExpirationPolicy {
  const { timeToLiveInSeconds } = policyOfServiceTicket(rules, service)
  return timeToLiveInSeconds === undefined ? rules.ticketGrantingTicket(false) : { timeToLiveInSeconds: 2 * timeToLiveInSeconds }
}
