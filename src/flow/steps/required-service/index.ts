import type { Sso } from '../../../sso/index.ts'
import type { Outcome, Step } from '../../login.ts'

/**
 * `cas.sso.services.required-service-pattern`: whoever begins elsewhere is sent back to the application that must come first. Once the session has given a
 * ticket to a service that matches, every other one is open; a definition may exempt itself with the property `skipRequiredServiceCheck`.
 *
 * @param matches Whether a service id matches the pattern as a whole.
 */
export function requiredServiceStep(sso: Sso, matches: (serviceId: string) => boolean): Step {
  return {
    id: 'required-service',
    async enter(login): Promise<Outcome> {
      const service = login.request.service?.id
      if (service !== undefined && matches(service)) return { kind: 'pass' }
      if (login.registeredService?.flag('skipRequiredServiceCheck', false)) return { kind: 'pass' }
      const session = login.session ?? login.existing
      const visited = session ? await sso.applicationsOf(session) : []
      if (visited.some((tracked) => matches(tracked.service))) return { kind: 'pass' }
      const props = {
        message: 'screen.service.initial.message',
        reason: 'WRONG_STARTING_POINT',
        service: service ?? '',
        redirectUrl: undefined,
      }
      return { kind: 'block', view: { id: 'error/casServiceErrorView', props }, status: 403 }
    },
  }
}
