import type { PrincipalTransformationConfig } from './config.ts'
import { patternOf } from './pattern.ts'

/** Makes of a typed name the one to look for, or says that it must not be looked for (authentication.md 6). */
export type Transformation = (username: string) => string | { readonly blocked: true }

/**
 * In the order of CAS: pattern, prefix and suffix, case, blocking pattern.
 *
 * @param key Name of the block, for messages. @throws {StartRefusal} for a pattern that cannot be used.
 */
export function transformation(settings: PrincipalTransformationConfig, key: string): Transformation {
  const pattern = settings.pattern === '' ? undefined : patternOf(settings.pattern, `${key}.pattern`, { match: 'find', ignoreCase: false })
  const blocking =
    settings.blockingPattern === '' ? undefined : patternOf(settings.blockingPattern, `${key}.blocking-pattern`, { match: 'find' })
  const { prefix, suffix, caseConversion } = settings
  return (username) => {
    // A pattern that is not found leaves the name as it is.
    let name = pattern?.firstGroup(username) ?? username
    name = `${prefix}${name}${suffix}`
    if (caseConversion === 'LOWERCASE') name = name.toLowerCase()
    if (caseConversion === 'UPPERCASE') name = name.toUpperCase()
    return blocking?.matches(name) ? { blocked: true } : name
  }
}
