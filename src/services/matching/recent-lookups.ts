/**
 * Remembers what was looked up lately, in two generations: what is asked for again moves to the young one, the old one is dropped as a whole. Answers
 * "nothing" have a smaller place of their own, so that junk cannot push out what is used.
 */
export interface RecentLookups<V> {
  /** @returns `null` for a remembered "nothing", `undefined` when it has to be looked up. */
  get(key: string): V | null | undefined
  set(key: string, value: V | undefined): void
}

/** Longer keys are not kept: they would make the memory's size unforeseeable. */
const MAX_KEY_LENGTH = 512

export function recentLookups<V>(capacity: number, capacityOfNothing: number): RecentLookups<V> {
  const known = twoGenerations<V>(capacity)
  const unknown = twoGenerations<null>(capacityOfNothing)
  return {
    get: (key) => known.get(key) ?? unknown.get(key),
    set(key, value) {
      if (key.length > MAX_KEY_LENGTH) return
      if (value === undefined) unknown.set(key, null)
      else known.set(key, value)
    },
  }
}

function twoGenerations<V>(capacity: number) {
  let [young, old] = [new Map<string, V>(), new Map<string, V>()]
  const set = (key: string, value: V) => {
    if (young.size >= capacity / 2) [young, old] = [new Map(), young]
    young.set(key, value)
  }
  return {
    set,
    get(key: string): V | undefined {
      const found = young.get(key)
      if (found !== undefined) return found
      const aged = old.get(key)
      if (aged !== undefined) set(key, aged)
      return aged
    },
  }
}
