import { type Audit, maskTicketId } from '../../audit/index.ts'
import type { Authentication } from '../../authentication/index.ts'
import type { Client } from '../../base/client.ts'
import type { Log } from '../../base/log.ts'
import type { Parameters } from '../../http/index.ts'
import {
  type Finding,
  type RegisteredService,
  type Release,
  type ServiceReference,
  type Services,
  sameService,
  serviceReference,
} from '../../services/index.ts'
import { authenticationFromBody, type ServiceTicketFacts, serviceTicketFacts } from '../../sso/index.ts'
import type { TicketRegistry } from '../../tickets/index.ts'
import { authenticationOf, type Handed, type Proxying } from './proxying/proxying.ts'
import { ValidationRefusal } from './refusal.ts'

/** What of a request concerns its validation, read but not yet judged. */
export interface ValidationRequest {
  readonly ticket: string
  readonly service: ServiceReference
  /** What the registry says about the service now. */
  readonly finding: Finding
  readonly renew: boolean
  readonly pgtUrl: string | undefined
  /** Authentication context that the caller demands (`authn_method`). */
  readonly context: string | undefined
  readonly protocol: RegisteredService['supportedProtocols'][number]
  /** Whether a proxy ticket is good here. */
  readonly takesProxyTickets: boolean
  /** Whether the answer has room for attributes. */
  readonly attributes: boolean
}

/** Who it is, and what the application may know of it. */
export interface Assertion {
  readonly release: Release
  readonly authentication: Authentication
  readonly fromNewLogin: boolean
  readonly proxyGrantingTicketIou: string | undefined
  /** Secrets of the login that the definition wants along, encrypted for its application: name → text. */
  readonly secrets: Readonly<Record<string, string>>
  /** The proxies that the ticket came through, the most recent first. */
  readonly proxies: readonly string[]
}

export interface ValidationParts {
  readonly services: Services
  readonly registry: TicketRegistry
  readonly log: Log
  readonly audit: Audit
  /** `castellan.validation.strict-service-comparison`. */
  readonly strict: boolean
  /** Attribute in which a login keeps the second factors that it has passed. */
  readonly contextAttribute: string
  /** `undefined`: `pgtUrl` is ignored (`cas.sso.proxy-authn-enabled=false`). */
  readonly proxying: Proxying | undefined
  /** Opens a password that was kept for its user; `undefined`: none is kept here. */
  readonly openPassword: OpenPassword | undefined
}

/** @returns `undefined` for what was not sealed here for this user. */
export type OpenPassword = (sealed: string, userId: string) => string | undefined

/** Longest id that is looked for; none is longer (cas-protocol.md 7). */
const LONGEST_TICKET = 256
/** Kinds that are spent by being validated, wherever that is. */
const KINDS = ['ST', 'PT'] as const

const notRecognized = (ticket: string) => `Ticket '${ticket.slice(0, LONGEST_TICKET)}' not recognized`
const given = (text: string | undefined) => (text === undefined || text.trim() === '' ? undefined : text)
const isSet = (text: string | undefined) => given(text) !== undefined && !/^\s*(false|0|no|off)\s*$/i.test(text ?? '')

/**
 * Reads the parameters of a validation (cas-protocol.md 4.1).
 *
 * @throws {ValidationRefusal} `INVALID_REQUEST` when ticket or service is missing; no ticket has been touched then.
 */
export async function readRequest(
  parameters: Parameters,
  services: Services,
  { protocol, takesProxyTickets, attributes }: Pick<ValidationRequest, 'protocol' | 'takesProxyTickets' | 'attributes'>,
): Promise<ValidationRequest> {
  const ticket = given(parameters.get('ticket'))
  const service = serviceReference(given(parameters.get('targetService')) ?? parameters.get('service'))
  if (ticket === undefined || service === undefined || service === 'unusable') throw new ValidationRefusal('INVALID_REQUEST', '')
  return {
    ticket,
    service,
    finding: await services.find(service),
    renew: isSet(parameters.get('renew')),
    pgtUrl: given(parameters.get('pgtUrl')),
    context: given(parameters.get('authn_method')),
    protocol,
    takesProxyTickets,
    attributes,
  }
}

/**
 * Validates a ticket, in the order of cas-protocol.md 4.2: the ticket is spent before anything about it is judged, so that of two callers, with
 * whatever parameters, one gets an answer about it.
 *
 * @throws {ValidationRefusal} with the code of the answer. @throws {Unavailable} when the registry cannot say.
 */
export async function validate(request: ValidationRequest, client: Client, parts: ValidationParts): Promise<Assertion> {
  const { audit } = parts
  const masked = maskTicketId(request.ticket.slice(0, LONGEST_TICKET))
  try {
    const assertion = await spend(request, client, parts)
    const who = assertion.authentication.principal.id
    audit.record({ action: 'SERVICE_TICKET_VALIDATE_SUCCESS', who, what: `${masked} for ${request.service.id}`, client })
    return assertion
  } catch (cause) {
    const [who, why] = cause instanceof ValidationRefusal ? [cause.who, cause.code] : [undefined, 'INTERNAL_ERROR']
    const what = `${masked} for ${request.service.id}: ${why}`
    audit.record({ action: 'SERVICE_TICKET_VALIDATE_FAILED', who: who ?? 'audit:unknown', what, client })
    throw cause
  }
}

