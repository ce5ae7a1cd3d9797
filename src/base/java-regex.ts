/**
 * Patterns as `java.util.regex` writes them, run safely: read into a tree, translated, never handed over as they are (services.md 8.4). What is proven
 * harmless runs as a JavaScript `RegExp`; the rest runs in RE2, in linear time; what neither can do is invalid.
 */
import { createRequire } from 'node:module'
import type { RE2JS } from 're2js'
import { type Pattern, PatternMistake } from './java-regex/ast.ts'
import { costOf, lengthWithin } from './java-regex/cost.ts'
import { parsePattern } from './java-regex/parse.ts'
import { plainBeginning } from './java-regex/plain.ts'
import { type Match, printJavaScript, printRe2, Untranslatable } from './java-regex/print.ts'
import { referencesAreSure } from './java-regex/references.ts'
import { type Beginning, beginningsOf, startsAnchored } from './java-regex/skeleton.ts'

export { ANY, type Beginning } from './java-regex/skeleton.ts'

/** Steps of a backtracking engine that take less than 5 ms. */
const STEP_BUDGET = 4_000_000
/** Instructions of RE2 times characters that take less than 5 ms, whatever the text. */
const RE2_STEP_BUDGET = 120_000
/** Where neither the proof nor RE2 helps, longer texts never match. */
const MAX_UNPROVEN_LENGTH = 2048
/** Of a longer text, its beginning does not say enough: there may be no engine that reads the whole. */
export const MAX_SURE_LENGTH = 16_384
/** Below this, `RegExp` is not worth having beside RE2. */
const LEAST_USEFUL_LENGTH = 64

export interface JavaRegexOptions {
  /** `full`: the whole text (`matches()`); `find`: anywhere in it (`find()`). */
  readonly match: Match
  /** ASCII letters only, as Java's CASE_INSENSITIVE. */
  readonly ignoreCase?: boolean
}

export interface JavaRegex {
  readonly kind: 'ok'
  /** Texts up to this length are read by the engine that is fast. */
  readonly maxScriptLength: number
  test(text: string): boolean
  /** The groups of the first match, the whole match in place 0; a group that took no part is `undefined`. */
  exec(text: string): readonly (string | undefined)[] | undefined
  /** Replaces every match; of a `full` pattern there is at most one. */
  replaceAll(text: string, replacement: (groups: readonly (string | undefined)[]) => string): string
  /** Longer texts never match: there is no engine that reads them in time. Computed anew at each call. */
  maxLength(): number
  /** What each text that is taken begins with; `undefined` when a match may begin anywhere. Computed anew at each call. */
  beginnings(): readonly Beginning[] | undefined
}

export interface InvalidRegex {
  readonly kind: 'invalid'
  /** One sentence for the operator; does not repeat the pattern. */
  readonly reason: string
}

/**
 * Checks a pattern now and compiles it when it is first used, so that ten thousand definitions cost nothing until somebody asks for them.
 *
 * @param text The pattern as it stands in the file.
 */
export function compileJavaRegex(text: string, options: JavaRegexOptions): JavaRegex | InvalidRegex {
  if (options.match === 'full' && options.ignoreCase) {
    const plain = plainBeginning(text)
    if (plain) return new CompiledRegex(text, options, PLAIN, undefined, plain)
  }
  try {
    const pattern = parsePattern(text, options.ignoreCase ?? false)
    const plan = planOf(pattern, options.match)
    if (plan.kind === 'invalid') return plan
    const compiled = new CompiledRegex(text, options, plan, pattern)
    if (pattern.foldsReferences) printJavaScript(pattern, options.match)
    if (plan.maxScriptLength < LEAST_USEFUL_LENGTH) compiled.compileRe2()
    if (plan.maxScriptLength < LEAST_USEFUL_LENGTH && compiled.maxLength() < LEAST_USEFUL_LENGTH) {
      return { kind: 'invalid', reason: 'the pattern is too complex to be tested in time' }
    }
    return compiled
  } catch (error) {
    if (error instanceof PatternMistake) return { kind: 'invalid', reason: error.message }
    if (error instanceof Untranslatable) return { kind: 'invalid', reason: `${error.message} is not supported in such a pattern` }
    // RE2 has limits of its own (size of the program) and says so by throwing.
    return { kind: 'invalid', reason: `the pattern is too complex: ${error instanceof Error ? error.message : String(error)}` }
  }
}

interface Plan {
  readonly kind: 'planned'
  /** Texts up to this length run as `RegExp`. */
  readonly maxScriptLength: number
  /** Whether longer ones run in RE2; else they never match. */
  readonly re2: boolean
}

/** Of a pattern without a choice: one step for each character. */
const PLAIN: Plan = { kind: 'planned', maxScriptLength: STEP_BUDGET, re2: true }

