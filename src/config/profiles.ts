import type { FrameConfig } from './config.ts'
import type { Problem } from './problem.ts'
import { warning, wrongValue } from './problem.ts'
import { type Entry, isNamed } from './source.ts'

/** Each adds dozens of files that are looked for. */
export const MAX_PROFILES = 100

/** Active profiles in the order in which they win, groups and inclusions resolved (configuration.md 2.3); one more than there may be where there are too many. */
export function activeProfiles(settings: FrameConfig): readonly string[] {
  const { active, include, group, default: byDefault } = settings.spring.profiles
  const profiles: string[] = []
  const waiting = [...(active.length > 0 ? active : byDefault), ...include]
  for (let next = waiting.shift(); next !== undefined && profiles.length <= MAX_PROFILES; next = waiting.shift()) {
    if (profiles.includes(next)) continue
    profiles.push(next)
    waiting.unshift(...(group[next] ?? []))
  }
  return profiles
}

const CONDITION = 'spring.config.activate.on-profile'
const CONDITION_NAME = 'spring.config.activate.onprofile'
/** The same in Boot 2. */
const FORMER_NAME = 'spring.profiles'

/**
 * Whether a document of a file counts under these profiles; its entries without the condition. CAS itself does not know conditions in its directory and
 * takes every document (configuration.md 2.3): we honour them.
 */
export function activated(entries: readonly Entry[], profiles: readonly string[], problems: Problem[]): readonly Entry[] {
  const conditions = entries.filter((entry) => isNamed(entry, CONDITION_NAME) || isNamed(entry, FORMER_NAME))
  if (conditions.length === 0) return entries
  for (const condition of conditions) {
    if (isNamed(condition, FORMER_NAME))
      problems.push(warning('renamed', condition.key, condition.origin, `is an old name; write ${CONDITION}`))
  }
  const counts = conditions.every((condition) => {
    const result = matchesProfiles(condition.value, new Set(profiles))
    if (result === undefined) problems.push(wrongValue(condition.key, condition.origin, 'must be profiles joined by !, &, | and brackets'))
    return result === true
  })
  return counts ? entries.filter((entry) => !conditions.includes(entry)) : []
}

/**
 * Spring's profile expression: `prod`, `!prod`, `prod & eu`, `(a | b) & !c`; a comma joins alternatives.
 *
 * @returns `undefined` when it cannot be read.
 */
export function matchesProfiles(expression: string, active: ReadonlySet<string>): boolean | undefined {
  const tokens = expression.match(/[!&|(),]|[^\s!&|(),]+/g) ?? []
  let at = 0
  const alternatives = (): boolean | undefined => {
    let result = conjunction()
    while (tokens[at] === '|' || tokens[at] === ',') {
      at += 1
      const next = conjunction()
      result = result === undefined || next === undefined ? undefined : result || next
    }
    return result
  }
  const conjunction = (): boolean | undefined => {
    let result = single()
    while (tokens[at] === '&') {
      at += 1
      const next = single()
      result = result === undefined || next === undefined ? undefined : result && next
    }
    return result
  }
  const single = (): boolean | undefined => {
    let negated = false
    while (tokens[at] === '!') {
      negated = !negated
      at += 1
    }
    const token = tokens[at]
    at += 1
    if (token === undefined || /^[&|),]$/.test(token)) return undefined
    if (token !== '(') return active.has(token) !== negated
    const inner = alternatives()
    if (tokens[at] !== ')') return undefined
    at += 1
    return inner === undefined ? undefined : inner !== negated
  }
  if (tokens.length > 200) return undefined
  const result = alternatives()
  return at >= tokens.length ? result : undefined
}
