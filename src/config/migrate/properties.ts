import { type Comment, type EmptyLine, type Pair, parseLines } from 'dot-properties'
import { valueOfToday } from '../former-names.ts'
import { commentOut, type Edit, type Migrated, type Renamer } from './edit.ts'

/** Gives the settings of a `.properties` file their names of today; only names change, so that comments, order and spacing stay. */
export function migrateProperties(text: string, rename: Renamer): Migrated {
  const edits: Edit[] = []
  for (const line of parseLines(text, true) as readonly Required<Pair | Comment | EmptyLine>[]) {
    if (line.type !== 'PAIR') continue
    const [keyStart, keyEnd, valueStart, valueEnd] = line.range
    const renamed = rename(line.key)
    if (!renamed) continue
    if (renamed.superseded) {
      edits.push(...commentOut(text, keyStart, Math.max(valueEnd, keyEnd)))
      continue
    }
    const [first = line.key, ...others] = renamed.names
    edits.push({ start: keyStart, end: keyEnd, text: escapeKey(first) })
    const value = valueOfToday(first, line.value)
    if (value !== line.value) edits.push({ start: valueStart, end: valueEnd, text: value })
    const rest = text.slice(keyEnd, Math.max(valueEnd, keyEnd))
    const more = others.map((name) => `${lineFeed(text)}${escapeKey(name)}${rest}`).join('')
    if (more !== '') edits.push({ start: Math.max(valueEnd, keyEnd), end: Math.max(valueEnd, keyEnd), text: more })
  }
  return { edits, left: [] }
}

/** A name as it may stand before a separator. */
function escapeKey(name: string): string {
  return name.replace(/[:=\s\\]/g, '\\$&')
}

export function lineFeed(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n'
}
