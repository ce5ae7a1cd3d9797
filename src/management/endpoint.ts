import { HttpRefusal } from '../base/errors.ts'
import type { Json } from '../base/json.ts'
import type { Call } from '../http/index.ts'

/** What operators and their tools may ask for below the base path. The frame asks who they are, an endpoint only answers (configuration.md 14). */
export interface Endpoint {
  /** As in paths and settings: `registeredServices`. Each is listed in config.ts. */
  readonly id: string
  /** Other ids under which it is found, each of which has gates and rules of its own. */
  readonly aliases?: readonly string[]
  readonly routes: readonly EndpointRoute[]
  /** A setting that keeps it from being there, besides the gates of every endpoint. */
  readonly switchedOffBy?: string
  /** Without a rule everybody may ask (health, info, status); else nobody may. */
  readonly openByDefault?: boolean
}

export interface EndpointRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below the endpoint: '' or '/:id'. */
  readonly path: string
  /** Without 401, 403, 404, 405 and 423 of the frame. */
  readonly statuses: readonly number[]
  /** Largest body, in bytes; absent: `server.tomcat.max-http-form-post-size`. */
  readonly maxBodyBytes?: number
  handle(call: Call): Response | Promise<Response>
}

/** Who asks, with what he may: `ROLE_ADMIN` … */
export interface Operator {
  readonly name: string
  readonly authorities: readonly string[]
}

const operators = new WeakMap<Call, Operator>()

/** Said by the frame, once per request. */
export function rememberOperator(call: Call, operator: Operator): void {
  operators.set(call, operator)
}

/** Who showed credentials with this request; `undefined` where nobody had to. */
export const operatorOf = (call: Call): Operator | undefined => operators.get(call)

const SPRING_JSON = 'application/vnd.spring-boot.actuator.v3+json'

/** An answer of an endpoint that Spring Boot has too: with its media type for whoever accepts that. */
export function springJson(call: Call, body: Json, status = 200): Response {
  const type = call.req.header('accept')?.includes(SPRING_JSON) ? SPRING_JSON : 'application/json'
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': type } })
}

/** An answer of an endpoint of CAS. */
export function json(body: Json, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
}

/** What is asked for is not there; says no more. */
export const notFound = (): HttpRefusal => new HttpRefusal(404, 'not_found', 'there is nothing here')
