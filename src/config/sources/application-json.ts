import { mapKey } from '../names.ts'
import type { Problem } from '../problem.ts'
import { type Entry, entry, type Source } from '../source.ts'

const MAX_ENTRIES = 50_000

/**
 * `SPRING_APPLICATION_JSON`: one JSON object, nested or with dotted keys (configuration.md 2.1, 9).
 *
 * @param label Where the text came from, for messages.
 */
export function applicationJson(text: string, label: string): { readonly source: Source; readonly problems: readonly Problem[] } {
  const origin = { source: 'spring.application.json', label }
  const refuse = (what: string) => ({
    source: { name: origin.source, kind: 'json' as const, entries: [] },
    problems: [{ severity: 'error' as const, kind: 'file' as const, fatal: true, origin, message: `${label} ${what}` }],
  })
  let tree: unknown
  try {
    tree = JSON.parse(text)
  } catch {
    return refuse('is not valid JSON')
  }
  if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) return refuse('must be a JSON object')
  const entries: Entry[] = []
  const add = (key: string, value: string) => {
    const one = entry(key, value, origin)
    if (one) entries.push(one)
  }
  // A list of work instead of recursion: depth is the sender's choice.
  const work: [string, unknown][] = [['', tree]]
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const [path, value] = next
    if (entries.length > MAX_ENTRIES) return refuse(`has more than ${MAX_ENTRIES} values`)
    if (Array.isArray(value)) {
      if (value.length === 0) add(path, '')
      for (const [index, item] of value.entries()) work.push([`${path}[${index}]`, item])
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, item] of Object.entries(value)) work.push([path === '' ? name : mapKey(path, name), item])
    } else add(path, value === null ? '' : String(value))
  }
  return { source: { name: origin.source, kind: 'json', entries: entries.reverse() }, problems: [] }
}
