import type { SendStatus } from '../message.ts'

type Class = Exclude<SendStatus, 'sent'>

/** The sender's queue is full, or the day's number is used up: that takes longer than a moment. */
const LONG_DELAY_MS = 3_600_000

/** Codes of Twilio that mean something else than their HTTP status says (notifications.md 6.2). An unknown code falls back to the status. */
const BY_CODE: Readonly<Record<string, Class>> = {
  // The account, the credential, the sender: no message gets through as we are configured.
  20003: 'configuration',
  20005: 'configuration',
  20006: 'configuration',
  20404: 'configuration',
  21212: 'configuration',
  21408: 'configuration',
  21603: 'configuration',
  21606: 'configuration',
  21659: 'configuration',
  21660: 'configuration',
  30002: 'configuration',
  30034: 'configuration',
  // This recipient, this text.
  21211: 'permanent',
  21602: 'permanent',
  21604: 'permanent',
  21608: 'permanent',
  21610: 'permanent',
  21612: 'permanent',
  21614: 'permanent',
  21617: 'permanent',
  30003: 'permanent',
  30004: 'permanent',
  30005: 'permanent',
  30006: 'permanent',
  30007: 'permanent',
  30008: 'permanent',
  // Not now.
  20429: 'retryable',
  21611: 'retryable',
  30001: 'retryable',
  63038: 'retryable',
  20503: 'retryable',
}
const LONG: ReadonlySet<string> = new Set(['21611', '30001', '63038'])

/** What an answer other than success means, and how long to wait at least. */
export function classify(status: number, code: string | undefined, hasRetryAfter: boolean): { status: Class; retryAfterMs?: number } {
  const known = code === undefined ? undefined : BY_CODE[code]
  if (known !== undefined) return { status: known, ...(LONG.has(code ?? '') ? { retryAfterMs: LONG_DELAY_MS } : {}) }
  if (status === 429) return { status: 'retryable' }
  // Not processed where they say when to come again; else nobody knows.
  if (status === 503) return { status: hasRetryAfter ? 'retryable' : 'uncertain' }
  if (status >= 500) return { status: 'uncertain' }
  if (status === 401 || status === 403 || status === 404 || status === 405 || status === 407) return { status: 'configuration' }
  // A redirect is not followed: the credential belongs to the address configured.
  if (status >= 300 && status < 400) return { status: 'configuration' }
  // A 2xx without an id, or a 1xx: something took it that is not Twilio.
  if (status < 300) return { status: 'uncertain' }
  return { status: 'permanent' }
}
