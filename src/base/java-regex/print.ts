import type { Anchor, Node, Pattern } from './ast.ts'
import { complement, LAST_CODE_POINT, type Ranges } from './char-set.ts'

/** A pattern in another engine's language. */
export interface Printed {
  readonly source: string
  /** Index of each of the author's groups among the groups of `source`; group 0 is the match. */
  readonly groups: readonly number[]
  readonly flags: 'u' | 'i'
}

/** What cannot be said in the other engine's language. */
export class Untranslatable extends Error {}

export type Match = 'full' | 'find'

/**
 * For `RegExp` with the flag `u`. Case is spelled out, because `i` folds more than Java does. Only a back-reference that ignores case needs `i`; then
 * the pattern must be plain ASCII, where `i` without `u` folds as Java does.
 *
 * @throws {Untranslatable} for such a reference beside anything beyond ASCII.
 */
export function printJavaScript(pattern: Pattern, match: Match): Printed {
  const printer = new JavaScriptPrinter(pattern.groups, pattern.foldsReferences)
  const body = printer.print(match === 'full' ? withoutLastAnchor(pattern.root) : pattern.root)
  return { source: match === 'full' ? `^(?:${body})$` : body, groups: printer.groups, flags: pattern.foldsReferences ? 'i' : 'u' }
}

/** For RE2. @throws {Untranslatable} for look-around, back-references, atomic groups, possessive quantifiers, anchors of single lines. */
export function printRe2(pattern: Pattern, match: Match): Printed {
  const printer = new Re2Printer(pattern.groups)
  const body = printer.print(withoutLastAnchor(pattern.root, match === 'find'))
  return { source: match === 'full' ? `\\A(?:${body})\\z` : body, groups: printer.groups, flags: 'u' }
}

/**
 * A `$` at the very end says nothing where the whole text must match. Where it is searched for, `optional` turns it into the optional last line end
 * that it stands for, which RE2 can say.
 */
function withoutLastAnchor(node: Node, optional = false): Node {
  if (node.kind === 'anchor' && node.at === 'last-line-end') return optional ? LAST_LINE_END : { kind: 'sequence', items: [] }
  if (node.kind === 'sequence' && node.items.length > 0) {
    const last = node.items.at(-1) as Node
    return { kind: 'sequence', items: [...node.items.slice(0, -1), withoutLastAnchor(last, optional)] }
  }
  if (node.kind === 'choice') return { kind: 'choice', options: node.options.map((option) => withoutLastAnchor(option, optional)) }
  return node
}

const chars = (...codes: number[]): Node => ({ kind: 'sequence', items: codes.map((code) => ({ kind: 'char', code, fold: false })) })
const LAST_LINE_END: Node = {
  kind: 'sequence',
  items: [
    {
      kind: 'choice',
      options: [
        chars(),
        chars(13, 10),
        {
          kind: 'set',
          ranges: [
            [10, 10],
            [13, 13],
            [0x85, 0x85],
            [0x2028, 0x2029],
          ],
          properties: [],
          negated: false,
        },
      ],
    },
    { kind: 'anchor', at: 'end-of-text' },
  ],
}

abstract class Printer {
  readonly groups: number[] = [0]
  protected opened = 0

  constructor(count: number) {
    for (let group = 1; group <= count; group++) this.groups.push(0)
  }

  print(node: Node): string {
    switch (node.kind) {
      case 'char':
        return node.fold
          ? this.charClass([
              [node.code & ~32, node.code & ~32],
              [node.code | 32, node.code | 32],
            ])
          : this.char(node.code)
      case 'set':
        return this.set(node)
      case 'sequence':
        return node.items.map((item) => (item.kind === 'choice' ? `(?:${this.print(item)})` : this.print(item))).join('')
      case 'choice':
        return node.options.map((option) => this.print(option)).join('|')
      case 'group':
        this.groups[node.number] = ++this.opened
        return `(${this.print(node.body)})`
      case 'repeat':
        return this.repeat(node)
      case 'anchor':
        return this.anchor(node.at)
      case 'atomic':
        return this.atomic(() => this.print(node.body))
      case 'look':
        return this.look(node)
      case 'reference':
        return this.reference(node.group)
    }
  }

  private repeat({ body, min, max, mode }: Extract<Node, { kind: 'repeat' }>): string {
    const print = () => {
      const simple = body.kind === 'char' || body.kind === 'set' || body.kind === 'group'
      const inner = simple ? this.print(body) : `(?:${this.print(body)})`
      return inner + bounds(min, max) + (mode === 'lazy' ? '?' : '')
    }
    return mode === 'possessive' ? this.atomic(print) : print()
  }

  protected set({ ranges, properties, negated }: Extract<Node, { kind: 'set' }>): string {
    if (properties.length === 0) return this.charClass(ranges)
    return `[${negated ? '^' : ''}${this.rangeText(ranges)}${properties.map((name) => this.property(name)).join('')}]`
  }

