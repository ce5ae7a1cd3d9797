import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { type Element, uniform } from './names.ts'

/** The names of all settings that some version of CAS knows; values are nobody's business here. */
export interface Catalogue {
  has(path: readonly Element[]): boolean
}

/**
 * Reads `catalogue.txt.gz`, written once by `tools/catalogue.ts`: one canonical name a line, `[key]` for any key, a trailing
 * `.*` for maps. Takes a few milliseconds, so it
 * is loaded only when a key turns up that nobody knows.
 */
export function loadCatalogue(): Catalogue {
  const names = new Set<string>()
  const maps = new Set<string>()
  const text = gunzipSync(readFileSync(new URL('./catalogue.txt.gz', import.meta.url))).toString()
  for (const line of text.split('\n')) {
    const name = line.replaceAll('-', '')
    if (name.endsWith('.*')) maps.add(name.slice(0, -2))
    names.add(name)
  }
  return {
    has(path) {
      const elements = path.filter((one) => one.index === undefined).map((one) => uniform(one.text))
      if (names.has(elements.join('.'))) return true
      if (elements.some((_, at) => names.has(elements.with(at, '[key]').join('.')))) return true
      for (let length = elements.length - 1; length > 1; length -= 1) {
        if (maps.has(elements.slice(0, length).join('.'))) return true
      }
      return false
    },
  }
}
