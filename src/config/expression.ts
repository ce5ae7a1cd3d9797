/**
 * The safe part of Spring's expression language (configuration.md 5.2): variables, look-ups by a literal name, texts, numbers, `+` and `?:`. A parser of
 * its own and no evaluation of code; everything else is refused.
 */

/** What expressions may look at; all of it is given, nothing is read from the process. */
export interface ExpressionWorld {
  /** The value of `#name`, `undefined` when there is no such variable. */
  variable(name: string): string | undefined
  /** The value of `#name['key']`: `undefined` when there is no such map, `null` when the map has no such key. */
  entry(map: string, key: string): string | null | undefined
}

/** The expression uses what this server does not evaluate. The text of the expression is not part of the message. */
export class ExpressionRefused extends Error {
  constructor() {
    super('uses an expression that this server does not evaluate; use an environment variable or cas.config.mjs')
    this.name = 'ExpressionRefused'
  }
}

export interface Evaluation {
  readonly value: string
  /** Names that were asked for, are not there and have no default. */
  readonly missing: readonly string[]
}

const TOKEN = /\s*(?:('(?:[^']|'')*'|"(?:[^"]|"")*")|(\d+(?:\.\d+)?)|(#?[A-Za-z_][A-Za-z0-9_]*)|(\?:|[+[\]]))/y

type Term = { readonly value: string | null; readonly asked?: string }

/**
 * @param source What stands between `${` or `#{` and `}`.
 * @throws {ExpressionRefused}
 */
export function evaluate(source: string, world: ExpressionWorld): Evaluation {
  const tokens = tokenize(source)
  const missing: string[] = []
  let at = 0
  const term = (): Term => {
    const token = tokens[at]
    at += 1
    if (token === undefined) throw new ExpressionRefused()
    if (/^['"]/.test(token)) return { value: unquote(token) }
    if (/^\d/.test(token)) return { value: token }
    if (!/^[#A-Za-z_]/.test(token)) throw new ExpressionRefused()
    if (tokens[at] !== '[') return variable(token, world)
    const key = tokens[at + 1] ?? ''
    if (!/^['"]/.test(key) || tokens[at + 2] !== ']') throw new ExpressionRefused()
    at += 3
    const value = world.entry(token.replace('#', ''), unquote(key))
    if (value === undefined) throw new ExpressionRefused()
    return { value, asked: unquote(key) }
  }
  const text = (one: Term): string => {
    if (one.value === null && one.asked !== undefined) missing.push(one.asked)
    return one.value ?? ''
  }
  const first = term()
  if (tokens[at] === '?:') {
    at += 1
    const otherwise = term()
    if (at < tokens.length) throw new ExpressionRefused()
    return { value: first.value ? first.value : text(otherwise), missing }
  }
  let value = text(first)
  while (tokens[at] === '+') {
    at += 1
    value += text(term())
  }
  if (at < tokens.length) throw new ExpressionRefused()
  return { value, missing }
}

function variable(token: string, world: ExpressionWorld): Term {
  const value = token.startsWith('#') ? world.variable(token.slice(1)) : undefined
  if (value === undefined) throw new ExpressionRefused()
  return { value }
}

function tokenize(source: string): readonly string[] {
  const tokens: string[] = []
  const text = source.trimEnd()
  TOKEN.lastIndex = 0
  let at = 0
  while (at < text.length) {
    TOKEN.lastIndex = at
    const match = TOKEN.exec(text)
    if (!match) throw new ExpressionRefused()
    tokens.push(match[0].trimStart())
    at = TOKEN.lastIndex
  }
  return tokens
}

function unquote(token: string): string {
  const quote = token[0] ?? "'"
  return token.slice(1, -1).replaceAll(quote + quote, quote)
}
