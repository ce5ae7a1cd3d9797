import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { hasEnded } from '../../base/process-owner.ts'
import type { OneOrMore, OutboxChannel } from '../channel.ts'
import type { NotificationsConfig } from '../config.ts'
import { type Channel, isFinished, type OutboxRecord, type SendResult } from '../message.ts'
import type { Report } from './report.ts'
import { nextAttemptAtMs } from './retry.ts'
import type { OutboxStore } from './store.ts'
import { waitingMessages } from './waiting.ts'

/** How long things are waited for; tests wait less. */
export interface Timings {
  /** How long a claim holds at least. */
  readonly leaseMs: number
  /** After an attempt whose outcome nobody knows: when the other side is asked. */
  readonly lookupAfterMs: readonly number[]
  /** Between two tries of a channel that is not configured rightly. */
  readonly probeMs: number
  /** Between two looks at what other processes have left. */
  readonly pollMs: number
  /** How long a shutdown waits for calls that run. */
  readonly graceMs: number
}

export const USUAL_TIMINGS: Timings = {
  leaseMs: 60_000,
  lookupAfterMs: [60_000, 300_000],
  probeMs: 300_000,
  pollMs: 30_000,
  graceMs: 5_000,
}

export interface WorkerParts {
  readonly store: OutboxStore
  readonly channels: Readonly<Partial<Record<Channel, OutboxChannel>>>
  readonly settings: NotificationsConfig['castellan']['notifications']
  readonly owner: string
  readonly clock: Clock
  readonly random: () => number
  readonly timings: Timings
  readonly report: Report
  /** Told of what the other side has taken. */
  readonly sent?: (record: OutboxRecord) => void
  readonly log: Log
}

/** Sends what is in the outbox (notifications.md 7.3, 7.4). */
export interface Worker {
  /** Messages that were written just now. */
  add(records: readonly OutboxRecord[]): void
  /** Looks at everything that is open, also by others. */
  look(): Promise<void>
  /** Channels that take nothing as they are configured, and why. */
  closed(): ReadonlyMap<Channel, string>
  stop(): Promise<void>
}

/** Somebody else took the message over. */
class Lost extends Error {}

const LONGEST_TIMER_MS = 2_000_000_000
/** Messages that leave as one. */
const MOST_TOGETHER = 50
const LONGEST_TOGETHER = 500_000
/** How often a result that is known is written down again when the store fails. */
const SETTLE_TRIES = 5

