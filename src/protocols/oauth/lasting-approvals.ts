import { keyedDigest } from '../../base/crypto.ts'
import type { Json } from '../../base/json.ts'
import { TicketRefusal } from '../../tickets/index.ts'
import { type Approval, approvalBody, coversApproval, readApproval } from './approval.ts'
import { isObject } from './definition-members.ts'
import { APPROVAL, APPROVER } from './kinds.ts'
import type { Room } from './room.ts'

/** An approval as users and operators see it. */
export interface ApprovalOverview {
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly attributes: readonly string[]
  readonly approvedAtMs: number
  readonly endsAtMs: number
}

/** What operators, and users for themselves, may do with approvals that outlive their session. Users are compared exactly. */
export interface ApprovalOffice {
  /** Living approvals of a user, by client id. */
  list(user: string): Promise<readonly ApprovalOverview[]>
  /** `false` when there was none. Tokens that were issued live on to their own ends. */
  forget(user: string, clientId: string): Promise<boolean>
  /** Takes back all of them; `false` when there was none. */
  forgetAll(user: string): Promise<boolean>
}

export interface LastingApprovals extends ApprovalOffice {
  /** Until when one would last that is given now; `undefined` where none outlives its session. */
  untilMs(): number | undefined
  covers(user: string, approval: Approval): Promise<boolean>
  remember(user: string, approval: Approval): Promise<void>
}

/** Nobody remembers after a year what they have allowed. */
const LONGEST_SECONDS = 366 * 86_400
const MARGIN_SECONDS = 3600
/** Clients in the list of one user; those beyond it are remembered, and not listed. */
const MOST_LISTED = 1000
const TRIES = 5

/**
 * Approvals in the ticket registry that hang on no session. Each is a ticket of its own, so that it is taken back in one step; all of a user hang on one more,
 * which lists their clients and with which they end together.
 */
export function lastingApprovals({
  registry,
  proofKey,
  clock,
  settings,
}: Pick<Room, 'registry' | 'proofKey' | 'clock' | 'settings'>): LastingApprovals {
  const wanted = settings.castellan.oauth.approval.rememberFor ?? 0
  const seconds = Math.min(LONGEST_SECONDS, wanted)
  const rootOf = (user: string) => `${APPROVER}-1-${keyedDigest(proofKey, `approver\u0000${user}`)}`
  const idOf = (user: string, clientId: string) =>
    `${APPROVAL}-1-${keyedDigest(proofKey, `lasting approval\u0000${JSON.stringify([user, clientId])}`)}`

  async function orDuplicate(adding: Promise<unknown>): Promise<void> {
    try {
      await adding
    } catch (cause) {
      // Another tab or process has done the same.
      if (!(cause instanceof TicketRefusal) || cause.code !== 'duplicate') throw cause
    }
  }

  /** Two that enter a client at the same moment may overwrite one another, so each looks whether its own is there. */
  async function enter(root: string, clientId: string): Promise<void> {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const listed = clientsIn((await registry.get(root))?.body)
      if (listed.includes(clientId) || listed.length >= MOST_LISTED) return
      await registry.update(root, { c: [...listed, clientId] })
    }
  }

  const forget = async (user: string, clientId: string) => seconds > 0 && registry.delete(idOf(user, clientId))

  return {
    untilMs: () => (seconds > 0 ? clock() + seconds * 1000 : undefined),
    async covers(user, approval) {
      const found = seconds > 0 ? await registry.get(idOf(user, approval.client.id)) : undefined
      // The setting of today counts: who shortens it means the approvals that there are, too.
      return found !== undefined && clock() < found.createdAtMs + seconds * 1000 && coversApproval(found.body, approval)
    },
    async remember(user, approval) {
      if (seconds <= 0) return
      const root = rootOf(user)
      const id = idOf(user, approval.client.id)
      const before = await registry.get(id)
      const createdAtMs = clock()
      if (!(await registry.get(root))) {
        const policy = { timeToIdleInSeconds: LONGEST_SECONDS + MARGIN_SECONDS }
        await orDuplicate(registry.add({ id: root, kind: APPROVER, createdAtMs, policy, body: { c: [] } }))
      }
      // Anew, because its time begins anew. What somebody has taken back in the meantime does not come again.
      const kept = before && (await registry.delete(id)) ? before.body : undefined
      const body = approvalBody(approval, kept)
      await orDuplicate(
        registry.grantChild(root, { id, kind: APPROVAL, createdAtMs, policy: { timeToLiveInSeconds: seconds }, parentId: root, body }),
      )
      await enter(root, approval.client.id)
    },
    async list(user) {
      const overviews: ApprovalOverview[] = []
      if (seconds <= 0) return overviews
      for (const clientId of clientsIn((await registry.get(rootOf(user)))?.body).toSorted()) {
        const found = await registry.get(idOf(user, clientId))
        const stored = found && readApproval(found.body)
        const endsAtMs = (found?.createdAtMs ?? 0) + seconds * 1000
        if (!stored || clock() >= endsAtMs) continue
        const { scopes, attributes } = stored
        overviews.push({ clientId, scopes, attributes, approvedAtMs: found.createdAtMs, endsAtMs: Math.min(endsAtMs, found.expiresAtMs) })
      }
      return overviews
    },
    forget,
    async forgetAll(user) {
      const root = rootOf(user)
      if (!(await registry.get(root))) return false
      await registry.destroyTree(root, 'administrator')
      return true
    },
  }
}

function clientsIn(body: Json | undefined): readonly string[] {
  const list = body !== undefined && isObject(body) ? body['c'] : undefined
  return Array.isArray(list) ? list.filter((each) => typeof each === 'string') : []
}
