import { mapKey } from '../names.ts'
import type { Origin } from '../origin.ts'
import { type Entry, entry } from '../source.ts'

const MAX_ENTRIES = 50_000

/**
 * An object, nested or with dotted keys, as settings.
 *
 * @returns what is wrong with it, as an end of a sentence, when it cannot be settings.
 */
export function entriesOf(tree: unknown, origin: Origin): readonly Entry[] | string {
  if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) return 'must be a JSON object'
  const entries: Entry[] = []
  const add = (key: string, value: string) => {
    const one = entry(key, value, origin)
    if (one) entries.push(one)
  }
  // A list of work instead of recursion: depth is the sender's choice.
  const work: [string, unknown][] = [['', tree]]
  for (let next = work.pop(); next !== undefined; next = work.pop()) {
    const [path, value] = next
    if (entries.length > MAX_ENTRIES) return `has more than ${MAX_ENTRIES} values`
    if (Array.isArray(value)) {
      if (value.length === 0) add(path, '')
      for (const [index, item] of value.entries()) work.push([`${path}[${index}]`, item])
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, item] of Object.entries(value)) work.push([path === '' ? name : mapKey(path, name), item])
    } else add(path, value === null ? '' : String(value))
  }
  return entries.reverse()
}
