import type { Authentication } from '../authentication/index.ts'
import type { Json } from '../base/json.ts'
import type { Attributes, PolicyDefinition, RegisteredService } from '../services/index.ts'
import type { Found, Ticket } from '../tickets/index.ts'

export type Participation = { readonly yes: true } | { readonly yes: false; readonly why: string }

/** What a policy may look at. */
export interface SessionFacts {
  readonly ticket: Ticket
  readonly authentication: Authentication
  readonly nowMs: number
  readonly found: Found
}

type Judge = (policy: PolicyDefinition, facts: SessionFacts) => Participation | Promise<Participation>

const YES: Participation = { yes: true }
const no = (why: string): Participation => ({ yes: false, why })

const MS_OF: Readonly<Record<string, number>> = {
  NANOSECONDS: 1e-6,
  MICROSECONDS: 1e-3,
  MILLISECONDS: 1,
  SECONDS: 1000,
  MINUTES: 60_000,
  HOURS: 3_600_000,
  DAYS: 86_400_000,
}

/** An age limit of a date policy; `undefined`: none; `NaN` (never within) for a text that is no number or an unknown unit. */
function limitMs(members: Readonly<Record<string, Json>>): number | undefined {
  const value = Number(members.timeValue ?? 0)
  if (value <= 0) return undefined
  return value * (MS_OF[String(members.timeUnit ?? 'SECONDS').toUpperCase()] ?? Number.NaN)
}

function youngerThan(sinceMs: number, members: Readonly<Record<string, Json>>, nowMs: number, what: string): Participation {
  const limit = limitMs(members)
  return limit === undefined || nowMs - sinceMs <= limit ? YES : no(`${what} is too old for this service`)
}

function textsOf(value: Json | undefined): readonly string[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value.map(String) : [String(value)]
}

function holdsAttributes(members: Readonly<Record<string, Json>>, attributes: Attributes, found: Found): boolean {
  const wanted = members.attributes
  if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted)) return false
  const holds = ([name, patterns]: [string, Json]) => {
    const values = Object.hasOwn(attributes, name) ? (attributes[name] ?? []) : []
    return values.some((value) => textsOf(patterns).some((pattern) => found(pattern, String(value))))
  }
  const rows = Object.entries(wanted as Readonly<Record<string, Json>>).filter(([name]) => name !== '@class' && name !== '_class')
  return members.requireAllAttributes === true ? rows.every(holds) : rows.some(holds)
}

const SUFFIX = 'RegisteredServiceSingleSignOnParticipationPolicy'

/** One row per policy class of CAS; what is not here says no. */
const judges: Readonly<Record<string, Judge>> = {
  Default: () => YES,
  Never: () => no('the service never takes part'),
  AuthenticationDate: ({ members }, { authentication, nowMs }) =>
    youngerThan(authentication.authenticatedAtMs, members, nowMs, 'the authentication'),
  LastUsedTime: ({ members }, { ticket, nowMs }) => youngerThan(ticket.lastUsedAtMs, members, nowMs, 'the last use of the session'),
  AttributeBased: ({ members }, { authentication, found }) =>
    holdsAttributes(members, authentication.principal.attributes, found) || holdsAttributes(members, authentication.attributes, found)
      ? YES
      : no('the attributes that the service wants are missing'),
  async Chaining({ members, chain }, facts) {
    if (!chain) return no('the chain was not read')
    const every =
      String(members.operator ?? 'AND')
        .trim()
        .toUpperCase() !== 'OR'
    let last: Participation = every ? YES : no('the chain is empty')
    for (const policy of chain) {
      last = await judge(policy, facts)
      if (last.yes !== every) return last
    }
    return last
  },
  async Groovy({ ask }, { ticket, authentication }) {
    if (!ask) return no('the script of the service cannot be run')
    const { principal, attributes, authenticatedAtMs } = authentication
    const context = {
      principalId: principal.id,
      attributes: principal.attributes,
      authenticationAttributes: attributes,
      authenticatedAt: new Date(authenticatedAtMs).toISOString(),
      createdAt: new Date(ticket.createdAtMs).toISOString(),
      lastUsedAt: new Date(ticket.lastUsedAtMs).toISOString(),
    }
    try {
      // Attributes are JSON; their type only says more.
      return (await ask({ context: context as unknown as Json })) === true ? YES : no('the script of the service says no')
    } catch (error) {
      return no(`the script of the service failed: ${(error as Error).message}`)
    }
  },
}

function judgeOf(policy: PolicyDefinition): Judge | undefined {
  const name = policy.type.endsWith(SUFFIX) ? policy.type.slice(0, -SUFFIX.length) : ''
  return Object.hasOwn(judges, name) ? judges[name] : undefined
}

/** Fails closed: a policy that is not understood asks for the password. */
function judge(policy: PolicyDefinition, facts: SessionFacts): Participation | Promise<Participation> {
  return judgeOf(policy)?.(policy, facts) ?? no(`the policy ${policy.type} is not supported`)
}

/**
 * Whether a living session counts for a service (cas-protocol.md 8.4).
 *
 * @param limitInSeconds What the service's `ticketGrantingTicketExpirationPolicy` says for this client; `undefined`: nothing.
 */
export function participation(
  service: RegisteredService,
  facts: SessionFacts,
  limitInSeconds: number | undefined,
): Participation | Promise<Participation> {
  if (!service.ssoEnabled) return no('the service has no single sign-on')
  const handlers = acceptedHandlers(service, facts.authentication.successes)
  if (!handlers.yes) return handlers
  if (service.singleSignOnParticipation) return judge(service.singleSignOnParticipation, facts)
  const withinLimit = limitInSeconds === undefined || facts.nowMs - facts.ticket.createdAtMs <= limitInSeconds * 1000
  return withinLimit ? YES : no('the session is older than the service allows')
}

/** A session counts only if the service would have admitted the handlers that made it. */
function acceptedHandlers(service: RegisteredService, successes: readonly string[]): Participation {
  const { requiredHandlers, excludedHandlers } = service.authenticationPolicy
  const admitted = successes.filter((name) => !excludedHandlers.includes(name))
  if (excludedHandlers.length > 0 && admitted.length === 0) return no('the service excludes the handler that made the session')
  if (requiredHandlers.length > 0 && !admitted.some((name) => requiredHandlers.includes(name))) {
    return no('the service wants another handler than the one that made the session')
  }
  return YES
}

/**
 * Whether a login that was forced although a session existed makes or replaces the session (`createCookieOnRenewedAuthentication`).
 *
 * @returns `undefined`: the global switch decides.
 */
export function createsCookieOnRenewal(policy: PolicyDefinition | undefined): boolean | undefined {
  if (!policy) return undefined
  if (policy.type === `Chaining${SUFFIX}`) return (policy.chain ?? []).every((each) => createsCookieOnRenewal(each) !== false)
  const word = String(policy.members.createCookieOnRenewedAuthentication ?? 'UNDEFINED').toUpperCase()
  return word === 'TRUE' ? true : word === 'FALSE' ? false : undefined
}
