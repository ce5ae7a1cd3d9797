import { compileJavaRegex } from '../base/java-regex.ts'
import type { Group, Property, PropertyType } from '../base/schema.ts'
import { uniform } from './names.ts'
import { properties } from './schema-walk.ts'

/** What can be known of a setting without looking at anybody's configuration, in the shape of CAS's endpoint (configuration.md 8). */
export interface SettingMetadata {
  /** The whole name, kebab-case; `[]` for a place in a list, `[key]` for a key of one's choice. */
  readonly id: string
  /** Its last part. */
  readonly name: string
  /** As Java would call it, because tools made for CAS read it. */
  readonly type: string
  /** As JSON calls it. */
  readonly jsonType: 'integer' | 'number' | 'boolean' | 'string' | 'array' | 'object'
  readonly description: string
  /** Its first sentence. */
  readonly shortDescription: string
  readonly defaultValue: string | number | boolean | readonly string[] | null
  readonly hints: { readonly values?: readonly string[] }
  /** Of a name of an earlier version: what to write instead. */
  readonly deprecation: { readonly level: 'warning'; readonly reason: string; readonly replacement: string } | null
  readonly order: number
  readonly group: string
  /** Whose setting it is; the same as `group`. */
  readonly owner: string
  /** The version of CAS that is known to have it first; `null` for what CAS does not have, and for settings of Spring. */
  readonly since: string | null
  readonly requiredProperty: boolean
  readonly requiredModule: null
  readonly requiredModuleAutomated: boolean
  readonly secret: boolean
  /** Whether the value may be, or hold, placeholders and expressions. */
  readonly expression: boolean
  readonly duration: boolean
  readonly regex: boolean
  /** Whether a change counts without a restart. */
  readonly reloadable: boolean
  readonly restart: boolean
}

const TYPES: Readonly<Record<PropertyType, readonly [java: string, json: SettingMetadata['jsonType']]>> = {
  int: ['java.lang.Integer', 'integer'],
  float: ['java.lang.Double', 'number'],
  flag: ['java.lang.Boolean', 'boolean'],
  text: ['java.lang.String', 'string'],
  texts: ['java.util.List<java.lang.String>', 'array'],
  choice: ['java.lang.String', 'string'],
  duration: ['java.lang.String', 'string'],
  size: ['org.springframework.util.unit.DataSize', 'string'],
  resource: ['org.springframework.core.io.Resource', 'string'],
  regex: ['java.lang.String', 'string'],
  url: ['java.lang.String', 'string'],
}
/** Places of CAS's own settings and of all others in its order. */
const [FIRST, LAST] = [-2147483648, 2147483647]

/**
 * Every setting of a schema, and every old name of one, in the order of their names.
 *
 * @param since The version of CAS that has a name first.
 */
export function settingMetadata(schema: Group, since: (name: string) => string | undefined): readonly SettingMetadata[] {
  const all = properties(schema).flatMap(({ name, property }) => [
    metadata(name, property, since),
    ...(property.facts.formerly ?? []).map((oldName) => metadata(oldName, property, since, name)),
  ])
  return all.sort((one, other) => one.order - other.order || (one.id < other.id ? -1 : 1))
}

/** `cas.authn.x[*].y` as CAS writes it: `cas.authn.x[].y`; a map of plain values by its own name, a map of groups with `[key]`. */
function idOf(name: string): string {
  return name.replaceAll('[*]', '[]').replace(/\.\*$/, '').replaceAll('.*.', '.[key].')
}

function metadata(
  name: string,
  property: Property<unknown>,
  since: (name: string) => string | undefined,
  newName?: string,
): SettingMetadata {
  const id = idOf(name)
  const group = id.slice(0, id.lastIndexOf('.'))
  const [java, json] = TYPES[property.type]
  const isMap = name.endsWith('.*')
  const { about, facts, choices } = property
  return {
    id,
    name: id.slice(id.lastIndexOf('.') + 1),
    type: isMap ? `java.util.Map<java.lang.String,${java}>` : java,
    jsonType: isMap ? 'object' : json,
    description: about,
    shortDescription: /^.*?[.!?:](?=\s|$)/.exec(about)?.[0] ?? about,
    defaultValue: isMap ? null : defaultOf(property),
    hints: choices ? { values: choices } : {},
    deprecation:
      newName === undefined
        ? null
        : { level: 'warning', reason: 'A name of an earlier version; it still works.', replacement: idOf(newName) },
    order: id.startsWith('cas.') ? FIRST : LAST,
    group,
    owner: group,
    since: since(name) ?? null,
    requiredProperty: false,
    requiredModule: null,
    requiredModuleAutomated: false,
    secret: facts.secret ?? false,
    expression: json === 'string' || json === 'array',
    duration: property.type === 'duration',
    regex: property.type === 'regex',
    reloadable: !facts.restart,
    restart: facts.restart ?? false,
  }
}

function defaultOf({ fallback, fallbackText, type }: Property<unknown>): SettingMetadata['defaultValue'] {
  if (Array.isArray(fallback)) return fallback.length > 0 ? fallback.map(String) : null
  if ((type === 'int' || type === 'float' || type === 'flag') && (typeof fallback === 'number' || typeof fallback === 'boolean'))
    return fallback
  if (type === 'flag' && fallbackText) return fallbackText === 'true'
  return fallbackText || (typeof fallback === 'string' && fallback !== '' ? fallback : null)
}

const LONGEST_TERM = 200

/**
 * The settings whose name, in any spelling, or description fits a term.
 *
 * @param term A Java pattern, looked for anywhere without regard to case; what is none is looked for as it stands.
 */
export function searchSettings(settings: readonly SettingMetadata[], term: string): readonly SettingMetadata[] {
  if (term.length > LONGEST_TERM) return []
  const pattern = compileJavaRegex(term, { match: 'find', ignoreCase: true })
  const plain = uniform(term)
  return settings.filter(
    ({ id, description }) =>
      (plain !== '' && uniform(id).includes(plain)) ||
      (pattern.kind === 'ok' && (pattern.test(id) || pattern.test(uniform(id)) || pattern.test(description))),
  )
}
