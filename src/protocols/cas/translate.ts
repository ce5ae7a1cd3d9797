import { type Refusal, Unavailable } from '../../base/errors.ts'
import type { Call, Translator } from '../../http/index.ts'
import type { Format } from './formats/format.ts'
import { textFormat } from './formats/text.ts'
import { xmlFormat, xmlProxyFormat } from './formats/xml.ts'
import { ValidationRefusal } from './refusal.ts'

/** What a failure needs of a format. */
type Failing = Pick<Format, 'contentType' | 'failure'>

/**
 * Turns what was thrown during a validation into its answer. Clients look at the body only, so the status is 200 (cas-protocol.md 1); 503 when a store
 * cannot say whether a ticket is good: "invalid" would be a lie that ends sessions.
 */
export function failureAnswer(call: Call, format: Failing, cause: unknown): Response {
  const headers = { 'Content-Type': format.contentType }
  if (cause instanceof ValidationRefusal) return new Response(format.failure(cause.code, cause.message), { headers })
  if (cause instanceof Unavailable) {
    call.get('log').warn({ code: cause.code, detail: cause.detail }, 'validation is not possible now')
    return unavailable(format, cause)
  }
  // A bug, or a failing source of a release policy: the client gets an answer that it can read, the log gets the cause.
  call.get('log').error({ err: cause }, 'validation failed')
  return new Response(format.failure('INTERNAL_ERROR', 'The ticket could not be validated'), { headers })
}

function unavailable(format: Failing, cause: Unavailable): Response {
  const body = format.failure('INTERNAL_ERROR', 'The server cannot validate tickets now')
  return new Response(body, {
    status: cause.status,
    headers: { 'Content-Type': format.contentType, 'Retry-After': String(cause.retryAfterInSeconds) },
  })
}

/**
 * What the validation endpoints say when a request is refused before it comes to them (repeated parameter, too large a body, wrong method): the status of the refusal,
 * and a body that a client of the protocol can read.
 */
export const casTranslators: readonly Translator[] = [
  translator('/validate', textFormat(false)),
  translator('/proxy', xmlProxyFormat),
  ...['/serviceValidate', '/proxyValidate', '/p3/serviceValidate', '/p3/proxyValidate'].map((prefix) =>
    translator(prefix, xmlFormat(false)),
  ),
]

function translator(prefix: string, format: Failing): Translator {
  return {
    prefix,
    translate(refusal: Refusal) {
      if (refusal instanceof Unavailable) return unavailable(format, refusal)
      return new Response(format.failure('INVALID_REQUEST', refusal.message), {
        status: refusal.status,
        headers: { 'Content-Type': format.contentType },
      })
    },
  }
}
