import type { Services } from '../../../services/index.ts'
import type { Sso } from '../../../sso/index.ts'
import { applicationProps } from '../../application.ts'
import type { Login, Outcome, Step } from '../../login.ts'

/**
 * Asks before a ticket is given, while the warning cookie is there; not on the login that sets it (login-flow.md 7.2). The ticket is made only when the
 * user goes on.
 */
export function warnStep({ sso, services }: { readonly sso: Sso; readonly services: Services }): Step {
  return {
    id: 'warn',
    async enter(login): Promise<Outcome> {
      if (!login.request.service || login.presented?.warn || !sso.warnCookie.isSet(login.call)) return { kind: 'pass' }
      const releases = await releasedNames(login)
      return {
        kind: 'ask',
        view: (execution) => ({
          id: 'login/casConfirmView',
          props: {
            execution,
            application: applicationProps(login.registeredService),
            host: hostOf(login.request.service?.originalUrl ?? ''),
            releases,
          },
        }),
      }
    },
    async submit(login, event): Promise<Outcome> {
      if (event.id !== 'success') return this.enter(login)
      if (event.fields.get('ignorewarn') === 'true') sso.warnCookie.clear(login.call)
      return { kind: 'pass' }
    },
  }

  async function releasedNames(login: Login): Promise<readonly string[]> {
    const { registeredService, session, request } = login
    if (!registeredService || !session || !request.service) return []
    const release = await services.release(registeredService, session.authentication.principal, request.service)
    return Object.keys(release.attributes)
  }
}

const hostOf = (url: string): string => /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(url)?.[1] ?? url
