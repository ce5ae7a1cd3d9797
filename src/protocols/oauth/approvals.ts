import { equalInConstantTime, keyedDigest } from '../../base/crypto.ts'
import { TicketRefusal } from '../../tickets/index.ts'
import { isObject } from './definition-members.ts'
import { TRANSIENT } from './kinds.ts'
import type { Room } from './room.ts'

/** What a user has allowed a client, remembered as long as the session lives (oauth.md 6). A new scope is asked for anew. */
export interface Approvals {
  covers(sessionId: string, clientId: string, scopes: readonly string[]): Promise<boolean>
  remember(sessionId: string, clientId: string, scopes: readonly string[]): Promise<void>
}

export function approvals({ registry, proofKey, clock }: Pick<Room, 'registry' | 'proofKey' | 'clock'>): Approvals {
  const idOf = (sessionId: string, clientId: string) =>
    `${TRANSIENT}-1-${keyedDigest(proofKey, `approval\u0000${sessionId}\u0000${clientId}`)}`

  async function allowed(id: string): Promise<readonly string[] | undefined> {
    const body = (await registry.get(id))?.body
    const scopes = body !== undefined && isObject(body) ? body['s'] : undefined
    return Array.isArray(scopes) ? scopes.filter((scope) => typeof scope === 'string') : undefined
  }

  return {
    async covers(sessionId, clientId, scopes) {
      const before = await allowed(idOf(sessionId, clientId))
      return before !== undefined && scopes.every((scope) => before.includes(scope))
    },
    async remember(sessionId, clientId, scopes) {
      const id = idOf(sessionId, clientId)
      const before = await allowed(id)
      const body = { s: [...new Set([...(before ?? []), ...scopes])] }
      if (before && (await registry.update(id, body))) return
      try {
        await registry.add({ id, kind: TRANSIENT, createdAtMs: clock(), policy: {}, parentId: sessionId, body })
      } catch (cause) {
        // Two tabs at once: what the other one has remembered is asked for again, nothing worse.
        if (!(cause instanceof TicketRefusal) || cause.code !== 'duplicate') throw cause
      }
    },
  }
}

/** Tokens of forms that only a page of this server, for this session, can have (oauth.md 16.3). */
export function formTokens(proofKey: Buffer) {
  const make = (purpose: string, sessionId: string) => keyedDigest(proofKey, `form\u0000${purpose}\u0000${sessionId}`)
  return {
    make,
    fits: (token: string | null, purpose: string, sessionId: string) =>
      token !== null && equalInConstantTime(token, make(purpose, sessionId)),
  }
}
