import type { Json } from '../base/json.ts'

/**
 * A kind of ticket, as data (tickets.md 2): rooms register theirs in the catalogue that is handed to the registry.
 */
export interface TicketKind {
  /** First part of the id, and the name of the kind everywhere: `TGT`, `ST`, `PT`, `PGT`, `TST`, `OC`, `AT`, `RT`, `ODT`, `ODUC`. */
  readonly prefix: string
  /** Name of the container in the store (`cas.….storage-name`). */
  readonly storageName: string
  /** Whether it is a root or inner node that other tickets hang on; their death follows its death. */
  readonly grants: boolean
  /** Whether it is entered in the index of its principal's sessions. */
  readonly session: boolean
  /** Whether it is handed out when it expires, as sessions are, instead of being swept: something is still to be done about it. */
  readonly handedOut?: boolean
  /**
   * Whether whoever holds one easily gets another: then nobody waits until a new one would outlive the machine. It does within a second; that it has ended is
   * waited for as with every other.
   */
  readonly replaceable?: boolean
}

/**
 * When a ticket ends, resolved when it is made and kept with it (tickets.md 3). An absent limit is no limit; exactly at a limit the ticket still lives.
 */
export interface ExpirationPolicy {
  /** Seconds from creation. */
  readonly timeToLiveInSeconds?: number
  /** Seconds from the last use. */
  readonly timeToIdleInSeconds?: number
  readonly numberOfUses?: number
  /** Shortest distance of two uses; a use that comes earlier is refused, the ticket lives on. */
  readonly timeBetweenUsesInSeconds?: number
}

export interface NewTicket {
  /** The complete id that goes out. A store keeps only a keyed digest of it (D14). */
  readonly id: string
  readonly kind: string
  readonly createdAtMs: number
  readonly policy: ExpirationPolicy
  /** The id of the ticket that this one hangs on. */
  readonly parentId?: string
  /** The same as `Ticket.handle` shows it, for whoever holds the parent and not its id. Read by `add` alone; never taken from a request. */
  readonly parentHandle?: string
  /** For kinds with `session`: whose session it is. */
  readonly principalId?: string
  /** What its room keeps in it; immutable but for `update`. Holds no usable id. */
  readonly body: Json
}

export interface Ticket {
  readonly kind: string
  readonly createdAtMs: number
  readonly lastUsedAtMs: number
  readonly countOfUses: number
  readonly policy: ExpirationPolicy
  /** The instant at which it ends if nobody uses it again; `Infinity` for never. */
  readonly expiresAtMs: number
  readonly principalId: string | undefined
  readonly body: Json
  /** What may be shown of its id: `TGT-3f9a…-sso1`. Accepted by management endpoints, never from a browser. */
  readonly handle: string
}

/** A service that a session gave a ticket to, kept until logout (cas-protocol.md 11.2). */
export interface TrackedService {
  /** Cleaned id of the service. */
  readonly service: string
  /** The id of the service ticket: `SessionIndex` of a logout message. Sealed at rest. */
  readonly ticketId: string
  readonly grantedAtMs: number
}

/** What is left of a session when it has been destroyed: all that logout needs. Exactly one caller gets it. */
export interface DestroyedSession {
  readonly ticket: Ticket
  readonly services: readonly TrackedService[]
  readonly reason: DestroyReason
  /** Id of the ticket that was left in its place in the same step (`LastWords`). */
  readonly leftId?: string
}

/**
 * What a session leaves when it ends: a ticket that is added in the step that removes it, so that a crash cannot come between. Called within a
 * transaction: quick, and without side effects.
 */
export type LastWords = (session: DestroyedSession) => NewTicket | undefined

export type DestroyReason = 'logout' | 'expired' | 'replaced' | 'administrator' | 'session-limit'
