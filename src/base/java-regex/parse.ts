import { type Anchor, EMPTY, type Node, type Pattern, PatternMistake, type RepeatMode } from './ast.ts'
import { complement, EVERYTHING, isAsciiLetter, LINE_TERMINATORS, type Ranges, VERTICAL_SPACE } from './char-set.ts'
import { parseClass } from './parse-class.ts'
import { escapedCode, escapedSet, propertySet, type SetNode } from './parse-escape.ts'
import { Reader } from './reader.ts'

const MAX_NESTING = 200
const MAX_REPEAT = 65_535
/** Longer than any pattern somebody writes; keeps every later step bounded. */
const MAX_LENGTH = 16_384

const codesOf = (characters: string): ReadonlySet<number> => new Set([...characters].map((each) => each.charCodeAt(0)))
/** What may be more than the character itself; everything else, of which patterns mostly consist, need not be asked for each of them. */
const SPECIAL = codesOf('([.^$*+?{\\')
const QUANTIFIERS = codesOf('*+?{')

export interface Flags {
  readonly i: boolean
  readonly m: boolean
  readonly s: boolean
  readonly x: boolean
  readonly d: boolean
}

/**
 * Reads a pattern of `java.util.regex` (Java 21) into a tree.
 *
 * @throws {PatternMistake} for what Java refuses, and for the few things of Java that have no counterpart here (`\X`, `\G`, `\N{…}`, `(?u)`, `(?U)`).
 */
export function parsePattern(text: string, ignoreCase: boolean): Pattern {
  if (text.length > MAX_LENGTH) throw new PatternMistake(`a pattern may have ${MAX_LENGTH} characters`, MAX_LENGTH)
  const parser = new Parser(text, ignoreCase)
  const root = parser.choice(0)
  if (!parser.reader.atEnd) throw new PatternMistake('unmatched )', parser.reader.position)
  return { root, groups: parser.groups, names: parser.names, backtracks: parser.backtracks, foldsReferences: parser.foldsReferences }
}

class Parser {
  readonly reader: Reader
  readonly names = new Map<string, number>()
  readonly closed = new Set<number>()
  groups = 0
  backtracks = false
  foldsReferences = false
  flags: Flags

  constructor(text: string, ignoreCase: boolean) {
    this.reader = new Reader(text)
    this.flags = { i: ignoreCase, m: false, s: false, x: false, d: false }
  }

  choice(depth: number): Node {
    if (depth > MAX_NESTING) throw this.mistake('groups are nested too deep')
    const options = [this.sequence(depth)]
    while (this.reader.take('|')) options.push(this.sequence(depth))
    return options.length === 1 ? (options[0] as Node) : { kind: 'choice', options }
  }

  private sequence(depth: number): Node {
    const items: Node[] = []
    for (;;) {
      if (this.flags.x) this.reader.skipComments()
      if (this.reader.atEnd || this.reader.sees('|') || this.reader.sees(')')) break
      const atom = this.atom(depth)
      if (atom !== undefined) items.push(this.quantified(atom))
    }
    return items.length === 1 ? (items[0] as Node) : items.length === 0 ? EMPTY : { kind: 'sequence', items }
  }

  /** @returns `undefined` for what only sets flags. */
  private atom(depth: number): Node | undefined {
    const { reader, flags } = this
    if (!SPECIAL.has(reader.peek())) return this.char(reader.next())
    if (reader.take('(')) return this.group(depth)
    if (reader.take('[')) return parseClass(reader, flags, 0)
    if (reader.take('.')) return flags.s ? ANYTHING : flags.d ? ANYTHING_BUT_LINE_FEED : ANYTHING_IN_A_LINE
    if (reader.take('^')) return anchor(flags.m ? 'line-start' : 'start')
    if (reader.take('$')) return anchor(flags.m ? 'line-end' : flags.d ? 'last-unix-line-end' : 'last-line-end')
    for (const dangling of '*+?{') if (reader.sees(dangling)) throw this.mistake(`${dangling} has nothing to repeat`)
    if (reader.take('\\')) return this.escape()
    return this.char(reader.next())
  }

  private char(code: number): Node {
    return charNode(code, this.flags.i && isAsciiLetter(code))
  }