async function spend(
  request: ValidationRequest,
  client: Client,
  { registry, services, log, strict, contextAttribute, proxying, openPassword }: ValidationParts,
): Promise<Assertion> {
  const { ticket, service } = request
  const unknown = (detail: string) => new ValidationRefusal('INVALID_TICKET', notRecognized(ticket), { detail })

  // 1. Use it up: one step in the registry, whatever comes out below.
  if (ticket.length > LONGEST_TICKET) throw unknown('too-long')
  const consumed = await registry.consume(ticket, KINDS)
  if (!consumed.ok) {
    if (consumed.reason === 'used') log.info({ event: 'ticket-used-again', service: service.id }, 'a used service ticket was presented')
    throw unknown(consumed.reason)
  }
  const { parent } = consumed
  const facts = serviceTicketFacts(consumed.ticket.body)
  const authentication = parent && (authenticationFromBody(parent.body) ?? authenticationOf(parent.body))
  if (!parent || !facts || !authentication) throw unknown('unreadable')

  // 2. Judge. A ticket that could be used again is gone after a failure.
  try {
    compareServices(request, facts, authentication, strict, log)
    const definition = await admit(request, authentication, services)
    if (consumed.ticket.kind === 'PT' && !request.takesProxyTickets) throw proxyTicketRefused(request, authentication)
    meetDemands(request, facts, authentication, contextAttribute)
    const proxies = proxying?.proxiesOf(parent) ?? []
    const release = await services.release(definition, authentication.principal, service)
    const { pgtUrl } = request
    // Where the answer cannot carry it, the ticket goes to the callback as ever: else nobody had it.
    const encrypt = request.attributes ? release.sealed?.proxyGrantingTicket : undefined
    const handed =
      pgtUrl === undefined || !proxying
        ? undefined
        : await proxying.begin({ pgtUrl, definition, service, authentication, parent, proxies, client, encrypt })
    const secrets = { ...passwordFor(release, authentication, definition, { openPassword, log }), ...ticketFor(handed) }
    return { release, authentication, fromNewLogin: facts.fromNewLogin, proxyGrantingTicketIou: handed?.iou, secrets, proxies }
  } catch (cause) {
    if (consumed.usesLeft > 0) await registry.delete(ticket)
    throw cause
  }
}

/** The password of the login, encrypted for an application whose definition has it released and whose key takes it (cas-protocol.md 4.6). */
function passwordFor(
  { sealed }: Release,
  { sealedPassword, principal }: Authentication,
  definition: RegisteredService,
  { openPassword, log }: Pick<ValidationParts, 'openPassword' | 'log'>,
): Readonly<Record<string, string>> {
  if (!sealed?.password || sealedPassword === undefined || !openPassword) return {}
  const password = openPassword(sealedPassword, principal.id)
  const credential = password === undefined ? undefined : sealed.password(password)
  if (credential !== undefined) return { credential }
  log.warn(
    { service: definition.id },
    'the password of a login cannot be released: it was sealed under other keys, or is too long for the publicKey',
  )
  return {}
}

const ticketFor = (handed: Handed | undefined): Readonly<Record<string, string>> =>
  handed?.encrypted === undefined ? {} : { proxyGrantingTicket: handed.encrypted, proxyGrantingTicketIou: handed.iou }

const shown = ({ ticket }: ValidationRequest) => ticket.slice(0, LONGEST_TICKET)

/** Was the ticket issued for this service? */
function compareServices(
  request: ValidationRequest,
  facts: ServiceTicketFacts,
  { principal }: Authentication,
  strict: boolean,
  log: Log,
): void {
  const { service } = request
  if (sameService(facts.service, service.id, strict)) return
  // Both URLs in the log only: who stole a ticket must not learn where it belongs.
  log.warn({ event: 'wrong-service', issuedFor: facts.service, presented: service.id }, 'ticket presented for another service')
  throw new ValidationRefusal('INVALID_SERVICE', `Ticket '${shown(request)}' does not match supplied service.`, { who: principal.id })
}

/** May the application still be used, in this protocol, by this user? */
async function admit(
  { finding, service: reference, protocol }: ValidationRequest,
  { principal }: Authentication,
  services: Services,
): Promise<RegisteredService> {
  const refused = (detail: string) => new ValidationRefusal('UNAUTHORIZED_SERVICE', '', { detail, who: principal.id })
  // Rules about the client are for browsers and were asked at the login; who asks here is the application's own server.
  const service = finding.kind === 'found' || finding.reason === 'client-not-allowed' ? finding.service : undefined
  if (!service) throw refused(finding.kind === 'refused' ? finding.reason : 'unregistered')
  const { supportedProtocols } = service
  if (supportedProtocols.length > 0 && !supportedProtocols.includes(protocol)) throw refused(`${protocol} is not among supportedProtocols`)
  const decision = await services.authorize(service, principal, reference)
  if (decision.kind === 'denied') throw refused(decision.reason)
  return service
}

function proxyTicketRefused(request: ValidationRequest, { principal }: Authentication): ValidationRefusal {
  const text = `Ticket '${shown(request)}' is a proxy ticket, which cannot be validated here; use /proxyValidate`
  return new ValidationRefusal('INVALID_TICKET', text, { who: principal.id })
}

/** Does the login meet what the caller demands beyond a good ticket? */
function meetDemands(
  request: ValidationRequest,
  facts: ServiceTicketFacts,
  authentication: Authentication,
  contextAttribute: string,
): void {
  const who = authentication.principal.id
  if (request.renew && !facts.renewed) {
    throw new ValidationRefusal('INVALID_TICKET', `Ticket '${shown(request)}' was not issued with freshly presented credentials`, { who })
  }
  if (request.context !== undefined && !authentication.attributes[contextAttribute]?.includes(request.context)) {
    throw new ValidationRefusal('INVALID_AUTHENTICATION_CONTEXT', 'The authentication does not meet the demanded context', { who })
  }
}
