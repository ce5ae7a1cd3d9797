import type { Call, Route, Translator } from '../../http/index.ts'
import { type Session, SessionLimit, type Sso } from '../../sso/index.ts'
import type { TicketRegistry } from '../../tickets/index.ts'
import { createdAnswer, failureAnswer, jsonAnswer, textAnswer } from './answers.ts'
import type { RestConfig } from './config.ts'
import { admit, applicationOf, credentialsOf, type LoginParts, logIn, refuseUnshown } from './login.ts'
import { RestRefusal } from './refusal.ts'

export interface RestParts extends LoginParts {
  readonly settings: RestConfig
  readonly sso: Sso
  readonly registry: TicketRegistry
  /** `https://sso.example.org/cas`: addresses in answers never follow the request's own host. */
  readonly prefix: string
}

/** A name, a password and a service fit many times over. */
const MOST_BODY_BYTES = 65_536
const LONGEST_TICKET = 256

/** `/v1/tickets` and `/v1/users`; nothing unless `CasFeatureModule.RestProtocol.enabled`. */
export function restRoutes(parts: RestParts): readonly Route[] {
  const { settings, sso, registry, services, prefix } = parts
  if (!settings.casFeatureModule.restProtocol.enabled) return []
  const route = (method: Route['method'], path: string, statuses: readonly number[], handle: (call: Call) => Promise<Response>): Route => ({
    method,
    path,
    statuses: [...statuses, 500, 503],
    changesState: method !== 'GET',
    maxBodyBytes: MOST_BODY_BYTES,
    handle: (call) => handle(call).catch((cause: unknown) => failureAnswer(call, cause)),
  })
  return [
    route('POST', '/v1/tickets', [201, 400, 401, 403, 423], openSession),
    route('GET', '/v1/tickets/:id', [200, 404], showTicket),
    route('POST', '/v1/tickets/:id', [200, 400, 401, 403, 404, 423], grantTicket),
    route('DELETE', '/v1/tickets/:id', [200], endSession),
    route('POST', '/v1/users', [200, 400, 401, 403, 423], checkUser),
  ]

  async function openSession(call: Call): Promise<Response> {
    const application = await applicationOf(call, services)
    const authentication = await logIn(call, application, parts)
    const service = application?.definition
    const session = await sso.open({ authentication, call, service, cookie: false, lasting: true }).catch((cause: unknown) => {
      if (cause instanceof SessionLimit) throw new RestRefusal(401, cause.message, ['UniquePrincipalRequiredException'])
      throw cause
    })
    return createdAnswer(call, session.id, `${prefix}/v1/tickets/${session.id}`)
  }

  async function showTicket(call: Call): Promise<Response> {
    const id = idOf(call)
    if (!(await registry.get(id))) return textAnswer('Ticket could not be found', 404)
    return textAnswer(id)
  }

  async function grantTicket(call: Call): Promise<Response> {
    const id = idOf(call)
    const session = await sso.load(id)
    if (!session) return textAnswer(`${id.slice(0, LONGEST_TICKET)} could not be found or is considered invalid`, 404)
    const application = await applicationOf(call, services)
    if (!application) throw new RestRefusal(400, 'service is missing')
    const { reference, definition } = application
    const renewed = isTrue(call.get('parameters').get('renew')) || credentialsOf(call) !== undefined
    const authentication = renewed ? await renewedBy(call, session) : session.authentication
    await admit(services, application, authentication)
    // The session may have been made without naming an application.
    if (!renewed) await refuseUnshown(call, application, authentication, parts)
    const counts = renewed ? ({ yes: true } as const) : await sso.participates(session, definition, call.get('client'))
    if (!counts.yes) throw new RestRefusal(401, 'the service wants fresh credentials', ['UnauthorizedSsoServiceException'])
    const grant = await sso.grantServiceTicket(session, reference, definition, { renewed, fromNewLogin: renewed }, call.get('client'))
    if (grant.kind === 'granted') return textAnswer(grant.ticketId)
    if (grant.kind === 'too-soon') throw new RestRefusal(403, 'the session was used too recently')
    return textAnswer(`${id.slice(0, LONGEST_TICKET)} could not be found or is considered invalid`, 404)

    async function renewedBy(call: Call, session: Session) {
      const fresh = await logIn(call, application, parts)
      // Somebody else's password gives no ticket of this session.
      if (fresh.principal.id !== session.authentication.principal.id)
        throw new RestRefusal(401, 'the credentials are not valid', ['FailedLoginException'])
      return fresh
    }
  }

  async function endSession(call: Call): Promise<Response> {
    const session = await sso.load(idOf(call))
    const ended = session && (await sso.destroy(session, 'logout', call.get('client')))
    return jsonAnswer((ended?.services ?? []).map(({ ticketId, service }) => ({ ticketId, service: { id: service } })))
  }

  async function checkUser(call: Call): Promise<Response> {
    const application = await applicationOf(call, services)
    const { principal, authenticatedAtMs, attributes, successes } = await logIn(call, application, parts)
    return jsonAnswer({
      authentication: {
        authenticationDate: new Date(authenticatedAtMs).toISOString(),
        principal: { id: principal.id, attributes: principal.attributes },
        attributes,
        successes: Object.fromEntries(successes.map((handlerName) => [handlerName, { handlerName, principal: { id: principal.id } }])),
      },
      credentialProvided: true,
      ...(application ? { service: { id: application.reference.id } } : {}),
    })
  }
}

const idOf = (call: Call) => (call.req.param('id') ?? '').slice(0, 2 * LONGEST_TICKET)
const isTrue = (text: string | undefined) => text !== undefined && /^(true|yes|on|1)$/i.test(text.trim())

/** What was refused before a handler saw it: programs get a line of text. */
export function restTranslators(): readonly Translator[] {
  return [{ prefix: '/v1', translate: (refusal) => textAnswer(refusal.message, refusal.status) }]
}
