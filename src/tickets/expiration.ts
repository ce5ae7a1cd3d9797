import type { ExpirationPolicy, Ticket } from './ticket.ts'

/** What of a ticket decides about its end. */
export type Life = Pick<Ticket, 'createdAtMs' | 'lastUsedAtMs' | 'countOfUses' | 'policy'>

/**
 * The last instant at which a ticket still lives if nobody uses it again (tickets.md 3.1); `Infinity` for never. Uses are not counted here.
 */
export function expiresAtMs({ createdAtMs, lastUsedAtMs, policy }: Life): number {
  const hard = policy.timeToLiveInSeconds === undefined ? Number.POSITIVE_INFINITY : createdAtMs + policy.timeToLiveInSeconds * 1000
  const idle = policy.timeToIdleInSeconds === undefined ? Number.POSITIVE_INFINITY : lastUsedAtMs + policy.timeToIdleInSeconds * 1000
  return Math.min(hard, idle)
}

/** Whether it has ended: by time, exactly at the limit it still lives (tickets.md 3.5), or because its uses are used up. */
export function isExpired(life: Life, nowMs: number): boolean {
  return nowMs > expiresAtMs(life) || isUsedUp(life)
}

export function isUsedUp({ countOfUses, policy }: Pick<Life, 'countOfUses' | 'policy'>): boolean {
  return policy.numberOfUses !== undefined && countOfUses >= policy.numberOfUses
}

/**
 * Whether a use now comes too early after the last one (throttled policy, tickets.md 3.1). The first use never does, and neither do uses of the same
 * instant: a browser that opens several applications at once is not too quick.
 */
export function isTooSoon({ lastUsedAtMs, countOfUses, policy }: Life, nowMs: number): boolean {
  if (policy.timeBetweenUsesInSeconds === undefined || countOfUses === 0) return false
  const elapsedMs = nowMs - lastUsedAtMs
  return elapsedMs > 0 && elapsedMs < policy.timeBetweenUsesInSeconds * 1000
}

/**
 * How much younger than now a stored last use may be without being written again (tickets.md 7.3): at most 5 s, at most a hundredth of the idle limit.
 * Policies that count or space their uses are always written.
 *
 * @param longestMs `castellan.ticket-registry.touch-interval`; 0 writes always.
 */
export function touchWindowMs(policy: ExpirationPolicy, longestMs: number): number {
  if (policy.numberOfUses !== undefined || policy.timeBetweenUsesInSeconds !== undefined) return 0
  return Math.min(longestMs, ((policy.timeToIdleInSeconds ?? Number.POSITIVE_INFINITY) * 1000) / 100)
}
