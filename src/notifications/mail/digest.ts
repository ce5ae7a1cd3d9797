import { createHash } from 'node:crypto'
import type { OutboxRecord } from '../message.ts'

/** One text of several, in the order in which they were made, then by the names of the services. HTML is one document, not several in one. */
export function digestText(records: readonly OutboxRecord[]): string {
  const inOrder = records.toSorted(
    (one, other) => one.createdAtMs - other.createdAtMs || one.service.name.localeCompare(other.service.name),
  )
  if (records[0]?.html !== true) return inOrder.map(({ text }) => text.trimEnd()).join('\n\n')
  return `<!DOCTYPE html>\n<html><body>\n${inOrder.map(({ text }) => bodyOf(text)).join('\n<hr>\n')}\n</body></html>\n`
}

/** The same messages have the same id at every try. */
export function digestId(records: readonly OutboxRecord[]): string {
  const [only] = records
  if (only && records.length === 1) return only.key
  const keys = records.map(({ key }) => key).toSorted()
  return createHash('sha256').update(keys.join(' ')).digest('base64url')
}

/** What stands between the tags of a whole document; anything else as it is. */
function bodyOf(html: string): string {
  const begin = /<body\b[^>]*>/i.exec(html)
  if (!begin) return html.trim()
  const end = html.toLowerCase().lastIndexOf('</body')
  const from = begin.index + begin[0].length
  return html.slice(from, end < from ? undefined : end).trim()
}
