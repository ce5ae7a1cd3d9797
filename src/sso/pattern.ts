import { compileJavaRegex, type JavaRegex } from '../base/java-regex.ts'
import type { Log } from '../base/log.ts'
import { StartRefusal } from '../base/start-refusal.ts'
import type { Found } from '../tickets/index.ts'

/**
 * Searches the Java patterns of definitions, each compiled once, kept in a bounded number. A pattern that cannot be used is found nowhere, so that
 * what it guards stays shut; the log says so.
 */
export function foundIn(log: Log, capacity = 1000): Found {
  const compiled = new Map<string, JavaRegex | undefined>()
  const compile = (pattern: string) => {
    const regex = compileJavaRegex(pattern, { match: 'find' })
    if (regex.kind === 'ok') return regex
    log.warn({ pattern, reason: regex.reason }, 'a pattern of a service cannot be used and matches nothing')
    return undefined
  }
  return (pattern, text) => {
    if (!compiled.has(pattern)) {
      if (compiled.size >= capacity) compiled.clear()
      compiled.set(pattern, compile(pattern))
    }
    return compiled.get(pattern)?.test(text) ?? false
  }
}

/**
 * The addresses that a pattern of the settings tolerates; `undefined` when it is empty.
 *
 * @throws {StartRefusal} naming the setting, for a pattern that cannot be used.
 */
export function addressesIn(pattern: string, setting: string): ((address: string) => boolean) | undefined {
  if (pattern === '') return undefined
  const regex = compileJavaRegex(pattern, { match: 'find' })
  if (regex.kind === 'invalid') throw new StartRefusal(`is not a usable pattern: ${regex.reason}`, { setting })
  return (address) => regex.test(address)
}
