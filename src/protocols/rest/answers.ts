import { Refusal, Unavailable } from '../../base/errors.ts'
import { escapeXml } from '../../base/xml.ts'
import type { Call } from '../../http/index.ts'
import { RestRefusal } from './refusal.ts'

const NO_STORE = { 'Cache-Control': 'no-cache, no-store, max-age=0, must-revalidate', Pragma: 'no-cache', Expires: '0' } as const

export function textAnswer(body: string, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(body, { status, headers: { ...NO_STORE, 'Content-Type': 'text/plain;charset=UTF-8', ...headers } })
}

export function jsonAnswer(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { ...NO_STORE, 'Content-Type': 'application/json;charset=UTF-8' } })
}

/** 201 with the address of the session; a form for browsers, the bare id for everybody else, as `Accept` says (cas-protocol.md 9). */
export function createdAnswer(call: Call, id: string, location: string): Response {
  const accept = call.req.header('accept')?.trim() ?? ''
  const headers = { Location: location }
  if (accept !== '' && !accept.startsWith('*/*') && !accept.startsWith('text/html')) return textAnswer(id, 201, headers)
  const form = `<form action="${escapeXml(location)}" method="POST">Service:<input type="text" name="service" value=""><br><input type="submit" value="Submit"></form>`
  const page = `<!DOCTYPE html><html lang="en"><head><title>201 CREATED</title></head><body><h1>TGT Created</h1>${form}</body></html>`
  return textAnswer(page, 201, { ...headers, 'Content-Type': 'text/html;charset=UTF-8' })
}

/** What was thrown, as programs read it. A bug is logged and told by the number of the request alone. */
export function failureAnswer(call: Call, cause: unknown): Response {
  if (cause instanceof RestRefusal) {
    return cause.exceptions
      ? jsonAnswer({ authentication_exceptions: cause.exceptions }, cause.status)
      : textAnswer(cause.message, cause.status)
  }
  if (cause instanceof Unavailable) {
    call.get('log').warn({ code: cause.code, detail: cause.detail }, 'a REST request cannot be answered now')
    return textAnswer(cause.message, cause.status, { 'Retry-After': String(cause.retryAfterInSeconds) })
  }
  if (cause instanceof Refusal) return textAnswer(cause.message, cause.status)
  call.get('log').error({ err: cause }, 'a REST request failed')
  return textAnswer(`the request could not be answered; its number is ${call.get('requestId')}`, 500)
}
