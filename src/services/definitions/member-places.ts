/**
 * Where the members of a definition stand in its text: what an editor of Human JSON needs to know and its parser does not tell (services.md 3.1). The text
 * is known to be good; whoever edits by these places reads the result again.
 */

export interface Value {
  readonly start: number
  readonly end: number
  /** Of an object; absent for all other values. */
  readonly members?: readonly Member[]
  /** Of an object: whether it stands in braces. */
  readonly braces?: boolean
  /** Runs to the end of its line, so that no comma may follow. */
  readonly quoteless?: boolean
}

export interface Member {
  readonly name: string
  /** Where its name begins. */
  readonly start: number
  readonly value: Value
  /** Where the comma behind it stands, if there is one; comments may lie between. */
  readonly comma?: number
}

export interface Places {
  readonly root: Value
  /** Beginnings of all comments. */
  readonly comments: readonly number[]
}

class Lost extends Error {}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

/** @returns `undefined` when the text has a shape that is not understood here. */
export function memberPlaces(text: string): Places | undefined {
  const comments: number[] = []
  let at = text.startsWith('\ufeff') ? 1 : 0

  const blanks = () => {
    for (;;) {
      while (at < text.length && text.charCodeAt(at) <= 32) at++
      const line = text[at] === '#' || text.startsWith('//', at)
      const block = text.startsWith('/*', at)
      if (!line && !block) return
      comments.push(at)
      const end = line ? text.indexOf('\n', at) : text.indexOf('*/', at + 2)
      if (block && end < 0) throw new Lost()
      at = end < 0 ? text.length : line ? end : end + 2
    }
  }

  const quoted = (): string => {
    const quote = text[at++]
    let content = ''
    for (; at < text.length && text[at] !== quote; at++) {
      if (text[at] !== '\\') content += text[at]
      else if (text[++at] === 'u') {
        content += String.fromCharCode(Number.parseInt(text.slice(at + 1, at + 5), 16))
        at += 4
      } else content += ESCAPES[text[at] ?? ''] ?? text[at]
    }
    if (at++ >= text.length) throw new Lost()
    return content
  }

  const name = (): string => {
    if (text[at] === '"' || text[at] === "'") return quoted()
    const start = at
    while (at < text.length && !/[\s{}[\],:]/.test(text[at] ?? '')) at++
    if (at === start) throw new Lost()
    return text.slice(start, at)
  }

  /** Numbers and words end at punctuation, texts only at the end of the line. */
  const bare = (): Value => {
    const start = at
    for (; ; at++) {
      const character = text[at]
      const endOfLine = character === undefined || character === '\n' || character === '\r'
      if (!endOfLine && !/[,}\]#/]/.test(character)) continue
      const word = text.slice(start, at).trimEnd()
      if (/^(true|false|null|-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?)$/.test(word)) return { start, end: start + word.length }
      if (endOfLine) return { start, end: start + word.length, quoteless: true }
    }
  }

  const value = (): Value => {
    const start = at
    if (text[at] === '{') return object(true)
    if (text[at] === '[') return list()
    if (text.startsWith("'''", at)) {
      at = text.indexOf("'''", at + 3) + 3
      if (at < 3) throw new Lost()
      return { start, end: at }
    }
    if (text[at] === '"' || text[at] === "'") {
      quoted()
      return { start, end: at }
    }
    return bare()
  }

  const list = (): Value => {
    const start = at++
    for (blanks(); text[at] !== ']'; blanks()) {
      if (at >= text.length) throw new Lost()
      if (text[at] === ',') at++
      else value()
    }
    return { start, end: ++at }
  }

  const object = (braces: boolean): Value => {
    const start = at
    const members: Member[] = []
    if (braces) at++
    for (blanks(); text[at] !== '}'; blanks()) {
      if (at >= text.length) {
        if (braces) throw new Lost()
        return { start, end: at, members, braces }
      }
      if (text[at] === ',') {
        const last = members.pop()
        if (last) members.push({ comma: at, ...last })
        at++
        continue
      }
      const begin = at
      const key = name()
      blanks()
      if (text[at++] !== ':') throw new Lost()
      blanks()
      members.push({ name: key, start: begin, value: value() })
    }
    at++
    return { start, end: at, members, braces }
  }

  try {
    blanks()
    const root = object(text[at] === '{')
    blanks()
    return at < text.length ? undefined : { root, comments }
  } catch (error) {
    // Deeper than the stack, or not what it seemed to be.
    if (error instanceof Lost || error instanceof RangeError) return undefined
    throw error
  }
}
