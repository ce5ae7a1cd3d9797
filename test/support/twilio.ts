import { randomBytes } from 'node:crypto'
import { createServer as createHttp, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { type TestAuthority, testAuthority } from './authority.ts'

export const ACCOUNT = `AC${'0123456789abcdef'.repeat(2)}`
export const TOKEN = 'a-token-of-the-tests'

/** A message as this Twilio has it. */
export interface TwilioMessage {
  readonly sid: string
  readonly to: string
  readonly from: string
  readonly body: string
  readonly status: string
  readonly messaging_service_sid: string | null
  readonly date_created: string
  readonly error_code: number | null
  readonly error_message: string | null
}

export interface TwilioRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly form: URLSearchParams
}

/** What it does with one POST, in place of the usual. */
export type Behaviour =
  | {
      readonly kind: 'error'
      readonly status: number
      readonly code?: number
      readonly headers?: Record<string, string>
      readonly problem?: boolean
    }
  /** Takes the message or not, then says nothing more and closes. */
  | { readonly kind: 'reset'; readonly accept: boolean }
  /** Takes the message or not, and does not answer for so long. */
  | { readonly kind: 'slow'; readonly accept: boolean; readonly ms: number }
  /** Takes the message or not, and answers with that. */
  | { readonly kind: 'raw'; readonly accept: boolean; readonly status: number; readonly body: string; readonly contentType?: string }
  /** Takes it, and it has failed already. */
  | { readonly kind: 'failed'; readonly code: number }

export interface FakeTwilio extends AsyncDisposable {
  readonly url: string
  /** File with the authority that its certificate comes from. */
  readonly authority: TestAuthority
  /** Messages accepted, in order. */
  readonly messages: TwilioMessage[]
  /** Every POST with the right credential, accepted or not. */
  readonly posts: TwilioRequest[]
  readonly lookups: TwilioRequest[]
  /** How many requests came with another credential. */
  readonly refused: () => number
  /** What has become of a message, for those who ask; else it stays as it was. */
  readonly fates: Map<string, { readonly status: string; readonly errorCode?: number }>
  /** For the next POSTs, in turn; then the usual again. */
  readonly script: Behaviour[]
  /** The credential that is good. */
  user: string
  token: string
  /** Whether messages can be listed. */
  lists: boolean
  /** Most at the same time so far. */
  readonly busiest: () => number
  /** Every answer takes so long. */
  delayMs: number
}

const TEXTS: Readonly<Record<number, string>> = {
  20003: 'Authenticate',
  20404: 'The requested resource was not found',
  20429: 'Too Many Requests',
  21211: "The 'To' number is not a valid phone number.",
  21212: "The 'From' number is not a valid phone number, shortcode, or alphanumeric sender ID.",
  21408: 'Permission to send an SMS has not been enabled for the region',
  21602: 'A text message body or media urls must be specified.',
  21603: "A 'From' phone number is required.",
  21604: "A 'To' phone number is required.",
  21606: "The 'From' phone number provided is not a valid message-capable Twilio phone number",
  21608: 'The number is unverified. Trial accounts cannot send messages to unverified numbers',
  21610: 'Attempt to send to unsubscribed recipient',
  21611: "This 'From' number has exceeded the maximum number of queued messages",
  21612: 'The message cannot be sent with the current combination of To and From',
  21614: "'To' number is not a valid mobile number",
  21617: 'The concatenated message body exceeds the 1600 character limit',
  30003: 'Unreachable destination handset',
  30007: 'Message filtered',
}
const STATUS: Readonly<Record<number, number>> = { 20003: 401, 20404: 404, 20429: 429 }
/** Numbers as Twilio's test credentials have them. */
const MAGIC_TO: Readonly<Record<string, number>> = {
  '+15005550001': 21211,
  '+15005550002': 21612,
  '+15005550003': 21408,
  '+15005550004': 21610,
  '+15005550005': 21608,
  '+15005550009': 21614,
}
const MAGIC_FROM: Readonly<Record<string, number>> = { '+15005550001': 21212, '+15005550007': 21606, '+15005550008': 21611 }

