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
}

/** Of FNV-1a. */
const OFFSET = 0x811c9dc5
const PRIME = 0x01000193

const [COLON, SLASH, QUESTION, HASH] = [58, 47, 63, 35]

/** Reads one address after the other; what was read is gone with the next. */
export class AddressReader implements Address {
  codes: Uint16Array = new Uint16Array(512)
  length = 0
  plain = true
  originEnd = -1
  originHash = 0

  read(text: string): this {
    const { length } = text
    if (length > this.codes.length) this.codes = new Uint16Array(length * 2)
    const { codes } = this
    let plain = length <= MAX_SURE_LENGTH
    let hash = OFFSET
    let at = 0
    let originEnd = -1
    let inHost = false
    for (; at < length; at++) {
      const code = lower(text.charCodeAt(at))
      codes[at] = code
      if (code < 14 || code > 0x84) {
        if (isTerminator(code)) {
          plain = false
          if (inHost) break
        }
      } else if (inHost) {
        if (code === SLASH || code === QUESTION || code === HASH) break
      } else if (code === SLASH && at > 1 && codes[at - 1] === SLASH && codes[at - 2] === COLON) inHost = true
      hash = Math.imul(hash ^ code, PRIME)
    }
    if (inHost) originEnd = at
    for (; at < length; at++) {
      const code = lower(text.charCodeAt(at))
      codes[at] = code
      if ((code < 14 || code > 0x84) && isTerminator(code)) plain = false
    }
    this.length = length
    this.plain = plain
    this.originEnd = originEnd
    this.originHash = (hash ^ (hash >>> 15)) | 0
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

export const rankOf = (candidate: number): number => candidate >> 1
export const isSure = (candidate: number): boolean => (candidate & 1) === 1
