import { isExpired, isUsedUp, touchWindowMs } from '../../expiration.ts'
import type { Commits } from './commits.ts'
import { headKey } from './keys.ts'
import { markUse, withoutPayload } from './record.ts'
import type { Found, Kept, Rows } from './rows.ts'

export interface TicketUsesParts {
  readonly rows: Rows
  readonly commits: Commits
  /** How precisely the last use of a ticket is known. */
  readonly touchMs: number
}

/** Uses of tickets in the embedded store: all of it inside a step, but for the one that only looks. */
export function ticketUses({ rows, commits, touchMs }: TicketUsesParts) {
  /** Inside a step: notes a use of a row that was found. */
  function use(found: Found, now: number): void {
    const { kept, digest, head, row } = found
    const countOfUses = head.countOfUses + 1
    markUse(row, Math.max(head.lastUsedAtMs, now), countOfUses)
    if (kept.kind.grants) rows.tree.put(headKey(digest), row, true)
    else kept.rows.put(digest, row, !head.brief)
    if (isUsedUp({ countOfUses, policy: head.policy })) commits.count(kept.code, -1)
  }

  /** Whether the last use of a row is not known precisely enough. */
  const isDueForUse = ({ head }: Found, now: number) =>
    now - head.lastUsedAtMs >= touchWindowMs(head.policy, touchMs) || head.countOfUses === 0

  /** Inside a step: the same, unless the last use is known precisely enough. */
  function useLazily(found: Found, now: number): void {
    if (isDueForUse(found, now)) use(found, now)
  }

  /** Inside a step: the ticket if it may be used once more, or why not. */
  function usable(kept: Kept, digest: Buffer, wanted: readonly string[], now: number) {
    const found = rows.find(kept, digest)
    if (!found) return 'unknown'
    if (!wanted.includes(kept.kind.prefix)) return 'wrong-kind'
    if (isUsedUp(found.head)) return 'used'
    if (isExpired(found.head, now)) return 'expired'
    if (!rows.lives(found, now)) return 'parent-gone'
    // What cannot be read is not there, and is not used up.
    const content = rows.content(found)
    return content ? { found, content } : 'unknown'
  }

  /** Inside a step: notes a use of a ticket that is `usable`; after its last one only the trace of it stays. */
  function spend(found: Found, now: number): void {
    const { kept, digest, head, row } = found
    const after = { policy: head.policy, countOfUses: head.countOfUses + 1 }
    if (!kept.kind.grants && isUsedUp(after)) {
      markUse(row, Math.max(head.lastUsedAtMs, now), after.countOfUses)
      kept.rows.put(digest, withoutPayload(row), !head.brief)
      commits.count(kept.code, -1)
    } else use(found, now)
  }

  return { use, useLazily, isDueForUse, usable, spend }
}
