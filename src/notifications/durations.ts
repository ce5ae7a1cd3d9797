import { parseDuration } from '../base/duration.ts'
import { StartRefusal } from '../base/start-refusal.ts'

/** A list of durations in milliseconds, each once, shortest first. @throws {StartRefusal} for what is no duration. */
export function durationsOf(texts: readonly string[], setting: string): readonly number[] {
  const all = texts.map((text) => {
    const seconds = parseDuration(text)
    if (seconds === undefined || seconds <= 0 || !Number.isFinite(seconds)) {
      throw new StartRefusal(`must be a list of durations such as P30D,P7D,P1D, found "${text}"`, { setting })
    }
    return seconds * 1000
  })
  return [...new Set(all)].sort((one, other) => one - other)
}
