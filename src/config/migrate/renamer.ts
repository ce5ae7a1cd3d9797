import type { Group } from '../../base/schema.ts'
import type { Catalogue } from '../catalogue.ts'
import { namesOfToday, withIndices } from '../former-names.ts'
import { type Element, parseKey, squash, uniformPath } from '../names.ts'
import { moveFormerNames } from '../rename.ts'
import { find } from '../schema-walk.ts'
import { type Entry, entry } from '../source.ts'
import type { Renamer } from './edit.ts'

export interface RenamerParts {
  readonly schema: Group
  readonly catalogue: Catalogue
  /** Everything that is set in the files, whichever of them. */
  readonly entries: readonly Entry[]
}

/**
 * What a setting is called in CAS 7 (configuration.md 7.4), in the spelling that tools show: settings that count here, those that have moved, and those that
 * only CAS has. What does not begin with `cas` or `castellan`, and what nobody knows, stays.
 */
export function renamer({ schema, catalogue, entries }: RenamerParts): Renamer {
  const set = new Set(entries.filter(({ path }) => find(schema, path) || catalogue.find(path)).map(({ path }) => uniformPath(path)))
  return (key) => {
    const path = parseKey(key) ?? []
    const root = squash(path[0]?.text ?? '')
    if (root !== 'cas' && root !== 'castellan') return undefined
    const found = find(schema, path)
    if (found) return found.name === key ? undefined : { names: [found.name], superseded: false }
    const moved = formerly(schema, key)
    const today = namesOfToday(catalogue, path)
    // Where the value goes to several settings, this server may have use for one of them only.
    const names = moved === undefined || today.length > 1 ? today : [moved]
    if (names.length > 0) {
      const superseded = names.every((name) => isSet(set, parseKey(name) ?? []))
      // Only its spelling differs, or a place in a list is put in: it is set by itself.
      const isItself = names.some((name) => withoutIndices(parseKey(name) ?? []) === withoutIndices(path))
      return { names, superseded: superseded && !isItself }
    }
    const known = catalogue.find(path)
    if (!known || known.name.includes('[key]') || known.name.endsWith('.*')) return undefined
    const name = withIndices(known.name, path)
    return name === key || withoutIndices(parseKey(name) ?? []) !== withoutIndices(path) ? undefined : { names: [name], superseded: false }
  }
}

function formerly(schema: Group, key: string): string | undefined {
  const one = entry(key, '', { source: 'question' })
  return one && moveFormerNames(schema, [{ name: 'question', kind: 'file', entries: [one] }]).moved.get(one)
}

const withoutIndices = (path: readonly Element[]) => uniformPath(path.filter((one) => one.index === undefined))

function isSet(set: ReadonlySet<string>, path: readonly Element[]): boolean {
  return set.has(uniformPath(path)) || set.has(uniformPath(path.at(-1)?.index === undefined ? path : path.slice(0, -1)))
}
