import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { programFile } from '../base/program-files.ts'
import { type Element, parseKey } from './names.ts'

/** Versions of CAS whose settings were looked at, oldest first; the catalogue counts by their places. */
export const CATALOGUE_VERSIONS = ['5.3', '6.1', '6.3', '6.6', '7.0', '7.1', '7.2', '7.3'] as const
export type CatalogueVersion = (typeof CATALOGUE_VERSIONS)[number]

/** What is known of a setting of CAS beside what this server does with it. */
export interface CatalogueEntry {
  /** Kebab-case; `[0]` for any place in a list, `[key]` for any key, `.*` at the end of a map. */
  readonly name: string
  readonly first: CatalogueVersion
  readonly last: CatalogueVersion
  /** The name that CAS itself gives instead, where it calls this one deprecated. */
  readonly replacement: string | undefined
}

/** The names of all settings that some version of CAS knows; values are nobody's business here. */
export interface Catalogue {
  /** @returns `undefined` for a key that no version of CAS knows. */
  find(path: readonly Element[]): CatalogueEntry | undefined
  /** Every name, as in `CatalogueEntry`. */
  names(): readonly string[]
}

let loaded: Catalogue | undefined

/**
 * Reads `catalogue.txt.gz`, written by `tools/catalogue.ts`: a line has a name, two digits for the first and the last version, and perhaps a replacement.
 * Takes some ten milliseconds, so it is loaded only when somebody asks, or when a key turns up that nobody knows.
 */
export function loadCatalogue(): Catalogue {
  loaded ??= readCatalogue()
  return loaded
}

function readCatalogue(): Catalogue {
  const lines = gunzipSync(readFileSync(programFile('config/catalogue.txt.gz')))
    .toString()
    .split('\n')
  const keys: string[] = []
  const keyAt = (at: number): string => {
    keys[at] ??= lookupKey(lines[at] ?? '')
    return keys[at]
  }
  const find = (wanted: string): CatalogueEntry | undefined => {
    let [low, high] = [0, lines.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (keyAt(middle) < wanted) low = middle + 1
      else high = middle
    }
    return keyAt(low) === wanted ? entryOf(lines[low] ?? '') : undefined
  }
  return {
    names: () => lines.map((line) => line.slice(0, line.indexOf('\t'))),
    find(path) {
      const elements = path.filter((one) => one.index === undefined).map((one) => one.uniform)
      const whole = elements.join('.')
      const exact = find(whole) ?? find(`${whole}.*`)
      if (exact) return exact
      for (const at of elements.keys()) {
        const found = at > 0 ? find(elements.with(at, '[key]').join('.')) : undefined
        if (found) return found
      }
      for (let length = elements.length - 1; length > 1; length -= 1) {
        const map = find(`${elements.slice(0, length).join('.')}.*`)
        if (map) return map
      }
      return undefined
    },
  }
}

/** By what the lines are sorted and found: the name without dashes and places in lists. */
export function lookupKey(line: string): string {
  const end = line.indexOf('\t')
  return (end < 0 ? line : line.slice(0, end)).replace(/-|\[\d+\]/g, '')
}

function entryOf(line: string): CatalogueEntry {
  const [name = '', versions = '', replacement] = line.split('\t')
  const [first = 0, last = 0] = [...versions].map(Number)
  return { name, first: CATALOGUE_VERSIONS[first] ?? '5.3', last: CATALOGUE_VERSIONS[last] ?? '7.3', replacement }
}

/** Whether a name is one of CAS 7. */
export function isCurrent(entry: CatalogueEntry): boolean {
  return entry.last.startsWith('7.')
}

/** The catalogue's own entry of a name as written. */
export function findInCatalogue(catalogue: Catalogue, key: string): CatalogueEntry | undefined {
  const path = parseKey(key)
  return path && catalogue.find(path)
}
