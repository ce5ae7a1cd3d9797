import type { Json } from '../../base/json.ts'

export type Members = Readonly<Record<string, Json>>

/** A definition that cannot be used as it stands; `member` is where it goes wrong. */
export class DefinitionMistake extends Error {
  readonly member: string | undefined
  constructor(message: string, member?: string) {
    super(message)
    this.name = 'DefinitionMistake'
    this.member = member
  }
}

export function isObject(value: Json | undefined): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const must = (name: string, what: string): DefinitionMistake => new DefinitionMistake(`"${name}" must be ${what}`, name)

/** A text; numbers and booleans count as one, blank and null as absent. */
export function textOf(members: Members, name: string): string | undefined {
  const value = members[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'object') throw must(name, 'a text')
  const text = String(value)
  return text.trim() === '' ? undefined : text
}

/** `true` and `false`, also as texts in any case. */
export function flagOf(members: Members, name: string, fallback: boolean): boolean {
  const value = members[name]
  if (value === undefined || value === null || value === '') return fallback
  if (typeof value === 'boolean') return value
  const text = String(value).trim().toLowerCase()
  if (text === 'true') return true
  if (text === 'false') return false
  throw must(name, 'true or false')
}

/** A whole number, also as a text. */
export function integerOf(members: Members, name: string): number | undefined {
  const text = textOf(members, name)?.trim()
  if (text === undefined) return undefined
  const number = Number(text)
  if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(number)) throw must(name, 'a whole number')
  return number
}

/** A list of texts; a single text counts as a list of one. */
export function textsOf(members: Members, name: string): readonly string[] {
  return textList(members[name], name)
}

export function textList(value: Json | undefined, name: string): readonly string[] {
  if (value === undefined || value === null) return NO_TEXTS
  if (!Array.isArray(value)) {
    if (typeof value === 'object') throw must(name, 'a list of texts')
    return [String(value)]
  }
  const elements: readonly Json[] = value
  if (elements.every(isText)) return elements
  return elements.map((element) => {
    if (typeof element === 'object') throw must(name, 'a list of texts')
    return String(element)
  })
}

const isText = (element: Json): element is string => typeof element === 'string'

const NO_TEXTS: readonly string[] = Object.freeze([])

/** One of the words, in any case. */
export function choiceOf<const C extends string>(members: Members, name: string, choices: readonly C[], fallback: NoInfer<C>): C {
  const text = textOf(members, name)?.trim().toUpperCase()
  if (text === undefined) return fallback
  const found = choices.find((choice) => choice === text)
  if (found === undefined) throw must(name, `one of ${choices.join(', ')}`)
  return found
}

export function objectOf(members: Members, name: string): Members | undefined {
  const value = members[name]
  if (value === undefined || value === null) return undefined
  if (!isObject(value)) throw must(name, 'an object')
  return value
}

/** A list of objects; a single one counts as a list of one. */
export function objectsOf(members: Members, name: string): readonly Members[] {
  const value = members[name]
  if (value === undefined || value === null) return []
  const list: readonly Json[] = Array.isArray(value) ? value : [value as Json]
  return list.map((element) => {
    if (!isObject(element)) throw must(name, 'a list of objects')
    return element
  })
}

/** A map from names to lists of texts: `{ "cn": ["a", "b"], "sn": "c" }`. */
export function textMapOf(members: Members, name: string): Readonly<Record<string, readonly string[]>> {
  const map = objectOf(members, name)
  if (!map) return NO_ENTRIES
  const texts: Record<string, readonly string[]> = {}
  for (const key in map) if (key !== '@class') texts[key] = textList(map[key], name)
  return texts
}

const NO_ENTRIES: Readonly<Record<string, readonly string[]>> = Object.freeze({})

/** Last part of the class name; `''` when there is none. */
export function classOf(members: Members): string {
  const name = members['@class']
  return typeof name === 'string' ? name.slice(name.lastIndexOf('.') + 1) : ''
}
