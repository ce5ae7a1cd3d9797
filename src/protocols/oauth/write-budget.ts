import type { Clock } from '../../base/clock.ts'

const WINDOW_MS = 60_000
const MOST_ADDRESSES = 10_000

/** How much strangers may make this process store, by their address. */
export interface WriteBudget {
  /** @returns `false` when this address has had its share of the minute. */
  take(address: string): boolean
}

/** @param most In a minute, for each address. When more addresses come than can be told apart, all of them share one. */
export function writeBudget(clock: Clock, most: number): WriteBudget {
  let begunAtMs = Number.NEGATIVE_INFINITY
  const taken = new Map<string, number>()
  return {
    take(address) {
      const now = clock()
      // A clock that was set back begins anew too.
      if (now - begunAtMs >= WINDOW_MS || now < begunAtMs) {
        begunAtMs = now
        taken.clear()
      }
      const key = taken.has(address) || taken.size < MOST_ADDRESSES ? address : ''
      const count = (taken.get(key) ?? 0) + 1
      taken.set(key, count)
      return count <= most
    },
  }
}
