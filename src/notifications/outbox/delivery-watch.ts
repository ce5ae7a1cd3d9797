import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { OutboxChannel } from '../channel.ts'
import type { Channel, OutboxRecord } from '../message.ts'
import type { Report } from './report.ts'
import type { OutboxStore } from './store.ts'

/**
 * Asks what has become of messages that were taken, some times, and writes it down (notifications.md 6.2): most refusals of carriers come only then. What
 * a process has not come to ask, the next one does.
 */
export interface DeliveryWatch {
  /** A message was taken just now. */
  watch(record: OutboxRecord): void
  /** Takes up messages that were taken lately, maybe by a process that has ended: what became of them is asked when it is due, or at once where that is past. */
  resume(): Promise<void>
  stop(): void
}

export interface DeliveryWatchParts {
  readonly store: OutboxStore
  readonly channels: Readonly<Partial<Record<Channel, OutboxChannel>>>
  readonly clock: Clock
  readonly report: Report
  readonly log: Log
}

/** More are not watched: a flood of messages is not followed by as many questions. */
const MOST = 20_000
/** How long after the last time it was to be asked for it still is, by a server that was not there. */
const MISSED_FOR_MS = 86_400_000

export function deliveryWatch({ store, channels, clock, report, log }: DeliveryWatchParts): DeliveryWatch {
  /** By when they are to be asked about, the ones of each channel and step in order. */
  const queues = new Map<string, { readonly record: OutboxRecord; readonly step: number; readonly dueMs: number }[]>()
  let count = 0
  let timer: NodeJS.Timeout | undefined
  let asking = false
  let stopped = false

  /** @returns whether there is such a step. @param inMs Until it is due, where it is not one after another. */
  function enqueue(record: OutboxRecord, step: number, inMs?: number): boolean {
    const afterMs = channels[record.channel]?.delivery?.afterMs ?? []
    const after = afterMs[step]
    if (after === undefined || count >= MOST) return false
    const name = inMs === undefined ? `${record.channel} ${step}` : `${record.channel} ${step} of before`
    const queue = queues.get(name) ?? []
    // Intervals are measured without the clock of the day, which may be set.
    queue.push({ record, step, dueMs: performance.now() + (inMs ?? after - (afterMs[step - 1] ?? 0)) })
    queues.set(name, queue)
    count++
    arm()
    return true
  }

  function arm(): void {
    if (asking || stopped) return
    clearTimeout(timer)
    const next = Math.min(...[...queues.values()].map(([head]) => head?.dueMs ?? Number.POSITIVE_INFINITY))
    if (next !== Number.POSITIVE_INFINITY) timer = setTimeout(run, Math.max(next - performance.now(), 1)).unref()
  }

  async function run(): Promise<void> {
    asking = true
    for (const queue of queues.values()) {
      while (!stopped && queue[0] && queue[0].dueMs <= performance.now()) {
        const [{ record, step }] = queue.splice(0, 1) as [(typeof queue)[number]]
        count--
        await ask(record, step).catch((error: unknown) =>
          log.warn({ key: record.key, error: String(error) }, 'What became of a message cannot be noted.'),
        )
      }
    }
    asking = false
    arm()
  }

  async function ask(record: OutboxRecord, step: number): Promise<void> {
    const result = await channels[record.channel]?.delivery?.ask(record)
    if (!result || stopped) return
    if (result.outcome === 'cannot') log.debug({ key: record.key, reason: result.message }, 'What became of a message cannot be asked now.')
    if (result.outcome === 'cannot' || result.outcome === 'open') {
      if (enqueue(record, step + 1) || result.outcome === 'cannot') return
    }
    const now = await store.get(record.key)
    if (now?.state !== 'sent' || now.providerId !== record.providerId) return
    // Another process has asked, too.
    if (now.delivery && (now.delivery.outcome !== 'open' || result.outcome === 'open')) return
    const after: OutboxRecord = { ...now, version: now.version + 1, delivery: { ...result, askedAtMs: clock() } }
    const [written = false] = await store.write([after])
    if (written) report.delivery(after)
  }

  return {
    watch(record) {
      if (record.providerId !== undefined) enqueue(record, 0)
    },
    async resume() {
      const longest = Math.max(0, ...Object.values(channels).flatMap(({ delivery }) => delivery?.afterMs ?? []))
      if (longest === 0) return
      const found = await store.finishedSince(clock() - longest - MISSED_FOR_MS)
      const ageOf = ({ finishedAtMs = 0 }: OutboxRecord) => Math.max(0, clock() - finishedAtMs)
      // The one that is due first stands first.
      for (const record of found.toSorted((one, other) => (one.finishedAtMs ?? 0) - (other.finishedAtMs ?? 0))) {
        const afterMs = channels[record.channel]?.delivery?.afterMs ?? []
        if (record.state !== 'sent' || record.providerId === undefined || record.delivery || afterMs.length === 0) continue
        const step = afterMs.findIndex((ms) => ms > ageOf(record))
        if (step < 0) enqueue(record, afterMs.length - 1, 0)
        else enqueue(record, step, (afterMs[step] ?? 0) - ageOf(record))
      }
    },
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