  private escape(): Node {
    const { reader, flags } = this
    if (reader.atEnd) throw this.mistake('a pattern cannot end with \\')
    const letter = String.fromCodePoint(reader.peek())
    if (letter === 'A') return this.took(anchor('start'))
    if (letter === 'z') return this.took(anchor('end-of-text'))
    if (letter === 'Z') return this.took(anchor(flags.d ? 'last-unix-line-end' : 'last-line-end'))
    if (letter === 'b' || letter === 'B') {
      reader.next()
      if (letter === 'b' && reader.sees('{')) throw this.mistake('\\b{g} is not supported')
      return anchor(letter === 'b' ? 'word-boundary' : 'no-word-boundary')
    }
    if (letter === 'R') return this.took(LINE_BREAK)
    if (letter >= '1' && letter <= '9') return this.numberedReference()
    if (letter === 'k') return this.namedReference()
    if (letter === 'p' || letter === 'P') return propertySet(reader, flags.i)
    const plain = escapedSet(letter)
    if (plain) return this.took(set(plain))
    return this.char(escapedCode(reader))
  }

  private took(node: Node): Node {
    this.reader.next()
    return node
  }

  private numberedReference(): Node {
    const { reader } = this
    let group = reader.next() - 48
    if (group > this.groups) throw this.mistake(`there is no group ${group} before this back-reference`)
    // A further digit belongs to the number only if there are so many groups by now.
    while (!reader.atEnd && reader.peek() >= 48 && reader.peek() <= 57 && group * 10 + reader.peek() - 48 <= this.groups) {
      group = group * 10 + reader.next() - 48
    }
    return this.reference(group)
  }

  private namedReference(): Node {
    this.reader.next()
    if (!this.reader.take('<')) throw this.mistake('\\k must be followed by <name>')
    const group = this.names.get(this.groupName())
    if (group === undefined) throw this.mistake('there is no group of that name before this back-reference')
    return this.reference(group)
  }

  private reference(group: number): Node {
    if (!this.closed.has(group)) throw this.mistake('a back-reference stands inside its own group')
    this.backtracks = true
    if (this.flags.i) this.foldsReferences = true
    return { kind: 'reference', group, fold: this.flags.i }
  }

  private groupName(): string {
    let name = ''
    while (!this.reader.atEnd && !this.reader.take('>')) name += String.fromCodePoint(this.reader.next())
    if (!/^[a-zA-Z][a-zA-Z0-9]*$/.test(name)) throw this.mistake('the name of a group consists of ASCII letters and digits')
    return name
  }

  private group(depth: number): Node | undefined {
    const { reader, flags } = this
    if (!reader.take('?')) return this.capture(depth, undefined)
    if (reader.take(':')) return this.closing(depth, flags)
    if (reader.take('>')) return this.backtracking({ kind: 'atomic', body: this.closing(depth, flags) })
    if (reader.take('=')) return this.look(depth, true, false)
    if (reader.take('!')) return this.look(depth, true, true)
    if (reader.take('<')) {
      if (reader.take('=')) return this.look(depth, false, false)
      if (reader.take('!')) return this.look(depth, false, true)
      return this.capture(depth, this.groupName())
    }
    const changed = this.flagLetters()
    if (reader.take(')')) {
      this.flags = changed
      return undefined
    }
    if (!reader.take(':')) throw this.mistake('unknown kind of group')
    this.flags = changed
    return this.closing(depth, flags)
  }

  private flagLetters(): Flags {
    const flags = { ...this.flags }
    let value = true
    while (!this.reader.atEnd) {
      if (value && this.reader.take('-')) {
        value = false
        continue
      }
      const letter = String.fromCodePoint(this.reader.peek())
      if (letter !== 'i' && letter !== 'm' && letter !== 's' && letter !== 'x' && letter !== 'd') break
      flags[letter] = value
      this.reader.next()
    }
    return flags
  }

  private capture(depth: number, name: string | undefined): Node {
    const number = ++this.groups
    if (name !== undefined) {
      if (this.names.has(name)) throw this.mistake('two groups have the same name')
      this.names.set(name, number)
    }
    const body = this.closing(depth, this.flags)
    this.closed.add(number)
    return { kind: 'group', number, body }
  }

  private look(depth: number, ahead: boolean, negative: boolean): Node {
    const body = this.closing(depth, this.flags)
    if (!ahead && longest(body) === Number.POSITIVE_INFINITY) throw this.mistake('a look-behind must have a greatest length')
    return this.backtracking({ kind: 'look', ahead, negative, body })
  }

