import { type Expression, GroovyMistake } from './ast.ts'
import { METHODS } from './methods.ts'
import { type Token, tokensOf } from './tokens.ts'

const MAX_LENGTH = 8192
const MAX_DEPTH = 40
const LEVELS = new Set(['trace', 'debug', 'info', 'warn', 'error'])
/** From the loosest to the tightest. */
const OPERATORS = [['||'], ['&&'], ['==', '!='], ['+']] as const

/**
 * Reads the body of `groovy { … }`: statements `logger.info(…)`, which are passed over, then one expression, with or without `return`.
 *
 * @param names What the script may know by name.
 * @throws {GroovyMistake} for everything else: what is not understood is not guessed.
 */
export function parseGroovy(text: string, names: ReadonlySet<string>): Expression {
  if (text.length > MAX_LENGTH) throw new GroovyMistake('the script is too long')
  return new Parser(tokensOf(text), names).script()
}

class Parser {
  readonly #tokens: readonly Token[]
  readonly #names: ReadonlySet<string>
  #at = 0
  #depth = 0

  constructor(tokens: readonly Token[], names: ReadonlySet<string>) {
    this.#tokens = tokens
    this.#names = names
  }

  script(): Expression {
    while (this.#logs()) this.#take(';')
    if (this.#peek().kind === 'name' && this.#word() === 'return') this.#at++
    const result = this.#expression()
    while (this.#take(';'));
    if (this.#peek().kind !== 'end') throw new GroovyMistake('only one expression, with or without "return", is understood')
    return result
  }

  /** Passes over a line for the log. */
  #logs(): boolean {
    if (this.#word() !== 'logger') return false
    this.#at++
    this.#must('.')
    if (!LEVELS.has(this.#name())) throw new GroovyMistake('the logger has trace, debug, info, warn and error')
    this.#arguments()
    return true
  }

  #expression(): Expression {
    if (++this.#depth > MAX_DEPTH) throw new GroovyMistake('the expression is nested too deep')
    const condition = this.#binary(0)
    this.#depth--
    if (!this.#take('?')) return condition
    const then = this.#expression()
    this.#must(':')
    return { kind: 'choice', condition, then, otherwise: this.#expression() }
  }

  #binary(level: number): Expression {
    const operators = OPERATORS[level]
    if (!operators) return this.#unary()
    let left = this.#binary(level + 1)
    for (;;) {
      const operator = operators.find((each) => this.#take(each))
      if (!operator) return left
      left = { kind: 'binary', operator, left, right: this.#binary(level + 1) }
    }
  }

  #unary(): Expression {
    if (!this.#take('!')) return this.#postfix(this.#primary())
    if (++this.#depth > MAX_DEPTH) throw new GroovyMistake('the expression is nested too deep')
    const of = this.#unary()
    this.#depth--
    return { kind: 'not', of }
  }

  #postfix(start: Expression): Expression {
    let of = start
    for (;;) {
      if (this.#take('[')) {
        of = { kind: 'element', of, at: this.#expression() }
        this.#must(']')
      } else if (this.#take('.')) {
        const name = this.#name()
        if (!this.#is('(')) of = { kind: 'member', of, name }
        else {
          const given = this.#arguments()
          const method = METHODS[name]
          if (method?.parameters !== given.length) throw new GroovyMistake(`the method "${name}" is not supported here`)
          of = { kind: 'call', of, method: name, arguments: given }
        }
      } else return of
    }
  }

  #primary(): Expression {
    const token = this.#peek()
    if (this.#take('(')) {
      const inner = this.#expression()
      this.#must(')')
      return inner
    }
    this.#at++
    if (token.kind === 'text' || token.kind === 'number') return { kind: 'value', value: token.value }
    if (token.kind !== 'name') throw new GroovyMistake('an expression is missing or not understood')
    if (token.text === 'true' || token.text === 'false') return { kind: 'value', value: token.text === 'true' }
    if (token.text === 'null') return { kind: 'value', value: null }
    if (!this.#names.has(token.text)) throw new GroovyMistake(`"${token.text.slice(0, 60)}" is not known here`)
    return { kind: 'name', name: token.text }
  }

  #arguments(): readonly Expression[] {
    this.#must('(')
    const found: Expression[] = []
    if (this.#take(')')) return found
    do found.push(this.#expression())
    while (this.#take(','))
    this.#must(')')
    return found
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end' }
  }

  #word(): string | undefined {
    const token = this.#peek()
    return token.kind === 'name' ? token.text : undefined
  }

  #name(): string {
    const word = this.#word()
    if (word === undefined) throw new GroovyMistake('a name is missing')
    this.#at++
    return word
  }

  #is(sign: string): boolean {
    const token = this.#peek()
    return token.kind === 'sign' && token.text === sign
  }

  #take(sign: string): boolean {
    const there = this.#is(sign)
    if (there) this.#at++
    return there
  }

  #must(sign: string): void {
    if (!this.#take(sign)) throw new GroovyMistake(`"${sign}" is missing`)
  }
}
