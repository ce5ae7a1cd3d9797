import { type Node, PatternMistake } from './ast.ts'
import { ALPHA, complement, DIGIT, HORIZONTAL_SPACE, isAsciiLetter, POSIX, type Ranges, SPACE, VERTICAL_SPACE, WORD } from './char-set.ts'
import type { Reader } from './reader.ts'

export type SetNode = Extract<Node, { kind: 'set' }>

const SETS: Readonly<Record<string, Ranges>> = {
  d: DIGIT,
  D: complement(DIGIT),
  w: WORD,
  W: complement(WORD),
  s: SPACE,
  S: complement(SPACE),
  h: HORIZONTAL_SPACE,
  H: complement(HORIZONTAL_SPACE),
  v: VERTICAL_SPACE,
  V: complement(VERTICAL_SPACE),
}

/** `\d`, `\W` and the like; `undefined` for any other letter. */
export const escapedSet = (letter: string): Ranges | undefined => (Object.hasOwn(SETS, letter) ? SETS[letter] : undefined)

const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, f: 12, a: 7, e: 27 }

/** The code point that an escape stands for; the reader stands behind the backslash. */
export function escapedCode(reader: Reader): number {
  const code = reader.next()
  const letter = String.fromCodePoint(code)
  if (Object.hasOwn(CONTROLS, letter)) return CONTROLS[letter] as number
  if (letter === '0') return octal(reader)
  if (letter === 'x') return reader.take('{') ? bracedHex(reader) : hex(reader, 2)
  if (letter === 'u') return utf16(reader)
  if (letter === 'c') {
    if (reader.atEnd) throw new PatternMistake('\\c must be followed by a character', reader.position)
    return reader.next() ^ 64
  }
  if (isAsciiLetter(code)) throw new PatternMistake(`\\${letter} is not supported`, reader.position)
  if (code >= 48 && code <= 57) throw new PatternMistake('a digit cannot be escaped here', reader.position)
  return code
}

function octal(reader: Reader): number {
  const digit = () => (reader.peek() >= 48 && reader.peek() <= 55 ? reader.next() - 48 : undefined)
  const first = digit()
  if (first === undefined) throw new PatternMistake('\\0 must be followed by an octal number', reader.position)
  const second = digit()
  if (second === undefined) return first
  const third = first <= 3 ? digit() : undefined
  return third === undefined ? first * 8 + second : (first * 8 + second) * 8 + third
}

function hex(reader: Reader, digits: number): number {
  let value = 0
  for (let i = 0; i < digits; i++) {
    const digit = Number.parseInt(String.fromCodePoint(Math.max(reader.next(), 0)), 16)
    if (Number.isNaN(digit)) throw new PatternMistake(`here must be ${digits} hexadecimal digits`, reader.position)
    value = value * 16 + digit
  }
  return value
}

function bracedHex(reader: Reader): number {
  let value = 0
  let digits = 0
  while (!reader.take('}')) {
    value = value * 16 + hex(reader, 1)
    if (++digits > 8 || value > 0x10ffff) throw new PatternMistake('there is no such code point', reader.position)
  }
  if (digits === 0) throw new PatternMistake('\\x{} is empty', reader.position)
  return value
}

/** `\uD83D\uDE00` is one code point. */
function utf16(reader: Reader): number {
  const high = hex(reader, 4)
  if (high < 0xd800 || high > 0xdbff || !reader.sees('\\') || !reader.seesAfter('u')) return high
  reader.next()
  reader.next()
  const low = hex(reader, 4)
  if (low < 0xdc00 || low > 0xdfff) throw new PatternMistake('half a surrogate pair', reader.position)
  return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)
}

const CATEGORY = /^(L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?|C[cfsno]?)$/
const CASED = ['Lu', 'Ll', 'Lt']

/** `\p{Alpha}`, `\pL`, `\P{Lu}`, `\p{IsLatin}`; the reader stands on the `p`. */
export function propertySet(reader: Reader, ignoreCase: boolean): SetNode {
  const negated = reader.next() === 80
  let name = ''
  if (reader.take('{')) {
    while (!reader.atEnd && !reader.take('}')) name += String.fromCodePoint(reader.next())
  } else if (!reader.atEnd) {
    name = String.fromCodePoint(reader.next())
  }
  if (Object.hasOwn(POSIX, name)) {
    // Since Java 15 a class of one case stands for both where case is ignored.
    const posix = ignoreCase && (name === 'Lower' || name === 'Upper') ? ALPHA : (POSIX[name] as Ranges)
    return { kind: 'set', ranges: negated ? complement(posix) : posix, properties: [], negated: false }
  }
  const category = name.replace(/^Is|^(general_category|gc)=/, '')
  if (CATEGORY.test(category)) {
    const names = ignoreCase && CASED.includes(category) ? CASED : [category]
    return { kind: 'set', ranges: [], properties: names.map((each) => `\\p{${each}}`), negated }
  }
  const script =
    /^(?:Is|script=|sc=)(Latin|Greek|Cyrillic|Arabic|Hebrew|Han|Hiragana|Katakana|Thai|Hangul|Devanagari|Armenian|Georgian)$/.exec(name)
  if (script) return { kind: 'set', ranges: [], properties: [`\\p{Script=${script[1]}}`], negated }
  throw new PatternMistake(`\\p{${name}} is not supported`, reader.position)
}
