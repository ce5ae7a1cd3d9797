import { type Beginning, MAX_SURE_LENGTH } from '../../base/java-regex.ts'

/** An address as the index reads it: once, for all that looks at it. */
export interface Address {
  /** UTF-16, ASCII letters in lower case. More may stand behind the end. */
  readonly codes: Uint16Array
  readonly length: number
  /** Whether there is no line terminator in it, and it is not so long that its beginning does not say enough. */
  readonly plain: boolean
  /** Where the first of `/?#`, or a line terminator, after the first `://` stands, or the end; -1: there is no `://`. */
  readonly originEnd: number
  /** Of the part before. */
  readonly originHash: number
  /** In place n the hash of the first n codes, as far as the reader was asked to go. */
  readonly hashes: Int32Array
}

/** Of FNV-1a. */
const OFFSET = 0x811c9dc5
const PRIME = 0x01000193

const [COLON, SLASH, QUESTION, HASH] = [58, 47, 63, 35]

/** Reads one address after the other; what was read is gone with the next. */
export class AddressReader implements Address {
  codes: Uint16Array = new Uint16Array(512)
  hashes: Int32Array = new Int32Array(512)
  length = 0
  plain = true
  originEnd = -1
  originHash = 0

  /** @param hashed The longest part from the start that is hashed, beside the origin. */
  read(text: string, hashed: number): this {
    const { length } = text
    if (length >= this.codes.length) {
      this.codes = new Uint16Array(length * 2)
      this.hashes = new Int32Array(length * 2)
    }
    const { codes, hashes } = this
    let plain = length <= MAX_SURE_LENGTH
    let hash = OFFSET
    let at = 0
    let inHost = false
    this.originEnd = -1
    for (; at < length; at++) {
      const code = lower(text.charCodeAt(at))
      if (code < 14 || code > 0x84) {
        if (isTerminator(code)) {
          plain = false
          if (inHost) break
        }
      } else if (inHost) {
        if (code === SLASH || code === QUESTION || code === HASH) break
      } else if (code === SLASH && at > 1 && codes[at - 1] === SLASH && codes[at - 2] === COLON) inHost = true
      codes[at] = code
      hash = Math.imul(hash ^ code, PRIME)
      hashes[at + 1] = hash
    }
    if (inHost) {
      this.originEnd = at
      this.originHash = hash
    }
    for (; at < length; at++) {
      const code = lower(text.charCodeAt(at))
      if ((code < 14 || code > 0x84) && isTerminator(code)) plain = false
      codes[at] = code
      if (at < hashed) {
        hash = Math.imul(hash ^ code, PRIME)
        hashes[at + 1] = hash
      }
    }
    this.length = length
    this.plain = plain
    return this
  }
}

const lower = (code: number): number => (code >= 65 && code <= 90 ? code + 32 : code)

/** What `.` does not take, and `$` may stand before. */
const isTerminator = (code: number): boolean => code === 10 || code === 13 || code === 0x85 || code === 0x2028 || code === 0x2029

/** No candidate after all. */
export const NONE = -1

/**
 * What to do about a definition that an address has the beginning of, as a number, so that candidates sort by their rank: even, its pattern is to be asked; odd,
 * it takes the address.
 *
 * @param at Where the beginning ends in the address.
 */
export function candidate(rank: number, rest: Beginning['rest'], address: Address, at: number): number {
  if (rest === undefined || !address.plain) return rank * 2
  return rest === 'nothing' && at !== address.length ? NONE : rank * 2 + 1
}

/** Whether one code point takes two places here. */
export function isPair({ codes, length }: Address, at: number): boolean {
  const code = codes[at] as number
  if (code < 0xd800 || code > 0xdbff || at + 1 >= length) return false
  const next = codes[at + 1] as number
  return next >= 0xdc00 && next <= 0xdfff
}

export const rankOf = (candidate: number): number => candidate >> 1
export const isSure = (candidate: number): boolean => (candidate & 1) === 1
