import { choice, group, mapOf, text, url } from '../../base/schema.ts'
import { StartRefusal } from '../../base/start-refusal.ts'
import { plug } from './provider.ts'
import { retryAfterMs } from './retry-after.ts'

const TIMEOUT_MS = 30_000

const settings = group({
  url: url('', 'Address that messages are posted to.'),
  method: choice(['POST', 'PUT', 'GET'], 'POST', 'HTTP method.'),
  basicAuthUsername: text('', 'User name of the Basic credential; blank: none is sent.'),
  basicAuthPassword: text('', 'Password of the Basic credential.', { secret: true }),
  headers: mapOf(text('', 'Value of the header.', { secret: true }), 'Further headers, by name.'),
  style: choice(
    ['QUERY_PARAMETERS', 'REQUEST_BODY'],
    'QUERY_PARAMETERS',
    'Numbers in the query and the bare text as body, or all of it as JSON.',
  ),
})

/**
 * A service of one's own that takes messages over HTTP (notifications.md 5.1). One request a recipient; any 2xx means it has it. `Idempotency-Key` is the
 * same for each try of one message, so a 5xx is tried again; a lost answer is not.
 */
export const rest = plug({
  settings,
  own: group({}),
  isConfigured: ({ url }) => url !== '',
  create({ url, method, basicAuthUsername, basicAuthPassword, headers, style }, _own, { http, clock, version }) {
    const target = URL.canParse(url) ? new URL(url) : undefined
    if (!target || !/^https?:$/.test(target.protocol)) {
      throw new StartRefusal('must be an http(s) address', { setting: 'cas.sms-provider.rest.url' })
    }
    const common = {
      'User-Agent': `castellan/${version}`,
      ...(basicAuthUsername === ''
        ? {}
        : { Authorization: `Basic ${Buffer.from(`${basicAuthUsername}:${basicAuthPassword}`).toString('base64')}` }),
      ...headers,
    }
    return {
      name: 'rest',
      timeoutMs: TIMEOUT_MS,
      async send({ from, to, text: body, idempotencyKey, client }) {
        const addresses = client ? { clientIpAddress: client.address, serverIpAddress: client.serverAddress } : {}
        const place = new URL(target)
        if (style === 'QUERY_PARAMETERS') {
          for (const [name, value] of Object.entries({ ...addresses, from, to })) place.searchParams.append(name, value)
        }
        const outcome = await http.call({
          method,
          url: place,
          headers: {
            'Content-Type': 'application/json; charset=utf-8',
            ...common,
            ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }),
          },
          body: method === 'GET' ? undefined : style === 'QUERY_PARAMETERS' ? body : JSON.stringify({ ...addresses, from, to, text: body }),
          timeoutMs: TIMEOUT_MS,
        })
        if (outcome.kind === 'not-sent') return { status: 'retryable', message: outcome.reason }
        if (outcome.kind === 'unknown') return { status: 'uncertain', message: outcome.reason }
        const { status } = outcome
        if (status >= 200 && status < 300) return { status: 'sent' }
        const wait = retryAfterMs(outcome.headers, clock())
        const facts = { code: `HTTP ${status}`, message: `the service answered ${status}`, retryAfterMs: wait }
        if (status === 401 || status === 403 || status === 404 || status === 405 || (status >= 300 && status < 400)) {
          return { status: 'configuration', ...facts }
        }
        if (status === 425 || status === 429) return { status: 'retryable', ...facts }
        if (status === 408 || status >= 500) return { status: 'retryable', mayHaveTaken: true, ...facts }
        return { status: 'permanent', ...facts }
      },
    }
  },
})
