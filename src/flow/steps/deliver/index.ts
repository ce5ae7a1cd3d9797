import type { Log } from '../../../base/log.ts'
import { type Services, serviceReference } from '../../../services/index.ts'
import type { Session, Sso } from '../../../sso/index.ts'
import type { View } from '../../../views/index.ts'
import type { Login, Outcome, Step } from '../../login.ts'
import type { Answer, PageWishes } from '../../page.ts'
import { appendTicket, headerSafe, redirectTo } from './location.ts'

export interface DeliverParts {
  readonly sso: Sso
  readonly services: Services
  readonly answer: Answer
  readonly log: Log
  /** `cas.view.default-redirect-url`: where a login without a service ends. */
  readonly defaultRedirectUrl: string
  /** `cas.view.authorized-services-on-successful-login`. */
  readonly listApplications: boolean
  /** Where the login itself is found. */
  readonly loginPath: string
}

/** The end of every login: the service ticket on its way to the application, or the page that says "logged in" (login-flow.md 6, 7.1). */
export function deliverStep(parts: DeliverParts): Step {
  const { sso, services, answer } = parts
  return {
    id: 'deliver',
    async enter(login): Promise<Outcome> {
      const { session } = login
      if (!session) throw new Error('a login cannot end without a session')
      return login.request.service ? ticket(login, session) : signedIn(login, session)
    },
  }

  async function ticket(login: Login, session: Session): Promise<Outcome> {
    const { request, registeredService: definition, call } = login
    if (!request.service || !definition) throw new Error('a ticket needs a service')
    const renewed = login.presented !== undefined
    const fromNewLogin = renewed || session.ticket.countOfUses === 0
    const grant = await sso.grantServiceTicket(session, request.service, definition, { renewed, fromNewLogin }, call.get('client'))
    if (grant.kind === 'too-soon') {
      return { kind: 'block', status: 429, view: { id: 'error/casThrottledView', props: { status: 429, retryAtMs: undefined } } }
    }
    if (grant.kind === 'session-gone') {
      const again = `${parts.loginPath}?service=${encodeURIComponent(request.service.originalUrl)}`
      return { kind: 'leave', reply: () => redirectTo(again) }
    }
    const url = definition.redirectUrl ?? request.service.originalUrl
    const method = request.method ?? definition.responseType
    if (method === 'HEADER') return { kind: 'leave', reply: () => inHeaders(url, grant.ticketId) }
    // A browser takes a blank for %20; a form is not to begin with it.
    const action = url.replaceAll(' ', '%20')
    if (method === 'POST' && /^https?:[\u0021-\u007e\u0080-\uffff]+$/i.test(action) && URL.canParse(action)) {
      const view: View = { id: 'protocol/casPostResponseView', props: { url: action, fields: [{ name: 'ticket', value: grant.ticketId }] } }
      return { kind: 'leave', reply: () => answer(call, view, 200, wishesOf(login)) }
    }
    return { kind: 'leave', reply: () => redirectTo(appendTicket(url, grant.ticketId)) }
  }

  function inHeaders(url: string, ticketId: string): Response {
    return new Response(null, { status: 200, headers: { service: headerSafe(url), ticket: ticketId } })
  }

  async function signedIn(login: Login, session: Session): Promise<Outcome> {
    const target = serviceReference(parts.defaultRedirectUrl)
    if (target && target !== 'unusable') {
      if ((await services.find(target, login.call.get('client'))).kind === 'found') {
        return { kind: 'leave', reply: () => redirectTo(target.originalUrl) }
      }
      parts.log.warn({ url: target.id }, 'cas.view.default-redirect-url is not a registered service')
    }
    const { principal, attributes, authenticatedAtMs } = session.authentication
    const client = login.call.get('client')
    const view: View = {
      id: 'login/casGenericSuccessView',
      props: {
        principalId: principal.id,
        principalAttributes: principal.attributes,
        authenticationAttributes: attributes,
        authenticatedAtMs,
        endsAtMs: session.ticket.expiresAtMs,
        client: { address: client.address, userAgent: client.userAgent },
        applications: parts.listApplications ? await applications(session) : undefined,
      },
    }
    return { kind: 'leave', reply: () => answer(login.call, view, 200, wishesOf(login)) }
  }

  async function applications(session: Session) {
    const { principal } = session.authentication
    const shown = services
      .all()
      .filter((service) => service.protocol === 'cas')
      .slice(0, MAX_LISTED)
    const allowed = await Promise.all(shown.map(async (service) => (await services.authorize(service, principal)).kind === 'allowed'))
    return shown
      .filter((_, index) => allowed[index])
      .map((service) => ({ id: service.id, name: service.name, url: literalUrl(service.serviceId), logo: service.logo, open: false }))
  }
}

/** A page with more applications than this serves nobody. */
const MAX_LISTED = 200

/** A pattern without any wildcard is an address one can go to. */
function literalUrl(pattern: string): string | undefined {
  const plain = pattern.replace(/^\^/, '').replace(/\$$/, '').replaceAll('\\.', '.').replaceAll('\\/', '/')
  return /^https?:\/\/[\w.:/~-]+$/i.test(plain) ? plain : undefined
}

const wishesOf = (login: Login): PageWishes => ({
  locale: login.request.locale,
  theme: login.request.theme,
  service: login.registeredService,
})
