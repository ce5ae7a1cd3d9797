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
