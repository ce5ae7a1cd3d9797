import type { HttpOutcome } from '../../base/http-call.ts'
import { duration, flag, group, type Infer, int, optional, text, texts, url } from '../../base/schema.ts'
import { StartRefusal } from '../../base/start-refusal.ts'
import { durationsOf } from '../durations.ts'
import type { SendResult } from '../message.ts'
import { type DeliveryResult, type LookupResult, plug, type SmsMessage, type SmsProvider, type SmsProviderParts } from './provider.ts'
import { retryAfterMs } from './retry-after.ts'
import { classify } from './twilio-errors.ts'

const settings = group({
  accountId: text('', 'Account identifier at Twilio, `AC` and 32 hexadecimal digits.', { formerly: ['cas.smsProvider.twilio.accountId'] }),
  token: text('', 'Secret of the account.', { secret: true, formerly: ['cas.smsProvider.twilio.token'] }),
  enabled: flag(true, 'Whether Twilio is used when an account and its token, or an API key, are set.'),
})

const own = group({
  apiKey: text('', 'API key (`SK…`) in place of the account as user name; the address keeps the account.'),
  apiSecret: text('', 'Secret of the API key.', { secret: true }),
  baseUrl: url('https://api.twilio.com', 'Address of the service; `http:` only on this machine.'),
  edge: optional(text('', 'Edge location, e.g. `dublin`; the host becomes `api.<edge>.<region>.twilio.com`.')),
  region: optional(text('', 'Region, e.g. `ie1`; without: `us1` where an edge is set.')),
  timeout: duration('PT30S', 'Longest time of one call.'),
  messagesPerSecond: int(
    1,
    'Messages a second from one number, by one process; 0: no limit. Messaging services, short codes and names have none.',
    {
      min: 0,
      max: 1000,
    },
  ),
  deliveryChecks: texts(
    ['PT1M', 'PT5M', 'PT30M'],
    'How long after a message was taken Twilio is asked whether it was delivered, until it knows; blank: never.',
  ),
  allowInsecure: flag(false, 'Whether the address may be `http:` beyond this machine.'),
})

const ACCOUNT = /^AC[0-9a-fA-F]{32}$/
const MESSAGING_SERVICE = /^MG[0-9a-fA-F]{32}$/
const SID = /^[SM]M[0-9a-fA-F]{32}$/
/** A number of a telephone; short codes have fewer digits and carry more. */
const LONG_NUMBER = /^\+?[0-9][0-9 ().-]{6,}$/
const DELIVERED: ReadonlySet<string> = new Set(['delivered', 'read', 'received'])
const UNDELIVERED: ReadonlySet<string> = new Set(['undelivered', 'failed', 'canceled'])
/** Clocks differ; the message looked for may look older than our attempt. */
const CLOCK_SKEW_MS = 120_000
const PAGES = 4

/** Twilio's Programmable Messaging, API 2010-04-01 (notifications.md 6). */
export const twilio = plug({
  settings,
  own,
  isConfigured: ({ enabled, accountId, token }, { apiKey, apiSecret }) =>
    enabled && accountId.trim() !== '' && (token.trim() !== '' || (apiKey.trim() !== '' && apiSecret.trim() !== '')),
  create(given, more, parts) {
    const account = given.accountId.trim()
    if (!ACCOUNT.test(account)) return switchedOff(parts)
    return client(account, given, more, parts)
  },
})

/** An account that cannot be one is said at start; the server runs without SMS. */
function switchedOff({ log }: SmsProviderParts): SmsProvider {
  const message = 'cas.sms-provider.twilio.account-id must be AC and 32 hexadecimal digits; nothing is sent through Twilio.'
  log.error({ setting: 'cas.sms-provider.twilio.account-id' }, message)
  return { name: 'twilio', timeoutMs: 0, send: async () => ({ status: 'configuration', message }) }
}

