import { compileJavaRegex } from '../base/java-regex.ts'
import { StartRefusal } from '../base/start-refusal.ts'

/**
 * Compiles a pattern of the settings for the texts that this room looks at: addresses, origins, the target of a request.
 *
 * @param match `full`: the whole text must match; `find`: a part of it.
 * @throws {StartRefusal} The pattern cannot be read; names the setting.
 */
export function compilePattern(setting: string, pattern: string, match: 'full' | 'find'): (text: string) => boolean {
  const compiled = compileJavaRegex(pattern, { match })
  if (compiled.kind === 'invalid') throw new StartRefusal(`must be a regular expression: ${compiled.reason}`, { setting })
  return (text) => compiled.test(text)
}
