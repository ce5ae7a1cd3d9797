import { isScript, valuePattern } from '../definitions/pattern.ts'
import type { Attributes } from '../principal.ts'

/** Names with the patterns of their values. */
export type AttributeRules = readonly (readonly [name: string, patterns: readonly { test(subject: string): boolean }[]])[]

/**
 * Compiles a map from names to values.
 *
 * @returns `'script'` when a value is a script, which nobody runs here.
 */
export function attributeRules(map: Readonly<Record<string, readonly string[]>>, ignoreCase: boolean): AttributeRules | 'script' {
  const entries = Object.entries(map)
  if (entries.some(([, values]) => values.some(isScript))) return 'script'
  return entries.map(([name, values]) => [name, values.map((value) => valuePattern(value, ignoreCase))])
}

/**
 * Whether the attributes fulfil the rules (services.md 11.1 point 3): a name matches if one of its patterns is found in one of the values. With `all`
 * every name must be there and match, else one is enough.
 */
export function rulesMatch(rules: AttributeRules, attributes: Attributes, all: boolean): boolean {
  const present = rules.filter(([name]) => Object.hasOwn(attributes, name))
  if (all && present.length < rules.length) return false
  const matches = ([name, patterns]: AttributeRules[number]) =>
    (attributes[name] ?? []).some((value) => patterns.some((pattern) => pattern.test(String(value))))
  return all ? present.every(matches) : present.some(matches)
}
