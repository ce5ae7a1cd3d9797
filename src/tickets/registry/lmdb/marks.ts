import { randomBytes } from 'node:crypto'
import type { Clock } from '../../../base/clock.ts'
import { HITS_PER_KEY } from '../../bounds.ts'
import type { TicketRegistry } from '../../registry.ts'
import type { Secrets } from '../../secrets.ts'
import type { Commits } from './commits.ts'
import { dueKey, HIT, instant, ONCE, startingWith } from './keys.ts'
import { EXPIRING, HITS, ONCE_TABLE } from './tables.ts'

export interface Marks extends Pick<TicketRegistry, 'putOnce' | 'addHit' | 'hitsSince' | 'clearHits'> {
  /** Inside a step: removes what an entry of the index stands for. */
  expire(sort: number, key: Buffer): void
}

export interface MarksParts {
  readonly commits: Commits
  readonly secrets: Secrets
  readonly clock: Clock
  /** Before a read: looks at the store as it is now. */
  readonly refresh: () => void
}

/** What is remembered besides tickets: keys that were used, and events that are counted. Nothing of it need outlive the machine. */
export function marks({ commits, secrets, clock, refresh }: MarksParts): Marks {
  const once = commits.table(ONCE_TABLE)
  const hits = commits.table(HITS)
  const expiring = commits.table(EXPIRING)
  const present = Buffer.of(1)

  const remove = (key: Buffer, untilMs: number) => {
    hits.remove(key, false)
    expiring.remove(dueKey(untilMs, key, HIT), false)
  }

  return {
    putOnce(text, untilMs) {
      const key = secrets.key('once', text)
      return commits.run(() => {
        const before = once.peek(key)?.readDoubleBE(0)
        if (before !== undefined && before >= clock()) return false
        if (before !== undefined) expiring.remove(dueKey(before, key, ONCE), false)
        once.put(key, instant(untilMs), false)
        expiring.put(dueKey(Math.max(0, untilMs), key, ONCE), present, false)
        return true
      }, false)
    },
    async addHit(text, atMs, untilMs) {
      const start = secrets.key('hits', text)
      const key = Buffer.concat([start, instant(atMs), randomBytes(4)])
      await commits.run(() => {
        if (hits.rows.getKeysCount(startingWith(start)) >= HITS_PER_KEY) {
          const [oldest] = [...hits.rows.getRange({ ...startingWith(start), limit: 1 })]
          if (oldest) remove(oldest.key, oldest.value.readDoubleBE(0))
        }
        hits.put(key, instant(untilMs), false)
        expiring.put(dueKey(Math.max(0, untilMs), key, HIT), present, false)
      }, false)
    },
    async hitsSince(text, sinceMs) {
      refresh()
      const now = clock()
      const start = secrets.key('hits', text)
      const { end } = startingWith(start)
      const after = Buffer.concat([start, instant(sinceMs), Buffer.alloc(4, 0xff)])
      let count = 0
      for (const { value } of hits.rows.getRange({ start: after, end })) if (value.readDoubleBE(0) >= now) count++
      return count
    },
    async clearHits(text) {
      const start = secrets.key('hits', text)
      await commits.run(() => {
        for (const { key, value } of [...hits.rows.getRange(startingWith(start))]) remove(key, value.readDoubleBE(0))
      }, false)
    },
    expire(sort, key) {
      if (sort === ONCE) once.remove(key, false)
      else if (sort === HIT) hits.remove(key, false)
    },
  }
}
