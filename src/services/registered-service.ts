import type { Json } from '../base/json.ts'

export type Protocol = 'cas' | 'oauth' | 'oidc' | 'saml2' | 'ws-fed'

/** Limits of one kind of ticket that a definition sets for itself (tickets.md 3.6). Absent: the global setting. */
export interface TicketLimits {
  readonly numberOfUses?: number
  readonly timeToLiveInSeconds?: number
}

/** A nested policy as its file has it, read and checked: what the class name says, and its members. Each room gives it its meaning. */
export interface PolicyDefinition {
  /** Simple class name, e.g. `AuthenticationDateRegisteredServiceSingleSignOnParticipationPolicy`. */
  readonly type: string
  readonly members: Readonly<Record<string, Json>>
  /**
   * Present where the policy is a script that can be run: asks it, with its arguments by name.
   *
   * @throws {ScriptFailure} for everything that goes wrong; what was asked has to be denied then.
   */
  readonly ask?: (input: Readonly<Record<string, Json>>) => Promise<Json>
  /** The policies of a chain, in their order. */
  readonly chain?: readonly PolicyDefinition[]
}

/** A definition, read: what the rest of the server sees of an application (services.md 5). */
export interface RegisteredService {
  /** Java's `long`, exact, as decimal text. */
  readonly id: string
  readonly protocol: Protocol
  /** Complete class name as written back. */
  readonly className: string
  readonly name: string
  /** The pattern. */
  readonly serviceId: string
  readonly description: string | undefined
  readonly informationUrl: string | undefined
  readonly privacyUrl: string | undefined
  readonly logo: string | undefined
  readonly theme: string | undefined
  readonly locale: string | undefined
  readonly evaluationOrder: number
  /** Answer by redirect, form post or headers (login-flow.md 6). */
  readonly responseType: 'REDIRECT' | 'POST' | 'HEADER'
  /** Where the answer goes instead of the service URL. */
  readonly redirectUrl: string | undefined
  /** Validation protocols it may use; empty: all. */
  readonly supportedProtocols: readonly ('CAS10' | 'CAS20' | 'CAS30' | 'SAML1')[]
  readonly logoutType: 'BACK_CHANNEL' | 'FRONT_CHANNEL' | 'NONE'
  readonly logoutUrls: readonly string[]
  readonly ssoEnabled: boolean
  readonly unauthorizedRedirectUrl: string | undefined
  /** When it ends, in ms since the epoch; `Infinity`: never. */
  readonly expiresAtMs: number
  readonly authenticationPolicy: {
    readonly requiredHandlers: readonly string[]
    readonly excludedHandlers: readonly string[]
    readonly criteria: PolicyDefinition | undefined
  }
  readonly singleSignOnParticipation: PolicyDefinition | undefined
  readonly proxyPolicy: PolicyDefinition | undefined
  readonly serviceTicket: TicketLimits
  readonly proxyTicket: TicketLimits
  readonly proxyGrantingTicket: TicketLimits
  /** `maxTimeToLiveInSeconds` and the maps pattern → seconds of `ticketGrantingTicketExpirationPolicy`. */
  readonly ticketGrantingTicket: {
    readonly timeToLiveInSeconds?: number
    readonly byUserAgent?: Readonly<Record<string, number>>
    readonly byAddress?: Readonly<Record<string, number>>
  }
  /** Well-known names compare without case; values as texts. */
  property(name: string): readonly string[]
  /** `true`, `yes`, `on`, `y`, `t`, `1`. */
  flag(name: string, fallback: boolean): boolean
  /** Complete members as loaded, unknown ones included, collections as plain lists and maps. */
  readonly definition: Readonly<Record<string, Json>>
  /** What its file itself has, where templates add to it (services.md 7.7): only this is ever written. */
  readonly stored?: Readonly<Record<string, Json>> | undefined
  /** Path of the file it came from, for messages to the operator. */
  readonly file: string
}
