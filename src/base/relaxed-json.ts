/**
 * Human JSON (Hjson) as CAS reads it: comments, trailing or missing commas, quoteless keys and strings, multi-line strings, root braces left out
 * (services.md 3.1). Strict JSON takes a fast path with the same result.
 */
import { createRequire } from 'node:module'
import type { Json } from './json.ts'

export interface RelaxedJsonWarning {
  readonly message: string
  readonly line: number
}

export type RelaxedJson =
  | { readonly kind: 'ok'; readonly value: Json; readonly warnings: readonly RelaxedJsonWarning[] }
  | { readonly kind: 'broken'; readonly message: string; readonly line: number; readonly column: number }

/** How deep values may be nested. */
const MAX_DEPTH = 100
/** Brackets are counted without regard to strings before the parser runs; a text beyond this is not worth parsing. */
const MAX_OPEN_BRACKETS = 1000
/** The Hjson parser looks at the whole of a quoteless string again at each of these characters. */
const MAX_LINE_WORK = 50_000_000
/** Places looked at for a message. */
const MAX_TRIES = 1000
/** Warnings of one text. */
const MAX_WARNINGS = 20
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Parses a text of at most 1 MiB (the caller sees to that).
 *
 * Whole numbers beyond 53 bits come out as texts of their digits, so that an id stays exact. Of a key that stands twice in an object the last one
 * holds, with a warning. Messages never quote the text, it may hold secrets.
 */
export function parseRelaxedJson(text: string): RelaxedJson {
  return parseStrictJson(text) ?? orBroken(withoutMark(text), human)
}

/** The same for strict JSON, which takes a twentieth of the time; `undefined` for any other text. */
export function parseStrictJson(text: string): RelaxedJson | undefined {
  const source = withoutMark(text)
  const value = strictJson(source)
  if (value === undefined) return undefined
  return orBroken(source, () => {
    const keys = checkTree(value)
    return { kind: 'ok', value, warnings: keys === countKeys(source) ? [] : duplicatesOf(strictKeys(source)) }
  })
}

const withoutMark = (text: string): string => (text.startsWith('\ufeff') ? text.slice(1) : text)

function orBroken(text: string, parse: (text: string) => RelaxedJson): RelaxedJson {
  try {
    return parse(text)
  } catch (error) {
    if (error instanceof Unacceptable) return { kind: 'broken', message: error.message, ...placeOf(text, error.key) }
    throw error
  }
}

class Unacceptable extends Error {
  readonly key: string | undefined
  constructor(message: string, key?: string) {
    super(message)
    this.key = key
  }
}

const LONG_NUMBER = /\d{16}/

function strictJson(text: string): Json | undefined {
  try {
    return JSON.parse(text, LONG_NUMBER.test(text) ? exactNumbers : undefined) as Json
  } catch {
    return undefined
  }
}

/** The third argument, the digits as written, came to JavaScript after the types we compile with. */
function exactNumbers(_key: string, value: Json, context?: { readonly source?: string }): Json {
  const unsafe = typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '')
  return unsafe ? (context?.source as string) : value
}

function human(text: string): RelaxedJson {
  refuseHostile(text)
  let value: Json
  try {
    value = hjson().parse(text, { keepWsc: true }) as Json
  } catch (error) {
    return { kind: 'broken', ...readError(text, error) }
  }
  if (typeof value !== 'object' || value === null) {
    return { kind: 'broken', message: 'this is a single value, not an object', line: 1, column: 1 }
  }
  const twice: string[] = []
  checkTree(value, (object) => collectDuplicates(object, twice))
  const warnings = twice
    .slice(0, MAX_WARNINGS)
    .map((key) => ({ message: `the key "${key}" stands twice, the last one holds`, line: lastPlaceOf(text, key) }))
  return { kind: 'ok', value: LONG_NUMBER.test(text) ? withExactNumbers(value, text) : value, warnings }
}

/** Linear checks that keep the parser, which recurses and re-reads lines, from being held up. */
function refuseHostile(text: string): void {
  let open = 0
  let work = 0
  let [lineStart, marks] = [0, 0]
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : 10
    if (code === 0x7b || code === 0x5b) {
      if (++open > MAX_OPEN_BRACKETS) throw new Unacceptable(`values are nested more than ${MAX_DEPTH} deep`)
    } else if (code === 0x7d || code === 0x5d) {
      if (open > 0) open--
      marks++
    } else if (code === 0x2c || code === 0x23 || code === 0x2f) marks++
    else if (code === 10) {
      work += (i - lineStart) * marks
      if (work > MAX_LINE_WORK) throw new Unacceptable('lines are too long for Human JSON')
      lineStart = i
      marks = 0
    }
  }
}

/** Looks at every value: depth and forbidden keys. @returns how many keys there are in all. */
function checkTree(value: Json, visit?: (object: object) => void, depth = 1): number {
  if (typeof value !== 'object' || value === null) return 0
  if (depth > MAX_DEPTH) throw new Unacceptable(`values are nested more than ${MAX_DEPTH} deep`)
  let keys = 0
  if (Array.isArray(value)) {
    for (const element of value as readonly Json[]) if (typeof element === 'object') keys += checkTree(element, visit, depth + 1)
    return keys
  }
  // Hjson makes a key `__proto__` the prototype of the object.
  if (Object.getPrototypeOf(value) !== Object.prototype) throw new Unacceptable('the key "__proto__" is not allowed', '__proto__')
  visit?.(value)
  for (const key in value) {
    if (FORBIDDEN_KEYS.has(key)) throw new Unacceptable(`the key "${key}" is not allowed`, key)
    keys++
    const member = (value as Record<string, Json>)[key]
    if (typeof member === 'object') keys += checkTree(member, visit, depth + 1)
  }
  return keys
}

