import type { Group, Property } from '../base/schema.ts'
import type { BoundValue, Candidate } from './bind.ts'
import { parseKey, uniformPath } from './names.ts'
import { placeOfKey } from './origin.ts'
import { findKey, propertyAt } from './schema-walk.ts'
import type { Entry, Source } from './source.ts'

/** One source that has a key. */
export interface SourceValue {
  /** Name of the source: `commandLineArgs`, `systemEnvironment`, a file … */
  readonly source: string
  /** Where exactly. */
  readonly place: string
  /** As written; `******` for a secret. */
  readonly value: string
}

/** A source with everything that it has. */
export interface PropertySource {
  readonly name: string
  readonly properties: readonly { readonly key: string; readonly place: string; readonly value: string }[]
}

/** All about one setting: what `castellan config explain` prints. */
export interface Explanation {
  readonly key: string
  readonly type: string
  readonly about: string
  /** As one would write it. */
  readonly defaultValue: string
  /** In force now; `******` for a secret that is set. */
  readonly value: string
  /** Where the value in force stands: `default`, or a place. */
  readonly origin: string
  /** Every source that has it, highest first; the first one counts. */
  readonly sources: readonly SourceValue[]
  /** Those of the sources that do not count, because a higher one has it. */
  readonly overridden: readonly SourceValue[]
  readonly choices?: readonly string[]
  readonly restart: boolean
  readonly secret: boolean
}

const MASK = '******'
/** Names of values that are not shown although the schema does not know them. */
export const SECRET_NAME = /password|psw|secret|credential|token|key|passphrase/i
/** Shorter ones stand in other values by chance. */
const SHORTEST_SECRET = 4

/** @param secrets What must not be shown, also where it is part of another value. */
export function explainer(schema: Group, sources: readonly Source[], values: ReadonlyMap<string, BoundValue>, secrets: readonly string[]) {
  const holdsSecret = (text: string) => secrets.some((secret) => secret.length >= SHORTEST_SECRET && text.includes(secret))
  const isSecret = (entry: Entry) =>
    entry.hidden === true || entry.decrypted !== undefined || propertyAt(schema, entry.path)?.facts.secret === true
  /** Over the network everything is hidden that has the name of a secret, whatever it holds (configuration.md 14.4). */
  const shown = (entry: Entry) => (isSecret(entry) || SECRET_NAME.test(entry.key) || holdsSecret(entry.value) ? MASK : entry.value)
  /** Who asks for one setting at the machine itself sees what the schema knows to be none: `access-token.time-to-kill-in-seconds`. */
  const explained = (entry: Entry) => (isSecret(entry) || holdsSecret(entry.value) ? MASK : entry.value)
  const sourcesOf = (key: string): readonly SourceValue[] => {
    const wanted = uniformPath(parseKey(key) ?? [])
    return sources
      .toReversed()
      .flatMap(({ name, entries }) =>
        entries
          .filter(({ name: own }) => own === wanted)
          .map((entry) => ({ source: name, place: placeOfKey(entry.origin), value: shown(entry) })),
      )
  }
  const explain = (key: string): Explanation | undefined => {
    const found = findKey(schema, key)
    if (!found) return undefined
    const name = found.name.replace(/\[\d+\]$/, '')
    const bound = values.get(name)
    const candidates = bound?.candidates ?? []
    const secret = found.property.facts.secret ?? false
    const winner = candidates[0]
    const value = winner ? written(bound?.value, winner) : writtenDefault(found.property)
    const valuesOf = ({ entries }: Candidate): readonly SourceValue[] =>
      entries.map((entry) => ({ source: entry.origin.source, place: placeOfKey(entry.origin), value: secret ? MASK : explained(entry) }))
    const masked = winner !== undefined && (secret || winner.entries.some(isSecret) || holdsSecret(value))
    return {
      key: name,
      type: found.property.type,
      about: found.property.about,
      defaultValue: writtenDefault(found.property),
      value: masked ? MASK : value,
      origin: winner?.entries[0] ? placeOfKey(winner.entries[0].origin) : 'default',
      sources: candidates.flatMap(valuesOf),
      overridden: candidates.slice(1).flatMap(valuesOf),
      ...(found.property.choices ? { choices: found.property.choices } : {}),
      restart: found.property.facts.restart ?? false,
      secret,
    }
  }
  const propertySources = (): readonly PropertySource[] => {
    const byName = new Map<string, PropertySource['properties'][number][]>()
    for (const { name, entries } of sources.toReversed()) {
      const properties = byName.get(name) ?? []
      byName.set(name, properties)
      // Of two lines with one name the later one counts.
      for (const entry of entries.toReversed()) properties.push({ key: entry.key, place: placeOfKey(entry.origin), value: shown(entry) })
    }
    return [...byName].map(([name, properties]) => ({ name, properties }))
  }
  const bound = (): readonly Explanation[] =>
    [...values.keys()].flatMap((name) => {
      const found = explain(name)
      if (!found || found.sources.length === 0 || !SECRET_NAME.test(found.key)) return found ?? []
      const hide = (list: readonly SourceValue[]) => list.map((one) => ({ ...one, value: MASK }))
      return { ...found, value: MASK, sources: hide(found.sources), overridden: hide(found.overridden) }
    })
  return { explain, sourcesOf, propertySources, bound }
}

/** The default as one would write it in a file. */
export function writtenDefault(property: Property<unknown>): string {
  return property.fallbackText ?? String(property.fallback)
}

/** Texts are shown with their placeholders filled in; other types as the administrator wrote them (`PT5M`, not 300). */
function written(value: unknown, winner: Candidate): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.join(',')
  return winner.entries.map((entry) => entry.value).join(',')
}
