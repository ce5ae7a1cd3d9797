import type { Audit } from '../../audit/index.ts'
import { HttpRefusal } from '../../base/errors.ts'
import type { Json } from '../../base/json.ts'
import type { Call } from '../../http/index.ts'
import { isMessageState, maskRecipient, type Notifications, outboxView } from '../../notifications/index.ts'
import { type Endpoint, json, notFound, operatorOf } from '../endpoint.ts'

export interface NotificationsEndpointParts {
  readonly notifications: Pick<Notifications, 'overview' | 'health' | 'retry' | 'discard' | 'test'>
  readonly audit: Pick<Audit, 'record'>
}

const KEY = /^[\w-]{20,64}$/
const USUAL_LIMIT = 100
const LARGEST_LIMIT = 1000
const LONGEST_TO = 254
const LONGEST_TEXT = 1600

/**
 * `notifications`: what is in the outbox and whether messages leave; a message can be tried again or given up; at `/test` one is sent at once, to see whether
 * it arrives (notifications.md 7.5, 8). Whole numbers, addresses and texts are not shown.
 */
export function notificationsEndpoint({ notifications, audit }: NotificationsEndpointParts): Endpoint {
  const note = (call: Call, action: string, what: string) =>
    audit.record({ action, who: operatorOf(call)?.name ?? 'audit:unknown', what, client: call.get('client') })

  return {
    id: 'notifications',
    routes: [
      {
        method: 'GET',
        path: '',
        statuses: [200, 400],
        async handle(call) {
          const { query } = call.get('parameters')
          const state = query.get('state') ?? undefined
          if (state !== undefined && !isMessageState(state)) throw bad('state is none of a message')
          const limit = query.get('limit') ?? String(USUAL_LIMIT)
          if (!/^\d{1,4}$/.test(limit) || Number(limit) > LARGEST_LIMIT) throw bad(`limit must be a number up to ${LARGEST_LIMIT}`)
          const view = outboxView(await notifications.overview(), state, Number(limit))
          return json({ ...view, channels: notifications.health() } as unknown as Json)
        },
      },
      {
        method: 'POST',
        path: '/test',
        statuses: [200, 400, 502, 503],
        maxBodyBytes: 16 * 1024,
        async handle(call) {
          const { to, channel, text = 'This is a test of Castellan.' } = await bodyOf(call)
          if (typeof to !== 'string' || to.trim() === '' || to.length > LONGEST_TO) throw bad('to must be a phone number or a mail address')
          const way = to.includes('@') ? 'mail' : 'sms'
          if (channel !== undefined && channel !== way) throw bad(`channel must be ${way} for that recipient`)
          if (typeof text !== 'string' || text === '' || text.length > LONGEST_TEXT)
            throw bad(`text must have between 1 and ${LONGEST_TEXT} characters`)
          const { status, providerId, code, message } = await notifications.test(to.trim(), text)
          note(call, 'NOTIFICATION_TEST', `{to=${maskRecipient(way, to.trim())}, status=${status}}`)
          const answer = { status, ...(providerId ? { providerId } : {}), ...(code ? { code } : {}), ...(message ? { message } : {}) }
          return json(answer, status === 'sent' ? 200 : status === 'configuration' ? 503 : 502)
        },
      },
      {
        method: 'POST',
        path: '/:key',
        statuses: [200, 400, 404, 409],
        maxBodyBytes: 1024,
        async handle(call) {
          const key = call.req.param('key') ?? ''
          const { action } = await bodyOf(call)
          if (action !== 'retry' && action !== 'discard') throw bad('action must be retry or discard')
          if (!KEY.test(key)) throw notFound()
          const outcome = await notifications[action](key)
          if (outcome === 'unknown') throw notFound()
          if (outcome === 'refused')
            throw new HttpRefusal(409, 'not_now', `a message in this state cannot be ${action === 'retry' ? 'tried again' : 'given up'}`)
          note(call, action === 'retry' ? 'NOTIFICATION_RETRIED' : 'NOTIFICATION_DISCARDED', `{key=${key}}`)
          return json({ key, action })
        },
      },
    ],
  }
}

/** @throws {HttpRefusal} 400 for what is no JSON object. */
async function bodyOf(call: Call): Promise<Readonly<Record<string, unknown>>> {
  try {
    const body: unknown = JSON.parse(await call.req.text())
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Readonly<Record<string, unknown>>
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw bad('the body must be a JSON object')
}

const bad = (message: string) => new HttpRefusal(400, 'bad_request', message)