function planOf(pattern: Pattern, match: Match): Plan | InvalidRegex {
  if (pattern.backtracks && !referencesAreSure(pattern)) {
    return { kind: 'invalid', reason: 'a back-reference to a group that may not have taken part is not supported' }
  }
  const cost = costOf(pattern.root)
  const maxScriptLength = lengthWithin(STEP_BUDGET, cost, match === 'find' && !startsAnchored(pattern.root) ? 1 : 0)
  if (!pattern.backtracks) return { kind: 'planned', maxScriptLength, re2: true }
  if (maxScriptLength < LEAST_USEFUL_LENGTH) {
    return {
      kind: 'invalid',
      reason: 'look-around, a back-reference or a possessive quantifier together with nested repetition is not safe',
    }
  }
  return { kind: 'planned', maxScriptLength: Math.min(maxScriptLength, MAX_UNPROVEN_LENGTH), re2: false }
}

class CompiledRegex implements JavaRegex {
  readonly kind = 'ok'
  readonly maxScriptLength: number
  readonly #text: string
  readonly #options: JavaRegexOptions
  readonly #re2Allowed: boolean
  /** The tree, until somebody needed it; it is ten times as big as the text. */
  #pattern: Pattern | undefined
  #script: { readonly regex: RegExp; readonly groups: readonly number[] } | undefined
  #re2: RE2JS | undefined
  #re2Length = 0

  /** Of a plain pattern, until somebody needed it. */
  #plain: Beginning | undefined

  constructor(text: string, options: JavaRegexOptions, plan: Plan, pattern: Pattern | undefined, plain?: Beginning) {
    this.#text = text
    this.#options = options
    this.#re2Allowed = plan.re2
    this.maxScriptLength = plan.maxScriptLength
    this.#pattern = pattern
    this.#plain = plain
  }

  test(text: string): boolean {
    if (text.length <= this.maxScriptLength) return this.#scripted().regex.test(text)
    return this.#re2For(text)?.matcher(text).find() ?? false
  }

  maxLength(): number {
    if (!this.#re2Allowed) return this.maxScriptLength
    if (!this.#re2) this.compileRe2()
    return Math.max(this.maxScriptLength, this.#re2Length)
  }

  /** RE2, if it reads this text in time. */
  #re2For(text: string): RE2JS | undefined {
    if (!this.#re2Allowed) return undefined
    const re2 = this.#re2 ?? this.compileRe2()
    return text.length <= this.#re2Length ? re2 : undefined
  }

  exec(text: string): readonly (string | undefined)[] | undefined {
    let found: readonly (string | undefined)[] | undefined
    this.#each(text, (groups) => {
      found = groups
      return false
    })
    return found
  }

  replaceAll(text: string, replacement: (groups: readonly (string | undefined)[]) => string): string {
    let result = ''
    let rest = 0
    this.#each(text, (groups, start, end) => {
      result += text.slice(rest, start) + replacement(groups)
      rest = end
      return true
    })
    return result + text.slice(rest)
  }

  beginnings(): readonly Beginning[] | undefined {
    if (this.#plain) {
      const beginning = this.#plain
      this.#plain = undefined
      return [beginning]
    }
    const pattern = this.#parse()
    if (this.#options.match === 'full' && this.maxScriptLength >= MAX_SURE_LENGTH) return beginningsOf(pattern)
    if (this.#options.match !== 'full' && !startsAnchored(pattern.root)) return undefined
    return beginningsOf(pattern).map(({ text }) => ({ text, rest: undefined }))
  }

  /** Visits the matches from left to right until the visitor has enough. */
  #each(text: string, visit: (groups: readonly (string | undefined)[], start: number, end: number) => boolean): void {
    if (text.length <= this.maxScriptLength) {
      const { regex, groups } = this.#scripted()
      const global = new RegExp(regex.source, `g${regex.flags}`)
      for (const match of text.matchAll(global)) {
        const ordered = groups.map((index) => match[index])
        if (!visit(ordered, match.index, match.index + match[0].length)) return
      }
      return
    }
    const matcher = this.#re2For(text)?.matcher(text)
    if (!matcher) return
    while (matcher.find()) {
      const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, index) => matcher.group(index) ?? undefined)
      if (!visit(groups, matcher.start(), matcher.end())) return
    }
  }

  #parse(): Pattern {
    const pattern = this.#pattern ?? parsePattern(this.#text, this.#options.ignoreCase ?? false)
    this.#pattern = undefined
    return pattern
  }

  #scripted() {
    if (!this.#script) {
      const { source, groups, flags } = printJavaScript(this.#parse(), this.#options.match)
      this.#script = { regex: new RegExp(source, flags), groups }
    }
    return this.#script
  }

  /** @throws {Untranslatable} and what RE2 throws; both at load where RE2 is the only engine. */
  compileRe2(pattern = this.#parse()): RE2JS {
    this.#re2 = loadRe2().compile(printRe2(pattern, this.#options.match).source)
    this.#re2Length = Math.floor(RE2_STEP_BUDGET / this.#re2.programSize())
    return this.#re2
  }
}

let engine: typeof RE2JS | undefined

/** Few installations need RE2 at all; those that do pay 5 ms and 5 MB for it. */
function loadRe2(): typeof RE2JS {
  engine ??= (createRequire(import.meta.url)('re2js') as { RE2JS: typeof RE2JS }).RE2JS
  return engine
}
