import type { Json } from '../../base/json.ts'
import type { AttributeValue } from '../principal.ts'
import type { Script } from './scripts.ts'

/** Says what went wrong with a script, for the log. */
export type Complain = (message: string) => void

/**
 * Asks a script, and takes the safe answer when it fails.
 *
 * @param read What its answer means; `undefined`: it cannot be used.
 */
export async function ask<T>(
  script: Script,
  input: Readonly<Record<string, Json>>,
  read: (answer: Json) => T | undefined,
  { fallback, complain, name }: { readonly fallback: T; readonly complain: Complain; readonly name?: string },
): Promise<T> {
  try {
    const answer = read(await script.call(input, name))
    if (answer !== undefined) return answer
    complain(`the script${name === undefined ? '' : ` (${name})`} answers with something else than it should`)
  } catch (error) {
    complain(`the script${name === undefined ? '' : ` (${name})`} failed: ${(error as Error).message}`)
  }
  return fallback
}

/** Exactly true or false. */
export const readFlag = (answer: Json): boolean | undefined => (typeof answer === 'boolean' ? answer : undefined)

const isValue = (value: Json): value is AttributeValue =>
  typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))

/** One value or a list of them; nothing counts as an empty list. */
export function readValues(answer: Json): readonly AttributeValue[] | undefined {
  if (answer === null) return []
  if (isValue(answer)) return [answer]
  return Array.isArray(answer) && answer.every(isValue) ? (answer as AttributeValue[]) : undefined
}

/** Names with their values; names without any are left out. */
export function readAttributes(answer: Json): Map<string, readonly AttributeValue[]> | undefined {
  if (answer === null) return new Map()
  if (typeof answer !== 'object' || Array.isArray(answer)) return undefined
  const found = new Map<string, readonly AttributeValue[]>()
  for (const [name, given] of Object.entries(answer)) {
    const values = readValues(given as Json)
    if (!values) return undefined
    if (values.length > 0) found.set(name, values)
  }
  return found
}
