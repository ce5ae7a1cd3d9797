import { createHmac } from 'node:crypto'
import type { Clock } from '../../../base/clock.ts'
import type { Log } from '../../../base/log.ts'
import { outgoingRequests } from '../../../base/outgoing-request.ts'
import { StartRefusal } from '../../../base/start-refusal.ts'
import type { InterruptConfig } from './config.ts'

/** Somebody has accepted a page, or left by one of its links. */
export interface Finalized {
  readonly principal: string
  readonly service: string | undefined
  readonly source: string
  /** Digest of the payload, as in the audit. The message itself goes nowhere. */
  readonly payload: string
  readonly block: boolean
  readonly via: 'proceed' | 'link'
}
export type TellFinalized = (event: Finalized) => void

export interface Webhook {
  readonly tell: TellFinalized
  close(): void
}

const SETTING = 'castellan.interrupt.webhook.url'
const LIMITS = { connectTimeoutMs: 2000, readTimeoutMs: 5000, maxBodyBytes: 65_536 }
/** Of messages on their way; beyond it they are dropped, because logins matter more. */
const MOST = 100
const QUIET_MS = 60_000

/**
 * `castellan.interrupt.webhook.*`: tells another server what was finalised, one try, without holding the login (interrupt.md 14.10). Without an address
 * nobody is told anything.
 *
 * @throws {StartRefusal} for an address that is none.
 */
export function finalizedWebhook({ settings, clock, log }: { settings: InterruptConfig; clock: Clock; log: Log }): Webhook {
  const { url, secret } = settings.castellan.interrupt.webhook
  if (!url) return { tell() {}, close() {} }
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) throw new StartRefusal('must be an http or https address', { setting: SETTING })
  const requests = outgoingRequests(LIMITS)
  let under = 0
  let saidAtMs = Number.NEGATIVE_INFINITY

  function failed(reason: string): void {
    const now = clock()
    if (now - saidAtMs < QUIET_MS) return
    saidAtMs = now
    log.warn({ setting: SETTING, reason }, 'the webhook was not told that an interrupt is finalised')
  }

  async function send(event: Finalized): Promise<void> {
    const body = JSON.stringify({ event: 'interrupt-finalized', at: new Date(clock()).toISOString(), ...event })
    const signature = secret ? { 'X-Castellan-Signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` } : {}
    const answer = await requests.send({
      url: url ?? '',
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...signature },
      body,
    })
    if (answer.status >= 300) failed(`status ${answer.status}`)
  }

  return {
    tell(event) {
      if (under >= MOST) return failed(`${MOST} messages wait already`)
      under++
      send(event)
        .catch((cause: unknown) => failed(cause instanceof Error ? cause.message : String(cause)))
        .finally(() => under--)
    },
    close: () => requests.close(),
  }
}
