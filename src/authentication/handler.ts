import type { Client } from '../base/client.ts'
import type { Attributes } from '../services/index.ts'
import type { MessageRef } from './authentication.ts'
import type { FailureName } from './failures.ts'

/** What a handler is given: the name after its transformation, the password as typed. Both are not empty. */
export interface Attempt {
  readonly username: string
  readonly password: string
  readonly client: Client
}

export type HandlerAnswer =
  | { readonly kind: 'success'; readonly id: string; readonly attributes?: Attributes; readonly warnings?: readonly MessageRef[] }
  | { readonly kind: 'failure'; readonly failure: FailureName }
  /** The source cannot be asked; `reason` is for the log. */
  | { readonly kind: 'prevented'; readonly reason: string; readonly cause?: unknown }

/** A source of users that can check a password (authentication.md 2, 4). The engine does what all have in common. */
export interface Handler {
  readonly name: string
  /** Class name that CAS gives a handler of this kind. */
  readonly type: string
  readonly order: number
  readonly state: 'ACTIVE' | 'STANDBY'
  /** The name this handler looks for, or `blocked` (authentication.md 6). */
  transform(username: string): string | { readonly blocked: true }
  /** Whether this user name is for this handler (`credential-criteria`). */
  supports(username: string): boolean
  /**
   * Unknown users must take as long as wrong passwords.
   *
   * @throws {Unavailable} when the password queue is full.
   */
  authenticate(attempt: Attempt): Promise<HandlerAnswer>
  /** What the source says of this account today, without a password; absent where a password is all that can be checked. */
  lookUp?(username: string): Promise<HandlerAnswer>
}

export const failed = (failure: FailureName): HandlerAnswer => ({ kind: 'failure', failure })
