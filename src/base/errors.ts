export interface RefusalOptions {
  /** For the log and the audit trail only; never sent to the caller. */
  readonly detail?: string
  readonly cause?: unknown
}

/**
 * Someone is told no. `message` may be read by a stranger: no ids, no user names, no "which half was wrong".
 * What only the operator may know stands in `detail`.
 */
export abstract class Refusal extends Error {
  /** Stable name of the reason: from the protocol, or from docs/reference/errors.md. */
  abstract readonly code: string
  /** HTTP status of the answer. */
  abstract readonly status: number
  readonly detail: string | undefined

  constructor(message: string, options: RefusalOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.detail = options.detail
  }
}

/** A request that is refused by its form, before anybody looks at its content. */
export class HttpRefusal extends Refusal {
  readonly code: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    code: string,
    message: string,
    options: RefusalOptions & { readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message, options)
    this.name = 'HttpRefusal'
    this.status = status
    this.code = code
    this.headers = options.headers ?? {}
  }
}

/** A part that an answer needs (a store, the password queue) cannot serve now. 503 with `Retry-After`, never a wrong answer. */
export class Unavailable extends Refusal {
  readonly status = 503
  readonly code: string
  readonly retryAfterInSeconds: number

  constructor(code: string, message: string, options: RefusalOptions & { readonly retryAfterInSeconds?: number } = {}) {
    super(message, options)
    this.name = 'Unavailable'
    this.code = code
    this.retryAfterInSeconds = options.retryAfterInSeconds ?? 5
  }
}
