import type { Client } from '../base/client.ts'
import type { Attributes, Principal, RegisteredService } from '../services/index.ts'
import type { Renewed } from './renewal.ts'

/** A text of the message bundle with its arguments, for `{0}`, `{1}` … */
export interface MessageRef {
  readonly key: string
  readonly args?: readonly string[]
}

/** What happened when a user logged in (authentication.md 2). Lives in the ticket-granting ticket; has the password at most sealed. */
export interface Authentication {
  readonly principal: Principal
  readonly authenticatedAtMs: number
  /** `authenticationMethod`, `successfulAuthenticationHandlers`, `credentialType`, `longTermAuthenticationRequestTokenUsed` … */
  readonly attributes: Attributes
  /** Names of the handlers that said yes. */
  readonly successes: readonly string[]
  /** Name of the handler → name of the failure, e.g. `FailedLoginException`. */
  readonly failures: Readonly<Record<string, string>>
  readonly warnings: readonly MessageRef[]
  /** The password that was typed, sealed for this user (`cas.clearpass.cache-credential`); else absent. */
  readonly sealedPassword?: string
}

export interface UsernamePasswordCredential {
  readonly kind: 'UsernamePasswordCredential'
  readonly username: string
  readonly password: string
  /** Name of the handler the user chose (`cas.authn.policy.source-selection-enabled`). */
  readonly source?: string
  readonly rememberMe?: boolean
  readonly customFields?: Readonly<Record<string, string>>
}
export type Credential = UsernamePasswordCredential

/** Somebody who has shown otherwise than by a password who they are, such as by a code that was sent to them. */
export interface Proof {
  /** Name that policies know this way by, as that of a handler. */
  readonly handlerName: string
  /** Kind of what was shown, for applications and the audit trail. */
  readonly credentialType: string
  readonly username: string
  /** What is known of the user besides what the sources of attributes say. */
  readonly attributes: Attributes
  readonly rememberMe?: boolean
}

export type AuthenticationOutcome =
  | { readonly kind: 'authenticated'; readonly authentication: Authentication }
  | {
      readonly kind: 'failed'
      /** Simple name of the exception that decides what the user sees (authentication.md 8), e.g. `AccountLockedException`; `UNKNOWN` when none of the list was raised. */
      readonly failure: string
      readonly failures: Readonly<Record<string, string>>
    }

export interface AuthenticationRequest {
  readonly client: Client
  /** The application one is on the way to; its `authenticationPolicy` narrows the handlers. */
  readonly service?: RegisteredService | undefined
}

export interface HandlerFacts {
  readonly name: string
  /** Class name that CAS gives a handler of this kind. */
  readonly type: string
  readonly state: 'ACTIVE' | 'STANDBY'
  readonly order: number
}

export interface AuthenticationEngine {
  /** @throws {Unavailable} `password-queue-full` when too many passwords wait to be checked. */
  authenticate(credential: Credential, request: AuthenticationRequest): Promise<AuthenticationOutcome>
  /**
   * Makes a login of a proof that somebody else has checked. Attributes are resolved, and policies asked, as if a handler of that name had said yes.
   */
  accept(proof: Proof, request: AuthenticationRequest): Promise<AuthenticationOutcome>
  /**
   * What the sources of this login say of its user today, without a password: the state of the account, and attributes.
   *
   * @throws {Unavailable} when one of them cannot be asked.
   */
  renew(authentication: Authentication): Promise<Renewed>
  /** What the attribute sources know of a user, without a password; no attributes for whom they do not know. */
  principalOf(username: string): Promise<Principal>
  /**
   * What the sources of these ids know of a user, those that stand by included; `*` and no ids: the sources of logins.
   *
   * @throws when a source cannot be asked and `recover-exceptions` is off.
   */
  attributesOf(username: string, sourceIds: readonly string[]): Promise<Attributes>
  /** Attribute sources that are asked at logins, in their order. */
  attributeSources(): readonly { readonly id: string; readonly order: number }[]
  /** In the order in which they are asked. */
  handlers(): readonly HandlerFacts[]
  /** Class names that CAS has for the policies that are switched on; the first is in force (authentication.md 7). */
  policies(): readonly string[]
  /** Names of attributes that the settings mention. */
  attributeNames(): readonly string[]
  /** Names that may stand in the field `source`; empty unless source selection is on. */
  sources(): readonly string[]
  /** Whether a static list of users is in use: the login page says so. */
  readonly staticUsersActive: boolean
  close(): Promise<void>
}
