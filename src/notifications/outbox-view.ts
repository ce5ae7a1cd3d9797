import type { MessageState, OutboxRecord } from './message.ts'
import type { OutboxOverview } from './notifications.ts'
import { maskRecipient } from './recipient.ts'

/** What operators see of a message: recipients masked, neither its text nor who is at it. Moments are ISO 8601; `''`: not yet. */
export function publicFacts(record: OutboxRecord) {
  const { claim: _claim, text: _text, subject: _subject, to, channel, createdAtMs, dueAtMs, attemptedAtMs, finishedAtMs, ...more } = record
  const { expiresAtMs, firstAttemptAtMs: _first, delivery, ...rest } = more
  return {
    ...rest,
    channel,
    to: maskRecipient(channel, to),
    expiresAt: at(expiresAtMs),
    createdAt: at(createdAtMs),
    dueAt: at(dueAtMs),
    attemptedAt: at(attemptedAtMs),
    finishedAt: at(finishedAtMs),
    ...(delivery ? { delivery: { ...delivery, askedAtMs: undefined, askedAt: at(delivery.askedAtMs) } } : {}),
  }
}

/** The outbox as operators see it, newest messages first, those of one state only where it is given. @param limit Most messages. */
export function outboxView({ place, counts, oldestOpenAtMs, records }: OutboxOverview, state?: string, limit = Number.POSITIVE_INFINITY) {
  const shown = newestFirst(records, state)
  return {
    place: place ?? null,
    counts,
    oldestOpenAt: at(oldestOpenAtMs),
    messages: shown.slice(0, limit).map(publicFacts),
  }
}

export const newestFirst = (records: readonly OutboxRecord[], state?: string): readonly OutboxRecord[] =>
  records.filter((record) => state === undefined || record.state === state).sort((one, other) => other.createdAtMs - one.createdAtMs)

const STATES: readonly MessageState[] = ['held', 'pending', 'sending', 'uncertain', 'sent', 'failed', 'unknown', 'withdrawn']
export const isMessageState = (word: string): boolean => STATES.some((state) => state === word)

const at = (ms: number | undefined): string => (ms === undefined ? '' : new Date(ms).toISOString())
