import type { OutboxRecord, SendResult } from './message.ts'
import type { LookupResult } from './sms/provider.ts'

/** One way by which messages of the outbox leave. */
export interface OutboxChannel {
  /** Longest time that handing one over takes. */
  readonly timeoutMs: number
  /** For the log. */
  readonly name: string
  /**
   * Hands a message over; never throws.
   *
   * @param gate Must have come back before the other side can have the text. When it throws, nothing is handed over and the error is passed on.
   */
  send(record: OutboxRecord, gate: (provider: string) => Promise<void>): Promise<SendResult & { readonly provider: string }>
  /** Whether a message has arrived that nobody knows of; the ids `taken` belong to others. Absent: there is no asking. */
  find?(record: OutboxRecord, taken: ReadonlySet<string>): Promise<LookupResult>
}