function client(
  account: string,
  given: Infer<typeof settings>,
  more: Infer<typeof own>,
  { http, clock, version }: SmsProviderParts,
): SmsProvider {
  const base = baseUrl(more)
  const [user, secret] = more.apiKey.trim() === '' ? [account, given.token.trim()] : [more.apiKey.trim(), more.apiSecret.trim()]
  const timeoutMs = more.timeout * 1000
  const headers = {
    Authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`,
    Accept: 'application/json',
    'User-Agent': `castellan/${version}`,
  }
  const messages = new URL(`/2010-04-01/Accounts/${account}/Messages.json`, base)

  async function send({ from, to, text: body }: SmsMessage): Promise<SendResult> {
    const sender: Record<string, string> = MESSAGING_SERVICE.test(from) ? { MessagingServiceSid: from } : from === '' ? {} : { From: from }
    const outcome = await http.call({
      method: 'POST',
      url: messages,
      headers: { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ To: to, ...sender, Body: body }).toString(),
      timeoutMs,
    })
    return resultOf(outcome, clock())
  }

  /** Newest first, page by page, until they are older than the attempt (notifications.md 7.4). */
  async function find({ to, text: body }: SmsMessage, handedOverAtMs: number, taken: ReadonlySet<string>): Promise<LookupResult> {
    let url: URL | undefined = new URL(messages)
    // Neither the sender, which they may have rewritten, nor the date of sending, which a queued message has not got: what is missed would be sent twice.
    url.search = new URLSearchParams({ To: international(to), PageSize: '50' }).toString()
    for (let page = 0; url && page < PAGES; page++) {
      const outcome: HttpOutcome = await http.call({ method: 'GET', url, headers, timeoutMs, maxAnswerBytes: 1024 * 1024 })
      if (outcome.kind !== 'answer') return { kind: 'later', message: outcome.reason }
      if (outcome.status >= 500 || outcome.status === 429) return { kind: 'later', message: `HTTP ${outcome.status}` }
      const list = outcome.status === 200 ? parse(outcome.body) : undefined
      if (!list || !Array.isArray(list['messages'])) return { kind: 'cannot', message: `HTTP ${outcome.status}` }
      let older = false
      for (const one of list['messages'] as readonly Record<string, unknown>[]) {
        const createdAtMs = Date.parse(String(one['date_created']))
        if (createdAtMs < handedOverAtMs - CLOCK_SKEW_MS) older = true
        else if (sameText(one['body'], body) && sameNumber(one['to'], to)) {
          const sid = one['sid']
          if (typeof sid === 'string' && !taken.has(sid)) return { kind: 'found', result: accepted(one, sid) }
        }
      }
      const next = list['next_page_uri']
      url = older || typeof next !== 'string' || next === '' ? undefined : new URL(next, base)
      // The credential goes nowhere else.
      if (url && url.origin !== base.origin) url = undefined
    }
    return { kind: 'not-found' }
  }

  async function ask(sid: string): Promise<DeliveryResult> {
    if (!SID.test(sid)) return { outcome: 'cannot', message: 'the id is none of theirs' }
    const url = new URL(`/2010-04-01/Accounts/${account}/Messages/${sid}.json`, base)
    const outcome = await http.call({ method: 'GET', url, headers, timeoutMs })
    if (outcome.kind !== 'answer') return { outcome: 'cannot', message: outcome.reason }
    const answer = outcome.status === 200 ? parse(outcome.body) : undefined
    const status = textOf(answer?.['status'])
    if (!answer || status === undefined) return { outcome: 'cannot', message: `HTTP ${outcome.status}` }
    const code = textOf(answer['error_code'])
    const message = textOf(answer['error_message'])
    return {
      outcome: DELIVERED.has(status) ? 'delivered' : UNDELIVERED.has(status) ? 'undelivered' : 'open',
      status,
      ...(code === undefined ? {} : { code }),
      ...(message === undefined ? {} : { message }),
    }
  }

  const { messagesPerSecond } = more
  const afterMs = durationsOf(more.deliveryChecks, 'castellan.sms.twilio.delivery-checks')
  const spacingMs = (from: string) => (messagesPerSecond > 0 && LONG_NUMBER.test(from.trim()) ? 1000 / messagesPerSecond : 0)

  return { name: 'twilio', timeoutMs, send, find, spacingMs, ...(afterMs.length > 0 ? { delivery: { afterMs, ask } } : {}) }
}

/** Reads an answer to the sending of a message. */
function resultOf(outcome: HttpOutcome, nowMs: number): SendResult {
  if (outcome.kind === 'not-sent') return { status: 'retryable', message: outcome.reason }
  if (outcome.kind === 'unknown') return { status: 'uncertain', message: outcome.reason }
  const { status, body, headers } = outcome
  const answer = parse(body) ?? {}
  const sid = answer['sid']
  if (status >= 200 && status < 300 && typeof sid === 'string' && sid !== '') return accepted(answer, sid)
  const code = textOf(answer['code'])
  const wait = retryAfterMs(headers, nowMs)
  const { status: kind, retryAfterMs: longWait } = classify(status, code, headers['retry-after'] !== undefined)
  return {
    status: kind,
    code: code ?? `HTTP ${status}`,
    message: textOf(answer['message']) ?? textOf(answer['detail']) ?? textOf(answer['title']) ?? `HTTP ${status}`,
    retryAfterMs: wait ?? longWait,
    moreInfo: textOf(answer['more_info']) ?? (code === undefined ? undefined : `https://www.twilio.com/docs/errors/${code}`),
  }
}

