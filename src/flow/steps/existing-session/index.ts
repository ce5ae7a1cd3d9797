import type { Log } from '../../../base/log.ts'
import type { Sso } from '../../../sso/index.ts'
import type { Outcome, Step } from '../../login.ts'

export interface ExistingSessionParts {
  readonly sso: Sso
  readonly log: Log
  readonly renewAllowed: boolean
}

/** Is there a session, made by this conversation or brought along, and does it count for this service (cas-protocol.md 8.4)? */
export function existingSessionStep({ sso, log, renewAllowed }: ExistingSessionParts): Step {
  return {
    id: 'existing-session',
    async enter(login): Promise<Outcome> {
      if (login.grantedSessionId !== undefined) {
        const made = await sso.load(login.grantedSessionId)
        if (made) return { kind: 'pass', login: { session: made } }
        // It ended while a page was open: who is in front of it has to log in again.
        return { kind: 'pass', login: { session: undefined, grantedSessionId: undefined, presented: undefined, done: new Set() } }
      }
      const existing = await sso.current(login.call)
      if (!existing) return { kind: 'pass', login: { existing: undefined, session: undefined } }
      if (login.authentication || login.rejection) return { kind: 'pass', login: { existing, session: undefined } }
      if (login.request.renew && renewAllowed) return { kind: 'pass', login: { existing, session: undefined } }
      const participation = await sso.participates(existing, login.registeredService, login.call.get('client'))
      if (participation.yes) return { kind: 'pass', login: { existing, session: existing } }
      log.info({ service: login.registeredService?.id, why: participation.why }, 'the session does not count for this service')
      return { kind: 'pass', login: { existing, session: undefined } }
    },
  }
}
