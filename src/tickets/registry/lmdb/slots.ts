import type { TicketLimit } from '../../registry.ts'
import { DIGEST_BYTES, type Secrets } from '../../secrets.ts'
import type { Commits } from './commits.ts'
import { dueKey, instant, SLOT, startingWith } from './keys.ts'
import type { Found, Rows } from './rows.ts'
import { EXPIRING, SLOTS } from './tables.ts'

/** Places under a limit (tickets.md 7.6): who has one, by scope, the oldest first. A place whose ticket is gone is free; it is cleared when places get rare. */
export interface Slots {
  /**
   * Inside a step, before it writes: whether a scope has room for one more.
   *
   * @param isOver Whether a living ticket ends with this step.
   * @returns the tickets that have to go, the oldest; `undefined` when there is no room.
   */
  roomFor(limit: TicketLimit, nowMs: number, isOver: (found: Found) => boolean): readonly Found[] | undefined
  /** Inside a step: gives a place away. */
  take(
    scope: string,
    ticket: { readonly digest: Buffer; readonly code: number; readonly createdAtMs: number; readonly endsAtMs: number },
  ): void
  /** Inside a step: clears the place that an entry of the index stands for. */
  expire(key: Buffer): void
}

export function slotTable({
  commits,
  rows,
  secrets,
}: {
  readonly commits: Commits
  readonly rows: Rows
  readonly secrets: Secrets
}): Slots {
  const slots = commits.table(SLOTS)
  const expiring = commits.table(EXPIRING)
  const scopeKey = (scope: string) => secrets.key('slot', scope)
  const digestOf = (key: Buffer) => Buffer.from(key.subarray(key.length - DIGEST_BYTES))

  return {
    roomFor({ scope, max, onExceed }, nowMs, isOver) {
      const range = () => startingWith(scopeKey(scope))
      // Where there is plenty of room nobody is looked at.
      if (slots.rows.getKeysCount(range()) < max) return []
      const living: Found[] = []
      const free: Buffer[] = []
      for (const { key, value } of slots.rows.getRange(range())) {
        const kept = rows.byCode(value[0] ?? 0)
        const found = kept && rows.find(kept, digestOf(key))
        if (found && rows.lives(found, nowMs)) {
          if (!isOver(found)) living.push(found)
        } else free.push(key)
      }
      for (const key of free) slots.remove(key, true)
      if (living.length < max) return []
      return onExceed === 'deny' || max < 1 ? undefined : living.slice(0, living.length - max + 1)
    },
    take(scope, { digest, code, createdAtMs, endsAtMs }) {
      const key = Buffer.concat([scopeKey(scope), instant(createdAtMs), digest])
      slots.put(key, Buffer.of(code), true)
      if (endsAtMs !== Number.POSITIVE_INFINITY) expiring.put(dueKey(endsAtMs, key, SLOT), Buffer.of(1), true)
    },
    expire(key) {
      slots.remove(key, true)
    },
  }
}
