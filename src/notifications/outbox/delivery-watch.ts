import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { OutboxChannel } from '../channel.ts'
import type { Channel, OutboxRecord } from '../message.ts'
import type { Report } from './report.ts'
import type { OutboxStore } from './store.ts'

/**
 * Asks what has become of messages that were taken, some times, and writes it down (notifications.md 6.2): most refusals of carriers come only then. It
 * is knowledge, not a duty: what was to be asked when a process ends is not asked by the next.
 */
export interface DeliveryWatch {
  /** A message was taken just now. */
  watch(record: OutboxRecord): void
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

export function deliveryWatch({ store, channels, clock, report, log }: DeliveryWatchParts): DeliveryWatch {
  /** By when they are to be asked about, the ones of each channel and step in order. */
  const queues = new Map<string, { readonly record: OutboxRecord; readonly step: number; readonly dueMs: number }[]>()
  let count = 0
  let timer: NodeJS.Timeout | undefined
  let asking = false
  let stopped = false

  /** @returns whether there is such a step. */
  function enqueue(record: OutboxRecord, step: number): boolean {
    const afterMs = channels[record.channel]?.delivery?.afterMs ?? []
    const after = afterMs[step]
    if (after === undefined || count >= MOST) return false
    const name = `${record.channel} ${step}`
    const queue = queues.get(name) ?? []
    // Intervals are measured without the clock of the day, which may be set.
    queue.push({ record, step, dueMs: performance.now() + after - (afterMs[step - 1] ?? 0) })
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
    const after: OutboxRecord = { ...now, version: now.version + 1, delivery: { ...result, askedAtMs: clock() } }
    const [written = false] = await store.write([after])
    if (written) report.delivery(after)
  }

  return {
    watch(record) {
      if (record.providerId !== undefined) enqueue(record, 0)
    },
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
