import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from 'hono'
import type { Client } from '../base/client.ts'
import type { Log } from '../base/log.ts'
import type { Peer } from './client-address.ts'
import type { AnswerHeaders } from './headers.ts'
import type { Parameters } from './parameters.ts'

/** What the common work of `http/app.ts` has found out before a handler is called. */
export interface Variables {
  /** Also sent as `X-RequestId`. */
  readonly requestId: string
  readonly client: Client
  /** Query and form body, read once, checked by the request filter. */
  readonly parameters: Parameters
  readonly log: Log
  /** For `script-src 'nonce-…'` of this answer. */
  readonly nonce: string
  /** `Set-Cookie` headers that wait for the answer; written through cookies.ts. */
  readonly cookies: string[]
  /** What the answer carries besides the headers of the handler's response, which win. A handler may change or delete them. */
  readonly headers: AnswerHeaders
}
/** What the ports hand over with a request; nothing of it in tests that call `app.request()`. */
export interface Bindings {
  readonly incoming?: IncomingMessage
  readonly outgoing?: ServerResponse
  /** For tests without a port: who asks. Looked at only when nothing came in by a port. */
  readonly peer?: Peer
}
export interface Env {
  Variables: Variables
  Bindings: Bindings
}

/** One request, and the means to answer it. */
export type Call = Context<Env>

/** One row of a room's `routes.ts`. */
export interface Route {
  /** `ALL`: whatever the method, `OPTIONS` and ones that nobody knows too; for who has to be asked before anything is said of an address. */
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'ALL'
  /** Below the context path. GET answers HEAD too. */
  readonly path: string
  /** The path begins at the root of the host, not at the context path: what RFC 8615 puts there. */
  readonly atHostRoot?: boolean
  /** In tests any other status fails. */
  readonly statuses: readonly number[]
  readonly changesState: boolean
  /** Largest body, in bytes; absent: `server.tomcat.max-http-form-post-size`. Validation endpoints: 65536 (cas-protocol.md 1). */
  readonly maxBodyBytes?: number
  /** Decides who is let in, before the body is read; refuses by throwing. */
  admit?(call: Call): Promise<void>
  handle(call: Call): Response | Promise<Response>
}
