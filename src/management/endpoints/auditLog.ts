import type { AuditHistory, KeptRecord } from '../../audit/index.ts'
import type { Clock } from '../../base/clock.ts'
import { parseDuration } from '../../base/duration.ts'
import { HttpRefusal } from '../../base/errors.ts'
import { compileJavaRegex } from '../../base/java-regex.ts'
import type { Json } from '../../base/json.ts'
import type { Call } from '../../http/index.ts'
import { type Endpoint, json } from '../endpoint.ts'

export interface AuditLogParts {
  readonly auditHistory: AuditHistory | undefined
  /** `cas.audit.engine.number-of-days-in-history`. */
  readonly auditDays: number
  readonly clock: Clock
}

const MOST_LISTED = 10_000
const DAY_MS = 86_400_000
/** Names of the filters, with the member of a record that each looks at. */
const FILTERS = {
  actionPerformed: 'action',
  clientIpAddress: 'clientIpAddress',
  principal: 'who',
  resourceOperatedUpon: 'what',
} as const satisfies Readonly<Record<string, keyof KeptRecord>>

/**
 * `auditLog`: the latest records (configuration.md 14.6). `GET` filters by patterns that are found in a member, as CAS 7; `GET /PT1H` and a posted body, whose
 * patterns match the whole, as CAS 6.
 */
export function auditLogEndpoint({ auditHistory, auditDays, clock }: AuditLogParts): Endpoint {
  async function answer(
    wish: (name: string) => string | undefined,
    match: 'find' | 'full',
    interval = wish('interval'),
  ): Promise<Response> {
    const count = Number(wish('count')?.trim() || '10')
    if (!Number.isInteger(count) || count < 1) throw bad('count must be a whole number')
    const seconds = interval?.trim() ? parseDuration(interval.trim()) : undefined
    if (interval?.trim() && (seconds === undefined || seconds < 0)) throw bad('interval must be a duration such as PT1H')
    const tests = Object.entries(FILTERS).flatMap(([name, member]) => {
      const pattern = wish(name)?.trim()
      return pattern ? [filter(name, pattern, member, match)] : []
    })
    const reach = Math.min(seconds === undefined ? Infinity : seconds * 1000, auditDays * DAY_MS)
    const found = await auditHistory?.read({
      sinceMs: clock() - reach,
      count: Math.min(count, MOST_LISTED),
      matches: (record) => tests.every((test) => test(record)),
    })
    return json((found ?? []).map(describe))
  }
  const fromQuery = (call: Call) => (name: string) => call.get('parameters').query.get(name) ?? undefined

  return {
    id: 'auditLog',
    ...(auditHistory ? {} : { switchedOffBy: 'cas.audit.engine.enabled' }),
    routes: [
      { method: 'GET', path: '', statuses: [200, 400], handle: (call) => answer(fromQuery(call), 'find') },
      {
        method: 'GET',
        path: '/:interval',
        statuses: [200, 400],
        handle: (call) => answer(fromQuery(call), 'find', call.req.param('interval')),
      },
      {
        method: 'POST',
        path: '',
        statuses: [200, 400],
        maxBodyBytes: 16_384,
        async handle(call) {
          const body = readBody(await call.req.text())
          return answer((name) => textIn(body, name) ?? fromQuery(call)(name), 'full')
        },
      },
    ],
  }
}

const bad = (message: string) => new HttpRefusal(400, 'bad_query', message)

function filter(name: string, text: string, member: keyof KeptRecord, match: 'find' | 'full'): (record: KeptRecord) => boolean {
  const pattern = compileJavaRegex(text.slice(0, 500), { match })
  if (pattern.kind === 'invalid') throw bad(`${name} must be a regular expression`)
  return (record) => pattern.test(String(record[member] ?? ''))
}

function readBody(text: string): object {
  if (text.trim() === '') return {}
  try {
    const written: unknown = JSON.parse(text)
    if (typeof written === 'object' && written !== null) return written
  } catch {
    // Said below.
  }
  throw bad('the body must be a JSON object')
}

function textIn(body: object, name: string): string | undefined {
  const value: unknown = Object.hasOwn(body, name) ? (body as Record<string, unknown>)[name] : undefined
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

function describe({ atMs, who, what, action, application, clientIpAddress, serverIpAddress, userAgent }: KeptRecord): Json {
  return {
    principal: who,
    resourceOperatedUpon: what,
    actionPerformed: action,
    applicationCode: application,
    whenActionWasPerformed: new Date(atMs).toISOString().slice(0, -1),
    // CAS 6 has the addresses here, CAS 7 below.
    clientIpAddress,
    serverIpAddress,
    clientInfo: { clientIpAddress, serverIpAddress, userAgent, headers: {}, extraInfo: {} },
  }
}
