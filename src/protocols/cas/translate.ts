import { Unavailable } from '../../base/errors.ts'
import type { Call } from '../../http/index.ts'
import type { Format } from './formats/format.ts'
import { ValidationRefusal } from './refusal.ts'

/**
 * Turns what was thrown during a validation into its answer. Clients look at the body only, so the status is 200 (cas-protocol.md 1); 503 when a store
 * cannot say whether a ticket is good: "invalid" would be a lie that ends sessions.
 */
export function failureAnswer(call: Call, format: Format, cause: unknown): Response {
  const headers = { 'Content-Type': format.contentType }
  if (cause instanceof ValidationRefusal) return new Response(format.failure(cause.code, cause.message), { headers })
  if (cause instanceof Unavailable) {
    call.get('log').warn({ code: cause.code, detail: cause.detail }, 'validation is not possible now')
    const body = format.failure('INTERNAL_ERROR', 'The server cannot validate tickets now')
    return new Response(body, { status: 503, headers: { ...headers, 'Retry-After': String(cause.retryAfterInSeconds) } })
  }
  // A bug, or a failing source of a release policy: the client gets an answer that it can read, the log gets the cause.
  call.get('log').error({ err: cause }, 'validation failed')
  return new Response(format.failure('INTERNAL_ERROR', 'The ticket could not be validated'), { headers })
}
