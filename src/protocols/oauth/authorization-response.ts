import type { Answer } from '../../flow/index.ts'
import type { Call } from '../../http/index.ts'
import type { ReturnTarget } from './authorization-request.ts'

export type Fields = readonly (readonly [name: string, value: string | undefined])[]

/** Hands an answer over to the client's address, by its response mode (oauth.md 4.3). Sends nothing to an address that has not been judged. */
export type Respond = (call: Call, target: ReturnTarget, fields: Fields) => Response

export interface RespondParts {
  readonly answer: Answer
  readonly issuer: string
  /** `castellan.oauth.iss-in-response`. */
  readonly issInResponse: boolean
}

export function authorizationResponses({ answer, issuer, issInResponse }: RespondParts): Respond {
  return (call, { client, redirectUri, mode, state }, fields) => {
    const all: (readonly [string, string])[] = []
    const add = (name: string, value: string | undefined) => {
      if (value !== undefined && value !== '') all.push([name, value])
    }
    for (const [name, value] of fields) add(name, name === 'state' ? state : value)
    if (issInResponse && client.issInResponse) add('iss', issuer)
    if (mode === 'form_post' && /^https?:/i.test(redirectUri)) {
      const props = { url: redirectUri, fields: all.map(([name, value]) => ({ name, value })) }
      return answer(call, { id: 'protocol/casPostResponseView', props }, 200)
    }
    // No form can be posted to the address of an application on the device; a fragment is in no log either.
    return redirectTo(mode === 'query' ? withQuery(redirectUri, all) : `${redirectUri}#${encoded(all)}`)
  }
}

const encoded = (fields: readonly (readonly [string, string])[]) =>
  new URLSearchParams(fields.map(([name, value]): [string, string] => [name, value])).toString()

function withQuery(uri: string, fields: readonly (readonly [string, string])[]): string {
  const separator = !uri.includes('?') ? '?' : /[?&]$/.test(uri) ? '' : '&'
  return uri + separator + encoded(fields)
}

/** 302 to an address; what a header cannot carry is percent-encoded. */
export function redirectTo(address: string): Response {
  const location = address.replace(/[^\u0021-\u007e]+/gu, (run) => encodeURIComponent(run.toWellFormed()))
  return new Response(null, { status: 302, headers: { Location: location, 'Cache-Control': 'no-store' } })
}
