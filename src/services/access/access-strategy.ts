import type { Client } from '../../base/client.ts'
import type { OutgoingRequests } from '../../base/outgoing-request.ts'
import type { Report } from '../definitions/check.ts'
import type { Members } from '../definitions/members.ts'
import type { Attributes } from '../principal.ts'

/** Why phase 1 says no; the reasons of a `Finding` that come from a strategy. */
export type AccessRefusal = 'disabled' | 'outside-time-window' | 'client-not-allowed' | 'unusable'

/** Who may use an application (services.md 11). */
export interface AccessStrategy {
  readonly order: number
  readonly ssoAllowed: boolean
  readonly unauthorizedRedirectUrl: string | undefined
  /** Phase 1, no user known. @returns why not, `undefined` when it may be used. */
  admits(nowMs: number, client: Client | undefined): AccessRefusal | undefined
  /** Phase 2. @returns why not, for the log; `undefined` when this user may use it. */
  authorize(attributes: Attributes, principalId: string): string | undefined | Promise<string | undefined>
}

/** What a strategy may need besides its members. */
export interface AccessWorld {
  readonly zone: string
  readonly report: Report
  /** Asks other servers, with limits on everything. */
  readonly requests: () => OutgoingRequests
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
