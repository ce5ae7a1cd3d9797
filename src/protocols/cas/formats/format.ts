import type { Row } from '../attributes.ts'
import type { ValidationCode } from '../refusal.ts'

/** A successful validation, ready to be written down. */
export interface Success {
  readonly user: string
  /** Empty: nothing to release. `undefined`: this answer carries no attributes at all. */
  readonly attributes: readonly Row[] | undefined
  /** The reference (`PGTIOU-…`) to the proxy-granting ticket that was handed over. */
  readonly proxyGrantingTicketIou?: string | undefined
  /** The proxies that the ticket came through, the most recent first. */
  readonly proxies?: readonly string[]
}

/** One way to write a validation answer. */
export interface Format {
  readonly contentType: string
  success(answer: Success): string
  /** @param description Text for people, not escaped. */
  failure(code: ValidationCode, description: string): string
}

/** How `/proxy` answers (cas-protocol.md 5.3). */
export interface ProxyFormat {
  readonly contentType: string
  success(proxyTicket: string): string
  failure(code: ValidationCode, description: string): string
}
