import { isDeepStrictEqual } from 'node:util'
import type { Json } from '../../base/json.ts'
import type { Fields } from './fields/field.ts'
import { classOf, isObject, type Members } from './members.ts'
import { allFields, DEFINITION_FIELDS, ROLES, roleOf } from './vocabulary.ts'

/**
 * What is not written because it holds anyway (services.md 5, 6.1; CAS leaves it out too). Members without a known default are always written: what is
 * written twice does no harm, what is lost does.
 */

type Defaults = Readonly<Record<string, Json>>

const defaultsOf = (fields: Fields): Defaults =>
  Object.fromEntries(Object.entries(fields).flatMap(([name, { fallback }]) => (fallback === undefined ? [] : [[name, fallback]])))

const DEFINITION = defaultsOf(DEFINITION_FIELDS)
const NONE: Defaults = {}

/** By simple class name. */
const CLASSES: ReadonlyMap<string, Defaults> = new Map(
  Object.values(ROLES).flatMap(({ classes }) =>
    Object.entries(classes).map(([name, { fields }]): [string, Defaults] => [name, defaultsOf(fields)]),
  ),
)

/** The class that a member has when it is absent: with nothing but defaults in it, it is left out. And the class of what has only one. */
let known: ReturnType<typeof classesByMember> | undefined

/** Worked out when the first definition is written, which most servers never do. */
function classes(): ReturnType<typeof classesByMember> {
  known ??= classesByMember()
  return known
}

function classesByMember(): { readonly usual: ReadonlyMap<string, string>; readonly natural: ReadonlyMap<string, string> } {
  const usual = new Map<string, string>()
  const natural = new Map<string, string>()
  for (const [, fields] of allFields()) {
    for (const [name, field] of Object.entries(fields)) {
      const role = roleOf(field)
      if (role?.usual !== undefined && field.type === 'object') usual.set(name, role.usual)
      if (role?.natural !== undefined)
        natural.set(field.type === 'object map' ? `${name}{}` : name, role.classes[role.natural]?.className ?? '')
    }
  }
  return { usual, natural }
}

/** @param className Complete name, as it is written back. */
export function withoutDefaults(definition: Members, className: string): Members {
  return { ...reduced(definition, DEFINITION), '@class': className }
}

/** A loop, here and below: one definition may have thousands of properties, and nobody has a turn in between. */
function reduced(members: Members, defaults: Defaults): Members {
  const kept: Record<string, Json> = {}
  for (const name in members) {
    const value = withoutDefaultsIn(name, members[name] as Json)
    if (value !== undefined && !isDefault(value, defaults[name])) kept[name] = value
  }
  return kept
}

/** @returns `undefined` for what need not be written at all. */
function withoutDefaultsIn(name: string, value: Json): Json | undefined {
  if (value === null) return undefined
  if (Array.isArray(value)) {
    return (value as readonly Json[]).map((element) => (isObject(element) ? named(withoutDefaultsOf(element), name) : element))
  }
  if (!isObject(value)) return value
  if (classes().natural.has(`${name}{}`) && !('@class' in value)) {
    const natural = classes().natural.get(`${name}{}`)
    const map: Record<string, Json> = {}
    for (const key in value) {
      const each = value[key] as Json
      map[key] = isObject(each) ? withClass(each, natural) : each
    }
    return map
  }
  const small = withoutDefaultsOf(value)
  const usual = classes().usual.get(name)
  const isUsual = usual !== undefined && [usual, ''].includes(classOf(small))
  return isUsual && Object.keys(small).every((key) => key === '@class') ? undefined : named(small, name)
}

/** With the class that is meant where none stands, which CAS cannot guess. */
const named = (value: Members, name: string): Members => withClass(value, classes().natural.get(name))

function withClass(value: Members, className: string | undefined): Members {
  if (className === undefined || classOf(value).trim() !== '') return value
  const members: Record<string, Json> = { '@class': className }
  for (const key in value) if (key !== '@class') members[key] = value[key] as Json
  return members
}

function withoutDefaultsOf(value: Members): Members {
  const className = classOf(value)
  return reduced(value, CLASSES.get(className) ?? NONE)
}

/** Files may have numbers and flags as texts, and words in any case. */
function isDefault(value: Json, usual: Json | undefined): boolean {
  if (usual === undefined) return false
  if (typeof value === 'object') return isDeepStrictEqual(value, usual)
  return String(value).trim().toLowerCase() === String(usual).toLowerCase()
}
