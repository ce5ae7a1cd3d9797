/** One expression of the subset of Groovy that is understood (services.md 13). */
export type Expression =
  | { readonly kind: 'value'; readonly value: string | number | boolean | null }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'member'; readonly of: Expression; readonly name: string }
  | { readonly kind: 'element'; readonly of: Expression; readonly at: Expression }
  | { readonly kind: 'call'; readonly of: Expression; readonly method: string; readonly arguments: readonly Expression[] }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'binary'; readonly operator: '+' | '==' | '!=' | '&&' | '||'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'choice'; readonly condition: Expression; readonly then: Expression; readonly otherwise: Expression }

/** The text is no Groovy that is understood here, or it goes wrong with these values. */
export class GroovyMistake extends Error {}
