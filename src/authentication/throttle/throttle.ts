import { createHash } from 'node:crypto'
import type { Audit } from '../../audit/index.ts'
import type { Client } from '../../base/client.ts'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { type Metrics, noMetrics } from '../../base/metrics.ts'
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
  /** Who has failed at this process within the range, the last first. */
  submissions(): readonly ThrottledSubmission[]
  /** Forgets the failures of one of them, or of all: an administrator lets them try again. @returns how many. */
  release(key?: string): Promise<number>
}

/** Somebody who has failed and whose failures still count, as far as this process has seen them. */
export interface ThrottledSubmission {
  readonly key: string
  readonly username: string | undefined
  readonly address: string
  readonly lastFailureAtMs: number
  readonly untilMs: number
}

export interface ThrottleOptions {
  readonly settings: AuthenticationConfig
  readonly store: HitStore
  readonly clock: Clock
  readonly audit: Audit
  readonly metrics?: Metrics
  readonly log: Log
}

export function createThrottle({ settings, store, clock, audit, metrics = noMetrics, log: parentLog }: ThrottleOptions): Throttle {
  const throttled = metrics.counter('cas.throttled', 'Attempts that were refused because of earlier failures.')
  const { failure, core } = settings.cas.authn.throttle
  const log = parentLog.child({ room: 'authentication' })
  const enabled = failure.threshold > 0 && failure.rangeSeconds > 0
  const limit = Math.max(1, failure.threshold - 1)
  const rangeMs = failure.rangeSeconds * 1000
  const lockMs = failure.throttleWindowSeconds * 1000
  const underWay = new Map<string, number>()
  const seen = new Map<string, ThrottledSubmission>()
  const move = (key: string, by: 1 | -1) => {
    const count = (underWay.get(key) ?? 0) + by
    if (count > 0) underWay.set(key, count)
    else underWay.delete(key)
  }

  function refuse(suspect: Suspect, untilMs: number): ThrottleAnswer {
    throttled.add()
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
    const { key } = keyOf(suspect)
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
    if (!enabled) return
    const { key } = keyOf(suspect)
    note(key, suspect, now)
    await store.addHit(key, now, now + rangeMs)
  }

  /** The last failure of everybody stands last, so that the oldest are forgotten first. */
  function note(key: string, { username, address }: Suspect, lastFailureAtMs: number): void {
    seen.delete(key)
    if (seen.size >= MOST_SEEN) for (const oldest of [...seen.keys()].slice(0, MOST_SEEN / 10)) seen.delete(oldest)
    const name = username?.trim().slice(0, MAX_NAME_LENGTH)
    seen.set(key, { key, username: name || undefined, address, lastFailureAtMs, untilMs: lastFailureAtMs + Math.max(rangeMs, lockMs) })
  }
  function current(): readonly ThrottledSubmission[] {
    const now = clock()
    for (const [key, { untilMs }] of seen) if (untilMs <= now) seen.delete(key)
    return [...seen.values()].reverse()
  }

  async function succeeded(suspect: Suspect): Promise<void> {
    if (!enabled) return
    const { key, disguised } = keyOf(suspect)
    if (disguised) return
    seen.delete(key)
    await store.clearHits(key)
  }

  return {
    enabled,
    usernameParameter: core.usernameParameter.trim() || 'username',
    check: (suspect) => judge(suspect, false),
    failed,
    succeeded,
    submissions: current,
    async release(key) {
      const released = current().filter((one) => key === undefined || one.key === key)
      for (const one of released) {
        seen.delete(one.key)
        await store.clearHits(one.key)
        await store.clearHits(lockKey(one.key))
      }
      return released.length
    },
    async attempt(suspect, run) {
      const answer = await judge(suspect, true)
      if (answer.kind === 'throttled') return answer
      try {
        const { value, outcome } = await run()
        if (outcome === 'failed') await failed(suspect)
        if (outcome === 'succeeded') await succeeded(suspect)
        return { kind: 'answered', value }
      } finally {
        if (enabled) move(keyOf(suspect).key, -1)
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

/** Of so many who failed this process knows who they were; more are only counted. */
const MOST_SEEN = 1000
/** Longer names are nobody's; taking one apart costs more than it is worth. */
const MAX_NAME_LENGTH = 1024

/**
 * What the tries of one name at one address are counted under. `Admin` and `admin` share them, as most sources compare without case; and since some also
 * ignore accents, width and invisible characters, so do all disguises of one name, apart from the plain one. A digest: stores keep no names, any length fits.
 *
 * @returns `disguised`: a success is not to make the tries forgotten, for it may be that of another user with a similar name.
 */
function keyOf({ address, username }: Suspect): { readonly key: string; readonly disguised: boolean } {
  const name = username?.trim().slice(0, MAX_NAME_LENGTH).toLowerCase() ?? ''
  const bare = undisguised(name)
  const disguised = bare !== name
  const text = name ? `${throttledAddress(address)}\u0000${disguised ? '\u0001' : ''}${bare}` : throttledAddress(address)
  return { key: `throttle:${createHash('sha256').update(text).digest('base64url')}`, disguised }
}

function undisguised(name: string): string {
  if (/^[\w.@+-]*$/.test(name)) return name
  const bare = name
    .normalize('NFKD')
    .replace(/[\p{M}\p{C}]/gu, '')
    .replace(/\s+/g, ' ')
    .trim()
  // Some letters meet in upper case only: the long s and s, the two small sigmas, the dotless i.
  return bare.toUpperCase().toLowerCase()
}

const lockKey = (key: string) => `${key}:locked`
