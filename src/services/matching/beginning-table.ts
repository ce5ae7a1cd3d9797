import type { Breath } from '../../base/breath.ts'
import { ANY, type Beginning } from '../../base/java-regex.ts'
import { type Address, AddressReader, candidate, isPair, NONE } from './address.ts'
import { PrefixTree } from './prefix-tree.ts'

const ANY_CODE = ANY.charCodeAt(0)
/** Of one key, more go into a tree. */
const MAX_IN_A_ROW = 7
/** Low bits of a reference: how many beginnings stand in the row; the rest of it: where the row is. */
const COUNT_BITS = 3
const COUNT_MASK = (1 << COUNT_BITS) - 1
/** Numbers before the text of each: its length, its rest, its rank. */
const HEAD = 4
const RESTS: readonly Beginning['rest'][] = [undefined, 'nothing', 'anything']
/** So that three of four keys that are not there are known by one bit. */
const BITS_FOR_EACH = 8

/**
 * Finds beginnings by the hash of a part of them, their key. What a lookup waits for is memory, so it goes to two places only: the slot of the key, and the row of
 * what has this key; for most keys that nobody has, to a bit.
 */
export class BeginningTable {
  /** Pairs: the hash of a key, and a reference to its row, `-1 - n` for a tree, 0 for none. */
  readonly #slots: Int32Array
  readonly #bits: Int32Array
  readonly #rows: Uint16Array
  readonly #trees: readonly PrefixTree[]

  constructor(slots: Int32Array, bits: Int32Array, rows: Uint16Array, trees: readonly PrefixTree[]) {
    this.#slots = slots
    this.#bits = bits
    this.#rows = rows
    this.#trees = trees
  }

  /** Whether a key may be there at all. */
  mayHave(hash: number): boolean {
    const bits = this.#bits
    const mixed = mix(hash)
    return ((bits[(mixed >>> 5) & (bits.length - 1)] as number) & (1 << mixed)) !== 0
  }

  /** Adds the candidates of a key that the address has, in no order. A rank may come twice. */
  collect(hash: number, address: Address, found: number[]): void {
    const slots = this.#slots
    const mixed = mix(hash)
    const mask = (slots.length >> 1) - 1
    for (let slot = mixed & mask; ; slot = (slot + 1) & mask) {
      const ref = slots[slot * 2 + 1] as number
      if (ref === 0) return
      if (slots[slot * 2] !== hash) continue
      if (ref < 0) this.#trees[-1 - ref]?.collect(address, found)
      else this.#collectRow(ref >>> COUNT_BITS, ref & COUNT_MASK, address, found)
    }
  }

  #collectRow(start: number, count: number, address: Address, found: number[]): void {
    const rows = this.#rows
    let head = start
    for (let left = count; left > 0; left--) {
      const size = rows[head] as number
      const end = beginsWith(address, rows, head + HEAD, size)
      if (end >= 0) {
        const rank = (rows[head + 2] as number) + (rows[head + 3] as number) * 0x1_0000
        const code = candidate(rank, RESTS[rows[head + 1] as number], address, end)
        if (code !== NONE) found.push(code)
      }
      head += HEAD + size
    }
  }
}

/** @returns where in the address the text ends, -1 if it begins otherwise. */
function beginsWith(address: Address, texts: Uint16Array, start: number, size: number): number {
  const { codes, length } = address
  let at = 0
  for (let place = start; place < start + size; place++) {
    if (at >= length) return -1
    const expected = texts[place] as number
    if (expected === codes[at]) at++
    else if (expected === ANY_CODE) at += isPair(address, at) ? 2 : 1
    else return -1
  }
  return at
}

const mix = (hash: number): number => hash ^ (hash >>> 15)

interface Entry extends Beginning {
  readonly rank: number
}

/** Collects beginnings until all are there. */
class TableBuilder {
  readonly #byKey = new Map<string, { readonly hash: number; readonly entries: Entry[] }>()

  add(key: string, hash: number, entry: Entry): void {
    const known = this.#byKey.get(key)
    if (known) known.entries.push(entry)
    else this.#byKey.set(key, { hash, entries: [entry] })
  }

  /** Takes out what has so many beginnings for its key that they are better told apart by more of them. */
  takeCrowds(): readonly Entry[] {
    const taken: Entry[] = []
    for (const [key, { entries }] of this.#byKey) {
      if (entries.length <= MAX_IN_A_ROW) continue
      this.#byKey.delete(key)
      for (const entry of entries) taken.push(entry)
    }
    return taken
  }

