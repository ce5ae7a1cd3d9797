import { StartRefusal } from '../base/start-refusal.ts'

/**
 * Compiles a pattern of the settings for the short texts that this room looks at: addresses, origins, the target of a request.
 *
 * @param whole The whole text must match, not a part of it.
 * @throws {StartRefusal} The pattern cannot be read; names the setting.
 */
export function compilePattern(setting: string, pattern: string, whole: boolean): (text: string) => boolean {
  try {
    const compiled = new RegExp(whole ? `^(?:${pattern})$` : pattern)
    return (text) => compiled.test(text)
  } catch (cause) {
    throw new StartRefusal('must be a regular expression', { setting, cause })
  }
}
