import type { Group } from '../base/schema.ts'
import type { Resolve } from './bind.ts'
import { CIPHER_PREFIX } from './cipher-names.ts'
import type { ExpressionWorld } from './expression.ts'
import { isKebab, parseKey, uniformPath } from './names.ts'
import { isTemplate as hasPlaceholders, interpolate, type Lookup, TemplateMistake } from './placeholders.ts'
import { warning, wrongValue } from './problem.ts'
import { findKey } from './schema-walk.ts'
import type { Entry, Source } from './source.ts'

export interface ResolverParts {
  readonly schema: Group
  /** Lowest rank first. */
  readonly sources: readonly Source[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly world: ExpressionWorld
}

/** Gives `bind` the text of a value with its placeholders filled in. */
export function resolver(parts: ResolverParts): Resolve {
  let lookup: Lookup | undefined
  return (key, entry, problems, isTemplate) => {
    // Clear text is data: nothing in it is looked up. What could not be decrypted has been told of.
    if (entry.decrypted !== undefined) return entry.decrypted
    if (entry.value.startsWith(CIPHER_PREFIX)) return undefined
    if (!hasPlaceholders(entry.value)) return entry.value
    lookup ??= lookupIn(parts)
    try {
      const { text, unresolved } = interpolate(entry.value, lookup, parts.world, { isTemplate })
      // What nobody has set is for the room to fill in.
      if (isTemplate) return text
      for (const name of new Set(unresolved))
        problems.push(warning('placeholder', key, entry.origin, `refers to ${name}, which is not set`))
      return text
    } catch (error) {
      if (!(error instanceof TemplateMistake)) throw error
      problems.push(wrongValue(key, entry.origin, error.message))
      return undefined
    }
  }
}

/** All sources as one: exact names, and for a name in kebab-case every spelling; environment variables by their own names too (configuration.md 5.1). */
function lookupIn({ schema, sources, env }: ResolverParts): Lookup {
  const exact = new Map<string, { entry: Entry; aboveEnvironment: boolean }>()
  const relaxed = new Map<string, { entry: Entry; aboveEnvironment: boolean }>()
  let aboveEnvironment = false
  for (const { kind, entries } of sources) {
    if (kind !== 'file') aboveEnvironment = kind !== 'environment'
    for (const entry of entries) {
      exact.set(entry.key, { entry, aboveEnvironment })
      relaxed.set(entry.name, { entry, aboveEnvironment })
    }
  }
  const look: Lookup = (name) => {
    const found = exact.get(name) ?? (isKebab(name) ? relaxed.get(uniformPath(parseKey(name) ?? [])) : undefined)
    const own = found && { text: found.entry.decrypted ?? found.entry.value, evaluated: found.entry.decrypted !== undefined }
    if (own && found.aboveEnvironment) return own
    const variable = env[name] ?? (isKebab(name) ? fromVariable(env, name) : undefined)
    if (variable !== undefined) return { text: variable, evaluated: true }
    if (own) return own
    const property = findKey(schema, name)?.property
    if (!property || property.fallback === undefined || property.facts.secret) return undefined
    return { text: property.fallbackText ?? String(property.fallback), evaluated: true }
  }
  // Many values refer to the same few others.
  const known = new Map<string, ReturnType<Lookup>>()
  return (name) => {
    if (!known.has(name)) known.set(name, look(name))
    return known.get(name)
  }
}

function fromVariable(env: ResolverParts['env'], name: string): string | undefined {
  const upper = name.toUpperCase().replace(/\[(\d+)\]/g, '_$1')
  return env[upper.replace(/-/g, '').replace(/\./g, '_')] ?? env[upper.replace(/[-.]/g, '_')]
}
