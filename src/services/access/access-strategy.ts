import type { Client } from '../../base/client.ts'
import type { Json } from '../../base/json.ts'
import type { OutgoingRequests } from '../../base/outgoing-request.ts'
import type { Report } from '../definitions/check.ts'
import type { Members } from '../definitions/members.ts'
import type { Principal } from '../principal.ts'
import type { Scripts } from '../scripts/scripts.ts'
import type { ServiceReference } from '../service-reference.ts'

/** Why phase 1 says no; the reasons of a `Finding` that come from a strategy. */
export type AccessRefusal = 'disabled' | 'outside-time-window' | 'client-not-allowed' | 'unusable'

/** What is known before anybody has logged in. */
export interface AccessQuestion {
  readonly nowMs: number
  readonly client?: Client | undefined
  /** The address asked for; a client that is named by its id has none. */
  readonly reference?: ServiceReference | undefined
}

type Eventually<T> = T | Promise<T>

/** Who may use an application (services.md 11). */
export interface AccessStrategy {
  readonly order: number
  /** Without a question asked; a script that decides it says no here. */
  readonly ssoAllowed: boolean
  readonly unauthorizedRedirectUrl: string | undefined
  /** Phase 1, no user known. @returns why not, `undefined` when it may be used. A promise only where a script is asked. */
  admits(question: AccessQuestion): Eventually<AccessRefusal | undefined>
  /** Phase 2. @returns why not, for the log; `undefined` when this user may use it. */
  authorize(principal: Principal, reference?: ServiceReference): Eventually<string | undefined>
  /** Present where a script decides about single sign-on. */
  ssoAnswer?(question: AccessQuestion): Promise<boolean>
  /** Present where a script may say where those go who are refused. */
  redirectAnswer?(): Promise<string | undefined>
}

/** What a strategy may need besides its members. */
export interface AccessWorld {
  readonly zone: string
  readonly report: Report
  /** Says something while the definition is being used. */
  readonly warn: (message: string, severity?: 'warning' | 'error') => void
  /** Asks other servers, with limits on everything. */
  readonly requests: () => OutgoingRequests
  readonly scripts: Scripts
  /** What scripts are told of the definition. */
  readonly described: () => Json
}

export interface AccessContext extends AccessWorld {
  /** Builds a nested strategy. */
  build(members: Members): AccessStrategy
}

/** One class of strategy: its simple name and what makes it from its members. */
export interface AccessStrategyPlug {
  readonly type: string
  build(members: Members, context: AccessContext): AccessStrategy
}

/** Lets nobody in: what cannot be understood fails closed. */
export const closed: AccessStrategy = {
  order: 0,
  ssoAllowed: false,
  unauthorizedRedirectUrl: undefined,
  admits: () => 'unusable',
  authorize: () => 'the access strategy cannot be evaluated',
}
