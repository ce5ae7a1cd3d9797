import type { Authentication, MessageRef } from '../authentication/index.ts'
import type { Json } from '../base/json.ts'
import type { Attributes } from '../services/index.ts'

/**
 * Facts about a service ticket that its validation needs; the body of the ticket. The definition is looked up anew at validation, so that a
 * service that has been removed meanwhile is refused.
 */
export interface ServiceTicketFacts {
  /** Cleaned id of the service it was issued for. */
  readonly service: string
  /** Whether it came with freshly presented credentials (`renew` at validation). */
  readonly renewed: boolean
  /** `isFromNewLogin`. */
  readonly fromNewLogin: boolean
}

/** Format of the body of a ticket-granting ticket; a body of another one is as if the session were not there. */
const FORMAT = 1

/** The authentication as it lies in the ticket-granting ticket: short names, because it is read at every validation (tickets.md 7.4). */
export function authenticationToBody(authentication: Authentication): Json {
  const { principal, authenticatedAtMs, attributes, successes, failures, warnings, sealedPassword } = authentication
  return {
    f: FORMAT,
    p: principal.id,
    pa: principal.attributes,
    at: authenticatedAtMs,
    a: attributes,
    s: successes,
    ...(sealedPassword === undefined ? {} : { c: sealedPassword }),
    ...(Object.keys(failures).length > 0 ? { x: failures } : {}),
    ...(warnings.length > 0
      ? { w: warnings.map((warning) => (warning.args ? { k: warning.key, a: warning.args } : { k: warning.key })) }
      : {}),
  }
}

type Members = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value)
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((each) => typeof each === 'string')

function isAttributes(value: unknown): value is Attributes {
  if (!isObject(value)) return false
  for (const name in value) if (!Array.isArray(value[name])) return false
  return true
}

function isFailures(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every((each) => typeof each === 'string')
}

function warningsFrom(value: unknown): readonly MessageRef[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((each): MessageRef[] => {
    if (!isObject(each) || typeof each.k !== 'string') return []
    return [isTexts(each.a) ? { key: each.k, args: each.a } : { key: each.k }]
  })
}

/**
 * Reads the body of a ticket-granting ticket.
 *
 * @returns `undefined` for a body of another format: the session counts as absent, the user logs in again.
 */
export function authenticationFromBody(body: Json): Authentication | undefined {
  if (!isObject(body) || body.f !== FORMAT) return undefined
  const { p, pa, at, a, s, x, w, c } = body
  if (typeof p !== 'string' || typeof at !== 'number' || !isAttributes(pa) || !isAttributes(a) || !isTexts(s)) return undefined
  return {
    principal: { id: p, attributes: pa },
    authenticatedAtMs: at,
    attributes: a,
    successes: s,
    failures: isFailures(x) ? x : {},
    warnings: warningsFrom(w),
    ...(typeof c === 'string' ? { sealedPassword: c } : {}),
  }
}

/** What a service ticket says when it is validated. @returns `undefined` for a body that is none of a service ticket. */
export function serviceTicketFacts(body: Json): ServiceTicketFacts | undefined {
  if (!isObject(body)) return undefined
  const { service, renewed, fromNewLogin } = body
  if (typeof service !== 'string') return undefined
  return { service, renewed: renewed === true, fromNewLogin: fromNewLogin === true }
}

/** Name of the authentication attribute of a long-term session, and of the attribute in a validation answer. */
export const LONG_TERM = 'longTermAuthenticationRequestTokenUsed'

/** Whether this login asked to be remembered and was allowed to (cas-protocol.md 8.6). */
export function isLongTerm(authentication: Authentication): boolean {
  const value = authentication.attributes[LONG_TERM]?.[0]
  return value === true || value === 'true'
}
