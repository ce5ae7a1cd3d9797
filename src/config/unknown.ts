import type { Group } from '../base/schema.ts'
import type { Area } from './areas.ts'
import { type Classified, type ClassifyParts, classify, MAX_SUGGESTIONS } from './classify.ts'
import { kebab, squash } from './names.ts'
import { placeOfKey } from './origin.ts'
import { type Problem, readable } from './problem.ts'
import { properties, propertyAt } from './schema-walk.ts'
import type { Entry, Source } from './source.ts'
import { resolveVariable } from './sources/environment.ts'
import { editDistance, nearestName } from './suggestion.ts'

const MAX_LISTED = 20

export interface UnknownParts extends ClassifyParts {
  readonly sources: readonly Source[]
  readonly strict: boolean
}

/**
 * Sorts out the keys that the schema does not know (configuration.md 7.2): typos get the nearest name, settings that only CAS has are called so, with the
 * reason, keys of Spring that nobody uses here are listed in one line. Environment variables are never part of this.
 */
export function unknownSettings({ sources, strict, ...parts }: UnknownParts): readonly Problem[] {
  const problems: Problem[] = []
  const unused: string[] = []
  const seen = new Set<string>()
  let suggestions = 0
  for (const source of sources) {
    if (source.kind === 'environment') continue
    for (const entry of source.entries) {
      // Nearly all are, and nothing is to be said about them.
      if (propertyAt(parts.schema, entry.path)) continue
      const classified = classify(entry, parts)
      if (classified.class === 'unused') unused.push(entry.key)
      if (classified.class !== 'unknown' && classified.class !== 'no-effect') continue
      const once = `${entry.key}\u0000${placeOfKey(entry.origin)}`
      if (seen.has(once)) continue
      seen.add(once)
      if (classified.class === 'no-effect') {
        problems.push(noEffect(entry, classified))
        continue
      }
      suggestions += 1
      problems.push(unknown(entry, strict, suggestions > MAX_SUGGESTIONS ? undefined : nearestName(parts.schema, entry.path)))
    }
  }
  if (unused.length > 0) problems.push(notUsed(unused))
  return problems
}

const MAX_VARIABLES = 50

/**
 * One line about variables that nearly spell a setting (configuration.md 3.3). Never more than that: whoever sets up a cluster puts variables of any name into
 * the environment.
 */
export function nearlySpelled(schema: Group, env: Readonly<Record<string, string | undefined>>): readonly Problem[] {
  const candidates = Object.entries(env).filter(([name, value]) => /^CAS(TELLAN)?_/.test(name) && !value?.startsWith('tcp://'))
  const isKnown = (name: string) =>
    resolveVariable(schema, name) !== undefined || resolveVariable(schema, name.replace(/_FILE$/, '')) !== undefined
  const others = candidates.filter(([name]) => !isKnown(name)).slice(0, MAX_VARIABLES)
  if (others.length === 0) return []
  const known = properties(schema).map(({ name }) => ({ name, spelled: squash(name) }))
  const near = others.flatMap(([variable]) => {
    const found = known.find(({ spelled }) => editDistance(squash(variable), spelled, 3) <= 2)
    return found ? [`${variable} (${found.name}?)`] : []
  })
  if (near.length === 0) return []
  return [
    { severity: 'info', kind: 'hint', fatal: false, message: `variables that nearly spell a setting, and set none: ${near.join(', ')}` },
  ]
}

function unknown(entry: Entry, strict: boolean, suggestion: string | undefined): Problem {
  const place = placeOfKey(entry.origin)
  return {
    severity: 'error',
    kind: 'unknown',
    fatal: strict,
    key: entry.key,
    origin: entry.origin,
    message: `unknown setting ${readable(entry.key)} (${place})${suggestion === undefined ? '' : ` – did you mean ${suggestion}?`}`,
    ...(suggestion === undefined ? {} : { suggestion }),
  }
}

function noEffect(entry: Entry, { names, area, last }: Classified): Problem {
  const ended = last !== undefined && !last.startsWith('7.') && names.length === 0 ? `; it ended with CAS ${last}` : ''
  const today = names.length > 0 ? `; its name today is ${names.join(' and ')}` : ''
  return {
    severity: 'warn',
    kind: 'no-effect',
    fatal: false,
    key: entry.key,
    origin: entry.origin,
    message: `${readable(entry.key)} (${placeOfKey(entry.origin)}) is known to CAS, no effect here – ${describe(area)}${ended}${today}`,
    ...(area ? { area: area.title } : {}),
  }
}

function describe(area: Area | undefined): string {
  return area ? `${area.title}: ${area.reason}` : 'not part of this server yet'
}

function notUsed(keys: readonly string[]): Problem {
  const names = [...new Set(keys.map((key) => readable(kebab(key))))]
  const more = names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : ''
  return {
    severity: 'info',
    kind: 'unused',
    fatal: false,
    message: `not used by this server: ${names.slice(0, MAX_LISTED).join(', ')}${more}`,
  }
}