  protected charClass(ranges: Ranges): string {
    if (ranges.length === 0) return this.nothing
    const open = ranges[0]?.[0] === 0 && ranges.at(-1)?.[1] === LAST_CODE_POINT
    if (!open) return `[${this.rangeText(ranges)}]`
    const left = complement(ranges)
    return left.length === 0 ? this.everything : `[^${this.rangeText(left)}]`
  }

  private rangeText(ranges: Ranges): string {
    return ranges
      .map(([first, last]) => (first === last ? this.classChar(first) : `${this.classChar(first)}-${this.classChar(last)}`))
      .join('')
  }

  private char(code: number): string {
    return isAlphanumeric(code) ? String.fromCharCode(code) : this.escaped(code)
  }

  private classChar(code: number): string {
    return isAlphanumeric(code) ? String.fromCharCode(code) : this.escaped(code)
  }

  protected property(name: string): string {
    return name
  }

  protected abstract readonly nothing: string
  protected abstract readonly everything: string
  protected abstract escaped(code: number): string
  protected abstract anchor(at: Anchor): string
  protected abstract atomic(body: () => string): string
  protected abstract look(node: Extract<Node, { kind: 'look' }>): string
  protected abstract reference(group: number): string
}

const LINE_ENDS: ReadonlySet<number> = new Set([0x85, 0x2028, 0x2029])
const notAscii = () => new Untranslatable('a back-reference that ignores case beside characters beyond ASCII')

class JavaScriptPrinter extends Printer {
  protected readonly nothing = '[]'
  protected readonly everything = '[^]'
  readonly #asciiOnly: boolean

  constructor(count: number, asciiOnly: boolean) {
    super(count)
    this.#asciiOnly = asciiOnly
  }

  protected escaped(code: number): string {
    if (this.#asciiOnly && code > 127 && !LINE_ENDS.has(code)) throw notAscii()
    if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`
    return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`
  }

  protected override property(name: string): string {
    if (this.#asciiOnly) throw notAscii()
    return name
  }

  protected anchor(at: Anchor): string {
    return JAVASCRIPT_ANCHORS[at]
  }

  /** A look-ahead does not give back what it took; the group is read again by its number. */
  protected atomic(body: () => string): string {
    const number = ++this.opened
    return `(?=(${body()}))\\${number}(?:)`
  }

  protected look({ ahead, negative, body }: Extract<Node, { kind: 'look' }>): string {
    return `(?${ahead ? '' : '<'}${negative ? '!' : '='}${this.print(body)})`
  }

  protected reference(group: number): string {
    return `\\${this.groups[group]}(?:)`
  }
}

const JAVASCRIPT_ANCHORS: Readonly<Record<Anchor, string>> = {
  start: '^',
  'end-of-text': '$',
  'last-line-end': '(?=$|\\r\\n$|(?<!\\r)\\n$|[\\r\\u0085\\u2028\\u2029]$)',
  'last-unix-line-end': '(?=\\n?$)',
  'line-start': '(?:^|(?<=[\\n\\u0085\\u2028\\u2029]|\\r(?!\\n))(?!$))',
  'line-end': '(?=$|[\\r\\u0085\\u2028\\u2029]|(?<!\\r)\\n)',
  'word-boundary': '\\b',
  'no-word-boundary': '\\B',
}

/** RE2 refuses longer repetitions. */
const MAX_RE2_REPEAT = 1000

class Re2Printer extends Printer {
  protected readonly nothing = '[^\\x{0}-\\x{10ffff}]'
  protected readonly everything = '[\\x{0}-\\x{10ffff}]'

  override print(node: Node): string {
    if (node.kind === 'repeat' && (node.min > MAX_RE2_REPEAT || (node.max > MAX_RE2_REPEAT && node.max !== Number.POSITIVE_INFINITY))) {
      throw new Untranslatable(`a repetition of more than ${MAX_RE2_REPEAT}`)
    }
    return super.print(node)
  }

  protected escaped(code: number): string {
    return `\\x{${code.toString(16)}}`
  }

  protected anchor(at: Anchor): string {
    const text = RE2_ANCHORS[at]
    if (text === undefined) throw new Untranslatable('an anchor of single lines')
    return text
  }

  protected override property(name: string): string {
    return name.replace('Script=', '')
  }

  protected atomic(): string {
    throw new Untranslatable('an atomic group or a possessive quantifier')
  }

  protected look(): string {
    throw new Untranslatable('look-around')
  }

  protected reference(): string {
    throw new Untranslatable('a back-reference')
  }
}

const RE2_ANCHORS: Readonly<Partial<Record<Anchor, string>>> = {
  start: '\\A',
  'end-of-text': '\\z',
  'word-boundary': '\\b',
  'no-word-boundary': '\\B',
}

function bounds(min: number, max: number): string {
  if (max === Number.POSITIVE_INFINITY) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`
  if (min === 0 && max === 1) return '?'
  return min === max ? `{${min}}` : `{${min},${max}}`
}

const isAlphanumeric = (code: number) => (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122)
