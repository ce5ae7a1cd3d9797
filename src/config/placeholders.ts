import { ExpressionRefused, type ExpressionWorld, evaluate } from './expression.ts'
import { randomValue } from './expression-world.ts'

/**
 * Where placeholders look a name up: the text of another key as it stands in the highest source that has it; `evaluated` when it must not be looked into
 * again, since what an environment variable holds is data and not a template.
 */
export type Lookup = (name: string) => { readonly text: string; readonly evaluated: boolean } | undefined

/** What came out of a text with `${…}` in it. */
export interface Interpolation {
  readonly text: string
  /** Names nobody has set and that have no default; they stay in the text as they stood. */
  readonly unresolved: readonly string[]
}

/** A text that cannot be evaluated at all; the message completes "KEY (FILE:LINE) …" and quotes no value. */
export class TemplateMistake extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'TemplateMistake'
  }
}

const MAX_DEPTH = 32
const MAX_TEMPLATE = 64 * 1024
const MAX_LENGTH = 1024 * 1024
const MAX_LOOKUPS = 10_000

/** Whether a text needs `interpolate` at all; most do not. */
export function isTemplate(text: string): boolean {
  return text.includes('${') || text.includes('#{')
}

/**
 * Resolves placeholders (`${other.key:default}`, nested) and expressions (`${#environmentVars['X']}`, `#{…}`), configuration.md 5.
 * `\${x}` yields the literal `${x}`.
 *
 * @param options.isTemplate The text is a template of another room, to whom `#{…}` means something else.
 * @throws {TemplateMistake} for a cycle, a refused expression, or a text that grows beyond a megabyte.
 */
export function interpolate(
  text: string,
  lookup: Lookup,
  world: ExpressionWorld,
  { isTemplate: forLater = false }: { readonly isTemplate?: boolean } = {},
): Interpolation {
  if (text.length > MAX_TEMPLATE) throw new TemplateMistake(`is longer than ${MAX_TEMPLATE} characters, too long for one with placeholders`)
  const unresolved: string[] = []
  let lookups = 0
  const expand = (template: string, chain: readonly string[], nested: number): string => {
    if (chain.length > MAX_DEPTH) throw new TemplateMistake(`refers to other settings more than ${MAX_DEPTH} levels deep`)
    if (nested > MAX_DEPTH) throw new TemplateMistake(`has placeholders within placeholders, more than ${MAX_DEPTH} levels deep`)
    const closing = braces(template)
    let out = ''
    let at = 0
    while (at < template.length) {
      if (template.startsWith('\\${', at)) {
        const end = closing(at + 2)
        out += end < 0 ? template.slice(at + 1) : template.slice(at + 1, end + 1)
        at = end < 0 ? template.length : end + 1
        continue
      }
      const opening = template.slice(at, at + 2)
      const end = opening === '${' || (opening === '#{' && !forLater) ? closing(at + 1) : -1
      if (end < 0) {
        const next = nextSign(template, at + 1)
        out += template.slice(at, next)
        at = next
        continue
      }
      const inner = template.slice(at + 2, end)
      if (isExpression(opening, inner)) out += expression(inner)
      else if (opening === '${') out += placeholder(inner, chain, nested)
      else out += template.slice(at, end + 1)
      at = end + 1
      if (out.length > MAX_LENGTH) throw new TemplateMistake('becomes longer than a megabyte')
    }
    return out
  }
  const expression = (inner: string): string => {
    try {
      const { value, missing } = evaluate(inner, world)
      unresolved.push(...missing)
      return value
    } catch (error) {
      if (error instanceof ExpressionRefused) throw new TemplateMistake(error.message)
      throw error
    }
  }
  const placeholder = (inner: string, chain: readonly string[], nested: number): string => {
    lookups += 1
    if (lookups > MAX_LOOKUPS) throw new TemplateMistake(`refers to more than ${MAX_LOOKUPS} other settings`)
    const colon = defaultAt(inner)
    const name = expand(colon < 0 ? inner : inner.slice(0, colon), chain, nested + 1)
    if (name.startsWith('random.')) {
      const random = randomValue(name.slice('random.'.length))
      if (random !== undefined) return random
    }
    // A key may itself hold a colon, so the whole is tried first, as Spring does.
    for (const candidate of colon < 0 || isTemplate(inner) ? [name] : [inner, name]) {
      const found = lookup(candidate)
      if (!found) continue
      if (found.evaluated) return found.text
      if (chain.includes(candidate)) throw new TemplateMistake(`refers to itself: ${[...chain, candidate].join(' → ')}`)
      return expand(found.text, [...chain, candidate], 0)
    }
    if (colon >= 0) return expand(inner.slice(colon + 1), chain, nested + 1)
    unresolved.push(name)
    return `\${${inner}}`
  }
  return { text: expand(text, [], 0), unresolved }
}

/** `${` followed by `#`, a quote, a bracket, `@` or `new` is an expression; `#{` when it looks like one, since a password may well hold these two characters. */
function isExpression(opening: string, inner: string): boolean {
  const start = inner.trimStart()
  if (opening === '${') return /^(?:[#'"(@]|T\(|new\s)/.test(start)
  return /^(?:[#'"(@]|T\(|new\b|[A-Za-z_]\w*\s*[.[(])/.test(start)
}

/** Where something may begin that is not taken as it stands. */
function nextSign(template: string, from: number): number {
  SIGN.lastIndex = from
  return SIGN.test(template) ? SIGN.lastIndex - 1 : template.length
}
const SIGN = /[\\$#]/g

/** The brace that closes the one at a place, or -1; all of a text are found in one pass, since a hostile one has thousands. */
function braces(text: string): (opening: number) => number {
  let closers: ReadonlyMap<number, number> | undefined
  return (opening) => {
    closers ??= pairsOf(text)
    return closers.get(opening) ?? -1
  }
}

function pairsOf(text: string): ReadonlyMap<number, number> {
  const pairs = new Map<number, number>()
  const open: number[] = []
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '{') open.push(at)
    else if (text[at] === '}') {
      const opening = open.pop()
      if (opening !== undefined) pairs.set(opening, at)
    }
  }
  return pairs
}

/** The colon between name and default, outside of nested placeholders. */
function defaultAt(inner: string): number {
  let depth = 0
  for (let at = 0; at < inner.length; at += 1) {
    if (inner[at] === '{') depth += 1
    else if (inner[at] === '}') depth -= 1
    else if (inner[at] === ':' && depth === 0) return at
  }
  return -1
}
