import type { Row } from '../attributes.ts'
import type { ValidationCode } from '../refusal.ts'

/** A successful validation, ready to be written down. */
export interface Success {
  readonly user: string
  /** Empty: nothing to release. `undefined`: this answer carries no attributes at all. */
  readonly attributes: readonly Row[] | undefined
}

/** One way to write a validation answer. */
export interface Format {
  readonly contentType: string
  success(answer: Success): string
  /** @param description Text for people, not escaped. */
  failure(code: ValidationCode, description: string): string
}
