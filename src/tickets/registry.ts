import type { Json } from '../base/json.ts'
import type { DestroyedSession, DestroyReason, NewTicket, Ticket, TrackedService } from './ticket.ts'

export type ConsumeResult =
  | {
      readonly ok: true
      readonly ticket: Ticket
      readonly usesLeft: number
      /** The ticket it hung on, read in the same step. */
      readonly parent: Ticket | undefined
    }
  | { readonly ok: false; readonly reason: 'unknown' | 'expired' | 'used' | 'wrong-kind' | 'parent-gone' }

export type GrantResult =
  | { readonly kind: 'granted' }
  | { readonly kind: 'parent-gone' }
  /** The parent's policy wants more time between two uses. */
  | { readonly kind: 'too-soon' }

/** How many living tickets there may be under one name (tickets.md 7.6). */
export interface TicketLimit {
  /** What is counted together, e.g. `RT shop`. A store keeps a digest of it. */
  readonly scope: string
  readonly max: number
  /** Which of the new tickets takes the place. */
  readonly ticketId: string
  /** What happens when there is no place: nothing at all, or the oldest of the scope is removed. */
  readonly onExceed: 'deny' | 'evict-oldest'
}

/** One ticket for others, in one step. */
export interface Exchange {
  /** What is given for it: one use of this ticket, or with `remove` the ticket itself. */
  readonly consume?: { readonly id: string; readonly kinds: readonly string[]; readonly remove?: boolean }
  /** All of them come, or none; one may hang on one before it. */
  readonly add: readonly NewTicket[]
  readonly limits?: readonly TicketLimit[]
}

/** Only `exchanged` has changed anything. */
export type ExchangeResult =
  | { readonly kind: 'exchanged' }
  | { readonly kind: 'not-consumed'; readonly reason: Extract<ConsumeResult, { readonly ok: false }>['reason'] }
  | { readonly kind: 'parent-gone' }
  | { readonly kind: 'limit'; readonly scope: string }

export interface TicketWithSession {
  readonly ticket: Ticket
  /** What it hangs on directly, where that was asked for by handle. */
  readonly parent?: Ticket | undefined
  /** `undefined` for a ticket that hangs on no session. */
  readonly session: Ticket | undefined
}

export interface Page {
  /** Where the last page ended; absent for the first. */
  readonly cursor?: string
  readonly limit: number
}

export interface SessionPage {
  readonly sessions: readonly Ticket[]
  readonly next: string | undefined
}

export interface TicketPage {
  readonly tickets: readonly Ticket[]
  readonly next: string | undefined
}

export interface RegistryHealth {
  readonly up: boolean
  readonly details: Readonly<Record<string, Json>>
}

/**
 * Where tickets live (tickets.md 7, normative). Every method is one indivisible step with respect to every other, in every process that
 * shares the store; a crash leaves it done or not done. An expired ticket is as if it were not there. No method costs more with more tickets.
 *
 * When a promise of `add`, `grantChild`, `consume`, `exchange`, `update`, `destroyTree`, `delete` or `putOnce` resolves, the change survives `kill -9`
 * (stores that are durable). A store that cannot answer throws `Unavailable`; "not there" is never said instead.
 */
export interface TicketRegistry {
  /** @throws {TicketRefusal} `duplicate` for an id that exists, `full` where the store is bounded. */
  add(ticket: NewTicket): Promise<void>
  get(id: string): Promise<Ticket | undefined>
  /** The same, with the session at the top of what it hangs on, read in the same step. */
  getWithSession(id: string): Promise<TicketWithSession | undefined>
  /** One use, in one step: of two concurrent callers, in any process, exactly one gets the last one. A ticket of another kind is left alone. */
  consume(id: string, kinds: readonly string[]): Promise<ConsumeResult>
  /** Marks a use now: slides the idle end of it and of all its ancestors. Never revives, never goes back. `false` when it is gone. */
  touch(id: string): Promise<boolean>
  /**
   * Adds the child, tracks the service with the session that it all hangs on, and touches the parent, in one step. No child survives its parent.
   */
  grantChild(
    parentId: string,
    child: NewTicket,
    track?: { readonly service: TrackedService; readonly mode: 'latest-per-path' | 'all' },
  ): Promise<GrantResult>
  /**
   * Uses one ticket up and adds others, all or nothing: of two callers with the last use of one ticket exactly one gets anything for it, and no limit is
   * ever exceeded. Touches no parent.
   *
   * @throws {TicketRefusal} as `add`.
   */
  exchange(exchange: Exchange): Promise<ExchangeResult>
  /** Replaces the body of a living ticket. `false` when it is gone. */
  update(id: string, body: Json): Promise<boolean>
  /** Takes over the tracked services of another session (a new login of the same user in the same browser). */
  adoptServices(fromId: string, toId: string): Promise<void>
  servicesOf(id: string): Promise<readonly TrackedService[]>
  /** Ends a ticket and all that hangs on it. Of N callers exactly one gets the session, the others `undefined`. */
  destroyTree(id: string, reason: DestroyReason): Promise<DestroyedSession | undefined>
  /** Removes one ticket, childless or not needed any more; `false` when it was not there. */
  delete(id: string): Promise<boolean>
  /** A living ticket by the handle that `Ticket.handle` shows, with what it hangs on; for lists and operators. */
  getByHandle(handle: string): Promise<TicketWithSession | undefined>
  /** The same as `destroyTree` by the handle. */
  destroyByHandle(handle: string, reason: DestroyReason): Promise<DestroyedSession | undefined>
  /** A living ticket by its handle, with the services that it tracks; for those who look after the server. */
  findByHandle(handle: string): Promise<{ readonly ticket: Ticket; readonly services: readonly TrackedService[] } | undefined>
  /** Living sessions of a principal (compared without case), oldest first. */
  sessionsOf(principalId: string): Promise<readonly Ticket[]>
  countSessionsOf(principalId: string): Promise<number>
  sessions(page: Page): Promise<SessionPage>
  /** Living tickets of one kind, for lists; in no order that means anything. */
  ticketsOf(kind: string, page: Page): Promise<TicketPage>
  /** Living tickets by kind; kept as counters, not counted. */
  counts(): Promise<Readonly<Record<string, number>>>
  /**
   * Expired sessions, and tickets of other kinds that are handed out, that nobody has handled yet, taken by this caller for `leaseMs`; gone for good once
   * `destroyByHandle` was called for them.
   */
  dueSessions(limit: number, leaseMs: number): Promise<readonly DestroyedSession[]>
  /** Removes up to `limit` other expired tickets; how many there were. */
  sweep(limit: number): Promise<number>
  /** Remembers a key until then; `false` when it was remembered already (replay guard). */
  putOnce(key: string, untilMs: number): Promise<boolean>
  /** Notes an event of this key, kept until then (throttling). */
  addHit(key: string, atMs: number, untilMs: number): Promise<void>
  /** How many events of this key are younger than that. */
  hitsSince(key: string, sinceMs: number): Promise<number>
  clearHits(key: string): Promise<void>
  health(): Promise<RegistryHealth>
  close(): Promise<void>
}
