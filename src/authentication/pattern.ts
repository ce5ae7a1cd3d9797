import { compileJavaRegex, type JavaRegexOptions } from '../base/java-regex.ts'
import { StartRefusal } from '../base/start-refusal.ts'

/** A pattern of the settings, in Java's syntax. */
export interface Pattern {
  matches(text: string): boolean
  /** What its first group took, `undefined` when it does not match or the group took no part. */
  firstGroup(text: string): string | undefined
}

/**
 * Compiles a pattern; as in CAS, case is ignored unless said otherwise.
 *
 * @throws {StartRefusal} naming the setting, for a pattern that cannot be used.
 */
export function patternOf(text: string, setting: string, options: JavaRegexOptions): Pattern {
  const compiled = compileJavaRegex(text, { ignoreCase: true, ...options })
  if (compiled.kind === 'invalid') throw new StartRefusal(`is no usable pattern: ${compiled.reason}`, { setting })
  return { matches: (subject) => compiled.test(subject), firstGroup: (subject) => compiled.exec(subject)?.[1] }
}
