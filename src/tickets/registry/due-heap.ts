/** Entries by their instant, the earliest first. An entry is taken out only by `pop`: what has become untrue is recognised then. */
export class DueHeap<T> {
  private readonly entries: { readonly atMs: number; readonly value: T }[] = []

  get size(): number {
    return this.entries.length
  }

  /** The earliest instant; `Infinity` when there is none. */
  get firstAtMs(): number {
    return this.entries[0]?.atMs ?? Number.POSITIVE_INFINITY
  }

  push(atMs: number, value: T): void {
    if (atMs === Number.POSITIVE_INFINITY) return
    const { entries } = this
    let place = entries.length
    const entry = { atMs, value }
    entries.push(entry)
    while (place > 0) {
      const above = (place - 1) >> 1
      const parent = entries[above]
      if (!parent || parent.atMs <= atMs) break
      entries[place] = parent
      place = above
    }
    entries[place] = entry
  }

  pop(): T | undefined {
    const { entries } = this
    const first = entries[0]
    const last = entries.pop()
    if (first && last && entries.length > 0) {
      let place = 0
      for (;;) {
        let below = 2 * place + 1
        const left = entries[below]
        const right = entries[below + 1]
        if (!left) break
        if (right && right.atMs < left.atMs) below++
        const smaller = entries[below]
        if (!smaller || smaller.atMs >= last.atMs) break
        entries[place] = smaller
        place = below
      }
      entries[place] = last
    }
    return first?.value
  }
}
