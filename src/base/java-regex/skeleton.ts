import type { Node, Pattern } from './ast.ts'
import { isAnyInLine } from './parse.ts'

/** Stands in a skeleton for one code point that may be any. */
export const ANY = '\uffff'
const ANY_CODE = 0xffff
const MAX_SKELETONS = 8
const MAX_LENGTH = 128
const MAX_RUN = 64

/** What every text that a pattern takes in one of its ways begins with. */
export interface Beginning {
  /** ASCII letters in lower case; `ANY` stands for one code point that is not certain. */
  readonly text: string
  /**
   * What the pattern takes after it of a text without line terminators: nothing more, or whatever comes. With either the pattern need not be asked. `undefined`:
   * it must be.
   */
  readonly rest: 'nothing' | 'anything' | undefined
}

/** `rest` holds if nothing more is in the pattern; nothing certain follows `text` of one that has `ended`. */
interface Draft extends Beginning {
  readonly ended: boolean
}

/**
 * What every text begins with that the pattern takes from its first character on: up to 8 alternatives (services.md 8.5). One with the text `''` says
 * nothing; an empty list says that the pattern takes nothing.
 *
 * @param pattern Must be anchored at the start, by itself or because the whole text has to match.
 */
export function beginningsOf(pattern: Pattern): readonly Beginning[] {
  const drafts = extend(pattern.root, [{ text: '', rest: 'nothing', ended: false }])
  const known = new Set<string>()
  const beginnings: Beginning[] = []
  for (const { text, rest } of drafts) {
    if (drafts.length > 1) {
      const mark = `${rest} ${text}`
      if (known.has(mark)) continue
      known.add(mark)
    }
    beginnings.push({ text, rest })
  }
  return beginnings
}

/** Whether the pattern can match at the start of the text only: each way through it begins with `^` or `\A`. */
export function startsAnchored(node: Node): boolean {
  switch (node.kind) {
    case 'anchor':
      return node.at === 'start'
    case 'sequence':
      return node.items.length > 0 && startsAnchored(node.items[0] as Node)
    case 'choice':
      return node.options.every(startsAnchored)
    case 'group':
    case 'atomic':
      return startsAnchored(node.body)
    default:
      return false
  }
}

function extend(node: Node, drafts: readonly Draft[]): readonly Draft[] {
  switch (node.kind) {
    case 'char':
      return append(drafts, String.fromCodePoint(literal(node.code)), isSure(node))
    case 'set':
      return append(drafts, ANY, isAnyInLine(node))
    case 'anchor':
      if (node.at === 'end-of-text' || node.at === 'last-line-end') return drafts.map((draft) => ({ ...draft, ended: true }))
      return node.at === 'start' && drafts.every((draft) => draft.text === '' && !draft.ended) ? drafts : unsure(drafts)
    case 'look':
      return unsure(drafts)
    case 'reference':
      return end(drafts)
    case 'atomic':
      return unsure(extend(node.body, drafts))
    case 'group':
      return extend(node.body, drafts)
    case 'sequence':
      return extendByAll(node.items, drafts)
    case 'choice': {
      const open = drafts.filter((draft) => !draft.ended)
      if (open.length * node.options.length + drafts.length - open.length > MAX_SKELETONS) return end(drafts)
      const all = [...unsure(drafts.filter((draft) => draft.ended)), ...node.options.flatMap((option) => extend(option, open))]
      return all.length > MAX_SKELETONS ? end(drafts) : all
    }
    case 'repeat':
      return repeat(node, drafts)
  }
}

/** Characters that follow one another go on at once: nearly every pattern is a row of them. */
function extendByAll(items: readonly Node[], drafts: readonly Draft[]): readonly Draft[] {
  let all = drafts
  const run: number[] = []
  let sure = true
  for (const item of items) {
    if (run.length < MAX_RUN && (item.kind === 'char' || item.kind === 'set')) {
      run.push(item.kind === 'char' ? literal(item.code) : ANY_CODE)
      sure &&= item.kind === 'char' ? isSure(item) : isAnyInLine(item)
      continue
    }
    if (run.length > 0) all = append(all, String.fromCodePoint(...run), sure)
    all = extend(item, all)
    run.length = 0
    sure = true
  }
  return run.length > 0 ? append(all, String.fromCodePoint(...run), sure) : all
}

function repeat({ body, min, max, mode }: Extract<Node, { kind: 'repeat' }>, drafts: readonly Draft[]): readonly Draft[] {
  const from = mode === 'possessive' ? unsure(drafts) : drafts
  if (min === 0 && max === 1) {
    const open = from.filter((draft) => !draft.ended)
    const all = [
      ...(open.length === from.length ? from : from.map((draft) => (draft.ended ? without(draft) : draft))),
      ...extend(body, open),
    ]
    return all.length > MAX_SKELETONS ? end(drafts) : all
  }
  let all = from
  for (let i = 0; i < min; i++) {
    all = extend(body, all)
    if (all.every((draft) => draft.ended)) return max > min ? end(all) : unsure(all)
  }
  if (max === min) return all
  return isAnyInLine(body) && max === Number.POSITIVE_INFINITY ? all.map(withAnything) : end(all)
}

const literal = (code: number): number => (code >= 65 && code <= 90 ? code + 32 : code)

/** Whether a skeleton's character and the pattern's take the same: a skeleton ignores the case of letters, and may not speak of the one that it has for others. */
const isSure = ({ code, fold }: Extract<Node, { kind: 'char' }>): boolean =>
  code !== ANY_CODE && (fold || !((code >= 65 && code <= 90) || (code >= 97 && code <= 122)))

function append(drafts: readonly Draft[], text: string, sure: boolean): readonly Draft[] {
  return drafts.map((draft) => {
    if (draft.ended) return without(draft)
    if (draft.text.length >= MAX_LENGTH) return { text: draft.text, rest: undefined, ended: true }
    return { text: draft.text + text, rest: sure ? draft.rest : undefined, ended: false }
  })
}

const withAnything = (draft: Draft): Draft =>
  draft.ended ? without(draft) : { text: draft.text, rest: draft.rest && 'anything', ended: true }

/** Something follows that says more than the draft does. */
const without = ({ text, ended }: Draft): Draft => ({ text, rest: undefined, ended })
const unsure = (drafts: readonly Draft[]): readonly Draft[] => drafts.map(without)
const end = (drafts: readonly Draft[]): readonly Draft[] => drafts.map(({ text }) => ({ text, rest: undefined, ended: true }))
