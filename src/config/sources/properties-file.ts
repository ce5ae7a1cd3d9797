import { type Comment, type EmptyLine, type Pair, parseLines } from 'dot-properties'
import { namelessValue, type Problem, unusableFile, warning } from '../problem.ts'
import { type Entry, entry } from '../source.ts'
import type { FileReading } from './document.ts'
import { lineCounter } from './text-file.ts'

/** How Spring parts documents in a properties file. */
const SEPARATOR = /^[#!]---\s*$/

/**
 * Reads a `.properties` file by Java's rules (configuration.md 2.6). Blanks at the end of a value belong to it, as in Java; a line that ends in some
 * is reported, because that is hardly ever meant.
 */
export function readProperties(file: string, text: string): FileReading {
  const problems: Problem[] = []
  const documents: Entry[][] = [[]]
  const placeOf = lineCounter(text)
  for (const line of parseLines(text, true) as readonly Required<Pair | Comment | EmptyLine>[]) {
    // The published types know the base class only; `type` tells which of the three it is.
    if (line.type === 'COMMENT' && SEPARATOR.test(line.comment)) documents.push([])
    if (line.type !== 'PAIR') continue
    const [keyStart, , valueStart, valueEnd] = line.range
    const { line: lineOfKey } = placeOf(keyStart)
    const { line: valueLine, column } = placeOf(valueStart)
    const malformed = malformedEscape(text.slice(keyStart, valueEnd))
    if (malformed !== undefined) {
      const place = placeOf(keyStart + malformed)
      problems.push(unusableFile(file, 'holds \\u without four hexadecimal digits (a backslash is written \\\\)', place.line, place.column))
      continue
    }
    const one = entry(line.key, line.value, { source: file, file, line: lineOfKey, valueLine, column })
    if (!one) {
      problems.push(namelessValue(file, lineOfKey))
      continue
    }
    documents.at(-1)?.push(one)
    if (/[ \t]$/.test(line.value)) problems.push(warning('hint', one.key, one.origin, 'ends in blanks, which belong to the value'))
  }
  return { documents: documents.map((entries) => ({ entries })), problems }
}

/** Offset of a `\u` that Java would refuse. */
function malformedEscape(text: string): number | undefined {
  if (!text.includes('\\u')) return undefined
  for (const match of text.matchAll(/\\(u[0-9a-fA-F]{4}|.)/gs)) {
    if (match[1] === 'u') return match.index
  }
  return undefined
}
