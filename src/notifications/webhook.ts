import { createHmac } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import type { HttpCaller, HttpOutcome } from '../base/http-call.ts'
import { StartRefusal } from '../base/start-refusal.ts'
import type { OutboxChannel } from './channel.ts'
import type { Action, EndingService } from './expiry-plan.ts'
import type { SendResult } from './message.ts'
import { retryAfterMs } from './sms/retry-after.ts'

/** What stands as recipient in the outbox: the address may be a secret, and another address is no reason to tell everything anew. */
export const WEBHOOK = 'webhook'

const SERVICES_WEBHOOK = 'castellan.service-registry.webhook'
const TIMEOUT_MS = 15_000
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/

export interface WebhookParts {
  readonly url: string
  /** `whsec_` and base64, as Standard Webhooks has it, or any text. */
  readonly secret: string
  readonly http: HttpCaller
  readonly clock: Clock
  /** Of this program. */
  readonly version: string
}

/**
 * Tells a program what happens to services: one signed POST for each event, in the form of Standard Webhooks 1.0 (`webhook-id`, `webhook-timestamp`,
 * `webhook-signature: v1,…`). The id is the same for each try, so that the receiver can tell a repetition: a lost answer is tried again.
 *
 * @returns `undefined` when no address is configured.
 * @throws {StartRefusal} for an address that cannot be used, or one without a secret.
 */
export function webhookChannel({ url, secret, http, clock, version }: WebhookParts): OutboxChannel | undefined {
  const target = webhookTarget({ url, secret })
  if (!target) return undefined
  return {
    name: WEBHOOK,
    timeoutMs: TIMEOUT_MS,
    first: WEBHOOK,
    async send([record], gate) {
      await gate(WEBHOOK)
      const outcome = await postSigned({ id: record.key, body: record.text, target, secret }, { http, clock, version })
      if (outcome.kind !== 'answer') return { status: 'retryable', message: outcome.reason, provider: WEBHOOK }
      const wait = retryAfterMs(outcome.headers, clock())
      return { ...meaningOf(outcome.status), ...(wait === undefined ? {} : { retryAfterMs: wait }), provider: WEBHOOK }
    },
  }
}

export interface SignedPost {
  /** The same for each try. */
  readonly id: string
  readonly body: string
  readonly target: URL
  readonly secret: string
}

/** One POST in the form of Standard Webhooks 1.0. */
export function postSigned(
  { id, body, target, secret }: SignedPost,
  { http, clock, version }: Pick<WebhookParts, 'http' | 'clock' | 'version'>,
): Promise<HttpOutcome> {
  const seconds = Math.floor(clock() / 1000)
  const signature = createHmac('sha256', keyOf(secret)).update(`${id}.${seconds}.${body}`).digest('base64')
  return http.call({
    method: 'POST',
    url: target,
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'User-Agent': `castellan/${version}`,
      'webhook-id': id,
      'webhook-timestamp': String(seconds),
      'webhook-signature': `v1,${signature}`,
    },
    body,
    timeoutMs: TIMEOUT_MS,
  })
}

/** The body of an event: what happened, when, to which definition. Contacts are not named: they are nobody's business there. */
export function webhookEvent(action: Action, service: EndingService, nowMs: number): string {
  const { id, name, serviceId, expirationDate, expiresAtMs } = service
  return JSON.stringify({
    type: `service.${action}`,
    timestamp: new Date(nowMs).toISOString(),
    data: {
      id,
      name: name.slice(0, 1000),
      serviceId: serviceId.slice(0, 1000),
      expirationDate,
      expiresAt: new Date(expiresAtMs).toISOString(),
    },
  })
}

export function meaningOf(status: number): SendResult {
  const said = { code: `HTTP ${status}`, message: `the receiver answered ${status}` }
  if (status >= 200 && status < 300) return { status: 'sent' }
  if (status === 408 || status === 425 || status === 429 || status >= 500) return { status: 'retryable', ...said }
  // A redirect is not followed: the address is the one that the operator trusts.
  if ((status >= 300 && status < 400) || [401, 403, 404, 405].includes(status)) return { status: 'configuration', ...said }
  return { status: 'permanent', ...said }
}

export interface WebhookSettings {
  readonly url: string
  readonly secret: string
}

/** Where events go. @param name Of the block of settings. @throws {StartRefusal} for an address that cannot be used, or one without a secret. */
export function webhookTarget({ url, secret }: WebhookSettings, name = SERVICES_WEBHOOK): URL | undefined {
  if (url.trim() === '') return undefined
  const target = URL.parse(url.trim())
  if (!target || !/^https?:$/.test(target.protocol)) throw new StartRefusal('must be an http(s) address', { setting: `${name}.url` })
  if (target.protocol === 'http:' && !LOOPBACK.test(target.hostname))
    throw new StartRefusal('must begin with https:, unless it is on this machine', { setting: `${name}.url` })
  if (keyOf(secret).length === 0)
    throw new StartRefusal('must be set: without it the receiver cannot tell who sent an event', {
      setting: `${name}.secret`,
    })
  return target
}

const keyOf = (secret: string): Buffer =>
  secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret, 'utf8')
