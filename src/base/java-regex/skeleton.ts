import type { Node, Pattern } from './ast.ts'

/** Stands in a skeleton for one code point that may be any. */
export const ANY = '\uffff'
const ANY_CODE = 0xffff
const MAX_SKELETONS = 8
const MAX_LENGTH = 128
const MAX_RUN = 64

interface Draft {
  readonly text: string
  /** Nothing certain is known after `text`. */
  readonly ended: boolean
}

/**
 * What every text begins with that the pattern takes from its first character on: up to 8 alternatives, ASCII letters in lower case, `ANY` for one
 * code point that is not certain (services.md 8.5). `['']` says nothing; an empty list says that the pattern takes nothing.
 *
 * @param pattern Must be anchored at the start, by itself or because the whole text has to match.
 */
export function skeletonsOf(pattern: Pattern): readonly string[] {
  const drafts = extend(pattern.root, [{ text: '', ended: false }])
  const [first] = drafts
  return drafts.length === 1 && first ? [first.text] : [...new Set(drafts.map((draft) => draft.text))]
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
  if (drafts.every((draft) => draft.ended)) return drafts
  switch (node.kind) {
    case 'char':
      return append(drafts, String.fromCodePoint(literal(node.code)))
    case 'set':
      return append(drafts, ANY)
    case 'anchor':
    case 'look':
      return drafts
    case 'reference':
      return end(drafts)
    case 'group':
    case 'atomic':
      return extend(node.body, drafts)
    case 'sequence':
      return extendByAll(node.items, drafts)
    case 'choice': {
      const open = drafts.filter((draft) => !draft.ended)
      if (open.length * node.options.length + drafts.length - open.length > MAX_SKELETONS) return end(drafts)
      const all = [...drafts.filter((draft) => draft.ended), ...node.options.flatMap((option) => extend(option, open))]
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
  for (const item of items) {
    if (run.length < MAX_RUN && (item.kind === 'char' || item.kind === 'set')) {
      run.push(item.kind === 'char' ? literal(item.code) : ANY_CODE)
      continue
    }
    if (run.length > 0) all = append(all, String.fromCodePoint(...run))
    all = extend(item, all)
    run.length = 0
  }
  return run.length > 0 ? append(all, String.fromCodePoint(...run)) : all
}

function repeat({ body, min, max }: Extract<Node, { kind: 'repeat' }>, drafts: readonly Draft[]): readonly Draft[] {
  if (min === 0 && max === 1) {
    const all = [
      ...drafts,
      ...extend(
        body,
        drafts.filter((draft) => !draft.ended),
      ),
    ]
    return all.length > MAX_SKELETONS ? end(drafts) : all
  }
  let all = drafts
  for (let i = 0; i < min; i++) {
    all = extend(body, all)
    if (all.every((draft) => draft.ended)) return all
  }
  return max > min ? end(all) : all
}

const literal = (code: number): number => (code >= 65 && code <= 90 ? code + 32 : code)

function append(drafts: readonly Draft[], text: string): readonly Draft[] {
  return drafts.map((draft) => {
    if (draft.ended) return draft
    return draft.text.length >= MAX_LENGTH ? { text: draft.text, ended: true } : { text: draft.text + text, ended: false }
  })
}

const end = (drafts: readonly Draft[]): readonly Draft[] => drafts.map((draft) => ({ text: draft.text, ended: true }))
