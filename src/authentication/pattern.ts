import { StartRefusal } from '../base/start-refusal.ts'

/** A pattern of the settings, in Java's syntax. */
export interface Pattern {
  /** Whether it is found anywhere. */
  found(text: string): boolean
  /** What its first group took, `undefined` when it is not found or has no group. */
  firstGroup(text: string): string | undefined
}

/** @throws {StartRefusal} naming the setting, for a pattern that cannot be used. */
export function patternOf(text: string, setting: string): Pattern {
  try {
    const compiled = new RegExp(text)
    return { found: (subject) => compiled.test(subject), firstGroup: (subject) => compiled.exec(subject)?.[1] }
  } catch (cause) {
    throw new StartRefusal('is no usable pattern', { setting, cause })
  }
}
