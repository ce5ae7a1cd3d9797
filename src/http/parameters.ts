/** The parameters of a request. For a POST the query counts before the body (cas-protocol.md 1). Names are case-sensitive. */
export interface Parameters {
  /** The first value, `undefined` when the name is not there; `''` is a value. */
  get(name: string): string | undefined
  all(name: string): readonly string[]
  has(name: string): boolean
  names(): readonly string[]
  readonly query: URLSearchParams
  /** Fields of a form body; empty for other bodies. */
  readonly form: URLSearchParams
}

export function parameters(query: URLSearchParams, form: URLSearchParams = new URLSearchParams()): Parameters {
  return {
    get: (name) => query.get(name) ?? form.get(name) ?? undefined,
    all: (name) => [...query.getAll(name), ...form.getAll(name)],
    has: (name) => query.has(name) || form.has(name),
    names: () => [...new Set([...query.keys(), ...form.keys()])],
    query,
    form,
  }
}
