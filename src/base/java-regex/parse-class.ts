import { PatternMistake } from './ast.ts'
import { complement, foldAsciiCase, intersection, type Ranges, union } from './char-set.ts'
import type { Flags } from './parse.ts'
import { escapedCode, escapedSet, propertySet, type SetNode } from './parse-escape.ts'
import type { Reader } from './reader.ts'

const MAX_NESTING = 50

interface Parts {
  ranges: Ranges
  readonly properties: string[]
}

/** A character class, `[` already taken: unions (`[a-c[x-z]]`), intersections (`[a-z&&[^x]]`), negation over the whole (Java 9 and later). */
export function parseClass(reader: Reader, flags: Flags, depth: number): SetNode {
  if (depth > MAX_NESTING) throw new PatternMistake('character classes are nested too deep', reader.position)
  const negated = reader.take('^')
  let result = operand(reader, flags, depth, true)
  while (reader.sees('&') && reader.seesAfter('&')) {
    reader.next()
    reader.next()
    const other = operand(reader, flags, depth, false)
    if (result.properties.length + other.properties.length > 0) {
      throw new PatternMistake('an intersection with a Unicode class is not supported', reader.position)
    }
    result = { ranges: intersection(result.ranges, other.ranges), properties: [] }
  }
  if (!reader.take(']')) throw new PatternMistake('a character class is not closed', reader.position)
  const { ranges, properties } = result
  if (properties.length > 0) return { kind: 'set', ranges, properties, negated }
  return { kind: 'set', ranges: negated ? complement(ranges) : ranges, properties, negated: false }
}

/** What stands between two `&&`. A `]` in first place is an ordinary character. */
function operand(reader: Reader, flags: Flags, depth: number, first: boolean): Parts {
  const parts: Parts = { ranges: [], properties: [] }
  let empty = true
  for (;;) {
    if (flags.x) reader.skipComments()
    if (reader.atEnd) throw new PatternMistake('a character class is not closed', reader.position)
    if (reader.sees(']') && !(empty && first)) break
    if (reader.sees('&') && reader.seesAfter('&')) break
    item(reader, flags, depth, parts)
    empty = false
  }
  if (empty) throw new PatternMistake('a character class has an empty part', reader.position)
  return parts
}

function item(reader: Reader, flags: Flags, depth: number, parts: Parts): void {
  if (reader.take('[')) {
    add(parts, parseClass(reader, flags, depth + 1), reader)
    return
  }
  if (reader.sees('\\')) {
    const letter = String.fromCodePoint(Math.max(reader.peekAfter(), 0))
    const set = escapedSet(letter)
    if (set) {
      reader.next()
      reader.next()
      parts.ranges = union(parts.ranges, set)
      return
    }
    if (letter === 'p' || letter === 'P') {
      reader.next()
      add(parts, propertySet(reader, flags.i), reader)
      return
    }
  }
  const from = single(reader)
  let to = from
  if (reader.sees('-') && !reader.seesAfter(']') && !reader.seesAfter('[') && reader.peekAfter() !== -1) {
    reader.next()
    to = single(reader)
    if (to < from) throw new PatternMistake('a range of characters runs backwards', reader.position)
  }
  const range: Ranges = [[from, to]]
  parts.ranges = union(parts.ranges, flags.i ? foldAsciiCase(range) : range)
}

function single(reader: Reader): number {
  return reader.take('\\') ? escapedCode(reader) : reader.next()
}

function add(parts: Parts, set: SetNode, reader: Reader): void {
  if (set.negated) {
    if (set.ranges.length > 0 || set.properties.length > 1) {
      throw new PatternMistake('a negated Unicode class inside a class is not supported', reader.position)
    }
    parts.properties.push(...set.properties.map((name) => name.replace('\\p', '\\P')))
    return
  }
  parts.ranges = union(parts.ranges, set.ranges)
  parts.properties.push(...set.properties)
}
