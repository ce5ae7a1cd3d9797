/**
 * Tickets: everything the server issues and has to find again. It owns kinds, ids, expiration and the registry with its stores; it knows nothing of
 * users or protocols, which keep their data in a ticket's body. Handed to sso and the protocols.
 */
export { type Cleaner, type CleanerParts, startCleaner } from './cleaner.ts'
export { type TicketsConfig, ticketsConfig } from './config.ts'
export { TicketRefusal, TicketRegistryUnusable } from './errors.ts'
export { expiresAtMs, isExpired, isTooSoon, isUsedUp, type Life } from './expiration.ts'
export { type TicketIdParts, type TicketIds, ticketIds } from './ids.ts'
export { ticketKinds } from './kinds.ts'
export type { Compacted } from './registry/lmdb/compaction.ts'
export { compactTickets, embeddedPath, openTicketRegistry, type TicketRegistryParts } from './registry/open.ts'
export { storeWanted } from './registry/selection.ts'
export type {
  ConsumeResult,
  Exchange,
  ExchangeResult,
  GrantResult,
  Page,
  RegistryHealth,
  SessionPage,
  TicketLimit,
  TicketPage,
  TicketRegistry,
  TicketWithSession,
} from './registry.ts'
export {
  type Found,
  mayBeRemembered,
  type SessionCircumstances,
  type SessionLimitsOfService,
  sessionLimitOf,
  sessionPolicy,
  type TicketLimitsOfService,
  type TicketRules,
  ticketRules,
  usePolicy,
} from './rules.ts'
export type {
  DestroyedSession,
  DestroyReason,
  ExpirationPolicy,
  LastWords,
  NewTicket,
  Ticket,
  TicketKind,
  TrackedService,
} from './ticket.ts'