export function outboxWorker(parts: WorkerParts): Worker {
  const { store, channels, settings, clock, timings, report, log } = parts
  const waiting = waitingMessages((record) => channels[record.channel]?.together?.(record))
  let ready: string[] = []
  const busy = new Map<string, Promise<void>>()
  let running = 0
  /** When the next message of a sender may leave. */
  const nextFreeAtMs = new Map<string, number>()
  const circuits = new Map<Channel, { untilMs: number; reason: string; probing: boolean }>()
  let timer: NodeJS.Timeout | undefined
  let poll: NodeJS.Timeout | undefined
  let looking: Promise<void> | undefined
  let lookups: Promise<unknown> = Promise.resolve()
  let stopped = false

  /** When there is something to do with it; `Infinity`: not for us. A moment that lies too far ahead comes from a clock that was wrong. */
  function dueAtMs(record: OutboxRecord, now: number): number {
    if (!channels[record.channel]) return Number.POSITIVE_INFINITY
    switch (record.state) {
      case 'pending':
      case 'uncertain':
        return record.dueAtMs > now + 2 * 86_400_000 ? now : record.dueAtMs
      case 'sending': {
        const { owner = '', untilMs = 0 } = record.claim ?? {}
        if (owner !== parts.owner && hasEnded(owner)) return now
        return Math.min(untilMs, now + 10 * timings.leaseMs)
      }
      default:
        return Number.POSITIVE_INFINITY
    }
  }

  function sweep(): void {
    const now = clock()
    let next = Number.POSITIVE_INFINITY
    ready = []
    for (const [key, record] of waiting) {
      if (busy.has(key)) continue
      const due = Math.max(dueAtMs(record, now), circuitUntil(record, now), spacedUntil(record, now))
      if (due <= now) ready.push(key)
      else next = Math.min(next, due)
    }
    clearTimeout(timer)
    if (next !== Number.POSITIVE_INFINITY) timer = setTimeout(turn, Math.min(Math.max(next - now, 10), LONGEST_TIMER_MS)).unref()
  }

  /** While a channel is closed nothing goes out by it; after that, one message at a time. */
  function circuitUntil({ channel, state }: OutboxRecord, now: number): number {
    const circuit = state === 'pending' ? circuits.get(channel) : undefined
    if (!circuit) return 0
    if (circuit.untilMs > now) return Math.min(circuit.untilMs, now + timings.probeMs)
    return circuit.probing ? Number.POSITIVE_INFINITY : 0
  }

  function spacedUntil(record: OutboxRecord, now: number): number {
    const spacing = record.state === 'pending' ? channels[record.channel]?.spacing?.(record) : undefined
    if (!spacing) return 0
    // A clock that went back makes nobody wait longer.
    return Math.min(nextFreeAtMs.get(spacing.sender) ?? 0, now + spacing.ms)
  }

  function turn(): void {
    if (stopped) return
    if (ready.length === 0) sweep()
    let skipped = false
    while (running < settings.concurrency) {
      const key = ready.shift()
      if (key === undefined) break
      const record = waiting.get(key)
      const now = clock()
      if (!record || busy.has(key) || circuitUntil(record, now) > now) continue
      if (spacedUntil(record, now) > now) {
        skipped = true
        continue
      }
      const spacing = record.state === 'pending' ? channels[record.channel]?.spacing?.(record) : undefined
      if (spacing) nextFreeAtMs.set(spacing.sender, now + spacing.ms)
      const circuit = record.state === 'pending' ? circuits.get(record.channel) : undefined
      if (circuit) circuit.probing = true
      const group: OneOrMore<OutboxRecord> = record.state === 'pending' ? companions(record) : [record]
      running++
      let isFree = false
      /** Another may leave: the other side has answered. What it said is written down together with the claim of the next one. */
      const free = () => {
        if (isFree) return
        isFree = true
        running--
        if (circuit) circuit.probing = false
      }
      const answered = () => {
        free()
        turn()
      }
      const done = work(record, group, answered)
        // The message stays where it is; what can be written is tried again at the next look.
        .catch((error: unknown) => log.error({ key, error: String(error) }, 'a message cannot be worked on'))
        .finally(() => {
          for (const one of group) busy.delete(one.key)
          free()
          if (ready.length === 0) sweep()
          turn()
        })
      for (const one of group) busy.set(one.key, done)
    }
    if (skipped && ready.length === 0) sweep()
  }

  /** All that leave with it. What waits for a later try goes along: the other side is being asked anyway. */
  function companions(record: OutboxRecord): OneOrMore<OutboxRecord> {
    const others: OutboxRecord[] = []
    let length = record.text.length
    for (const one of waiting.alike(record)) {
      if (one.key === record.key || busy.has(one.key)) continue
      length += one.text.length
      if (others.length + 1 >= MOST_TOGETHER || length > LONGEST_TOGETHER) break
      others.push(one)
    }
    return [record, ...others]
  }

  /** @returns those that were written; of the others what is known is brought up to date. */
  async function putAll(records: readonly OutboxRecord[]): Promise<readonly OutboxRecord[]> {
    const written = await store.write(records)
    for (const [at, record] of records.entries()) {
      const now = written[at] ? record : await store.get(record.key)
      if (!now || isFinished(now)) waiting.delete(record.key)
      else waiting.set(now)
    }
    return records.filter((_record, at) => written[at])
  }

  const put = async (record: OutboxRecord): Promise<boolean> => (await putAll([record])).length > 0

  async function work(record: OutboxRecord, group: OneOrMore<OutboxRecord>, answered: () => void): Promise<void> {
    const channel = channels[record.channel]
    if (!channel) return
    if (record.state === 'sending') await takeOver(record, channel)
    else if (record.state === 'uncertain') {
      // One after the other: two of the same text must not take the same answer for theirs.
      lookups = lookups.then(() => lookUp(record, channel))
      const mine = lookups
      lookups = mine.catch(() => {})
      await mine
    } else if (record.state === 'pending') await send(group, channel, answered)
  }

  async function send(records: OneOrMore<OutboxRecord>, channel: OutboxChannel, answered: () => void): Promise<void> {
    const startedAtMs = clock()
    const { first } = channel
    let current = await putAll(
      records.map((record) => ({
        ...record,
        version: record.version + 1,
        state: 'sending' as const,
        attempts: record.attempts + 1,
        firstAttemptAtMs: record.firstAttemptAtMs ?? startedAtMs,
        claim: { owner: parts.owner, untilMs: startedAtMs + leaseMs(channel), handedOver: first !== undefined },
        ...(first === undefined ? {} : { provider: first, attemptedAtMs: startedAtMs }),
      })),
    )
    if (!isSome(current)) return
    for (const record of current) report.begins(record, channel.name)
    let result: SendResult & { readonly provider: string }
    try {
      let said = first
      result = await channel.send(current, async (provider) => {
        // The claim has said so already.
        if (provider === said) {
          said = undefined
          return
        }
        const claim = { owner: parts.owner, untilMs: clock() + leaseMs(channel), handedOver: true }
        const next = await putAll(
          current.map((record) => ({ ...record, version: record.version + 1, attemptedAtMs: clock(), provider, claim })),
        )
        if (next.length < current.length) {
          // One of them is somebody else's now, and they were to leave as one.
          await putAll(next.map(unclaimed))
          throw new Lost()
        }
        current = next
      })
    } catch (error) {
      if (error instanceof Lost) return
      throw error
    }
    const ms = clock() - startedAtMs
    const settled = current.map((record) => settle(record, result, channel, ms))
    answered()
    await Promise.all(settled)
  }

  /** As it was before somebody began to send it. */
  function unclaimed({ claim: _claim, ...record }: OutboxRecord): OutboxRecord {
    return { ...record, version: record.version + 1, state: 'pending', attempts: Math.max(0, record.attempts - 1), dueAtMs: clock() }
  }

  const leaseMs = (channel: OutboxChannel) => Math.max(timings.leaseMs, 2 * channel.timeoutMs)

  /** Writes down what became of an attempt. Others may have given the attempt up meanwhile; a known outcome counts more than their not knowing. */
  async function settle(
    record: OutboxRecord,
    result: SendResult & { provider?: string },
    channel: OutboxChannel,
    ms: number,
  ): Promise<void> {
    noteCircuit(record.channel, result)
    let base = record
    for (let tries = 1; ; tries++) {
      const after = outcome(base, result, channel)
      try {
        if (await put(after)) {
          report.ended(after, result, ms)
          if (after.state === 'sent') parts.sent?.(after)
          return
        }
      } catch (error) {
        if (tries >= SETTLE_TRIES) throw error
        await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** tries).unref())
        continue
      }
      const now = await store.get(record.key)
      if (!now || now.attempts !== record.attempts || !['sending', 'uncertain', 'unknown'].includes(now.state)) return
      base = now
    }
  }

  function outcome(record: OutboxRecord, result: SendResult & { provider?: string }, channel: OutboxChannel): OutboxRecord {
    const now = clock()
    const { claim: _claim, error: _error, finishedAtMs: _finished, ...rest } = record
    const said = {
      ...(result.code === undefined ? {} : { code: result.code }),
      ...(result.message === undefined ? {} : { message: result.message }),
    }
    const next = {
      ...rest,
      version: record.version + 1,
      ...(result.provider === undefined ? {} : { provider: result.provider }),
      ...(result.providerId === undefined ? {} : { providerId: result.providerId }),
    }
    const failed = { ...next, state: 'failed', error: said, finishedAtMs: now } as const
    switch (result.status) {
      case 'sent':
        return withoutText({ ...next, state: 'sent', finishedAtMs: now })
      case 'permanent':
        return failed
      case 'configuration':
        // Not the message's fault: the attempt does not count, and it is due as soon as the channel is open, or another process tries.
        return { ...next, state: 'pending', attempts: Math.max(0, record.attempts - 1), dueAtMs: now, error: said }
      case 'retryable': {
        const dueAtMs = nextAttemptAtMs(record, result, settings.retry, now, parts.random)
        return dueAtMs === undefined ? failed : { ...next, state: 'pending', dueAtMs, error: said }
      }
      case 'uncertain':
        return doubt({ ...next, error: said }, channel, now)
    }
  }

  /** Nobody knows whether it arrived: the other side is asked, where it can be; else it stays so. It is never sent again on a guess. */
  function doubt(record: OutboxRecord, channel: OutboxChannel, now: number): OutboxRecord {
    const afterMs = timings.lookupAfterMs[record.lookups]
    if (!channel.find || afterMs === undefined) return { ...record, state: 'unknown', finishedAtMs: now }
    return { ...record, state: 'uncertain', dueAtMs: (record.attemptedAtMs ?? now) + afterMs }
  }

  /** Whoever was at it has ended, or does not come back. */
  async function takeOver(record: OutboxRecord, channel: OutboxChannel): Promise<void> {
    const now = clock()
    const { claim, ...rest } = record
    const next = { ...rest, version: record.version + 1 }
    if (!claim?.handedOver) {
      await put(unclaimed(record))
      return
    }
    const after = doubt({ ...next, error: { message: 'the process that sent it ended before the answer came' } }, channel, now)
    if (await put(after)) report.doubted(after)
  }

  async function lookUp(record: OutboxRecord, channel: OutboxChannel): Promise<void> {
    const taken = new Set((await store.finishedTo(record.to)).flatMap(({ providerId }) => providerId ?? []))
    const found = (await channel.find?.(record, taken)) ?? { kind: 'cannot', message: 'there is no asking' }
    const now = clock()
    if (found.kind === 'found') return settle(record, found.result, channel, 0)
    const next = { ...record, version: record.version + 1 }
    if (found.kind === 'later') {
      const tried = { ...record, attempts: Math.max(1, record.attempts) }
      const dueAtMs = nextAttemptAtMs(
        tried,
        { status: 'retryable', retryAfterMs: timings.lookupAfterMs[0] },
        settings.retry,
        now,
        parts.random,
      )
      if (dueAtMs !== undefined) {
        if (await put({ ...next, dueAtMs })) report.cannotAsk(record, found.message, dueAtMs)
        return
      }
    }
    if (found.kind === 'not-found') {
      const lookups = record.lookups + 1
      if (timings.lookupAfterMs[lookups] !== undefined) await put({ ...doubt({ ...next, lookups }, channel, now) })
      else await again(record)
      return
    }
    const after: OutboxRecord = { ...next, state: 'unknown', finishedAtMs: now, error: { message: found.message } }
    if (await put(after)) report.ended(after, { status: 'uncertain', message: found.message }, 0)
  }

  /** It has not arrived: it is sent again, and what comes of that is asked for anew; but not for ever. */
  async function again(record: OutboxRecord): Promise<void> {
    const now = clock()
    const message = 'it has not arrived'
    const dueAtMs = nextAttemptAtMs(record, { status: 'retryable' }, settings.retry, now, () => 0)
    const next = { ...record, version: record.version + 1, error: { message } }
    if (dueAtMs !== undefined) {
      if (await put({ ...next, state: 'pending', dueAtMs, lookups: 0 })) report.notArrived(record)
      return
    }
    const failed: OutboxRecord = { ...next, state: 'failed', finishedAtMs: now }
    if (await put(failed)) report.ended(failed, { status: 'permanent', message }, 0)
  }

  function noteCircuit(channel: Channel, { status, message, code }: SendResult): void {
    if (status === 'configuration') {
      const reason = [code, message].filter(Boolean).join(': ')
      if (!circuits.has(channel)) {
        log.error(
          { channel, code, probeInSeconds: timings.probeMs / 1000 },
          `Nothing can be sent by ${channel} as it is configured: ${reason}. Messages are kept.`,
        )
      }
      circuits.set(channel, { untilMs: clock() + timings.probeMs, reason, probing: false })
    } else if (status === 'sent' && circuits.delete(channel)) {
      log.info({ channel }, `Messages leave by ${channel} again.`)
    }
  }

  async function look(): Promise<void> {
    for (const record of await store.open()) {
      const seen = waiting.get(record.key)
      if (!busy.has(record.key) && (!seen || seen.version < record.version)) waiting.set(record)
    }
    ready = []
    turn()
  }

  function lookSoon(): void {
    if (stopped) return
    poll = setTimeout(() => {
      looking = look()
        .catch((error: unknown) => log.error({ error: String(error) }, 'the outbox cannot be read'))
        .finally(lookSoon)
    }, timings.pollMs).unref()
  }
  lookSoon()

  return {
    add(records) {
      for (const record of records) {
        if (isFinished(record)) waiting.delete(record.key)
        else if (!busy.has(record.key)) {
          waiting.set(record)
          if (record.state === 'pending' && record.dueAtMs <= clock()) ready.push(record.key)
        }
      }
      turn()
    },
    look,
    closed: () => new Map([...circuits].map(([channel, { reason }]) => [channel, reason])),
    async stop() {
      stopped = true
      clearTimeout(timer)
      clearTimeout(poll)
      await looking
      let forced: NodeJS.Timeout | undefined
      const patience = new Promise<void>((resolve) => {
        forced = setTimeout(resolve, timings.graceMs)
      })
      await Promise.race([Promise.allSettled(busy.values()), patience])
      clearTimeout(forced)
    },
  }
}

const isSome = <T>(list: readonly T[]): list is OneOrMore<T> => list.length > 0

/** What has arrived is never sent again: for 400 days it need only be known that it was, not what it said. */
function withoutText({ subject: _subject, ...record }: OutboxRecord): OutboxRecord {
  return { ...record, text: '' }
}
