import type { Authentication } from '../authentication/index.ts'
import type { Client } from '../base/client.ts'
import type { Json } from '../base/json.ts'
import type { Call, Parameters } from '../http/index.ts'
import type { RegisteredService, ServiceReference } from '../services/index.ts'
import type { Session } from '../sso/index.ts'
import type { View } from '../views/index.ts'

export type Phase =
  | 'request'
  | 'session'
  | 'identify'
  | 'authenticated'
  | 'establish-session'
  | 'session-ready'
  | 'before-ticket'
  | 'deliver'

/** What the browser asked for; kept through the conversation. */
export interface LoginRequest {
  readonly service: ServiceReference | undefined
  readonly renew: boolean
  readonly gateway: boolean
  /** A non-blank `method` parameter: anything but POST and HEADER means REDIRECT. */
  readonly method: 'REDIRECT' | 'POST' | 'HEADER' | undefined
  readonly locale: string | undefined
  readonly theme: string | undefined
  /** Nobody may be asked anything (gateway, `prompt=none`). */
  readonly passive: boolean
}

/** One login conversation: an immutable value. What is marked sealed travels in `execution`. */
export interface Login {
  /** Sealed. */
  readonly conversation: string
  /** Sealed. */
  readonly request: LoginRequest
  /** Found anew at every request, so that a change of the registry counts at once. */
  readonly registeredService: RegisteredService | undefined
  /** Found anew at every request, from the cookie or from the ticket that this conversation has made. */
  readonly session: Session | undefined
  /** Sealed. Set between authentication and the ticket-granting ticket; never the password. */
  readonly authentication: Authentication | undefined
  /** Sealed. Facts of this login that later steps need: fresh credentials, wishes of the form. */
  readonly presented: { readonly rememberMe: boolean; readonly publicWorkstation: boolean; readonly warn: boolean } | undefined
  /** Sealed, by step id; no step reads another's. */
  readonly state: Readonly<Record<string, Json>>
  /** Sealed. `id@phase`. */
  readonly done: ReadonlySet<string>
  /** Sealed. Monotone: a veto cannot be undone. */
  readonly directives: { readonly ssoVetoed: boolean }
  readonly client: Client
  readonly call: Call
}

export interface FlowEvent {
  readonly id: string
  readonly fields: Parameters
}

/** What a step may answer. Steps name no other step. */
export type Outcome =
  | { readonly kind: 'pass'; readonly login?: Partial<Login> }
  /** Show a page and come back to `submit`. The machine seals `execution` into it. */
  | { readonly kind: 'ask'; readonly view: (execution: string) => View; readonly status?: number; readonly login?: Partial<Login> }
  /** End here: redirect, headers, form post. */
  | { readonly kind: 'leave'; readonly reply: () => Response | Promise<Response> }
  /** End here with a page. */
  | { readonly kind: 'block'; readonly view: View; readonly status: number; readonly headers?: Readonly<Record<string, string>> }

export interface Step {
  readonly id: string
  /** Called when the loop reaches it, and again on a reload; free of side effects unless it passes. */
  enter(login: Login): Promise<Outcome>
  /** Called with the posted event when this step had asked. */
  submit?(login: Login, event: FlowEvent): Promise<Outcome>
}

/** A step may stand at several places; it is remembered as `id@phase`. */
export interface Place {
  readonly phase: Phase
  readonly step: Step
}
