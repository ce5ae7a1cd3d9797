import { parseDuration } from '../../base/duration.ts'
import type { Json } from '../../base/json.ts'

/**
 * Members of a definition as this room reads them (oauth.md 3.1). What has the wrong type counts as absent: the services room has said so at load, and a
 * client must not fail in the middle of the night over it.
 */
export type Members = Readonly<Record<string, Json>>

export function isObject(value: Json | undefined): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function textOf(members: Members, name: string): string | undefined {
  const value = members[name]
  if (value === undefined || value === null || typeof value === 'object') return undefined
  const text = String(value)
  return text.trim() === '' ? undefined : text
}

export function flagOf(members: Members, name: string, fallback: boolean): boolean {
  const text = textOf(members, name)?.trim().toLowerCase()
  return text === 'true' ? true : text === 'false' ? false : fallback
}

/** A list of texts; blanks are left out. */
export function textsOf(members: Members, name: string): readonly string[] {
  const value = members[name]
  const list: readonly Json[] = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value as Json]
  return list.flatMap((element) => (typeof element === 'object' || String(element).trim() === '' ? [] : [String(element).trim()]))
}

export function objectOf(members: Members, name: string): Members | undefined {
  const value = members[name]
  return isObject(value) ? value : undefined
}

export function objectsOf(members: Members, name: string): readonly Members[] {
  const value = members[name]
  const list: readonly Json[] = Array.isArray(value) ? value : value === undefined ? [] : [value as Json]
  return list.filter((element): element is Members => isObject(element))
}

export function integerOf(members: Members, name: string): number | undefined {
  const number = Number(textOf(members, name) ?? Number.NaN)
  return Number.isSafeInteger(number) ? number : undefined
}

/** Seconds; `Infinity` for no limit, `undefined` when not given or unreadable. */
export function secondsOf(members: Members, name: string): number | undefined {
  const text = textOf(members, name)
  const seconds = text === undefined ? undefined : parseDuration(text)
  return seconds !== undefined && seconds >= 0 ? seconds : undefined
}
