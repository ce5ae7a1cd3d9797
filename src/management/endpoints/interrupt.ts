import { HttpRefusal } from '../../base/errors.ts'
import type { Json } from '../../base/json.ts'
import type { Acknowledgement, Answer, Explanation, Interrupt } from '../../flow/index.ts'
import { type Call, wantsJson } from '../../http/index.ts'
import { type Services, serviceReference } from '../../services/index.ts'
import { type Endpoint, json, notFound } from '../endpoint.ts'

export interface InterruptEndpointParts {
  readonly interrupt: Pick<Interrupt, 'state' | 'explain' | 'acknowledgements'>
  readonly services: Pick<Services, 'find'>
  readonly answer: Answer
  /** `castellan.interrupt.preview-enabled`. */
  readonly previewEnabled: boolean
}

const LONGEST_NAME = 1000

/**
 * `interrupt`: how the sources are; with `username` what they say about a login of that user, as the payload of CAS (configuration.md 14.3); at `/preview` the
 * reason of each source and rule, or the page (interrupt.md 14.3). Sources are really asked; no session, no cookie, no audit of a login.
 */
export function interruptEndpoint({ interrupt, services, answer, previewEnabled }: InterruptEndpointParts): Endpoint {
  /** @throws {HttpRefusal} 400 for a question that cannot be asked. */
  async function explain(call: Call, username: string): Promise<Explanation> {
    const { query } = call.get('parameters')
    if (username.length > LONGEST_NAME) throw bad('username is too long')
    const service = serviceReference(query.get('service') ?? undefined)
    if (service === 'unusable') throw bad('service is not an address that a browser may be sent to')
    const finding = service && (await services.find(service))
    if (finding?.kind === 'refused') throw bad('service is not a registered service that may be used')
    const at = query.get('at')
    const atMs = at === null ? undefined : momentOf(at)
    const locale = query.get('locale') ?? undefined
    return interrupt.explain({
      username,
      attributes: attributesOf(query.getAll('attribute')),
      ...(service ? { service } : {}),
      ...(finding ? { registeredService: finding.service } : {}),
      ...(locale === undefined ? {} : { locale }),
      ...(atMs === undefined ? {} : { atMs }),
    })
  }

  return {
    id: 'interrupt',
    routes: [
      {
        method: 'GET',
        path: '',
        statuses: [200, 400],
        async handle(call) {
          const username = call.get('parameters').query.get('username')
          if (!username) return json(interrupt.state() as unknown as Json)
          const { outcome, payload } = await explain(call, username)
          if (outcome === 'service unavailable') return json({ outcome })
          return json((payload ?? { interrupt: false }) as Json)
        },
      },
      {
        method: 'GET',
        path: '/preview',
        statuses: [200, 400],
        async handle(call) {
          if (!previewEnabled) throw notFound()
          const username = call.get('parameters').query.get('username')
          if (!username) throw bad('username is missing')
          const { view, ...explanation } = await explain(call, username)
          const wantsPage = !wantsJson(call) && call.req.header('accept')?.includes('text/html')
          const locale = call.get('parameters').query.get('locale') ?? undefined
          return view && wantsPage ? answer(call, view, 200, { locale }) : json(explanation as unknown as Json)
        },
      },
      {
        method: 'GET',
        path: '/acknowledgements',
        statuses: [200],
        handle(call) {
          const wanted = call.get('parameters').query.get('announcement')
          const headers = {
            'Content-Type': 'text/csv;charset=UTF-8',
            'Content-Disposition': 'attachment; filename="acknowledgements.csv"',
            'Cache-Control': 'no-store',
          }
          return new Response(csv(interrupt.acknowledgements(), wanted ?? undefined), { headers })
        },
      },
    ],
  }
}

const COLUMNS = ['announcement', 'principal', 'at', 'acknowledged', 'address', 'userAgent', 'payload'] as const

/** RFC 4180, read from the store while it is sent. @param wanted One announcement only. */
function csv(records: AsyncIterable<Acknowledgement>, wanted: string | undefined): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const iterator = records[Symbol.asyncIterator]()
  return new ReadableStream({
    start: (stream) => stream.enqueue(encoder.encode(line(COLUMNS))),
    async pull(stream) {
      for (;;) {
        const { done, value } = await iterator.next()
        if (done) return stream.close()
        if (wanted !== undefined && value.announcement !== wanted) continue
        const { announcement, principal, atMs, acknowledged, address, userAgent, payload } = value
        const at = new Date(atMs).toISOString()
        return stream.enqueue(encoder.encode(line([announcement, principal, at, String(acknowledged), address, userAgent, payload])))
      }
    },
    cancel: async () => void (await iterator.return?.()),
  })
}

const line = (values: readonly string[]) => `${values.map(cell).join(',')}\r\n`

/** What a spreadsheet would take for a formula begins with a quote: a browser chooses its user agent. */
function cell(value: string): string {
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n']/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

const bad = (message: string) => new HttpRefusal(400, 'invalid_request', message)

/** @throws {HttpRefusal} 400 for what is no moment. */
function momentOf(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms)) throw bad('at must be a moment with its zone, e.g. 2030-12-01T00:00:00Z')
  return ms
}

/** Of `attribute=memberOf=staff`, as often as wanted. */
function attributesOf(pairs: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const attributes = new Map<string, string[]>()
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    if (at < 1) throw bad('attribute must be name=value')
    const name = pair.slice(0, at)
    attributes.set(name, [...(attributes.get(name) ?? []), pair.slice(at + 1)])
  }
  return Object.fromEntries(attributes)
}
