import type { Group } from '../base/schema.ts'
import { type Area, areaOfSetting } from './areas.ts'
import type { Catalogue, CatalogueVersion } from './catalogue.ts'
import { namesOfToday } from './former-names.ts'
import { kebab, squash } from './names.ts'
import type { Origin } from './origin.ts'
import { moveFormerNames } from './rename.ts'
import { find } from './schema-walk.ts'
import { type Entry, entry, type Source } from './source.ts'
import { featureArea, springAreaOf } from './spring-areas.ts'
import { nearestName } from './suggestion.ts'

/**
 * What this server makes of one key of somebody's file (configuration.md 8): `honoured` it has its effect; `moved` it has, under a name of today;
 * `no-effect` CAS knows it and this server does not use it; `unused` the same of Spring's settings; `unknown` nobody knows it; `foreign` it belongs to
 * nobody and may be a helper that placeholders refer to.
 */
export type KeyClass = 'honoured' | 'moved' | 'no-effect' | 'unused' | 'unknown' | 'foreign'

export interface Classified {
  readonly class: KeyClass
  /** The canonical name, or the names of today of a setting that has moved; empty where there is none. */
  readonly names: readonly string[]
  /** What the setting is about and why it has no effect; with `no-effect`, and mostly with `unused`. */
  readonly area?: Area
  /** The last version of CAS that knows the setting; with `no-effect` only. */
  readonly last?: CatalogueVersion
}

/** A key of a source, classified. */
export interface ClassifiedKey extends Classified {
  /** As written. */
  readonly key: string
  readonly origin: Origin
  /** The nearest known name of an `unknown` key. */
  readonly suggestion?: string
}

/** Prefixes whose settings we read some of; the others belong to somebody else and may be helpers of the administrator. */
const SPRING_PREFIXES = new Set(['server', 'spring', 'management', 'logging', 'springdoc'])
/** `CasFeatureModule.<Feature>.enabled`: those of features that are here are settings of their rooms. */
const FEATURES = 'casfeaturemodule'
/** Has told where and how to read, and is no setting. */
const FRAME = new Set(['spring.application.json'])

export interface ClassifyParts {
  readonly schema: Group
  /** Keys that stand under a name of an earlier version, with the name of today. */
  readonly moved: ReadonlyMap<Entry, string>
  /** The names that CAS knows; asked for only when there is something to look up. */
  readonly catalogue: () => Catalogue
}

/** Says of an entry what becomes of it. */
export function classify(entry: Entry, { schema, moved, catalogue }: ClassifyParts): Classified {
  const newName = moved.get(entry)
  if (newName !== undefined) return { class: 'moved', names: [newName] }
  const honoured = find(schema, entry.path)
  if (honoured) return { class: 'honoured', names: [honoured.name] }
  const root = squash(entry.path[0]?.text ?? '')
  const elsewhere = root === 'spring' && entry.value.trim().toLowerCase() !== 'false' ? areaOfSetting(entry.key) : undefined
  if (elsewhere) return { class: 'no-effect', names: [], area: elsewhere }
  if (root === FEATURES) return { class: 'no-effect', names: [], area: featureArea(entry.key) }
  if (SPRING_PREFIXES.has(root) && !FRAME.has(entry.name)) {
    const area = springAreaOf(entry.key)
    return { class: 'unused', names: [kebab(entry.key)], ...(area ? { area } : {}) }
  }
  if (root !== 'cas' && root !== 'castellan') return { class: 'foreign', names: [] }
  const known = catalogue().find(entry.path)
  const today = root === 'cas' ? namesOfToday(catalogue(), entry.path) : []
  const area = areaOfSetting(entry.key)
  if ((known || today.length > 0) && area) {
    return { class: 'no-effect', names: today, area: areaOfSetting(today[0] ?? '') ?? area, ...(known ? { last: known.last } : {}) }
  }
  return { class: 'unknown', names: [] }
}

/** `classify` for a name that somebody asks about, with the nearest known name where nobody knows it. */
export function lookUp(
  schema: Group,
  key: string,
  catalogue: () => Catalogue,
): (Classified & { readonly suggestion?: string }) | undefined {
  const one = entry(key, '', { source: 'question' })
  if (!one) return undefined
  const { moved } = moveFormerNames(schema, [{ name: 'question', kind: 'command-line', entries: [one] }])
  const classified = classify(one, { schema, moved, catalogue })
  const suggestion = classified.class === 'unknown' ? nearestName(schema, one.path) : undefined
  return { ...classified, ...(suggestion === undefined ? {} : { suggestion }) }
}

/** Enough for a person; a file of ten thousand wrong keys does not hold up anybody. */
export const MAX_SUGGESTIONS = 50

/** Every key of the sources, lowest source first; of the environment only what sets something. */
export function classifyAll(sources: readonly Source[], parts: ClassifyParts): readonly ClassifiedKey[] {
  let suggestions = 0
  return sources.flatMap(({ entries }) =>
    entries.map((entry): ClassifiedKey => {
      const classified = classify(entry, parts)
      if (classified.class === 'unknown') suggestions += 1
      const suggestion =
        classified.class === 'unknown' && suggestions <= MAX_SUGGESTIONS ? nearestName(parts.schema, entry.path) : undefined
      return { key: entry.key, origin: entry.origin, ...classified, ...(suggestion === undefined ? {} : { suggestion }) }
    }),
  )
}
