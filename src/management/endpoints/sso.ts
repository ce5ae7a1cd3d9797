import { HttpRefusal } from '../../base/errors.ts'
import type { Sso } from '../../sso/index.ts'
import { type Endpoint, json } from '../endpoint.ts'

/**
 * `sso`: the session of the caller's own cookie (cas-protocol.md 8.9). The cookie is shown as a cookie; CAS also takes its value as a parameter, where it would
 * stand in the logs of everything in between.
 */
export function ssoEndpoint({ sso }: { readonly sso: Pick<Sso, 'current'> }): Endpoint {
  const instant = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString())
  return {
    id: 'sso',
    routes: [
      {
        method: 'GET',
        path: '',
        statuses: [200, 400],
        async handle(call) {
          const session = await sso.current(call)
          if (!session) throw new HttpRefusal(400, 'no_session', 'there is no session of this cookie')
          const { ticket, authentication } = session
          return json({
            principal: authentication.principal.id,
            authenticationDate: instant(authentication.authenticatedAtMs),
            ticketGrantingTicketCreationTime: instant(ticket.createdAtMs),
            ticketGrantingTicketPreviousTimeUsed: null,
            ticketGrantingTicketLastTimeUsed: instant(ticket.lastUsedAtMs),
          })
        },
      },
    ],
  }
}
