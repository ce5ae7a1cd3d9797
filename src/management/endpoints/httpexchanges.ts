import { isSecretName, MASK, maskQuery, maskTicketIds } from '../../base/mask.ts'
import type { Answered } from '../../http/index.ts'
import { type Endpoint, springJson } from '../endpoint.ts'

const KEPT = 100
const LONGEST_TEXT = 1000

type Exchange = {
  readonly timestamp: string
  readonly request: {
    readonly method: string
    readonly uri: string
    readonly remoteAddress: string
    readonly headers: Record<string, readonly string[]>
  }
  readonly response: { readonly status: number; readonly headers: Record<string, readonly string[]> }
  readonly timeTaken: string
}

/** The last requests, without secrets. */
export interface Exchanges {
  write(answered: Answered): void
  /** The latest first. */
  list(): readonly Exchange[]
}

const REQUEST_HEADERS = [
  'host',
  'user-agent',
  'accept',
  'content-type',
  'content-length',
  'referer',
  'origin',
  'x-forwarded-for',
  'x-forwarded-proto',
]
const RESPONSE_HEADERS = ['content-type', 'content-length', 'cache-control', 'allow', 'retry-after', 'x-requestid']

/** Keeps the last hundred exchanges in memory; of headers those that hold no secret. */
export function exchangeLog(): Exchanges {
  // Never the request itself: whatever it holds, a posted password too, would stay in memory with it.
  const kept: Exchange[] = []
  let next = 0
  return {
    write(answered) {
      kept[next] = exchangeOf(answered)
      next = (next + 1) % KEPT
    },
    list: () => [...kept.slice(next), ...kept.slice(0, next)].reverse(),
  }
}

function exchangeOf({ client, method, path, rawQuery, status, milliseconds, atMs, responseHeader }: Answered): Exchange {
  const query = rawQuery === '' ? '' : `?${maskQuery(rawQuery.slice(0, LONGEST_TEXT))}`
  return {
    timestamp: new Date(atMs - milliseconds).toISOString(),
    request: {
      method,
      uri: maskTicketIds(path.slice(0, LONGEST_TEXT)) + query,
      remoteAddress: client.address,
      headers: headersOf(REQUEST_HEADERS, (name) => client.header?.(name)),
    },
    response: { status, headers: headersOf(RESPONSE_HEADERS, (name) => responseHeader?.(name)) },
    timeTaken: `PT${(milliseconds / 1000).toFixed(6)}S`,
  }
}

function headersOf(names: readonly string[], of: (name: string) => string | undefined): Record<string, readonly string[]> {
  const found: Record<string, readonly string[]> = {}
  for (const name of names) {
    const value = of(name)?.slice(0, LONGEST_TEXT)
    if (value === undefined) continue
    // A referrer may be an address with a ticket.
    const mark = value.search(/[?#]/)
    found[name] = [isSecretName(name) ? MASK : maskTicketIds(name === 'referer' && mark !== -1 ? `${value.slice(0, mark)}?…` : value)]
  }
  return found
}

/** `httpexchanges`: the last hundred requests, the latest first (configuration.md 14.3). They are kept only while the endpoint is switched on. */
export function httpexchangesEndpoint({ exchanges }: { readonly exchanges?: Exchanges | undefined }): Endpoint {
  return {
    id: 'httpexchanges',
    aliases: ['httptrace'],
    routes: [{ method: 'GET', path: '', statuses: [200], handle: (call) => springJson(call, { exchanges: exchanges?.list() ?? [] }) }],
  }
}
