import type { Clock } from '../../../base/clock.ts'
import { StartRefusal } from '../../../base/start-refusal.ts'
import type { TicketRegistry } from '../../../tickets/index.ts'
import type { SimpleConfig } from './config.ts'

/** How much one user may cost others, and be guessed at, whatever conversations it takes. */
export interface Limits {
  /** Takes one of the codes that this user may be sent now; `false`: there is none left. */
  maySend(principalId: string): Promise<boolean>
  /** Whether too many wrong codes have been tried for this user. */
  isLocked(principalId: string): Promise<boolean>
  noteWrong(principalId: string): Promise<void>
  forgetWrong(principalId: string): Promise<void>
}

export interface LimitsParts {
  readonly settings: SimpleConfig
  readonly registry: Pick<TicketRegistry, 'putOnce' | 'addHit' | 'hitsSince' | 'clearHits'>
  readonly clock: Clock
}

/** Wrong codes of one user, over all processes; somebody who knows the password gets no more guesses by beginning again. */
const MOST_WRONG = 20
const WRONG_WITHIN_MS = 15 * 60_000

/** @throws {StartRefusal} for a `bucket4j` without any bandwidth. */
export function sendingLimits({ settings, registry, clock }: LimitsParts): Limits {
  const { sendLimit, sendWindow } = settings.castellan.mfa.simple
  const { bucket4j } = settings.cas.authn.mfa.simple
  const wrongKey = (principalId: string) => `mfa-simple wrong ${principalId.toLowerCase()}`
  if (bucket4j.enabled && bucket4j.bandwidth.length === 0) {
    throw new StartRefusal('needs at least one bandwidth', { setting: 'cas.authn.mfa.simple.bucket4j.enabled' })
  }
  const bucket = bucket4j.enabled ? buckets(bucket4j.bandwidth, clock) : undefined

  /** Each place is taken in one step and comes back by itself: of any number of processes no two take the same. */
  async function place(principalId: string): Promise<boolean> {
    if (sendLimit === 0) return true
    const untilMs = clock() + sendWindow * 1000
    for (let number = 0; number < sendLimit; number++) {
      if (await registry.putOnce(`mfa-simple send ${number} ${principalId.toLowerCase()}`, untilMs)) return true
    }
    return false
  }

  return {
    maySend: (principalId) => (bucket ? Promise.resolve(bucket(principalId.toLowerCase())) : place(principalId)),
    async isLocked(principalId) {
      return (await registry.hitsSince(wrongKey(principalId), clock() - WRONG_WITHIN_MS)) >= MOST_WRONG
    },
    noteWrong(principalId) {
      const now = clock()
      return registry.addHit(wrongKey(principalId), now, now + WRONG_WITHIN_MS)
    },
    forgetWrong: (principalId) => registry.clearHits(wrongKey(principalId)),
  }
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
