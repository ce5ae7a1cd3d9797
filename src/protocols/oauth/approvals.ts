import { keyedDigest } from '../../base/crypto.ts'
import type { Session } from '../../sso/index.ts'
import { TicketRefusal } from '../../tickets/index.ts'
import { type Approval, approvalBody, coversApproval } from './approval.ts'
import { TRANSIENT } from './kinds.ts'
import { type LastingApprovals, lastingApprovals } from './lasting-approvals.ts'
import type { Room } from './room.ts'

/**
 * What users have allowed (oauth.md 6), by user, client and scopes: as long as the session lives, or longer where the user has ticked that. Whatever is new
 * – a scope, an attribute, another address that the answer may go to – is asked for anew.
 */
export interface Approvals {
  covers(session: Session, approval: Approval): Promise<boolean>
  /** @param lasting Whether the user wants it remembered beyond the session; it counts only where that may be. */
  remember(session: Session, approval: Approval, lasting: boolean): Promise<void>
  /** The user has said no: nothing is left of an earlier yes. */
  forget(session: Session, clientId: string): Promise<void>
  readonly lasting: LastingApprovals
}

export function approvals(parts: Pick<Room, 'registry' | 'proofKey' | 'clock' | 'settings'>): Approvals {
  const { registry, proofKey, clock } = parts
  const lasting = lastingApprovals(parts)
  const idOf = (session: Session, clientId: string) =>
    `${TRANSIENT}-1-${keyedDigest(proofKey, `approval\u0000${session.id}\u0000${clientId}`)}`

  async function rememberForSession(session: Session, approval: Approval): Promise<void> {
    const id = idOf(session, approval.client.id)
    const before = await registry.get(id)
    const body = approvalBody(approval, before?.body)
    if (before && (await registry.update(id, body))) return
    try {
      await registry.add({ id, kind: TRANSIENT, createdAtMs: clock(), policy: {}, parentId: session.id, body })
    } catch (cause) {
      // Two tabs at once: what the other one has remembered is asked for again, nothing worse.
      if (!(cause instanceof TicketRefusal) || cause.code !== 'duplicate') throw cause
    }
  }

  return {
    lasting,
    async covers(session, approval) {
      const own = await registry.get(idOf(session, approval.client.id))
      if (own && coversApproval(own.body, approval)) return true
      return approval.mayLast && lasting.covers(session.authentication.principal.id, approval)
    },
    async remember(session, approval, wantsLasting) {
      const user = session.authentication.principal.id
      if (wantsLasting && approval.mayLast) {
        await lasting.remember(user, approval)
        // One place only: what is taken back there must not live on here.
        await registry.delete(idOf(session, approval.client.id))
        return
      }
      await lasting.forget(user, approval.client.id)
      await rememberForSession(session, approval)
    },
    async forget(session, clientId) {
      await lasting.forget(session.authentication.principal.id, clientId)
      await registry.delete(idOf(session, clientId))
    },
  }
}
