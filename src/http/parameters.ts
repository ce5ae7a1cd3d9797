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

/** The same from what was sent, parsed when somebody asks: most requests to static files and health checks never do. */
export class RequestParameters implements Parameters {
  readonly rawQuery: string
  /** Body of a form; set by the app once it is read. */
  rawForm = ''
  #query: URLSearchParams | undefined
  #form: URLSearchParams | undefined

  /** @param rawQuery What follows the `?`, still encoded. */
  constructor(rawQuery: string) {
    this.rawQuery = rawQuery
  }
  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(this.rawQuery)
    return this.#query
  }
  get form(): URLSearchParams {
    this.#form ??= new URLSearchParams(this.rawForm)
    return this.#form
  }
  get(name: string): string | undefined {
    return this.query.get(name) ?? this.form.get(name) ?? undefined
  }
  all(name: string): readonly string[] {
    return [...this.query.getAll(name), ...this.form.getAll(name)]
  }
  has(name: string): boolean {
    return this.query.has(name) || this.form.has(name)
  }
  names(): readonly string[] {
    return [...new Set([...this.query.keys(), ...this.form.keys()])]
  }
}
