/**
 * The few expressions of Groovy that stand in definitions of CAS everywhere: attributes, list elements, comparisons, `+` (services.md 13). They are read
 * into a tree and walked; nothing is ever handed to an interpreter.
 */
import { type Expression, GroovyMistake } from './groovy/ast.ts'
import { elementOf, inWords, isMap, isSame, METHODS, memberOf } from './groovy/methods.ts'
import { parseGroovy } from './groovy/parse.ts'
import type { Json } from './json.ts'

export { GroovyMistake } from './groovy/ast.ts'

/**
 * Reads the body of `groovy { … }`.
 *
 * @param names The variables there are.
 * @returns what evaluates it with values of these; it throws {GroovyMistake} when they do not fit.
 * @throws {GroovyMistake} for what is not in the subset.
 */
export function compileGroovy(text: string, names: readonly string[]): (values: Readonly<Record<string, Json>>) => Json {
  const expression = parseGroovy(text, new Set(names))
  return (values) => evaluate(expression, values)
}

function evaluate(expression: Expression, values: Readonly<Record<string, Json>>): Json {
  const of = (inner: Expression) => evaluate(inner, values)
  switch (expression.kind) {
    case 'value':
      return expression.value
    case 'name':
      return values[expression.name] ?? null
    case 'member':
      return memberOf(of(expression.of), expression.name)
    case 'element':
      return elementOf(of(expression.of), of(expression.at), false)
    case 'call':
      return METHODS[expression.method]?.of(of(expression.of), expression.arguments[0] ? of(expression.arguments[0]) : null) ?? null
    case 'not':
      return !isTrue(of(expression.of))
    case 'choice':
      return of(isTrue(of(expression.condition)) ? expression.then : expression.otherwise)
    case 'binary':
      switch (expression.operator) {
        case '&&':
          return isTrue(of(expression.left)) && isTrue(of(expression.right))
        case '||':
          return isTrue(of(expression.left)) || isTrue(of(expression.right))
        case '==':
          return isSame(of(expression.left), of(expression.right))
        case '!=':
          return !isSame(of(expression.left), of(expression.right))
        case '+':
          return sum(of(expression.left), of(expression.right))
      }
  }
}

/** Groovy's truth: nothing, blank and empty are false. */
export function isTrue(value: Json): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (isMap(value)) return Object.keys(value).length > 0
  return Boolean(value)
}

function sum(one: Json, other: Json): Json {
  if (typeof one === 'number' && typeof other === 'number') return one + other
  if (Array.isArray(one)) return [...(one as Json[]), ...(Array.isArray(other) ? (other as Json[]) : [other])]
  // "null" and the insides of a map in a user's name would be a mistake that nobody sees.
  if (typeof one === 'string' || typeof other === 'string') return inWords(one) + inWords(other)
  throw new GroovyMistake('these cannot be added')
}