/** A Twilio on this machine, over https with an authority of its own, that behaves as the documentation says (notifications.md 6). */
export async function startTwilio(options: { readonly plain?: boolean; readonly authority?: TestAuthority } = {}): Promise<FakeTwilio> {
  const authority = options.authority ?? testAuthority()
  const messages: TwilioMessage[] = []
  const posts: TwilioRequest[] = []
  const lookups: TwilioRequest[] = []
  const script: Behaviour[] = []
  let running = 0
  let busiest = 0
  let refused = 0
  const fates: Map<string, { readonly status: string; readonly errorCode?: number }> = new Map()

  const answer = (response: ServerResponse, status: number, body: object | string, headers: Record<string, string> = {}) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    response.writeHead(status, {
      'Content-Type': 'application/json',
      'Twilio-Request-Id': `RQ${randomBytes(16).toString('hex')}`,
      ...headers,
    })
    response.end(text)
  }
  const refuse = (response: ServerResponse, code: number, headers: Record<string, string> = {}) => {
    const status = STATUS[code] ?? 400
    answer(
      response,
      status,
      { code, message: TEXTS[code] ?? 'Error', more_info: `https://www.twilio.com/docs/errors/${code}`, status },
      headers,
    )
  }
  const accept = (form: URLSearchParams, status = 'queued', errorCode: number | null = null): TwilioMessage => {
    const to = form.get('To') ?? ''
    const from = form.get('From') ?? ''
    const message: TwilioMessage = {
      sid: `SM${randomBytes(16).toString('hex')}`,
      to: /^\d+$/.test(to) ? `+${to}` : to,
      from: /^\d{10,}$/.test(from) ? `+${from}` : from,
      body: form.get('Body') ?? '',
      status,
      messaging_service_sid: form.get('MessagingServiceSid'),
      date_created: new Date().toUTCString().replace('GMT', '+0000'),
      error_code: errorCode,
      error_message: errorCode === null ? null : (TEXTS[errorCode] ?? 'failed'),
    }
    messages.push(message)
    return message
  }
  const resource = (message: TwilioMessage) => ({
    ...message,
    account_sid: ACCOUNT,
    api_version: '2010-04-01',
    direction: 'outbound-api',
    num_segments: '1',
    num_media: '0',
    price: null,
    price_unit: 'USD',
    date_updated: message.date_created,
    date_sent: null,
    uri: `/2010-04-01/Accounts/${ACCOUNT}/Messages/${message.sid}.json`,
  })

  /** What is wrong with a message, in the order in which Twilio looks. */
  const mistakeIn = (form: URLSearchParams): number | undefined => {
    const [to, from, body] = [form.get('To') ?? '', form.get('From') ?? '', form.get('Body') ?? '']
    if (to === '') return 21604
    if (from === '' && !form.get('MessagingServiceSid')) return 21603
    if (body === '') return 21602
    if (body.length > 1600) return 21617
    if (!/^\+?\d{5,15}$/.test(to)) return 21211
    return MAGIC_FROM[from] ?? MAGIC_TO[to]
  }

  const post = async (request: TwilioRequest, response: ServerResponse, socket: Socket) => {
    const { form } = request
    posts.push(request)
    const behaviour = script.shift()
    if (behaviour) {
      if ('accept' in behaviour && behaviour.accept) accept(form)
      switch (behaviour.kind) {
        case 'error': {
          const { status, code, headers = {}, problem } = behaviour
          if (problem)
            return answer(response, status, { type: 'about:blank', title: 'Problem', status, detail: 'said otherwise', code }, headers)
          return answer(
            response,
            status,
            code === undefined
              ? ''
              : { code, message: TEXTS[code] ?? 'Error', more_info: `https://www.twilio.com/docs/errors/${code}`, status },
            headers,
          )
        }
        case 'reset':
          socket.destroy()
          return
        case 'slow':
          await new Promise((resolve) => setTimeout(resolve, behaviour.ms).unref())
          socket.destroy()
          return
        case 'raw':
          return answer(response, behaviour.status, behaviour.body, { 'Content-Type': behaviour.contentType ?? 'text/html' })
        case 'failed':
          return answer(response, 201, resource(accept(form, 'failed', behaviour.code)))
      }
    }
    const mistake = mistakeIn(form)
    if (mistake !== undefined) return refuse(response, mistake)
    answer(response, 201, resource(accept(form)))
  }

  const one = (response: ServerResponse, sid: string) => {
    const message = messages.find((each) => each.sid === sid)
    if (!message) return refuse(response, 20404)
    const { status = message.status, errorCode = null } = fates.get(message.to) ?? {}
    const text = errorCode === null ? null : (TEXTS[errorCode] ?? 'failed')
    return answer(response, 200, { ...resource(message), status, error_code: errorCode, error_message: text })
  }

  const listener: RequestListener = async (incoming, response) => {
    running++
    busiest = Math.max(busiest, running)
    try {
      const parts: Buffer[] = []
      for await (const part of incoming as AsyncIterable<Buffer>) parts.push(part)
      const url = new URL(incoming.url ?? '/', 'https://localhost')
      const form = new URLSearchParams(Buffer.concat(parts).toString('utf8'))
      const request: TwilioRequest = { method: incoming.method ?? '', path: url.pathname, headers: incoming.headers, form }
      if (twilio.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, twilio.delayMs))
      const expected = `Basic ${Buffer.from(`${twilio.user}:${twilio.token}`).toString('base64')}`
      if (incoming.headers.authorization !== expected) {
        refused++
        return refuse(response, 20003, { 'WWW-Authenticate': 'Basic realm="Twilio API"' })
      }
      const [, sid] = /\/Messages\/(SM[0-9a-f]{32})\.json$/.exec(url.pathname) ?? []
      if (sid !== undefined && incoming.method === 'GET') return one(response, sid)
      if (url.pathname !== `/2010-04-01/Accounts/${ACCOUNT}/Messages.json`) return refuse(response, 20404)
      if (incoming.method === 'GET') {
        lookups.push({ ...request, form: url.searchParams })
        if (!twilio.lists) return refuse(response, 20003)
        const to = url.searchParams.get('To')
        const size = Number(url.searchParams.get('PageSize') ?? 50)
        const page = Number(url.searchParams.get('Page') ?? 0)
        const found = messages.filter((message) => to === null || message.to === to).reverse()
        const next =
          found.length > (page + 1) * size
            ? `${url.pathname}?${new URLSearchParams({ ...(to ? { To: to } : {}), PageSize: String(size), Page: String(page + 1) })}`
            : null
        return answer(response, 200, {
          messages: found.slice(page * size, (page + 1) * size).map(resource),
          page,
          page_size: size,
          next_page_uri: next,
        })
      }
      if (incoming.method !== 'POST') return answer(response, 405, { code: 20004, message: 'Method not allowed', status: 405 })
      if (incoming.headers['content-type'] !== 'application/x-www-form-urlencoded') return refuse(response, 21604)
      await post(request, response, incoming.socket)
    } catch {
      // The caller has gone.
    } finally {
      running--
    }
  }
  const server = options.plain
    ? createHttp({ keepAliveTimeout: 5000 }, listener)
    : createHttps({ cert: authority.certificate, key: authority.key, keepAliveTimeout: 5000 }, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const twilio: FakeTwilio = {
    url: options.plain ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    authority,
    messages,
    posts,
    lookups,
    script,
    user: ACCOUNT,
    token: TOKEN,
    lists: true,
    busiest: () => busiest,
    refused: () => refused,
    fates,
    delayMs: 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      if (!options.authority) authority[Symbol.dispose]()
    },
  }
  return twilio
}
