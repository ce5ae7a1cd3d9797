/** Sets of code points as sorted, disjoint, inclusive ranges: what a character class of a Java pattern comes down to. */
export type Range = readonly [first: number, last: number]
export type Ranges = readonly Range[]

export const LAST_CODE_POINT = 0x10ffff
export const NOTHING: Ranges = []
export const EVERYTHING: Ranges = [[0, LAST_CODE_POINT]]

/** Sorts and merges ranges that come in any order. */
export function ranges(...parts: readonly Range[]): Ranges {
  const sorted = parts.toSorted((one, other) => one[0] - other[0])
  const merged: [number, number][] = []
  for (const [first, last] of sorted) {
    const previous = merged.at(-1)
    if (previous && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last)
    else merged.push([first, last])
  }
  return merged
}

/** Merges two sets in one pass. */
export function union(one: Ranges, other: Ranges): Ranges {
  if (one.length === 0) return other
  if (other.length === 0) return one
  const merged: [number, number][] = []
  let [i, j] = [0, 0]
  while (i < one.length || j < other.length) {
    const [a, b] = [one[i], other[j]]
    const next = (a && (!b || a[0] <= b[0]) ? a : b) as Range
    if (next === a) i++
    else j++
    const previous = merged.at(-1)
    if (previous && next[0] <= previous[1] + 1) previous[1] = Math.max(previous[1], next[1])
    else merged.push([next[0], next[1]])
  }
  return merged
}

export function complement(set: Ranges): Ranges {
  const rest: Range[] = []
  let next = 0
  for (const [first, last] of set) {
    if (first > next) rest.push([next, first - 1])
    next = last + 1
  }
  if (next <= LAST_CODE_POINT) rest.push([next, LAST_CODE_POINT])
  return rest
}

export const intersection = (one: Ranges, other: Ranges): Ranges => complement(union(complement(one), complement(other)))

export function overlap(one: Ranges, other: Ranges): boolean {
  let [i, j] = [0, 0]
  while (i < one.length && j < other.length) {
    const [a, b] = [one[i] as Range, other[j] as Range]
    if (a[1] < b[0]) i++
    else if (b[1] < a[0]) j++
    else return true
  }
  return false
}

export const isAsciiLetter = (code: number): boolean => (code >= 65 && code <= 90) || (code >= 97 && code <= 122)

/** Adds the other case of each ASCII letter: Java's CASE_INSENSITIVE folds nothing else. */
export function foldAsciiCase(set: Ranges): Ranges {
  const added: Range[] = []
  for (const [first, last] of set) {
    if (first > 122) break
    const [upperFirst, upperLast] = [Math.max(first, 65), Math.min(last, 90)]
    const [lowerFirst, lowerLast] = [Math.max(first, 97), Math.min(last, 122)]
    if (upperFirst <= upperLast) added.push([upperFirst + 32, upperLast + 32])
    if (lowerFirst <= lowerLast) added.push([lowerFirst - 32, lowerLast - 32])
  }
  return added.length === 0 ? set : ranges(...set, ...added)
}

export const DIGIT: Ranges = [[48, 57]]
export const LOWER: Ranges = [[97, 122]]
export const UPPER: Ranges = [[65, 90]]
export const ALPHA: Ranges = ranges([65, 90], [97, 122])
export const ALNUM: Ranges = ranges(...ALPHA, ...DIGIT)
export const WORD: Ranges = ranges(...ALNUM, [95, 95])
/** `\s`: blank, tab, line feed, vertical tab, form feed, carriage return. */
export const SPACE: Ranges = ranges([9, 13], [32, 32])
/** `\h`. */
export const HORIZONTAL_SPACE: Ranges = ranges(
  [9, 9],
  [32, 32],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x180e, 0x180e],
  [0x2000, 0x200a],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
)
/** `\v`: all that ends a line, vertically. */
export const VERTICAL_SPACE: Ranges = ranges([10, 13], [0x85, 0x85], [0x2028, 0x2029])
/** What `.` leaves out. */
export const LINE_TERMINATORS: Ranges = ranges([10, 10], [13, 13], [0x85, 0x85], [0x2028, 0x2029])

/** Java's POSIX classes; they are ASCII. */
export const POSIX: Readonly<Record<string, Ranges>> = {
  Lower: LOWER,
  Upper: UPPER,
  ASCII: [[0, 127]],
  Alpha: ALPHA,
  Digit: DIGIT,
  Alnum: ALNUM,
  Punct: ranges([33, 47], [58, 64], [91, 96], [123, 126]),
  Graph: [[33, 126]],
  Print: [[32, 126]],
  Blank: ranges([9, 9], [32, 32]),
  Cntrl: ranges([0, 31], [127, 127]),
  XDigit: ranges([48, 57], [65, 70], [97, 102]),
  Space: SPACE,
}
