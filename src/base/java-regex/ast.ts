import type { Ranges } from './char-set.ts'

/** One place in a pattern, Java's flags already worked in: case is folded where it is ignored, `.` and classes are sets of code points. */
export type Node =
  /** One code point; `fold`: in either case of an ASCII letter. */
  | { readonly kind: 'char'; readonly code: number; readonly fold: boolean }
  /** One code point out of the ranges or the Unicode properties (`\p{L}`), or, negated, none of them. */
  | { readonly kind: 'set'; readonly ranges: Ranges; readonly properties: readonly string[]; readonly negated: boolean }
  | { readonly kind: 'sequence'; readonly items: readonly Node[] }
  | { readonly kind: 'choice'; readonly options: readonly Node[] }
  | { readonly kind: 'repeat'; readonly body: Node; readonly min: number; readonly max: number; readonly mode: RepeatMode }
  /** A capturing group, counted from 1 as Java counts. */
  | { readonly kind: 'group'; readonly number: number; readonly body: Node }
  | { readonly kind: 'atomic'; readonly body: Node }
  | { readonly kind: 'look'; readonly ahead: boolean; readonly negative: boolean; readonly body: Node }
  | { readonly kind: 'reference'; readonly group: number; readonly fold: boolean }
  | { readonly kind: 'anchor'; readonly at: Anchor }

export type RepeatMode = 'greedy' | 'lazy' | 'possessive'

/** `end-of-text`: `\z`; `last-line-end`: `$` and `\Z` without MULTILINE, i.e. the end or before a final line terminator. */
export type Anchor =
  | 'start'
  | 'end-of-text'
  | 'last-line-end'
  | 'last-unix-line-end'
  | 'line-start'
  | 'line-end'
  | 'word-boundary'
  | 'no-word-boundary'

export interface Pattern {
  readonly root: Node
  /** How many capturing groups there are. */
  readonly groups: number
  readonly names: ReadonlyMap<string, number>
  /** Whether the author wrote look-around, back-references, atomic groups or possessive quantifiers: what a linear engine cannot do. */
  readonly backtracks: boolean
  /** Whether a back-reference compares without case. */
  readonly foldsReferences: boolean
}

export const EMPTY: Node = { kind: 'sequence', items: [] }

/** Why a text is no pattern of Java's that we understand. */
export class PatternMistake extends Error {
  constructor(message: string, position: number) {
    super(`${message} (near character ${position + 1} of the pattern)`)
    this.name = 'PatternMistake'
  }
}
