import type { Clock } from '../../../base/clock.ts'
import { expiresAtMs } from '../../expiration.ts'
import type { TicketRegistry } from '../../registry.ts'
import type { DestroyedSession } from '../../ticket.ts'
import type { Commits } from './commits.ts'
import { dueKey, headKey, readDueKey, SLOT, TICKET } from './keys.ts'
import type { Marks } from './marks.ts'
import { markDue } from './record.ts'
import type { Found, Kept, Rows } from './rows.ts'
import type { Slots } from './slots.ts'

export interface HousekeepingParts {
  readonly commits: Commits
  readonly rows: Rows
  readonly marks: Marks
  readonly slots: Slots
  readonly kinds: readonly Kept[]
  readonly clock: Clock
}

/**
 * What looks for expired rows, by the instants under which they are filed (tickets.md 7.5). A use does not move an entry: it is filed anew when its
 * instant has come and the row still lives.
 */
export function housekeeping({
  commits,
  rows,
  marks,
  slots,
  kinds,
  clock,
}: HousekeepingParts): Pick<TicketRegistry, 'dueSessions' | 'sweep'> {
  const byCode = new Map(kinds.map((kept) => [kept.code, kept]))
  const before = (now: number) => ({ start: Buffer.alloc(1), end: dueKey(now, Buffer.alloc(0), 0) })

  /** Files a row under another instant, in the same step. */
  function refile({ kept, digest, head, row }: Found, atMs: number): void {
    const index = rows.indexOf(kept)
    const keep = !head.brief
    index.remove(dueKey(head.dueAtMs, digest), false)
    if (atMs !== Number.POSITIVE_INFINITY) index.put(dueKey(atMs, digest), Buffer.of(kept.code), false)
    markDue(row, atMs)
    if (kept.kind.grants) rows.tree.put(headKey(digest), row, keep)
    else kept.rows.put(digest, row, keep)
  }

  /** The row of an entry; an entry whose row is gone, or is filed elsewhere, is taken out. */
  function rowOf(key: Buffer, kindCode: number | undefined, index: Rows['due']): Found | undefined {
    const { atMs, digest } = readDueKey(key)
    const kept = byCode.get(kindCode ?? 0)
    const found = kept && rows.find(kept, digest)
    if (found && found.head.dueAtMs === atMs) return found
    // A row that is only unreadable here is left alone, and so is its entry's kind; without its entry nobody asks for it again.
    index.remove(key, false)
    return undefined
  }

  return {
    async dueSessions(limit, leaseMs) {
      return commits.run(() => {
        const now = clock()
        const taken: DestroyedSession[] = []
        for (const { key, value } of [...rows.due.rows.getRange({ ...before(now), limit })]) {
          const found = rowOf(key, value[0], rows.due)
          if (!found) continue
          const end = expiresAtMs(found.head)
          if (end >= now && rows.lives(found, now)) refile(found, end)
          else {
            const ticket = rows.show(found)
            refile(found, now + leaseMs)
            if (ticket) taken.push({ ticket, services: rows.servicesOf(found.digest), reason: 'expired' })
          }
        }
        return taken
      }, false)
    },
    async sweep(limit) {
      return commits.run(() => {
        const now = clock()
        let removed = 0
        for (const { key, value } of [...rows.expiring.rows.getRange({ ...before(now), limit })]) {
          const { sort, digest } = readDueKey(key)
          if (sort !== TICKET) {
            rows.expiring.remove(key, sort === SLOT)
            if (sort === SLOT) slots.expire(digest)
            else marks.expire(sort, digest)
            removed++
            continue
          }
          const found = rowOf(key, value[0], rows.expiring)
          if (!found) continue
          const end = expiresAtMs(found.head)
          if (end >= now && found.ancestors) refile(found, end)
          else removed += rows.remove(found)
        }
        return removed
      }, false)
    },
  }
}