  private backtracking(node: Node): Node {
    this.backtracks = true
    return node
  }

  /** The inside of a group and its `)`; flags set inside end there. */
  private closing(depth: number, restored: Flags): Node {
    const body = this.choice(depth + 1)
    if (!this.reader.take(')')) throw this.mistake('a group is not closed')
    this.flags = restored
    return body
  }

  private quantified(body: Node): Node {
    const { reader } = this
    if (this.flags.x) reader.skipComments()
    if (!QUANTIFIERS.has(reader.peek())) return body
    const bounds = this.bounds()
    if (!bounds) return body
    const mode: RepeatMode = reader.take('?') ? 'lazy' : reader.take('+') ? 'possessive' : 'greedy'
    if (mode === 'possessive') this.backtracks = true
    // Java never takes a CR LF apart where \R is repeated; where it stands alone it does.
    if (body === LINE_BREAK)
      return { kind: 'repeat', body: this.backtracking({ kind: 'atomic', body }), min: bounds[0], max: bounds[1], mode }
    return { kind: 'repeat', body, min: bounds[0], max: bounds[1], mode }
  }

  private bounds(): readonly [number, number] | undefined {
    const { reader } = this
    if (reader.take('*')) return [0, Number.POSITIVE_INFINITY]
    if (reader.take('+')) return [1, Number.POSITIVE_INFINITY]
    if (reader.take('?')) return [0, 1]
    if (!reader.take('{')) return undefined
    const min = this.count()
    if (min === undefined) throw this.mistake('a repetition needs a number after {')
    let max: number = min
    if (reader.take(',')) max = this.count() ?? Number.POSITIVE_INFINITY
    if (!reader.take('}') || max < min) throw this.mistake('a repetition must be {n}, {n,} or {n,m}')
    return [min, max]
  }

  private count(): number | undefined {
    let value: number | undefined
    while (!this.reader.atEnd && this.reader.peek() >= 48 && this.reader.peek() <= 57) {
      value = (value ?? 0) * 10 + this.reader.next() - 48
      if (value > MAX_REPEAT) throw this.mistake('a repetition counts too far')
    }
    return value
  }

  private mistake(message: string): PatternMistake {
    return new PatternMistake(message, this.reader.position)
  }
}

type CharNode = Extract<Node, { kind: 'char' }>

const asciiChars: CharNode[] = []

/** Patterns are made of the same few characters: ten thousand of them share these places. */
function charNode(code: number, fold: boolean): CharNode {
  if (code >= 128) return { kind: 'char', code, fold }
  const key = fold ? code + 128 : code
  asciiChars[key] ??= { kind: 'char', code, fold }
  return asciiChars[key]
}

const anchor = (at: Anchor): Node => ({ kind: 'anchor', at })
const set = (ranges: Ranges): SetNode => ({ kind: 'set', ranges, properties: [], negated: false })

const ANYTHING = set(EVERYTHING)
const ANYTHING_IN_A_LINE = set(complement(LINE_TERMINATORS))
const ANYTHING_BUT_LINE_FEED = set(complement([[10, 10]]))

/** Whether a place takes any code point of a text without line terminators: `.`, whatever its flags. */
export const isAnyInLine = (node: Node): boolean => node === ANYTHING_IN_A_LINE || node === ANYTHING_BUT_LINE_FEED || node === ANYTHING

/** `\R`. */
const LINE_BREAK: Node = {
  kind: 'choice',
  options: [
    {
      kind: 'sequence',
      items: [
        { kind: 'char', code: 13, fold: false },
        { kind: 'char', code: 10, fold: false },
      ],
    },
    set(VERTICAL_SPACE),
  ],
}

function longest(node: Node): number {
  switch (node.kind) {
    case 'char':
    case 'set':
      return 1
    case 'sequence':
      return node.items.reduce((sum, item) => sum + longest(item), 0)
    case 'choice':
      return Math.max(...node.options.map(longest))
    case 'repeat': {
      const once = longest(node.body)
      return once === 0 || node.max === 0 ? 0 : once * node.max
    }
    case 'group':
    case 'atomic':
      return longest(node.body)
    case 'look':
    case 'anchor':
      return 0
    case 'reference':
      return Number.POSITIVE_INFINITY
  }
}
