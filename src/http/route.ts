import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from 'hono'
import type { Client } from '../base/client.ts'
import type { Log } from '../base/log.ts'
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
}
/** What the ports hand over with a request; nothing of it in tests that call `app.request()`. */
export interface Bindings {
  readonly incoming?: IncomingMessage
  readonly outgoing?: ServerResponse
}
export interface Env {
  Variables: Variables
  Bindings: Bindings
}

/** One request, and the means to answer it. */
export type Call = Context<Env>

/** One row of a room's `routes.ts`. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below the context path. GET answers HEAD too. */
  readonly path: string
  /** In tests any other status fails. */
  readonly statuses: readonly number[]
  readonly changesState: boolean
  handle(call: Call): Response | Promise<Response>
}
