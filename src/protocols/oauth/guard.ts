import type { Throttle } from '../../authentication/index.ts'
import type { Clock } from '../../base/clock.ts'
import { Refusal, Unavailable } from '../../base/errors.ts'
import type { Call, Route, Translator } from '../../http/index.ts'
import { OAuthError } from './errors.ts'
import type { Asked, CountAnswer } from './figures.ts'
import { usernameIn } from './parameters.ts'

/** What every JSON answer of this room carries (oauth.md 2). */
export const JSON_HEADERS = {
  'Content-Type': 'application/json;charset=UTF-8',
  'Cache-Control': 'no-store',
  Pragma: 'no-cache',
} as const

/** @param status Also of a success: 200. */
export function jsonAnswer(body: object, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { ...JSON_HEADERS, ...headers } })
}

/** How an endpoint writes an error; the same for whatever was thrown. */
export type WriteError = (error: OAuthError, call: Call) => Response

export const writeJsonError: WriteError = ({ code, message, status, headers }) =>
  jsonAnswer({ error: code, error_description: message }, status, headers)

/** What was thrown, as an error of the protocol. A bug is logged and told by the number of the request alone. */
export function asOAuthError(cause: unknown, call: Call): OAuthError {
  const log = call.get('log')
  if (cause instanceof OAuthError) {
    if (cause.detail !== undefined) log.info({ error: cause.code, detail: cause.detail }, 'oauth request refused')
    return cause
  }
  if (cause instanceof Unavailable || (cause instanceof Refusal && cause.status === 503)) {
    log.warn({ code: cause.code, detail: cause.detail }, 'oauth request cannot be answered now')
    const seconds = cause instanceof Unavailable ? cause.retryAfterInSeconds : 5
    return new OAuthError('temporarily_unavailable', 'the service is not available at the moment', {
      headers: { 'Retry-After': String(seconds) },
    })
  }
  log.error({ err: cause }, 'oauth request failed')
  return new OAuthError('server_error', `the request could not be answered; its number is ${call.get('requestId')}`)
}

/** Neither a success nor a failed attempt: the client is told to wait (RFC 8628), or was refused already. */
const PATIENCE: ReadonlySet<string> = new Set(['authorization_pending', 'slow_down'])
const GOOD: ReadonlySet<number> = new Set([200, 201, 302, 423, 429])

export interface GuardParts {
  readonly throttle: Throttle
  readonly figures: CountAnswer
  readonly clock: Clock
}

/** Whether this answer says that a device has to wait; such an answer is no failed attempt. */
export function marksPatience(error: OAuthError): boolean {
  return PATIENCE.has(error.code)
}

/** Answers a program. @param asked Where it notes who asks for what. */
export type Handle = (call: Call, asked: Asked) => Promise<Response>

/**
 * Runs an endpoint of programs: errors become its bytes, and each failed POST counts against whoever failed too often (oauth.md 7.1, authentication.md 12.1).
 *
 * @param endpoint Its name in the figures.
 * @param triesSecrets Whether a GET tries a secret of a client as well: then it counts like a POST.
 */
export function guarded(parts: GuardParts, endpoint: string, write: WriteError, handle: Handle, triesSecrets = false): Route['handle'] {
  const { throttle, figures, clock } = parts
  const run = async (call: Call): Promise<{ readonly response: Response; readonly failed: boolean }> => {
    const asked: Asked = {}
    const beganAtMs = performance.now()
    let outcome = 'success'
    try {
      const response = await handle(call, asked)
      return { response, failed: !GOOD.has(response.status) }
    } catch (cause) {
      const error = asOAuthError(cause, call)
      outcome = error.code
      asked.client ??= error.client
      return { response: write(error, call), failed: error.status < 500 && !GOOD.has(error.status) && !marksPatience(error) }
    } finally {
      figures(endpoint, asked, outcome, (performance.now() - beganAtMs) / 1000)
    }
  }
  return async (call) => {
    if (!throttle.enabled || (call.req.method !== 'POST' && !triesSecrets)) return (await run(call)).response
    const client = call.get('client')
    const username = await usernameIn(call)
    const attempt = await throttle.attempt({ address: client.address, username, client }, async () => {
      const { response, failed } = await run(call)
      return { value: response, outcome: failed ? 'failed' : 'neither' }
    })
    if (attempt.kind === 'answered') return attempt.value
    figures(endpoint, {}, 'throttled')
    const seconds = Math.max(1, Math.ceil((attempt.untilMs - clock()) / 1000))
    const error = new OAuthError('temporarily_unavailable', 'too many failed attempts; try again later', {
      status: 423,
      headers: { 'Retry-After': String(seconds) },
    })
    return write(error, call)
  }
}

/** What was refused before a handler saw it (too large, wrong method, repeated parameter), at the addresses that programs ask. */
export function oauthTranslators(): readonly Translator[] {
  return ['accessToken', 'token', 'profile', 'introspect', 'revoke', 'device_authorization'].map((name) => ({
    prefix: `/oauth2.0/${name}`,
    translate(refusal: Refusal) {
      const unavailable = refusal instanceof Unavailable
      return jsonAnswer(
        { error: unavailable ? 'temporarily_unavailable' : 'invalid_request', error_description: refusal.message },
        refusal.status,
      )
    },
  }))
}
