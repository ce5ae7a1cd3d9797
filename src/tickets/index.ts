/**
 * Tickets: everything the server issues and has to find again. It owns kinds, ids, expiration and the registry with its stores; it knows nothing of
 * users or protocols, which keep their data in a ticket's body. Handed to sso and the protocols.
 */
export type { ConsumeResult, GrantResult, Page, RegistryHealth, SessionPage, TicketRegistry } from './registry.ts'
export type { DestroyedSession, DestroyReason, ExpirationPolicy, NewTicket, Ticket, TicketKind, TrackedService } from './ticket.ts'