/** Colons outside strings: in strict JSON one for each key. */
function countKeys(text: string): number {
  let keys = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0x3a) keys++
    else if (code === 0x22) i = endOfString(text, i)
  }
  return keys
}

/** Position of the quote that closes the string which opens at `start`. */
function endOfString(text: string, start: number): number {
  let i = text.indexOf('"', start + 1)
  while (i > 0 && isEscaped(text, i)) i = text.indexOf('"', i + 1)
  return i < 0 ? text.length : i
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0
  while (text.charCodeAt(at - 1 - backslashes) === 0x5c) backslashes++
  return backslashes % 2 === 1
}

/** The keys of each object of a text that is known to be strict JSON, in groups by object, with their lines. */
function* strictKeys(text: string): Generator<{ readonly object: number; readonly key: string; readonly line: number }> {
  const open: number[] = []
  let [objects, line] = [0, 1]
  let last = ''
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (character === '\n') line++
    else if (character === '{') open.push(++objects)
    else if (character === '[') open.push(0)
    else if (character === '}' || character === ']') open.pop()
    else if (character === ':') yield { object: open.at(-1) ?? 0, key: JSON.parse(last) as string, line }
    else if (character === '"') {
      const end = endOfString(text, i)
      last = text.slice(i, end + 1)
      i = end
    }
  }
}

function duplicatesOf(keys: Iterable<{ readonly object: number; readonly key: string; readonly line: number }>): RelaxedJsonWarning[] {
  const seen = new Set<string>()
  const warnings: RelaxedJsonWarning[] = []
  for (const { object, key, line } of keys) {
    const mark = `${object} ${key}`
    if (seen.has(mark) && warnings.length < MAX_WARNINGS)
      warnings.push({ message: `the key "${key}" stands twice, the last one holds`, line })
    seen.add(mark)
  }
  return warnings
}

/** The parser keeps the keys in their order, repetitions included, beside the comments. */
function collectDuplicates(object: object, found: string[]): void {
  const kept = (object as { readonly __COMMENTS__?: { readonly o?: unknown } }).__COMMENTS__?.o
  if (!Array.isArray(kept)) return
  const seen = new Set<unknown>()
  for (const key of kept) {
    if (seen.has(key) && typeof key === 'string') found.push(key)
    seen.add(key)
  }
  Reflect.deleteProperty(object, '__COMMENTS__')
}

/** Gives numbers that lost digits their text back, if the text leaves no doubt which it was. */
function withExactNumbers(value: Json, text: string): Json {
  const digits = [...new Set(text.match(/-?\d{16,}/g) ?? [])]
  const exact = (number: number): Json => {
    const written = digits.filter((each) => Number(each) === number)
    if (written.length > 1) throw new Unacceptable('several numbers are too long to be told apart; write them in quotes')
    return written[0] ?? number
  }
  const walk = (each: Json): Json => {
    if (typeof each === 'number') return Number.isInteger(each) && !Number.isSafeInteger(each) ? exact(each) : each
    if (Array.isArray(each)) return each.map(walk)
    if (typeof each !== 'object' || each === null) return each
    return Object.fromEntries(Object.entries(each).map(([key, member]) => [key, walk(member)]))
  }
  return walk(value)
}

/** Takes message and place out of the parser's error, without the excerpt of the text. */
function readError(text: string, error: unknown): { readonly message: string; readonly line: number; readonly column: number } {
  if (error instanceof RangeError) return { message: `values are nested more than ${MAX_DEPTH} deep`, line: 1, column: 1 }
  const message = error instanceof Error ? error.message : String(error)
  const match = /^([^\n]*?) at line (\d+),(\d+) >>>/.exec(message)
  if (match) return { message: match[1] ?? '', line: Number(match[2]), column: Number(match[3]) + 1 }
  return { message: 'syntax error', ...placeOf(text, undefined) }
}

function placeOf(text: string, key: string | undefined): { readonly line: number; readonly column: number } {
  return (key === undefined ? undefined : locateKey(text, key)) ?? { line: 1, column: 1 }
}

/** By its looks: a nested key of the same name may be taken for it, which is good enough for a message. */
function lastPlaceOf(text: string, key: string): number {
  for (
    let at = text.lastIndexOf(key), tries = 0;
    at >= 0 && tries < MAX_TRIES;
    at = at === 0 ? -1 : text.lastIndexOf(key, at - 1), tries++
  ) {
    if (looksLikeKey(text, at, key)) return placeAt(text, at).line
  }
  return 1
}

/** Line and column, from 1, of a key written as `"key":`, `'key':` or `key:`; `undefined` when it is not there. */
export function locateKey(text: string, key: string): { readonly line: number; readonly column: number } | undefined {
  for (let at = text.indexOf(key), tries = 0; at >= 0 && tries < MAX_TRIES; at = text.indexOf(key, at + 1), tries++) {
    if (looksLikeKey(text, at, key)) return placeAt(text, at)
  }
  return undefined
}

function looksLikeKey(text: string, at: number, key: string): boolean {
  const end = at + key.length
  return /[\s{,"']/.test(text[at - 1] ?? '\n') && /^["']?\s*:/.test(text.slice(end, end + 40))
}

function placeAt(text: string, at: number): { readonly line: number; readonly column: number } {
  let line = 1
  for (let end = text.indexOf('\n'); end >= 0 && end < at; end = text.indexOf('\n', end + 1)) line++
  return { line, column: at - text.lastIndexOf('\n', at - 1) }
}

let parser: typeof import('hjson') | undefined

function hjson(): typeof import('hjson') {
  parser ??= createRequire(import.meta.url)('hjson') as typeof import('hjson')
  return parser
}
