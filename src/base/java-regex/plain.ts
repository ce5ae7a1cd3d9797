import { ANY, type Beginning } from './skeleton.ts'

/** Stand for themselves. Letters and digits do, too. */
const LITERAL = new Set(' -_/:@%~,;=&!\'"<>')
/** Stand for themselves behind a backslash. */
const ESCAPED = new Set('.-/:?+*()[]{}|^$&=%@~!,;')
const QUANTIFIERS = new Set('*+?{')
/** Longer ones are cut, which is not done here. */
const MAX_LENGTH = 64

/**
 * Reads what nearly all patterns of applications are, without a tree: characters that stand for themselves, with `.*` at the end or without. The whole text has to
 * match, and case is ignored.
 *
 * @returns the only beginning, as `beginningsOf` says it; `undefined` for any other pattern.
 */
export function plainBeginning(pattern: string): Beginning | undefined {
  let text = ''
  let at = pattern.startsWith('^') ? 1 : 0
  while (at < pattern.length && text.length < MAX_LENGTH) {
    const char = pattern[at] as string
    if (char === '$') return at === pattern.length - 1 ? taken(text, 'nothing') : undefined
    const follower = pattern[at + 1] ?? ''
    if (char === '.') {
      if (follower === '*') return /^\$?$/.test(pattern.slice(at + 2)) ? taken(text, 'anything') : undefined
      if (QUANTIFIERS.has(follower)) return undefined
      text += ANY
      at++
      continue
    }
    const isEscape = char === '\\'
    if (isEscape ? !ESCAPED.has(follower) : !isLiteral(char)) return undefined
    if (QUANTIFIERS.has(pattern[at + (isEscape ? 2 : 1)] ?? '')) return undefined
    text += isEscape ? follower : lower(char)
    at += isEscape ? 2 : 1
  }
  return at === pattern.length ? taken(text, 'nothing') : undefined
}

const taken = (text: string, rest: Beginning['rest']): Beginning | undefined => (text === '' ? undefined : { text, rest })

function isLiteral(char: string): boolean {
  const code = char.charCodeAt(0)
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || LITERAL.has(char)
}

/** Of ASCII. */
const lower = (char: string): string => (char >= 'A' && char <= 'Z' ? char.toLowerCase() : char)
