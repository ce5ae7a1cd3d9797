import type { NotificationsConfig } from '../config.ts'
import type { OutboxRecord, SendResult } from '../message.ts'

type RetrySettings = NotificationsConfig['castellan']['notifications']['retry']

/**
 * When a message that was certainly not taken is tried again (notifications.md 7.4): at a random moment within a delay that doubles with each try, at most the
 * longest delay, at least what the other side asks for; after the first tries always within the longest delay.
 *
 * @param record As it was when the try began, that try counted.
 * @param random From 0 up to 1.
 * @returns `undefined` when it is time to give up.
 */
export function nextAttemptAtMs(
  record: OutboxRecord,
  { retryAfterMs = 0 }: SendResult,
  settings: RetrySettings,
  nowMs: number,
  random: () => number,
): number | undefined {
  const firstAtMs = record.firstAttemptAtMs ?? record.createdAtMs
  if (nowMs - firstAtMs >= settings.giveUpAfter * 1000) return undefined
  const longestMs = settings.maxDelay * 1000
  const isEarly = record.attempts < settings.maxAttempts
  const withinMs = isEarly ? Math.min(settings.initialDelay * 1000 * 2 ** Math.min(record.attempts - 1, 40), longestMs) : longestMs
  // "Hourly" is about an hour; only the early tries are spread over the whole delay.
  const delayMs = isEarly ? random() * withinMs : withinMs * (0.9 + random() * 0.1)
  return nowMs + Math.max(delayMs, retryAfterMs)
}
