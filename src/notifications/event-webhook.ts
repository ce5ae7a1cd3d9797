import { describedEvent, type StoredEvent } from '../audit/index.ts'
import type { Clock } from '../base/clock.ts'
import type { HttpCaller } from '../base/http-call.ts'
import type { Log } from '../base/log.ts'
import { retryAfterMs } from './sms/retry-after.ts'
import { meaningOf, postSigned, type WebhookSettings, webhookTarget } from './webhook.ts'

export interface EventWebhookParts {
  readonly settings: WebhookSettings
  readonly http: HttpCaller
  readonly clock: Clock
  readonly log: Log
  /** Of this program. */
  readonly version: string
}

/** Tells a program of events, one after the other. */
export interface EventWebhook {
  /** Never fails and never waits. */
  tell(event: StoredEvent): void
  /** Nothing is sent from then on. */
  close(): void
}

export const EVENTS_WEBHOOK = 'castellan.events.webhook'
const MOST_WAITING = 10_000
const MOST_TRIES = 8
const FIRST_DELAY_MS = 1000
const LONGEST_DELAY_MS = 60_000

/**
 * Each event is one signed POST in the form of Standard Webhooks 1.0, tried again with growing delays while the receiver cannot take it. What waits is in memory: it is
 * lost with the process, and the oldest goes when there is too much of it; the log says how much. Logins do not wait for it.
 *
 * @returns `undefined` when no address is configured.
 * @throws {StartRefusal} for an address that cannot be used, or one without a secret.
 */
export function eventWebhook({ settings, http, clock, log, version }: EventWebhookParts): EventWebhook | undefined {
  const address = webhookTarget(settings, EVENTS_WEBHOOK)
  if (!address) return undefined
  const target = address
  const waiting: StoredEvent[] = []
  let running = false
  let closed = false
  let dropped = 0
  let timer: NodeJS.Timeout | undefined
  let wake: (() => void) | undefined

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      wake = resolve
      timer = setTimeout(resolve, ms).unref()
    })

  async function send(event: StoredEvent): Promise<void> {
    const body = JSON.stringify({ type: event.type, timestamp: new Date(event.atMs).toISOString(), data: describedEvent(event) })
    let delayMs = FIRST_DELAY_MS
    for (let tries = 1; !closed; tries++) {
      const outcome = await postSigned({ id: event.id, body, target, secret: settings.secret }, { http, clock, version })
      const meaning = outcome.kind === 'answer' ? meaningOf(outcome.status) : { status: 'retryable' as const, message: outcome.reason }
      if (meaning.status === 'sent') return
      if (meaning.status === 'permanent' || tries >= MOST_TRIES) {
        log.error({ event: event.id, reason: meaning.message, tries }, 'an event was not taken by the webhook: given up')
        return
      }
      log.warn({ event: event.id, reason: meaning.message, tries }, 'an event was not taken by the webhook: tried again')
      const asked = outcome.kind === 'answer' ? retryAfterMs(outcome.headers, clock()) : undefined
      await pause(Math.min(asked ?? delayMs, LONGEST_DELAY_MS))
      delayMs *= 2
    }
  }

  async function run(): Promise<void> {
    running = true
    for (let event = waiting.shift(); event && !closed; event = waiting.shift()) {
      await send(event)
      if (dropped > 0) log.error({ dropped }, 'events were dropped: the webhook does not take them fast enough')
      dropped = 0
    }
    running = false
  }

  return {
    tell(event) {
      if (closed) return
      waiting.push(event)
      if (waiting.length > MOST_WAITING) {
        waiting.shift()
        dropped++
      }
      if (!running) void run()
    },
    close() {
      closed = true
      clearTimeout(timer)
      wake?.()
      if (waiting.length > 0) log.warn({ events: waiting.length }, 'events that the webhook had not taken yet are lost with this process')
    },
  }
}