/** They have it; but a message may have failed at once. */
function accepted(answer: Readonly<Record<string, unknown>>, sid: string): SendResult {
  const status = textOf(answer['status'])
  if (status !== 'failed' && status !== 'undelivered') return { status: 'sent', providerId: sid, message: status }
  const code = textOf(answer['error_code'])
  return {
    status: 'permanent',
    providerId: sid,
    code,
    message: textOf(answer['error_message']) ?? `the message is ${status}`,
    moreInfo: code === undefined ? undefined : `https://www.twilio.com/docs/errors/${code}`,
  }
}

/** A JSON object, or nothing: a proxy in between may answer with anything. */
function parse(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/** They keep numbers as `+` and digits, and texts without blanks around them. */
const international = (number: string) => (/^\d{5,15}$/.test(number) ? `+${number}` : number)
const sameNumber = (theirs: unknown, ours: string) => typeof theirs === 'string' && international(theirs) === international(ours)
const sameText = (theirs: unknown, ours: string) => typeof theirs === 'string' && theirs.trim() === ours.trim()

const textOf = (value: unknown): string | undefined =>
  (typeof value === 'string' && value !== '') || typeof value === 'number' ? String(value).slice(0, 500) : undefined

export function baseUrl({ baseUrl: configured, edge, region, allowInsecure }: Infer<typeof own>): URL {
  const setting = 'castellan.sms.twilio.base-url'
  if (!URL.canParse(configured)) throw new StartRefusal('is no address', { setting })
  const url = new URL(configured)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new StartRefusal('must begin with https:', { setting })
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
  if (url.protocol === 'http:' && !isLoopback && !allowInsecure) {
    throw new StartRefusal('must begin with https:, since the credential goes there; castellan.sms.twilio.allow-insecure=true lifts that', {
      setting,
    })
  }
  if (edge === undefined && region === undefined) return url
  for (const [name, word] of Object.entries({ edge, region })) {
    if (word !== undefined && !/^[a-z0-9-]{1,40}$/i.test(word)) {
      throw new StartRefusal('must be one word of letters, digits and dashes', { setting: `castellan.sms.twilio.${name}` })
    }
  }
  const place = edge === undefined ? region : `${edge}.${region ?? 'us1'}`
  const [first = 'api', ...rest] = url.hostname.split('.')
  url.hostname = [first, place, ...rest].join('.')
  return url
}
