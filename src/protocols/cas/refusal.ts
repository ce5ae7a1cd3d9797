import { Refusal, type RefusalOptions } from '../../base/errors.ts'

/** Codes of a failed validation (cas-protocol.md 4.3). */
export type ValidationCode =
  | 'INVALID_REQUEST'
  | 'INVALID_REQUEST_PROXY'
  | 'INVALID_TICKET'
  | 'INVALID_SERVICE'
  | 'INVALID_AUTHENTICATION_CONTEXT'
  | 'UNAUTHORIZED_SERVICE'
  | 'UNAUTHORIZED_SERVICE_PROXY'
  | 'INVALID_PROXY_CALLBACK'
  | 'INTERNAL_ERROR'

/** A validation that fails. `message` is the description in the answer; clients only print it. The status is 200, whatever the code. */
export class ValidationRefusal extends Refusal {
  readonly code: ValidationCode
  readonly status = 200
  /** Whose ticket it was, where that is known; for the audit trail. */
  readonly who: string | undefined

  constructor(code: ValidationCode, description: string, options: RefusalOptions & { readonly who?: string } = {}) {
    super(description, options)
    this.name = 'ValidationRefusal'
    this.code = code
    this.who = options.who
  }
}
