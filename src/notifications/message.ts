export type Channel = 'sms' | 'mail' | 'webhook'

/**
 * What became of handing a message over.
 * - `sent`: the other side has it.
 * - `permanent`: it will never take this one.
 * - `configuration`: it takes none as we are configured; nothing is wrong with the message.
 * - `retryable`: it certainly did not take it, and may later.
 * - `uncertain`: it may have taken it.
 */
export type SendStatus = 'sent' | 'permanent' | 'configuration' | 'retryable' | 'uncertain'

export interface SendResult {
  readonly status: SendStatus
  /** Id that the other side gave it. */
  readonly providerId?: string | undefined
  /** Error code of the other side. */
  readonly code?: string | undefined
  /** For the operator: what the other side says; no secrets. */
  readonly message?: string | undefined
  /** It may have taken it all the same, but the same message again does no harm there. */
  readonly mayHaveTaken?: boolean | undefined
  /** Not before so many milliseconds have passed. */
  readonly retryAfterMs?: number | undefined
  /** Page that explains the code. */
  readonly moreInfo?: string | undefined
}

export type MessageState = 'held' | 'pending' | 'sending' | 'uncertain' | 'sent' | 'failed' | 'unknown' | 'withdrawn'

/** Nothing more happens to these by itself. */
const FINISHED: ReadonlySet<MessageState> = new Set(['sent', 'failed', 'unknown', 'withdrawn'])
export const isFinished = ({ state }: { readonly state: MessageState }): boolean => FINISHED.has(state)

/** One message to one recipient by one channel, from the moment it is decided to the end (notifications.md 7). */
export interface OutboxRecord {
  /** Identity of the message: see `messageKey`. Stands first in a stored record. */
  readonly key: string
  /** Grows by one with each change; whoever writes it first wins. */
  readonly version: number
  readonly state: MessageState
  readonly channel: Channel
  readonly to: string
  readonly text: string
  /** Mail only. */
  readonly subject?: string
  readonly html?: boolean
  /** Why it is sent. */
  readonly action: 'expired' | 'deleted' | 'warning'
  readonly service: { readonly id: string; readonly name: string; readonly serviceId: string; readonly file: string }
  /** When the service ends. */
  readonly expiresAtMs: number
  readonly createdAtMs: number
  /** Nothing is done before. */
  readonly dueAtMs: number
  readonly attempts: number
  readonly firstAttemptAtMs?: number
  /** When it was last handed over, or may have been. */
  readonly attemptedAtMs?: number
  /** Who is at it, until when, and whether the text may have left. */
  readonly claim?: { readonly owner: string; readonly untilMs: number; readonly handedOver: boolean }
  /** How often the other side was asked whether it has it. */
  readonly lookups: number
  readonly provider?: string
  readonly providerId?: string
  readonly error?: { readonly code?: string; readonly message?: string }
  readonly finishedAtMs?: number
  /** What the other side says has become of a message it took. */
  readonly delivery?: Delivery
}

/** Whether a message that was taken has reached its recipient, as the other side says. */
export interface Delivery {
  readonly outcome: 'delivered' | 'undelivered' | 'open'
  /** Word of the other side: `delivered`, `undelivered`, `sent` … */
  readonly status: string
  readonly code?: string
  readonly message?: string
  readonly askedAtMs: number
}
