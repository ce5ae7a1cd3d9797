import { ANY, type Beginning } from '../../base/java-regex.ts'
import { type Address, AddressReader, candidate, NONE } from './address.ts'
import { PrefixTree } from './prefix-tree.ts'

/** Of one origin, more go into a tree. */
const MAX_IN_A_ROW = 7
/** Low bits of a reference: how many beginnings stand in the row; the rest of it: where the row is. */
const COUNT_BITS = 3
const COUNT_MASK = (1 << COUNT_BITS) - 1
/** Numbers before the text of each: its length, its rest, its rank. */
const HEAD = 4
const RESTS: readonly Beginning['rest'][] = [undefined, 'nothing', 'anything']

/**
 * Finds beginnings by their scheme and host, which nearly all have: one look for an address, however many there are. What a lookup waits for is memory, so it
 * goes to two places only: the slot of the origin, and the row of what begins there.
 */
export class OriginTable {
  /** Pairs: the hash of an origin, and a reference to its row, `-1 - n` for a tree, 0 for none. */
  readonly #slots: Int32Array
  readonly #mask: number
  readonly #rows: Uint16Array
  readonly #trees: readonly PrefixTree[]

  constructor(slots: Int32Array, rows: Uint16Array, trees: readonly PrefixTree[]) {
    this.#slots = slots
    this.#mask = slots.length / 2 - 1
    this.#rows = rows
    this.#trees = trees
  }

  /** Adds the candidates whose beginnings the address has, in no order. A rank may come twice. */
  collect(address: Address, found: number[]): void {
    if (address.originEnd < 0) return
    const slots = this.#slots
    const hash = address.originHash
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const ref = slots[slot * 2 + 1] as number
      if (ref === 0) return
      if (slots[slot * 2] !== hash) continue
      if (ref < 0) this.#trees[-1 - ref]?.collect(address, found)
      else this.#collectRow(ref >>> COUNT_BITS, ref & COUNT_MASK, address, found)
    }
  }

  #collectRow(start: number, count: number, address: Address, found: number[]): void {
    const rows = this.#rows
    const { codes } = address
    let at = start
    for (let left = count; left > 0; left--) {
      const size = rows[at] as number
      const text = at + HEAD
      let same = size <= address.length ? 0 : -1
      while (same >= 0 && same < size) same = codes[same] === rows[text + same] ? same + 1 : -1
      if (same === size) {
        const rank = (rows[at + 2] as number) + (rows[at + 3] as number) * 0x1_0000
        const code = candidate(rank, RESTS[rows[at + 1] as number], address, size)
        if (code !== NONE) found.push(code)
      }
      at = text + size
    }
  }
}

interface Entry extends Beginning {
  readonly rank: number
}

/** Collects beginnings until all are there. */
export class OriginTableBuilder {
  readonly #byOrigin = new Map<string, { readonly hash: number; readonly entries: Entry[] }>()
  readonly #reader = new AddressReader()

  /** @returns whether the table is the place for it: an address that has the beginning must have the whole origin in it. */
  add({ text, rest }: Beginning, rank: number): boolean {
    const { originEnd, originHash } = this.#reader.read(text)
    if (originEnd < 0 || (originEnd === text.length && rest !== 'nothing')) return false
    const origin = text.slice(0, originEnd)
    if (origin.includes(ANY)) return false
    const known = this.#byOrigin.get(origin)
    if (known) known.entries.push({ text, rest, rank })
    else this.#byOrigin.set(origin, { hash: originHash, entries: [{ text, rest, rank }] })
    return true
  }

  /** The builder is used up by this. */
  build(): OriginTable {
    const origins = [...this.#byOrigin.values()]
    let size = 4
    while (size < origins.length * 2) size *= 2
    const slots = new Int32Array(size * 2)
    const room = origins.filter(isRow).flatMap(({ entries }) => entries)
    const rows = new Uint16Array(room.reduce((total, { text }) => total + HEAD + text.length, 0))
    const trees: PrefixTree[] = []
    let at = 0
    for (const origin of origins) {
      const { hash, entries } = origin
      let slot = hash & (size - 1)
      while (slots[slot * 2 + 1] !== 0) slot = (slot + 1) & (size - 1)
      slots[slot * 2] = hash
      if (!isRow(origin)) {
        const tree = new PrefixTree()
        for (const entry of entries) tree.add(entry, entry.rank)
        slots[slot * 2 + 1] = -trees.push(tree)
        continue
      }
      slots[slot * 2 + 1] = (at << COUNT_BITS) | entries.length
      for (const { text, rest, rank } of entries) {
        rows.set([text.length, RESTS.indexOf(rest), rank & 0xffff, rank >>> 16], at)
        at += HEAD
        for (let place = 0; place < text.length; place++) rows[at++] = text.charCodeAt(place)
      }
    }
    this.#byOrigin.clear()
    return new OriginTable(slots, rows, trees)
  }
}

const isRow = ({ entries }: { readonly entries: readonly Entry[] }): boolean =>
  entries.length <= MAX_IN_A_ROW && entries.every(({ text }) => !text.includes(ANY))
