import type { PrincipalTransformationConfig } from './config.ts'
import { type Pattern, patternOf } from './pattern.ts'

/** Makes of a typed name the one to look for, or says that it must not be looked for (authentication.md 6). */
export type Transformation = (username: string) => string | { readonly blocked: true }

/**
 * In the order of CAS: pattern, prefix and suffix, case, blocking pattern.
 *
 * @param key Name of the block, for messages. @throws {StartRefusal} for a pattern that cannot be used.
 */
export function transformation(settings: PrincipalTransformationConfig, key: string): Transformation {
  const pattern = optionalPattern(settings.pattern, `${key}.pattern`)
  const blocking = optionalPattern(settings.blockingPattern, `${key}.blocking-pattern`)
  const { prefix, suffix, caseConversion } = settings
  return (username) => {
    // A pattern that is not found leaves the name as it is.
    let name = pattern?.firstGroup(username) ?? username
    name = `${prefix}${name}${suffix}`
    if (caseConversion === 'LOWERCASE') name = name.toLowerCase()
    if (caseConversion === 'UPPERCASE') name = name.toUpperCase()
    return blocking?.found(name) ? { blocked: true } : name
  }
}

const optionalPattern = (text: string, setting: string): Pattern | undefined => (text === '' ? undefined : patternOf(text, setting))
