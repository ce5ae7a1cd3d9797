import type { Sso } from '../../../sso/index.ts'
import type { Outcome, Step } from '../../login.ts'

/** Sends the ticket-granting cookie, unless somebody vetoed the session, and notes the wish to be asked before each application. */
export function cookiesStep(sso: Sso): Step {
  return {
    id: 'cookies',
    async enter(login): Promise<Outcome> {
      if (login.session && !login.directives.ssoVetoed) sso.setCookie(login.call, login.session)
      if (login.presented?.warn) sso.warnCookie.set(login.call)
      return { kind: 'pass' }
    },
  }
}
