import { Refusal } from '../base/errors.ts'
import type { DestroyedSession, Ticket, TicketRegistry } from '../tickets/index.ts'

/** The user has as many sessions as one may have (cas-protocol.md 8.8): the login form is shown again. */
export class SessionLimit extends Refusal {
  readonly code = 'session-limit'
  readonly status = 401
  /** Key of the text that the login page shows. */
  readonly messageKey = 'authenticationFailure.UniquePrincipalRequiredException'

  constructor() {
    super('as many sessions are open as are allowed')
    this.name = 'SessionLimit'
  }
}

export interface SessionLimitRule {
  readonly enabled: boolean
  /** How many sessions a user may have *before* a login: 0 means one in all, as in CAS. */
  readonly maximumAllowedSessions: number
  readonly onExceed: 'REJECT' | 'DESTROY_OLDEST'
}

const byAge = (one: Ticket, other: Ticket) =>
  one.createdAtMs - other.createdAtMs || (one.handle < other.handle ? -1 : one.handle > other.handle ? 1 : 0)

/**
 * Holds the limit of sessions per user without a lock: asked before a session is made, and again when it is there. Of logins that race, in any
 * process, those that stay are the same in everybody's eyes, because all order the sessions alike; a session beyond the limit is taken back by
 * whoever sees it.
 *
 * @param destroyed Told of each session that had to go.
 */
export function sessionLimit(rule: SessionLimitRule, registry: TicketRegistry, destroyed: (session: DestroyedSession) => Promise<void>) {
  const room = rule.maximumAllowedSessions + 1
  const destroy = async (ticket: Ticket) => {
    const session = await registry.destroyByHandle(ticket.handle, 'session-limit')
    if (session) await destroyed(session)
  }
  return {
    /** @param replaced A session that the new one will take the place of. @throws {SessionLimit} when there is no room and none is made. */
    async before(principalId: string, replaced: Ticket | undefined): Promise<void> {
      if (!rule.enabled || rule.onExceed === 'DESTROY_OLDEST') return
      const living = await registry.sessionsOf(principalId)
      if (living.filter((each) => each.handle !== replaced?.handle).length >= room) throw new SessionLimit()
    },
    /** @throws {SessionLimit} when others were first; the session itself has been taken back then. */
    async after(principalId: string, made: Ticket, replaced: Ticket | undefined): Promise<void> {
      if (!rule.enabled) return
      const living = (await registry.sessionsOf(principalId)).filter((each) => each.handle !== replaced?.handle).sort(byAge)
      const surplus = rule.onExceed === 'REJECT' ? living.slice(room) : living.slice(0, Math.max(0, living.length - room))
      for (const ticket of surplus) if (ticket.handle !== made.handle) await destroy(ticket)
      if (!surplus.some((ticket) => ticket.handle === made.handle)) return
      await registry.destroyByHandle(made.handle, 'session-limit')
      throw new SessionLimit()
    },
  }
}
