import { compileJavaRegex, type JavaRegex, type JavaRegexOptions } from '../../base/java-regex.ts'
import type { Report } from './check.ts'

/** Compiles a pattern of a definition; one that cannot be used is reported and matches nothing. */
export function patternOf(text: string, options: JavaRegexOptions, report: Report, member: string): JavaRegex | undefined {
  const compiled = compileJavaRegex(text, options)
  if (compiled.kind === 'ok') return compiled
  report('error', `the pattern of "${member}" is not usable and matches nothing: ${compiled.reason}`, member)
  return undefined
}

/** A value that is compared as a pattern anywhere in a text; one that is no pattern is compared literally (services.md 11.1). */
export function valuePattern(text: string, ignoreCase: boolean): { test(subject: string): boolean } {
  let compiled: ReturnType<typeof compileJavaRegex> | undefined
  return {
    // Nobody may ever log in to most of ten thousand applications.
    test(subject) {
      compiled ??= compileJavaRegex(text, { match: 'find', ignoreCase })
      if (compiled.kind === 'ok') return compiled.test(subject)
      return ignoreCase ? subject.toLowerCase() === text.toLowerCase() : subject === text
    },
  }
}

/** Whether a value is a script: inline, or the location of a module. */
export const isScript = (text: string): boolean =>
  /^\s*(groovy|js)\s*\{/.test(text) || /\.groovy\s*$/i.test(text) || /^\s*(file:|classpath:|\/).*\.(mjs|js|ts)\s*$/i.test(text)
