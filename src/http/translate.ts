import { STATUS_CODES } from 'node:http'
import { HttpRefusal, Refusal, Unavailable } from '../base/errors.ts'
import type { Call } from './route.ts'

/** Turns refusals into the bytes of one protocol; `undefined` leaves them to the general page. */
export interface Translator {
  /** Paths below the context path that begin with it: `/v1/`, `/serviceValidate`. */
  readonly prefix: string
  translate(refusal: Refusal, call: Call): Response | undefined
}

/** The page of an error for people; made by views. */
export type ErrorPage = (call: Call, status: number, refusal?: Refusal) => Response | Promise<Response>

export interface TranslateParts {
  readonly contextPath: string
  readonly translators: readonly Translator[]
  readonly errorPage: ErrorPage
}

/** What a thrown refusal, or a bug, becomes. A bug is logged once, with its stack, and answered with 500 and nothing of it. */
export function errorTranslation({
  contextPath,
  translators,
  errorPage,
}: TranslateParts): (call: Call, error: unknown) => Promise<Response> {
  const byLength = [...translators].sort((one, other) => other.prefix.length - one.prefix.length)

  return async (call, error) => {
    const refusal = error instanceof Refusal ? error : undefined
    const log = call.get('log')
    if (!refusal) log.error({ err: error instanceof Error ? error : new Error(String(error)) }, 'request failed')
    else if (refusal.status >= 500) log.warn({ code: refusal.code, detail: refusal.detail, err: refusal.cause }, 'request refused')
    else log.debug({ code: refusal.code, detail: refusal.detail }, 'request refused')

    const headers = call.get('headers')
    if (refusal instanceof HttpRefusal) Object.assign(headers, refusal.headers)
    if (refusal instanceof Unavailable) headers['Retry-After'] = String(refusal.retryAfterInSeconds)
    const status = refusal?.status ?? 500
    try {
      if (refusal) {
        const path = call.req.path.startsWith(contextPath) ? call.req.path.slice(contextPath.length) : call.req.path
        for (const translator of byLength) {
          if (!path.startsWith(translator.prefix)) continue
          const response = translator.translate(refusal, call)
          if (response) return response
        }
      }
      return wantsJson(call) ? errorJson(call, status, refusal) : await errorPage(call, status, refusal)
    } catch (second) {
      log.error({ err: second }, 'the page of an error failed')
      return new Response(STATUS_CODES[status] ?? 'Error', { status, headers: { 'Content-Type': 'text/plain;charset=UTF-8' } })
    }
  }
}

/** Whether the caller is a program that reads JSON and no browser (login-flow.md 10.1). */
export function wantsJson(call: Call): boolean {
  const accept = call.req.header('accept')
  return accept !== undefined && /\bapplication\/(?:[\w.-]+\+)?json\b/.test(accept) && !accept.includes('text/html')
}

/** The form of CAS: `{"timestamp":"…","status":403,"error":"Forbidden","message":"…","path":"/cas/nowhere"}`, and the request id. */
export function errorJson(call: Call, status: number, refusal?: Refusal): Response {
  const error = STATUS_CODES[status] ?? 'Error'
  const body = {
    timestamp: new Date().toISOString().replace('Z', '+00:00'),
    status,
    error,
    message: refusal?.message ?? error,
    path: call.req.path,
    requestId: call.get('requestId'),
  }
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json;charset=UTF-8' } })
}
