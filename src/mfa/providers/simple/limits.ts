import type { Clock } from '../../../base/clock.ts'
import { StartRefusal } from '../../../base/start-refusal.ts'
import { type CodeLimits, type CodeLimitsParts, codeLimits } from '../../code-limits.ts'
import type { SimpleConfig } from './config.ts'

export interface LimitsParts extends Pick<CodeLimitsParts, 'registry' | 'clock'> {
  readonly settings: SimpleConfig
}

/** @throws {StartRefusal} for a `bucket4j` without any bandwidth. */
export function sendingLimits({ settings, registry, clock }: LimitsParts): CodeLimits {
  const { sendLimit, sendWindow } = settings.castellan.mfa.simple
  const { bucket4j } = settings.cas.authn.mfa.simple
  if (bucket4j.enabled && bucket4j.bandwidth.length === 0) {
    throw new StartRefusal('needs at least one bandwidth', { setting: 'cas.authn.mfa.simple.bucket4j.enabled' })
  }
  const limits = codeLimits({ name: 'mfa-simple', registry, sendLimit, sendWindowMs: sendWindow * 1000, clock })
  if (!bucket4j.enabled) return limits
  const bucket = buckets(bucket4j.bandwidth, clock)
  return { ...limits, maySend: (userId) => Promise.resolve(bucket(userId.toLowerCase())) }
}

type Bandwidth = SimpleConfig['cas']['authn']['mfa']['simple']['bucket4j']['bandwidth'][number]
interface Level {
  left: number
  atMs: number
}

/** Users whose buckets are not full; more are forgotten, the oldest first, and so begin anew. */
const MOST_BUCKETS = 10_000

/**
 * `cas.authn.mfa.simple.bucket4j`: as CAS counts, in each process by itself.
 *
 * @returns takes one from the bucket of a key; `false` when one of the bandwidths has none left.
 */
function buckets(bandwidths: readonly Bandwidth[], clock: Clock): (key: string) => boolean {
  const levels = new Map<string, readonly Level[]>()
  return (key) => {
    const now = clock()
    const before = levels.get(key) ?? bandwidths.map(({ initialTokens, capacity }) => ({ left: initialTokens ?? capacity, atMs: now }))
    const filled = bandwidths.map((bandwidth, index) => refilled(before[index] ?? { left: 0, atMs: now }, bandwidth, now))
    const allowed = filled.every(({ left }) => left >= 1)
    levels.delete(key)
    levels.set(key, allowed ? filled.map(({ left, atMs }) => ({ left: left - 1, atMs })) : filled)
    const [oldest] = levels.keys()
    if (levels.size > MOST_BUCKETS && oldest !== undefined) levels.delete(oldest)
    return allowed
  }
}

function refilled({ left, atMs }: Level, { capacity, refillCount, refillDuration, refillStrategy }: Bandwidth, now: number): Level {
  const periodMs = Math.max(1, refillDuration * 1000)
  const elapsedMs = Math.max(0, now - atMs)
  const steps = refillStrategy === 'GREEDY' ? elapsedMs / periodMs : Math.floor(elapsedMs / periodMs)
  const countedMs = refillStrategy === 'GREEDY' ? elapsedMs : steps * periodMs
  return { left: Math.min(capacity, left + steps * refillCount), atMs: atMs + countedMs }
}
