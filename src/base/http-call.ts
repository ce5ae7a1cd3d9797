import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import type { LookupFunction } from 'node:net'
import type { SecureContextOptions } from 'node:tls'

/** One request to somebody else's server. */
export interface HttpCall {
  readonly method: 'GET' | 'POST' | 'PUT'
  /** `http:` or `https:`. */
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  /** From the first look-up of the name to the last byte of the answer. */
  readonly timeoutMs: number
  /** Longer answers are cut off there. */
  readonly maxAnswerBytes?: number
}

export type HttpOutcome =
  | {
      readonly kind: 'answer'
      readonly status: number
      /** Names in lower case; several of one name joined by `, `. */
      readonly headers: Readonly<Record<string, string>>
      readonly body: string
    }
  /** No connection came about: the other side has certainly not seen the request. */
  | { readonly kind: 'not-sent'; readonly reason: string }
  /** The connection stood and no whole answer came: the request may have been carried out. */
  | { readonly kind: 'unknown'; readonly reason: string }

export interface HttpCaller {
  call(request: HttpCall): Promise<HttpOutcome>
  close(): void
}

export interface HttpCallerOptions {
  /** Where `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are looked up. */
  readonly proxyEnv?: Readonly<Record<string, string | undefined>>
  /** What is trusted, and whether the name in a certificate counts. */
  readonly tls?: Pick<SecureContextOptions, 'ca'> & { readonly checkServerIdentity?: () => undefined }
  /** How names become addresses; the system's way without. */
  readonly lookup?: LookupFunction
}

const ANSWER_BYTES = 256 * 1024
/** Connections are kept for a burst only: one that the other side closes while a request is on its way leaves open whether it arrived. */
const KEPT_MS = 1000

/**
 * Calls other servers so that one knows afterwards whether the request can have arrived. Follows no redirect, since headers carry credentials. What this
 * process trusts it trusts too (`NODE_EXTRA_CA_CERTS`); proxies are taken from the variables given, where Node can (24.5).
 *
 */
export function httpCaller({ proxyEnv, tls = {}, lookup }: HttpCallerOptions = {}): HttpCaller {
  const agents = new Map<string, Agent>()

  async function clientFor(url: URL) {
    const { Agent: Kind, request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http')
    let agent = agents.get(url.protocol)
    if (!agent) {
      agent = new Kind({ keepAlive: true, timeout: KEPT_MS, ...tls, ...(lookup ? { lookup } : {}), ...(proxyEnv ? { proxyEnv } : {}) })
      agents.set(url.protocol, agent)
    }
    return { agent, request: request as (url: URL, options: RequestOptions) => ClientRequest }
  }

  return {
    async call({ method, url, headers, body, timeoutMs, maxAnswerBytes = ANSWER_BYTES }) {
      const { agent, request } = await clientFor(url)
      return new Promise<HttpOutcome>((resolve) => {
        let connected = false
        const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
        let call: ClientRequest
        try {
          call = request(url, { method, agent, headers: { ...headers, ...length } })
        } catch (error) {
          // A header that cannot be written, an address that cannot be called.
          resolve({ kind: 'not-sent', reason: (error as Error).message })
          return
        }
        const limit = setTimeout(() => call.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)), Math.min(timeoutMs, 2 ** 31 - 1))
        const end = (outcome: HttpOutcome) => {
          clearTimeout(limit)
          resolve(outcome)
        }
        const lost = (error: Error) => end({ kind: connected ? 'unknown' : 'not-sent', reason: reasonOf(error) })
        call.on('socket', (socket) => {
          if (!socket.connecting && call.reusedSocket) connected = true
          else
            socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
              connected = true
            })
          // The kept connections of the agent have a limit of their own, which must not end a call.
          socket.setTimeout(0)
        })
        call.on('error', lost)
        call.on('response', (answer) => {
          connected = true
          readBody(answer, maxAnswerBytes).then((text) => {
            end({ kind: 'answer', status: answer.statusCode ?? 0, headers: headersOf(answer), body: text })
          }, lost)
        })
        call.end(body)
      })
    },
    close() {
      for (const agent of agents.values()) agent.destroy()
    },
  }
}

async function readBody(answer: IncomingMessage, limit: number): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of answer as AsyncIterable<Buffer>) {
    parts.push(part)
    length += part.length
    if (length > limit) {
      answer.destroy()
      break
    }
  }
  return Buffer.concat(parts).subarray(0, limit).toString('utf8')
}

const headersOf = (answer: IncomingMessage) =>
  Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]))

function reasonOf(error: Error): string {
  const code = 'code' in error ? String(error.code) : ''
  // An AggregateError of several addresses has no message of its own.
  return [code, error.message].filter((part) => part !== '').join(': ')
}
