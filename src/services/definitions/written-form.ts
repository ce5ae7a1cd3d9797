import type { Json } from '../../base/json.ts'
import { withoutDefaults } from './defaults.ts'
import type { Field } from './fields/field.ts'
import { isObject, type Members } from './members.ts'
import { allFields } from './vocabulary.ts'

/** These come first, in this order; the rest follows by name. */
const FIRST = ['@class', 'serviceId', 'name', 'id']

const ARRAY = 'java.util.ArrayList'

/** Fields of every class by its complete name, and of any class by their own: what an edit of a nested object goes by. */
const byClass = new Map(allFields())
const byName = new Map<string, Field>()
for (const fields of byClass.values()) {
  for (const [name, field] of Object.entries(fields)) {
    const known = byName.get(name)
    // The more special one: a map of sets, or a list that is a set.
    if (!known || (known.collection === undefined && field.collection !== undefined)) byName.set(name, field)
  }
}

const isMap = (field: Field | undefined) => field?.type === 'map' || field?.type === 'object map'

/** What is written of a definition: its members, and what was made of its class and its id. */
export interface Written {
  /** Collections unwrapped, as definitions are kept in memory. */
  readonly definition: Members
  /** What its file has, where that is less; it is written in place of the whole. */
  readonly stored?: Members | undefined
  readonly className: string
  /** Java's `long` in digits, written as the number it is. */
  readonly id: string
}

/**
 * A definition as CAS can read it again (services.md 6.1): strict JSON, the classes of Java's collections put back, defaults left out, members that are
 * not known here kept.
 *
 * @param indent Blanks of each level; 0: all in one line.
 */
export function writtenForm(service: Written, indent = 2): string {
  const members = writtenMembers(service)
  const form: Record<string, Json> = {}
  for (const name in members)
    form[name] = name === 'id' ? exactNumber(service.id) : typedForm(members[name] ?? null, name, service.className)
  return JSON.stringify(form, undefined, indent) + (indent > 0 ? '\n' : '')
}

/** What is written, in its order, collections plain; the id as text. */
export function writtenMembers({ definition, stored = definition, className, id }: Written): Members {
  const members = withoutDefaults(stored, className)
  const written: Record<string, Json> = {}
  for (const name of FIRST) {
    if (name === 'id') written[name] = id
    else if (name in members) written[name] = members[name] ?? null
  }
  const others: string[] = []
  for (const name in members) if (!FIRST.includes(name)) others.push(name)
  for (const name of others.sort()) written[name] = members[name] ?? null
  return written
}

/** Java's numbers have 64 bits, of which JavaScript's would lose some. The function came to JavaScript after the types we compile with. */
export const exactNumber = (digits: string): Json => (JSON as unknown as { rawJSON(text: string): Json }).rawJSON(String(BigInt(digits)))

/** A value with the classes of Java's collections put back. @param name Of the member that it stands in. @param className Of the object that has it. */
export const typedForm = (value: Json, name: string, className?: string): Json =>
  name === 'id' ? value : typed(value, fieldOf(name, className))

/** Of a class that is not known, what the name means elsewhere. */
function fieldOf(name: string, className: string | undefined): Field | undefined {
  return (className === undefined ? undefined : byClass.get(className)?.[name]) ?? byName.get(name)
}

function typed(value: Json, field: Field | undefined): Json {
  if (Array.isArray(value)) {
    const list = (value as readonly Json[]).map((element) => typed(element, undefined))
    return [field?.type === 'texts' || field?.type === 'objects' ? (field.collection ?? ARRAY) : ARRAY, list]
  }
  if (!isObject(value)) return value
  const { '@class': className } = value
  if (className === undefined && isMap(field)) {
    const of = fieldIn(field)
    const map: Record<string, Json> = { '@class': 'java.util.TreeMap' }
    for (const key in value) map[key] = typed(value[key] as Json, of)
    return map
  }
  const of = typeof className === 'string' ? className : undefined
  const members: Record<string, Json> = {}
  for (const key in value) members[key] = typed(value[key] as Json, fieldOf(key, of))
  return members
}

/** Of the values of a map: a list of it is of the class that the map says. */
const fieldIn = (map: Field | undefined): Field | undefined =>
  map?.type === 'map' ? { type: 'texts', about: '', ...(map.collection ? { collection: map.collection } : {}) } : undefined
