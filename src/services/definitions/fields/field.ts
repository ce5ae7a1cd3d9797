import type { Json } from '../../../base/json.ts'

/** Java's classes of collections that CAS declares for its members; what is written back names them (services.md 3.2, 6.1). */
export type Collection = 'java.util.ArrayList' | 'java.util.HashSet' | 'java.util.LinkedHashSet' | 'java.util.TreeSet'

/** What a member of a definition, or of a policy in it, holds. */
export type FieldType =
  /** One text; numbers and flags count as one. */
  | 'text'
  | 'flag'
  /** A whole number; where CAS has a `long`, of 64 bits. */
  | 'integer'
  /** A number of seconds, or a duration of ISO 8601. */
  | 'duration'
  /** One of the `choices`, in any case. */
  | 'choice'
  /** A list of texts; a single one counts as a list of one. */
  | 'texts'
  /** Names with a text each, or a list of them. */
  | 'map'
  /** An object of the `role`, a list of them, or names with one each. */
  | 'object'
  | 'objects'
  | 'object map'
  /** Whatever CAS puts there. */
  | 'anything'

/** What is known of one member: the checks, the written form, the reference page and the JSON Schema are all made of this. */
export interface Field {
  readonly type: FieldType
  /** A sentence for operators. */
  readonly about: string
  /** What holds when it is absent; not written back. */
  readonly fallback?: Json
  readonly choices?: readonly string[]
  /** Of a list, or of the values of a map. */
  readonly collection?: Collection
  /** Which classes may stand there; a name of `ROLES`. */
  readonly role?: string
  /** Release of CAS that has it first, where that is known to be later than 6.0, and the last one that has it. */
  readonly since?: string
  readonly until?: string
  /** Present: the member is read, kept and written back, and nothing follows from it, for this reason. */
  readonly noEffect?: string
}

export type Fields = Readonly<Record<string, Field>>

type Facts = Omit<Field, 'type' | 'about'>

export const text = (about: string, facts: Facts = {}): Field => ({ type: 'text', about, ...facts })
export const flag = (about: string, fallback: boolean, facts: Facts = {}): Field => ({ type: 'flag', about, fallback, ...facts })
export const integer = (about: string, facts: Facts = {}): Field => ({ type: 'integer', about, ...facts })
export const duration = (about: string, facts: Facts = {}): Field => ({ type: 'duration', about, ...facts })
export const anything = (about: string, facts: Facts = {}): Field => ({ type: 'anything', about, ...facts })

/** @param choices The first one holds when the member is absent. */
export const choice = (about: string, choices: readonly [string, ...string[]], facts: Facts = {}): Field => ({
  type: 'choice',
  about,
  choices,
  fallback: choices[0],
  ...facts,
})

export const texts = (about: string, facts: Facts = {}): Field => ({ type: 'texts', about, fallback: [], ...facts })
export const set = (about: string, facts: Facts = {}): Field => texts(about, { collection: 'java.util.HashSet', ...facts })
export const map = (about: string, facts: Facts = {}): Field => ({ type: 'map', about, fallback: {}, ...facts })

export const object = (role: string, about: string, facts: Facts = {}): Field => ({ type: 'object', role, about, ...facts })
export const objects = (role: string, about: string, facts: Facts = {}): Field => ({ type: 'objects', role, about, fallback: [], ...facts })
export const objectMap = (role: string, about: string, facts: Facts = {}): Field => ({
  type: 'object map',
  role,
  about,
  fallback: {},
  ...facts,
})

export const order = integer('Place among several; lower ones come first.', { fallback: 0 })
export const operator = choice('Whether all have to agree, or one is enough.', ['AND', 'OR'])

/** What is known of one class in a role. */
export interface PolicyClass {
  /** Complete name. */
  readonly className: string
  readonly about: string
  readonly fields: Fields
  /** Not all of its members are known here; none is reported as unknown. */
  readonly open?: boolean
  readonly since?: string
  /** Present: a definition with it is loaded and kept, and this follows instead of what the class means. */
  readonly unbuilt?: string
}

export interface Role {
  readonly about: string
  /** By simple class name. */
  readonly classes: Readonly<Record<string, PolicyClass>>
  /** Simple name of the class that is meant when the file names none. */
  readonly natural?: string
  /** Simple name of the class that holds where the member is absent. */
  readonly usual?: string
}

export type Roles = Readonly<Record<string, Role>>

const SERVICES = 'org.apereo.cas.services'

/** @param name Simple name in the package of most of them, or complete. */
export function policyClass(
  name: string,
  about: string,
  fields: Fields = {},
  facts: Partial<PolicyClass> = {},
): readonly [string, PolicyClass] {
  const className = name.includes('.') ? name : `${SERVICES}.${name}`
  return [className.slice(className.lastIndexOf('.') + 1), { className, about, fields, ...facts }]
}

/** @param classes The first one is the natural and the usual one, as far as the facts say so. */
export function role(
  about: string,
  classes: readonly (readonly [string, PolicyClass])[],
  { natural = false, usual = false }: { readonly natural?: boolean; readonly usual?: boolean } = {},
): Role {
  const first = classes[0]?.[0] ?? ''
  return { about, classes: Object.fromEntries(classes), ...(natural ? { natural: first } : {}), ...(usual ? { usual: first } : {}) }
}
