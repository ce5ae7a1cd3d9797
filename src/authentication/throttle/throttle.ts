import { createHash } from 'node:crypto'
import type { Audit } from '../../audit/index.ts'
import type { Client } from '../../base/client.ts'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { AuthenticationConfig } from '../config.ts'
import { throttledAddress } from './address.ts'

/** Where failures are remembered for all nodes; the ticket registry is one. */
export interface HitStore {
  addHit(key: string, atMs: number, untilMs: number): Promise<void>
  hitsSince(key: string, sinceMs: number): Promise<number>
  clearHits(key: string): Promise<void>
}

/** Whose attempt it is. */
export interface Suspect {
  readonly address: string
  /** What stands in the form field `usernameParameter`; absent: the address alone. */
  readonly username?: string | undefined
  /** For the audit record of a refusal. */
  readonly client?: Client | undefined
}

export type ThrottleAnswer =
  | { readonly kind: 'open' }
  /** Answer 423 without asking any handler; `untilMs` for `Retry-After`: no later than that it is open again. */
  | { readonly kind: 'throttled'; readonly untilMs: number }

/** What became of an attempt: `neither` when nothing was checked, or when `succeeded` was told already. */
export interface AttemptOutcome<T> {
  readonly value: T
  readonly outcome: 'failed' | 'succeeded' | 'neither'
}

/** Refuses who failed too often (authentication.md 12.1, decisions.md D12). */
export interface Throttle {
  readonly enabled: boolean
  /** Form field with the name. */
  readonly usernameParameter: string
  /**
   * Runs one attempt unless it is refused. Better than `check` and `failed`: an attempt under way counts like a failure until its end is known, so
   * that a hundred sent at once to one process are not a hundred tries.
   */
  attempt<T>(
    suspect: Suspect,
    run: () => Promise<AttemptOutcome<T>>,
  ): Promise<{ readonly kind: 'answered'; readonly value: T } | Extract<ThrottleAnswer, { kind: 'throttled' }>>
  check(suspect: Suspect): Promise<ThrottleAnswer>
  /** The answer was neither 200, 201, 302, 423 nor 429. */
  failed(suspect: Suspect): Promise<void>
  /** The password was right: earlier failures are forgotten. */
  succeeded(suspect: Suspect): Promise<void>
}

export interface ThrottleOptions {
  readonly settings: AuthenticationConfig
  readonly store: HitStore
  readonly clock: Clock
  readonly audit: Audit
  readonly log: Log
}

export function createThrottle({ settings, store, clock, audit, log: parentLog }: ThrottleOptions): Throttle {
  const { failure, core } = settings.cas.authn.throttle
  const log = parentLog.child({ room: 'authentication' })
  const enabled = failure.threshold > 0 && failure.rangeSeconds > 0
  const limit = Math.max(1, failure.threshold - 1)
  const rangeMs = failure.rangeSeconds * 1000
  const lockMs = failure.throttleWindowSeconds * 1000
  const underWay = new Map<string, number>()
  const move = (key: string, by: 1 | -1) => {
    const count = (underWay.get(key) ?? 0) + by
    if (count > 0) underWay.set(key, count)
    else underWay.delete(key)
  }

  function refuse(suspect: Suspect, untilMs: number): ThrottleAnswer {
    audit.record({
      action: 'THROTTLED_LOGIN_ATTEMPT',
      who: suspect.username?.trim() || 'audit:unknown',
      what: `{address=${suspect.address}, until=${new Date(untilMs).toISOString()}}`,
      client: suspect.client,
    })
    log.warn({ address: suspect.address }, 'login attempt throttled')
    return { kind: 'throttled', untilMs }
  }

  async function judge(suspect: Suspect, enter: boolean): Promise<ThrottleAnswer> {
    if (!enabled) return { kind: 'open' }
    const key = keyOf(suspect)
    const now = clock()
    if (lockMs > 0 && (await store.hitsSince(lockKey(key), now - lockMs)) > 0) {
      return refuse(suspect, await lastInstant(lockKey(key), 1, now, lockMs))
    }
    const hits = await store.hitsSince(key, now - rangeMs)
    if (hits >= limit) {
      if (lockMs > 0) await store.addHit(lockKey(key), now, now + lockMs)
      return refuse(suspect, lockMs > 0 ? now + lockMs : await lastInstant(key, limit, now, rangeMs))
    }
    if (hits + (underWay.get(key) ?? 0) >= limit) return refuse(suspect, now + 1000)
    // In the same step as the look above: of two attempts at once, the second sees the first.
    if (enter) move(key, 1)
    return { kind: 'open' }
  }

  async function failed(suspect: Suspect): Promise<void> {
    const now = clock()
    if (enabled) await store.addHit(keyOf(suspect), now, now + rangeMs)
  }

  async function succeeded(suspect: Suspect): Promise<void> {
    if (enabled) await store.clearHits(keyOf(suspect))
  }

  return {
    enabled,
    usernameParameter: core.usernameParameter.trim() || 'username',
    check: (suspect) => judge(suspect, false),
    failed,
    succeeded,
    async attempt(suspect, run) {
      const answer = await judge(suspect, true)
      if (answer.kind === 'throttled') return answer
      try {
        const { value, outcome } = await run()
        if (outcome === 'failed') await failed(suspect)
        if (outcome === 'succeeded') await succeeded(suspect)
        return { kind: 'answered', value }
      } finally {
        if (enabled) move(keyOf(suspect), -1)
      }
    },
  }

  /** When fewer than `count` hits will be within the window, to a second or a thirty-second of the window: found by halving, at most five reads. */
  async function lastInstant(key: string, count: number, now: number, windowMs: number): Promise<number> {
    let [sooner, later] = [0, windowMs]
    while (later - sooner > Math.max(1000, windowMs / 32)) {
      const middle = (sooner + later) / 2
      if ((await store.hitsSince(key, now + middle - windowMs)) >= count) sooner = middle
      else later = middle
    }
    return now + later
  }
}

/** Names are compared as most sources do, without case, so that `Admin` and `admin` share their tries. A digest: stores keep no names, and any length fits. */
function keyOf({ address, username }: Suspect): string {
  const name = username?.trim().toLowerCase()
  const text = name ? `${throttledAddress(address)}\u0000${name}` : throttledAddress(address)
  return `throttle:${createHash('sha256').update(text).digest('base64url')}`
}

const lockKey = (key: string) => `${key}:locked`
