import type { Attributes, AttributeValue } from './principal.ts'

export type Merger = 'REPLACE' | 'ADD' | 'MULTIVALUED' | 'NONE'

/**
 * Puts the attributes of several sources together, in their order (authentication.md 9): `REPLACE` the last source that knows one wins, `ADD` the
 * first, `MULTIVALUED` all their values without repetition, `NONE` only those of the first source, which is the handler.
 */
export function mergeAttributes(sources: readonly Attributes[], merger: Merger): Attributes {
  if (merger === 'NONE') return sources[0] ?? {}
  const merged = new Map<string, readonly AttributeValue[]>()
  for (const source of sources) {
    for (const [name, values] of Object.entries(source)) {
      const known = merged.get(name)
      if (known === undefined || merger === 'REPLACE') merged.set(name, values)
      else if (merger === 'MULTIVALUED') merged.set(name, [...new Set([...known, ...values])])
    }
  }
  // fromEntries defines, it does not assign: an attribute called __proto__ is an attribute.
  return Object.fromEntries(merged)
}
