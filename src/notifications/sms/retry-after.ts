/** Longer waits than a day are taken for a mistake of the other side. */
const LONGEST_MS = 86_400_000

/** `Retry-After` as seconds or as a date (RFC 9110 10.2.3), in milliseconds from now; `undefined` when there is none that can be read. */
export function retryAfterMs(headers: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  const text = headers['retry-after']?.trim() ?? ''
  if (text === '') return undefined
  const theirNowMs = Date.parse(headers['date'] ?? '')
  const wait = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - (Number.isNaN(theirNowMs) ? nowMs : theirNowMs)
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), LONGEST_MS)
}
