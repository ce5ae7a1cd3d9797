import type { Json } from '../json.ts'
import { GroovyMistake } from './ast.ts'

interface Method {
  readonly parameters: number
  of(value: Json, argument: Json): Json
}

const text = (value: Json): string => {
  if (typeof value === 'string') return value
  throw new GroovyMistake('this needs a text')
}

/** Nothing but these can be called. */
export const METHODS: Readonly<Record<string, Method>> = Object.assign(Object.create(null) as Record<string, Method>, {
  get: { parameters: 1, of: (value, at) => elementOf(value, at, true) },
  contains: {
    parameters: 1,
    of: (value, part) => (Array.isArray(value) ? value.some((each: Json) => isSame(each, part)) : text(value).includes(text(part))),
  },
  containsKey: { parameters: 1, of: (value, key) => isMap(value) && Object.hasOwn(value, text(key)) },
  startsWith: { parameters: 1, of: (value, part) => text(value).startsWith(text(part)) },
  endsWith: { parameters: 1, of: (value, part) => text(value).endsWith(text(part)) },
  toUpperCase: { parameters: 0, of: (value) => text(value).toUpperCase() },
  toLowerCase: { parameters: 0, of: (value) => text(value).toLowerCase() },
  toString: { parameters: 0, of: (value: Json) => inWords(value) },
  size: {
    parameters: 0,
    of: (value) => (Array.isArray(value) ? value.length : isMap(value) ? Object.keys(value).length : text(value).length),
  },
} satisfies Record<string, Method>)

export function isMap(value: Json): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `list[0]`, `map['a']`; `strict` as `get`, which does not forgive a place that is not there in a list. */
export function elementOf(value: Json, at: Json, strict: boolean): Json {
  if (Array.isArray(value) && typeof at === 'number') {
    if (strict && at >= value.length) throw new GroovyMistake('the list has no such element')
    return (value[at] as Json | undefined) ?? null
  }
  if (isMap(value) && typeof at === 'string') return memberOf(value, at)
  throw new GroovyMistake('only lists and maps have elements')
}

export function memberOf(value: Json, name: string): Json {
  if (!isMap(value)) throw new GroovyMistake(`nothing has the member "${name}" here`)
  return Object.hasOwn(value, name) ? (value[name] ?? null) : null
}

export function isSame(one: Json, other: Json): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((each: Json, index) => isSame(each, (other[index] as Json | undefined) ?? null))
  }
  return one === other
}

/** As Java prints it. */
export function inWords(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((each: Json) => inWords(each)).join(', ')}]`
  if (value === null || typeof value === 'object') throw new GroovyMistake('this is no text')
  return String(value)
}
