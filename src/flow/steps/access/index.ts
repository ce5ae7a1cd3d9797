import type { Audit } from '../../../audit/index.ts'
import type { Services } from '../../../services/index.ts'
import type { Outcome, Step } from '../../login.ts'

/**
 * May this user use this application (services.md 11, phase 2)? Stands before the session is made, so that a refused login leaves none behind, and again
 * before every ticket. A refusal is 401: the form again, or the page that leads to the definition's `unauthorizedRedirectUrl`.
 */
export function accessStep({ services, audit }: { readonly services: Services; readonly audit: Audit }): Step {
  return {
    id: 'access',
    async enter(login): Promise<Outcome> {
      const definition = login.registeredService
      const principal = (login.authentication ?? login.session?.authentication)?.principal
      if (!definition || !principal) return { kind: 'pass' }
      const decision = await services.authorize(definition, principal, login.request.service)
      if (decision.kind === 'allowed') return { kind: 'pass' }
      const service = login.request.service?.id ?? ''
      audit.record({
        action: 'SERVICE_ACCESS_ENFORCEMENT_TRIGGERED',
        who: principal.id,
        what: `{result=Service Access Denied, service=${service.slice(0, 200)}, definition=${definition.id}, reason=${decision.reason}}`,
        client: login.call.get('client'),
      })
      if (decision.unauthorizedRedirectUrl) {
        return {
          kind: 'block',
          status: 401,
          view: {
            id: 'error/casServiceErrorView',
            props: {
              message: 'service.not.authorized.missing.attr',
              reason: 'MISSING_PRIVILEGES',
              service,
              redirectUrl: decision.unauthorizedRedirectUrl,
            },
          },
        }
      }
      const key = 'authenticationFailure.UnauthorizedServiceForPrincipalException'
      return { kind: 'reject', rejection: { status: 401, message: { key } } }
    },
  }
}
