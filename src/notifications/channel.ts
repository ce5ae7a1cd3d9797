import type { OutboxRecord, SendResult } from './message.ts'
import type { DeliveryResult, LookupResult } from './sms/provider.ts'

export type OneOrMore<T> = readonly [T, ...T[]]

/** One way by which messages of the outbox leave. */
export interface OutboxChannel {
  /** Longest time that handing one over takes. */
  readonly timeoutMs: number
  /** For the log. */
  readonly name: string
  /** Who is handed a message at once, so that the claim on it can say so; absent: there is something to be done before. */
  readonly first?: string
  /** Messages of one sender leave one after the other, so many milliseconds apart; absent: as they come. */
  spacing?(record: OutboxRecord): { readonly sender: string; readonly ms: number } | undefined
  /** Messages that have this word in common leave as one; absent, or no word: each alone. */
  together?(record: OutboxRecord): string | undefined
  /**
   * Hands a message over; never throws.
   *
   * @param records One; or several that leave together.
   * @param gate Must have come back before the other side can have the text. When it throws, nothing is handed over and the error is passed on.
   */
  send(records: OneOrMore<OutboxRecord>, gate: (provider: string) => Promise<void>): Promise<SendResult & { readonly provider: string }>
  /** Whether a message has arrived that nobody knows of; the ids `taken` belong to others. Absent: there is no asking. */
  find?(record: OutboxRecord, taken: ReadonlySet<string>): Promise<LookupResult>
  /** What has become of a message that was taken, and how long after that it is asked for, shortest first. Absent: there is no asking. */
  readonly delivery?: { readonly afterMs: readonly number[]; ask(record: OutboxRecord): Promise<DeliveryResult> }
}