  /** @returns nothing where nothing was added. The builder is used up by this. */
  async build(pause: Breath): Promise<BeginningTable | undefined> {
    const keys = [...this.#byKey.values()]
    this.#byKey.clear()
    if (keys.length === 0) return undefined
    const size = powerOfTwo(keys.length * 2)
    const slots = new Int32Array(size * 2)
    const bits = new Int32Array(powerOfTwo((keys.length * BITS_FOR_EACH) / 32))
    let room = 0
    for (const { entries } of keys) if (entries.length <= MAX_IN_A_ROW) for (const { text } of entries) room += HEAD + text.length
    const rows = new Uint16Array(room)
    const trees: PrefixTree[] = []
    let at = 0
    for (const { hash, entries } of keys) {
      if (pause.due()) await pause.take()
      const mixed = mix(hash)
      const word = (mixed >>> 5) & (bits.length - 1)
      bits[word] = (bits[word] as number) | (1 << mixed)
      let slot = mixed & (size - 1)
      while (slots[slot * 2 + 1] !== 0) slot = (slot + 1) & (size - 1)
      slots[slot * 2] = hash
      if (entries.length > MAX_IN_A_ROW) {
        const tree = new PrefixTree()
        for (const entry of entries) tree.add(entry, entry.rank)
        slots[slot * 2 + 1] = -trees.push(tree)
        continue
      }
      slots[slot * 2 + 1] = (at << COUNT_BITS) | entries.length
      for (const { text, rest, rank } of entries) {
        rows[at++] = text.length
        rows[at++] = RESTS.indexOf(rest)
        rows[at++] = rank & 0xffff
        rows[at++] = rank >>> 16
        for (let place = 0; place < text.length; place++) rows[at++] = text.charCodeAt(place)
      }
    }
    return new BeginningTable(slots, bits, rows, trees)
  }
}

function powerOfTwo(least: number): number {
  let size = 4
  while (size < least) size *= 2
  return size
}

/**
 * All beginnings. The key is their scheme and host, which nearly all have and an address has one of; where it has none for certain, or shares it with many, all
 * that is certain. An address is asked about each length that these have.
 */
export interface Beginnings {
  /** Adds the candidates whose beginnings the address has, in no order. A rank may come twice. */
  collect(address: Address, found: number[]): void
  /** The longest key, beside the origins. */
  readonly longest: number
}

export class BeginningsBuilder {
  readonly #origins = new TableBuilder()
  readonly #others = new TableBuilder()
  readonly #lengths = new Set<number>()
  readonly #reader = new AddressReader()

  add({ text, rest }: Beginning, rank: number): void {
    const { originEnd, originHash } = this.#reader.read(text, 0)
    const entry = { text, rest, rank }
    // An address that begins so must have the whole of the origin in it.
    const hasOrigin = originEnd >= 0 && originEnd <= certainLength(text) && (originEnd < text.length || rest === 'nothing')
    if (hasOrigin) this.#origins.add(text.slice(0, originEnd), originHash, entry)
    else this.#addByLength(entry)
  }

  #addByLength(entry: Entry): void {
    const length = certainLength(entry.text)
    this.#lengths.add(length)
    this.#others.add(entry.text.slice(0, length), this.#reader.read(entry.text, length).hashes[length] as number, entry)
  }

  async build(pause: Breath): Promise<Beginnings> {
    for (const entry of this.#origins.takeCrowds()) {
      if (pause.due()) await pause.take()
      this.#addByLength(entry)
    }
    const origins = await this.#origins.build(pause)
    const others = await this.#others.build(pause)
    const lengths = Int32Array.from(this.#lengths).sort()
    return {
      longest: lengths.at(-1) ?? 0,
      collect(address, found) {
        if (origins && address.originEnd >= 0) origins.collect(address.originHash, address, found)
        if (!others) return
        for (let n = 0; n < lengths.length; n++) {
          const length = lengths[n] as number
          if (length > address.length) return
          const hash = address.hashes[length] as number
          if (others.mayHave(hash)) others.collect(hash, address, found)
        }
      },
    }
  }
}

function certainLength(text: string): number {
  const any = text.indexOf(ANY)
  return any < 0 ? text.length : any
}
