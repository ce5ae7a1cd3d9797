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
export class ValuePattern {
  readonly #text: string
  readonly #ignoreCase: boolean
  /** Made at the first use: nobody may ever log in to most of ten thousand applications. */
  #compiled: ReturnType<typeof compileJavaRegex> | undefined

  constructor(text: string, ignoreCase: boolean) {
    this.#text = text
    this.#ignoreCase = ignoreCase
  }

  test(subject: string): boolean {
    this.#compiled ??= compileJavaRegex(this.#text, { match: 'find', ignoreCase: this.#ignoreCase })
    if (this.#compiled.kind === 'ok') return this.#compiled.test(subject)
    return this.#ignoreCase ? subject.toLowerCase() === this.#text.toLowerCase() : subject === this.#text
  }
}

/** Whether a value is a script: inline, or the location of a module. */
export const isScript = (text: string): boolean =>
  /^\s*(groovy|js)\s*\{/.test(text) || /\.groovy\s*$/i.test(text) || /^\s*(file:|classpath:|\/).*\.(mjs|js|ts)\s*$/i.test(text)
