import type { Json } from '../base/json.ts'
import { parseRelaxedJson } from '../base/relaxed-json.ts'

const JAVA_CLASS = /^([a-z_$][\w$]*\.)+[A-Z_$][\w$]*$/i
/** Human JSON is read up to this size; strict JSON up to that of any file. */
const MAX_RELAXED_LENGTH = 1_048_576

/**
 * Reads a file that maps user names to something: strict JSON, or with comments and trailing commas as people write it.
 *
 * @throws {Error} for anything else; the message quotes nothing of the content, which may be passwords.
 */
export function parseUserMap(text: string): readonly (readonly [string, Json])[] {
  const members = membersOf(withoutClass(parsed(text.replace(/^\ufeff/, ''))))
  if (!members) throw new Error('must be a map from user name to account')
  return members
}

function parsed(text: string): Json {
  // Human JSON takes nothing for an empty map; here it is a file somebody is just writing.
  if (text.trim() === '') throw new Error('is empty')
  try {
    // Here any user name is a key, also those that parseRelaxedJson keeps out.
    return JSON.parse(text) as Json
  } catch {
    if (text.length > MAX_RELAXED_LENGTH) throw new Error('is no strict JSON, and too long to be read as Human JSON')
    const relaxed = parseRelaxedJson(text)
    if (relaxed.kind === 'ok') return relaxed.value
    throw new Error(`line ${relaxed.line}, column ${relaxed.column}: ${relaxed.message}`)
  }
}

/**
 * Takes away the class name that CAS writes before a value: `["java.util.ArrayList", [ … ]]` is the list, `["java.time.LocalDate", "2027-01-31"]` the
 * text. One level at a time, so that no depth and no size of a file holds up the server.
 */
export function withoutClass(value: Json): Json {
  if (!isList(value) || value.length !== 2) return value
  const [name, inner = null] = value
  return typeof name === 'string' && JAVA_CLASS.test(name) ? inner : value
}

/** A map's members without `@class`; `undefined` for what is no map. */
export function membersOf(value: Json): readonly (readonly [string, Json])[] | undefined {
  if (typeof value !== 'object' || value === null || isList(value)) return undefined
  return Object.entries(value).filter(([name]) => name !== '@class')
}

/** `Array.isArray` does not narrow a readonly list. */
export const isList = (value: Json): value is readonly Json[] => Array.isArray(value)
