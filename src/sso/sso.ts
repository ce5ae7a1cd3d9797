import type { Authentication } from '../authentication/index.ts'
import type { Client } from '../base/client.ts'
import type { Call } from '../http/index.ts'
import type { RegisteredService, ServiceReference } from '../services/index.ts'
import type { DestroyedSession, DestroyReason, Ticket, TrackedService } from '../tickets/index.ts'
import type { Participation } from './participation.ts'

export interface Session {
  /** Id of the ticket-granting ticket. A secret: never logged, never in a page. */
  readonly id: string
  readonly ticket: Ticket
  readonly authentication: Authentication
}

export interface OpenSession {
  readonly authentication: Authentication
  readonly call: Call
  /** The application the login is for; its `ticketGrantingTicketExpirationPolicy` counts. */
  readonly service?: RegisteredService | undefined
  /** A session that the browser had before (cas-protocol.md 2.4): kept, replaced or ended. */
  readonly previous?: Session | undefined
  /**
   * `false`: it will never have a cookie and gets a short life (public workstation, a veto of the interrupt). `open` itself sets none: `setCookie`
   * does.
   */
  readonly cookie: boolean
  /** Without a cookie, and yet with the life of an ordinary session: something else than a browser goes on with it (tokens, oauth.md 8.2). */
  readonly lasting?: boolean
}

export type Grant =
  | { readonly kind: 'granted'; readonly ticketId: string }
  /** The session ended meanwhile. */
  | { readonly kind: 'session-gone' }
  | { readonly kind: 'too-soon' }

export interface Sso {
  /** The session of this browser. A cookie that names none is removed with the answer to this call. */
  current(call: Call): Promise<Session | undefined>
  /** The session of a ticket-granting ticket that a paused login has made; `undefined` when it has ended. Does not count as a use. */
  load(id: string): Promise<Session | undefined>
  /**
   * Whether this session counts for this service now (cas-protocol.md 8.4); why not, for the log. A promise only where the service is a chain or has a
   * script.
   *
   * @param client Who asks: some services limit the age of a session by user agent or address.
   */
  participates(session: Session, service: RegisteredService | undefined, client?: Client): Participation | Promise<Participation>
  /**
   * Whether a login for this service may set the cookie: single sign-on is on, and if the login was forced the service allows it, else
   * `cas.sso.create-sso-cookie-on-renew-authn` (cas-protocol.md 8.3, 8.4).
   *
   * @param circumstances `forced`: it was asked for although a session existed, by renew or by the service.
   */
  mayKeepSession(service: RegisteredService | undefined, circumstances: { readonly forced: boolean }): boolean
  /**
   * Makes the session, or takes the old one further; sets no cookie.
   *
   * @throws {SessionLimit} when the user has as many as allowed.
   */
  open(wish: OpenSession): Promise<Session>
  /** Sets the ticket-granting cookie on this answer. */
  setCookie(call: Call, session: Session): void
  /** Adds attributes to the authentication of a living session; `undefined` when it has ended. */
  addAttributes(session: Session, attributes: Authentication['attributes']): Promise<Session | undefined>
  grantServiceTicket(
    session: Session,
    service: ServiceReference,
    definition: RegisteredService,
    facts: { readonly renewed: boolean; readonly fromNewLogin: boolean },
    client?: Client,
  ): Promise<Grant>
  /** The applications that have a ticket of this session, for a page to the user; their ticket ids are not for it. */
  applicationsOf(session: Session): Promise<readonly TrackedService[]>
  /** Ends the session of this browser, or the one given, and removes the cookies. */
  end(call: Call, reason: DestroyReason, session?: Session): Promise<DestroyedSession | undefined>
  /** Ends a session that no browser stands behind. @returns what is left of it, to one of all who try. */
  destroy(session: Session, reason: DestroyReason, client: Client): Promise<DestroyedSession | undefined>
  /**
   * Ends the session that an administrator names, by its handle or its id; its applications are told.
   *
   * @returns `undefined` when there is none.
   */
  endNamed(name: string, client: Client): Promise<DestroyedSession | undefined>
  warnCookie: { isSet(call: Call): boolean; set(call: Call): void; clear(call: Call): void }
  close(): Promise<void>
}
