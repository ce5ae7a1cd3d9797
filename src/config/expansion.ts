import type { ExpressionWorld } from './expression.ts'
import { interpolate, isTemplate, TemplateMistake } from './placeholders.ts'

/** What a text outside of the settings becomes; `reason` completes "… cannot be used: it " and quotes no value. */
export type Expansion = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'unusable'; readonly reason: string }

/**
 * Fills placeholders and expressions in a text that stands in no source of settings, e.g. a secret in a service definition. Names are those of variables of the
 * environment: who may write definitions must not read settings by them. A name that is not set makes the whole unusable: what is left of a secret then
 * stands in the definition for everybody to read.
 */
export type Expand = (text: string) => Expansion

export function expansion(env: Readonly<Record<string, string | undefined>>, world: ExpressionWorld): Expand {
  const lookup = (name: string) => {
    const text = env[name]
    return text === undefined ? undefined : { text, evaluated: true }
  }
  return (text) => {
    if (!isTemplate(text)) return { kind: 'text', text }
    try {
      const filled = interpolate(text, lookup, world)
      const [missing] = filled.unresolved
      if (missing !== undefined) return { kind: 'unusable', reason: `names ${missing.slice(0, 100)}, which is not set in the environment` }
      return filled.text.trim() === '' ? { kind: 'unusable', reason: 'is empty' } : { kind: 'text', text: filled.text }
    } catch (error) {
      if (!(error instanceof TemplateMistake)) throw error
      return { kind: 'unusable', reason: error.message }
    }
  }
}
