/**
 * Audit: what happened, who did it, to what, with which result (configuration.md 15). It owns the names of actions and the sinks; every room hands it
 * records, nobody reads them but the management endpoints and the operator.
 */
export { maskTicketId } from '../base/mask.ts'
export { type AuditParts, createAudit } from './audit.ts'
export { type Verified, verifyChains } from './chain.ts'
export type { AuditConfig } from './config.ts'
export { describedEvent, type EventTrail, eventTrail, type StoredEvent } from './events.ts'
export { type AuditHistory, auditHistory, type HistoryQuery, type KeptRecord } from './history.ts'
export { type Audit, type AuditRecord, memoryAudit } from './record.ts'
