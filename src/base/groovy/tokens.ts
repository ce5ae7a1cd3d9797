import { GroovyMistake } from './ast.ts'

export type Token =
  | { readonly kind: 'name' | 'sign'; readonly text: string }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'end' }

const PIECE =
  /(?<blank>\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<name>[A-Za-z_]\w*)|(?<number>\d{1,9})(?![\w.])|(?<text>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|(?<sign>==|!=|&&|\|\||[()[\].,?:+!;])/y

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', "'": "'", '"': '"', '\\': '\\', $: '$' }

/** @throws {GroovyMistake} for what is not in the subset. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = []
  PIECE.lastIndex = 0
  while (PIECE.lastIndex < text.length) {
    const at = PIECE.lastIndex
    const groups = PIECE.exec(text)?.groups
    if (!groups) throw new GroovyMistake(`the character at place ${at + 1} is not understood`)
    if (groups['name'] !== undefined) tokens.push({ kind: 'name', text: groups['name'] })
    else if (groups['sign'] !== undefined) tokens.push({ kind: 'sign', text: groups['sign'] })
    else if (groups['number'] !== undefined) tokens.push({ kind: 'number', value: Number(groups['number']) })
    else if (groups['text'] !== undefined) tokens.push({ kind: 'text', value: unquoted(groups['text']) })
  }
  tokens.push({ kind: 'end' })
  return tokens
}

function unquoted(quoted: string): string {
  const inner = quoted.slice(1, -1)
  // "${…}" is Groovy's interpolation, which would have to be run.
  if (quoted.startsWith('"') && /(^|[^\\])\$/.test(inner)) throw new GroovyMistake('"$" in a text in double quotes is not supported')
  return inner.replace(/\\(.)/g, (_, letter: string) => {
    const plain = ESCAPES[letter]
    if (plain === undefined) throw new GroovyMistake(`the escape "\\${letter}" is not supported`)
    return plain
  })
}
