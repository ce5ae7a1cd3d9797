import type { Authentication } from '../authentication/index.ts'
import type { Json } from '../base/json.ts'
import type { Call, Parameters } from '../http/index.ts'
import type { RegisteredService, ServiceReference } from '../services/index.ts'
import type { Session } from '../sso/index.ts'
import type { Message, View } from '../views/index.ts'

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
  /** Nobody may be asked anything (gateway, `prompt=none`). */
  readonly passive: boolean
  /** From a non-blank `method` parameter: anything but POST and HEADER means REDIRECT. */
  readonly method: 'REDIRECT' | 'POST' | 'HEADER' | undefined
  readonly locale: string | undefined
  readonly theme: string | undefined
  /** Second factors that the request itself asks for (`authn_method`); absent: none. */
  readonly contexts?: readonly string[]
}

/** What the user gave with the credentials; stands for "credentials were presented in this conversation". */
export interface Presented {
  readonly rememberMe: boolean
  readonly publicWorkstation: boolean
  readonly warn: boolean
}

/** One login conversation: an immutable value. What is marked *sealed* travels in `execution`, the rest is found anew at every request. */
export interface Login {
  /** Sealed: UUID of the conversation. */
  readonly conversation: string
  /** Sealed. */
  readonly request: LoginRequest
  /** Sealed, between the form and the ticket-granting ticket; never holds the password. */
  readonly authentication: Authentication | undefined
  /** Sealed. */
  readonly presented: Presented | undefined
  /** Sealed: id of the ticket-granting ticket that this conversation has made. */
  readonly grantedSessionId: string | undefined
  /** Sealed, by step id; no step reads another's. */
  readonly state: Readonly<Record<string, Json>>
  /** Sealed: `id@phase` of the places that are behind. */
  readonly done: ReadonlySet<string>
  /** Sealed. Monotone: a veto cannot be undone. */
  readonly directives: { readonly ssoVetoed: boolean }
  /** The definition that takes the service, as the registry has it now. */
  readonly registeredService: RegisteredService | undefined
  /** The session that the browser brought along. */
  readonly existing: Session | undefined
  /** The session that this login uses: the existing one if it counts, or the one it has made. */
  readonly session: Session | undefined
  /** The name that the user has given in this request already, to be put into the form of a password. */
  readonly typedName?: string
  /** What was presented is not enough: the form is shown again with this. */
  readonly rejection: Rejection | undefined
  /** Whether the browser is in the middle of a conversation (POST of a page), or at its start. */
  readonly resumed: boolean
  /** An unusable page was answered with this fresh start: say so once. */
  readonly expiredNotice: boolean
  readonly call: Call
}

export interface Rejection {
  readonly status: number
  readonly message: Message
}

export interface FlowEvent {
  readonly id: string
  readonly fields: Parameters
}

/**
 * Lets a login rest while its user is elsewhere.
 *
 * @returns What `/login?resume=` is given to go on with it, once, in the same browser; `undefined` where nothing binds the login to a browser.
 */
export type Suspend = (login: Login) => Promise<string | undefined>

/** What a step may answer. Steps name no other step. */
export type Outcome =
  | { readonly kind: 'pass'; readonly login?: Partial<Login> }
  /** Show a page and come back to `submit`. `execution` is the sealed conversation, to be put into the page. */
  | {
      readonly kind: 'ask'
      readonly view: (execution: string) => View
      readonly status?: number
      readonly login?: Partial<Login>
      /** Whatever the status: it is no failure for the throttling of passwords, which counts by address where no name was sent. */
      readonly countedElsewhere?: boolean
    }
  /** End here: redirect, headers, form post. */
  | { readonly kind: 'leave'; readonly reply: (suspend: Suspend) => Response | Promise<Response> }
  /** End here with a page. */
  | { readonly kind: 'block'; readonly view: View; readonly status: number }
  /** Whoever is logged in is not enough; whoever identifies users is to ask again. An existing session is left alone. */
  | { readonly kind: 'reject'; readonly rejection: Rejection }

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

export const markOf = (place: Place): string => `${place.step.id}@${place.phase}`
