import type { Json } from '../../base/json.ts'
import { isScript, ValuePattern } from '../definitions/pattern.ts'
import type { Attributes, Principal } from '../principal.ts'
import { ask, readFlag } from '../scripts/asking.ts'
import type { Script } from '../scripts/scripts.ts'
import type { AccessWorld } from './access-strategy.ts'

type ValueRule = { test(subject: string): boolean } | Script

/** Names with the rules of their values: patterns, or scripts that say yes or no. */
export type AttributeRules = readonly (readonly [name: string, rules: readonly ValueRule[]])[]

const PARAMETERS = ['attributes', 'currentValues', 'principalId', 'logger'] as const

/** Compiles a map from names to values. @returns `'script'` when a value is a script that cannot be run. */
export function attributeRules(
  map: Readonly<Record<string, readonly string[]>>,
  ignoreCase: boolean,
  member: string,
  { scripts, report }: Pick<AccessWorld, 'scripts' | 'report'>,
): AttributeRules | 'script' {
  let unusable = false
  const rules = Object.entries(map).map(([name, values]) => {
    const compiled = values.map((value): ValueRule | undefined =>
      isScript(value) ? scripts.open(value, { member, parameters: PARAMETERS }, report) : new ValuePattern(value, ignoreCase),
    )
    unusable ||= compiled.includes(undefined)
    return [name, compiled as readonly ValueRule[]] as const
  })
  return unusable ? 'script' : rules
}

/**
 * Whether the user fulfils the rules (services.md 11.1 point 3): a name matches if one of its patterns is found in one of the values, or a script says
 * so. With `all` every name must be there and match, else one is enough. A promise only where a script is asked.
 */
export function rulesMatch(
  rules: AttributeRules,
  principal: Principal,
  all: boolean,
  warn: AccessWorld['warn'],
): boolean | Promise<boolean> {
  const { attributes } = principal
  const present = rules.filter(([name]) => Object.hasOwn(attributes, name))
  if (all && present.length < rules.length) return false
  if (present.some(([, values]) => values.some((rule) => 'call' in rule))) return scriptsMatch(present, principal, all, warn)
  const matches = ([name, values]: AttributeRules[number]) =>
    values.some((rule) => 'test' in rule && (attributes[name] ?? []).some((value) => rule.test(String(value))))
  return all ? present.every(matches) : present.some(matches)
}

async function scriptsMatch(present: AttributeRules, principal: Principal, all: boolean, warn: AccessWorld['warn']): Promise<boolean> {
  const { attributes } = principal
  for (const [name, rules] of present) {
    const currentValues = attributes[name] ?? []
    let matches = rules.some((rule) => 'test' in rule && currentValues.some((value) => rule.test(String(value))))
    for (const rule of rules) {
      if (matches || !('call' in rule)) continue
      const input = { attributes: asJson(attributes), currentValues, principalId: principal.id }
      matches = await ask(rule, input, readFlag, { fallback: false, complain: (message) => warn(message, 'error') })
    }
    if (matches !== all) return matches
  }
  return all
}

/** Attributes are JSON; their type only says more. */
export const asJson = (attributes: Attributes): Json => attributes as unknown as Json
