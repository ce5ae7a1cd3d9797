import { type OpenSession, type Session, SessionLimit, type Sso } from '../../../sso/index.ts'
import type { Outcome, Step } from '../../login.ts'

/** Makes the SSO session of a fresh authentication, or takes the browser's old one further (cas-protocol.md 2.4). Sends no cookie yet. */
export function ticketGrantingTicketStep(sso: Sso): Step {
  return {
    id: 'ticket-granting-ticket',
    async enter(login): Promise<Outcome> {
      const { authentication, presented } = login
      if (!authentication) return { kind: 'pass' }
      const forced = login.existing !== undefined
      const cookie = !login.directives.ssoVetoed && !presented?.publicWorkstation && sso.mayKeepSession(login.registeredService, { forced })
      const session = await opened(sso, {
        authentication,
        call: login.call,
        service: login.registeredService,
        previous: login.existing,
        cookie,
      })
      if (session === 'too-many') {
        return { kind: 'reject', rejection: { status: 401, message: { key: 'authenticationFailure.UniquePrincipalRequiredException' } } }
      }
      // The source wants no session in this browser: the one from before is none either (interrupt.md 7).
      if (login.directives.ssoVetoed && login.existing) await sso.end(login.call, 'replaced', login.existing)
      return {
        kind: 'pass',
        login: { session, grantedSessionId: session.id, authentication: undefined, directives: { ssoVetoed: !cookie } },
      }
    },
  }
}

async function opened(sso: Sso, wish: OpenSession): Promise<Session | 'too-many'> {
  try {
    return await sso.open(wish)
  } catch (error) {
    if (error instanceof SessionLimit) return 'too-many'
    throw error
  }
}
