import { RE2JS } from 're2js'
import type { Log } from '../base/log.ts'
import type { Found } from './participation.ts'

/**
 * Searches Java patterns of settings and definitions, each compiled once, in linear time. A pattern that does not compile is found nowhere, so that
 * what it guards stays shut; the log names it once.
 */
export function foundIn(log: Log, capacity = 1000): Found {
  const compiled = new Map<string, RE2JS | undefined>()
  const compile = (pattern: string) => {
    try {
      return RE2JS.compile(pattern)
    } catch (cause) {
      log.warn({ pattern, cause: String(cause) }, 'pattern cannot be used')
      return undefined
    }
  }
  return (pattern, text) => {
    if (!compiled.has(pattern)) {
      if (compiled.size >= capacity) compiled.clear()
      compiled.set(pattern, compile(pattern))
    }
    return compiled.get(pattern)?.matcher(text).find() ?? false
  }
}
