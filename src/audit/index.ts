/**
 * Audit: what happened, who did it, to what, with which result (configuration.md 15). It owns the names of actions and the sinks; every room hands it
 * records, nobody reads them but the management endpoints and the operator.
 */
import type { Client } from '../base/client.ts'

export interface AuditRecord {
  /** Name of CAS: `AUTHENTICATION_SUCCESS`, `SERVICE_TICKET_CREATED` … */
  readonly action: string
  /** Principal or user name; `audit:unknown` when nobody is known. */
  readonly who: string
  /** The thing concerned, ticket ids masked, line breaks stripped by the sink. */
  readonly what: string
  readonly client?: Client | undefined
}

export interface Audit {
  record(record: AuditRecord): void
  close(): Promise<void>
}

/** Keeps what was recorded; for tests. */
export function memoryAudit(): Audit & { readonly records: readonly AuditRecord[] } {
  const records: AuditRecord[] = []
  return { records, record: (record) => void records.push(record), close: async () => {} }
}

/** `TGT-1-****************b3xY9zQ-wcas01`: prefix and number, sixteen asterisks, the last seven characters and the host (configuration.md 10.4). */
export function maskTicketId(id: string): string {
  const match = /^([A-Z]+-\d+-)([A-Za-z0-9_]+)((?:-[^-]+)*)$/.exec(id)
  return match ? `${match[1]}****************${(match[2] ?? '').slice(-7)}${match[3]}` : '****************'
}
