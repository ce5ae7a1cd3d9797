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

function reduced(members: Members, defaults: Defaults): Members {
  const kept = Object.entries(members)
    .map(([name, value]): [string, Json | undefined] => [name, withoutDefaultsIn(name, value)])
    .filter((entry): entry is [string, Json] => entry[1] !== undefined && !isDefault(entry[1], defaults[entry[0]]))
  return Object.fromEntries(kept)
}

/** @returns `undefined` for what need not be written at all. */
function withoutDefaultsIn(name: string, value: Json): Json | undefined {
  if (value === null) return undefined
  if (Array.isArray(value)) {
    return (value as readonly Json[]).map((element) => (isObject(element) ? named(withoutDefaultsOf(element), name) : element))
  }
  if (!isObject(value)) return value
  if (classes().natural.has(`${name}{}`) && !('@class' in value)) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, isObject(each) ? named(each, `${name}{}`) : each]))
  }
  const small = withoutDefaultsOf(value)
  const usual = classes().usual.get(name)
  const isUsual = usual !== undefined && [usual, ''].includes(classOf(small))
  return isUsual && Object.keys(small).every((key) => key === '@class') ? undefined : named(small, name)
}

/** With the class that is meant where none stands, which CAS cannot guess. */
function named(value: Members, name: string): Members {
  const className = classes().natural.get(name)
  if (className === undefined || classOf(value).trim() !== '') return value
  const { '@class': _blank, ...members } = value
  return { '@class': className, ...members }
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
