import { escaped, type Markup, plainText, trusted } from '../markup.ts'

/** A message ready for use: resolved once when its bundle is read. */
export interface Pattern {
  /** As HTML; arguments are escaped unless they are markup. */
  markup(args: readonly (string | Markup)[]): Markup
  /** As plain text, for attributes and JSON. */
  text(args: readonly string[]): string
}

type Piece = string | number

/**
 * Splits a message at its placeholders. Messages without a placeholder are taken as they are; in the others `''` is an apostrophe and `'{…}'` protects
 * braces. An apostrophe anywhere else is one: Java would swallow it together with the rest of the sentence, and nobody wants that.
 */
function pieces(message: string): readonly Piece[] {
  const found: Piece[] = []
  let text = ''
  const holes = /''|'(\{[^']*)'|\{(\d{1,2})[^{}]*\}/g
  let from = 0
  for (const match of message.matchAll(holes)) {
    text += message.slice(from, match.index)
    from = match.index + match[0].length
    if (match[0] === "''") text += "'"
    else if (match[1] !== undefined) text += match[1]
    else {
      found.push(text, Number(match[2]))
      text = ''
    }
  }
  found.push(text + message.slice(from))
  return found
}

/**
 * A message of a bundle (login-flow.md 13): `{0}` placeholders in the manner of Java's MessageFormat, HTML allowed. It is compiled when it is first
 * used; a server shows a few dozen of its thousand messages in its first minutes, and should be up before.
 *
 * @param message As it stands in the file, escapes of the properties format already resolved.
 */
export function compilePattern(message: string): Pattern {
  let compiled: Pattern | undefined
  const pattern = (): Pattern => {
    compiled ??= compile(message)
    return compiled
  }
  return { markup: (args) => pattern().markup(args), text: (args) => pattern().text(args) }
}

function compile(message: string): Pattern {
  if (!/\{\d{1,2}[^{}]*\}/.test(message)) {
    const markup = trusted(message)
    const text = plainText(message)
    return { markup: () => markup, text: () => text }
  }
  const all = pieces(message)
  // Tags go first, for an argument may stand inside of one.
  const texts = pieces(plainText(message))
  return {
    markup: (args) => trusted(all.map((piece) => (typeof piece === 'string' ? piece : escaped(args[piece] ?? ''))).join('')),
    text: (args) => texts.map((piece) => (typeof piece === 'string' ? piece : (args[piece] ?? ''))).join(''),
  }
}
