import type { Authentication } from '../authentication/index.ts'
import type { Client } from '../base/client.ts'
import type { Clock } from '../base/clock.ts'
import type { Json } from '../base/json.ts'
import type { Log } from '../base/log.ts'
import type { Notifications } from '../notifications/index.ts'
import type { Attributes, RegisteredService, Scripts, ServiceReference } from '../services/index.ts'
import type { TicketRegistry } from '../tickets/index.ts'
import type { ApplicationProps, Message, View } from '../views/index.ts'
import type { MultifactorConfig } from './config.ts'

/** A login, as far as second factors look at it. */
export interface Inquiry {
  readonly authentication: Authentication
  readonly service: ServiceReference | undefined
  readonly registeredService: RegisteredService | undefined
  /** Providers that the request itself named. */
  readonly requested: readonly string[]
  readonly client: Client
  /** Names of the headers of the request; none where the caller is no browser. */
  readonly headerNames: () => readonly string[]
  /** Another site has loaded this as a part of its own page: nobody may see what is answered, and nothing is to leave because of it. */
  readonly hidden: boolean
  /** What pages tell about the application. */
  readonly application: ApplicationProps | undefined
  /** Language of the page, where the request chose one. */
  readonly locale: string | undefined
}

/** When a provider cannot be used: refuse, go on, go on and say it was passed, do not even look (authentication.md 13.1). */
export type FailureMode = 'CLOSED' | 'OPEN' | 'PHANTOM' | 'NONE' | 'UNDEFINED'

/** What a user has sent from a page of a provider. */
export interface Posted {
  readonly event: string
  field(name: string): string | undefined
}

export type ProviderOutcome =
  /** Attributes that are added to those of the authentication, besides the context itself. */
  | { readonly kind: 'passed'; readonly attributes: Attributes }
  /** Show a page and come back with what was posted. `state` is sealed into the page; a reload shows it again. */
  | { readonly kind: 'ask'; readonly view: (execution: string) => View; readonly state: Json; readonly status?: number }
  /** End with a page: nothing can be done now. */
  | { readonly kind: 'unable'; readonly view: View; readonly status: number }
  /** The login begins again, with this message. */
  | { readonly kind: 'restart'; readonly message: Message; readonly status: number }

/** A way to a second factor. One folder of `providers/` each; `providers/index.ts` lists them. */
export interface MultifactorProvider {
  /** What triggers call it, and what applications get as the context of a login: `mfa-simple`. */
  readonly id: string
  /** For lists of operators. */
  readonly name: string
  readonly rank: number
  readonly failureMode: FailureMode
  /** Credential and handler, for the audit trail. */
  readonly credentialType: string
  readonly handlerName: string
  /** Whether it can be used now; what else happens is decided by the failure mode. */
  isAvailable(): Promise<boolean>
  /** Why this login is let past it, for log and audit; `undefined`: it is not. */
  bypass(inquiry: Inquiry): string | undefined | Promise<string | undefined>
  /** Begins: called once in a login, for what it does (a message that leaves) is done each time. */
  begin(inquiry: Inquiry): Promise<ProviderOutcome>
  /** The page again, with nothing done. */
  show(inquiry: Inquiry, state: Json): Promise<ProviderOutcome>
  submit(inquiry: Inquiry, state: Json, posted: Posted): Promise<ProviderOutcome>
}

/** What providers are given. */
export interface ProviderParts {
  readonly settings: MultifactorConfig
  readonly registry: TicketRegistry
  readonly notifications: Pick<Notifications, 'direct'>
  readonly scripts: Scripts
  /** 32 bytes each, for what only this server may be able to check: codes. The first writes, all read. */
  readonly keys: readonly Buffer[]
  readonly clock: Clock
  readonly log: Log
}

/** @throws {StartRefusal} for settings that cannot work. */
export type ProviderKind = (parts: ProviderParts) => MultifactorProvider
