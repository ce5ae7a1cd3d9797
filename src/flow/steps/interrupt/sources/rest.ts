import { Unavailable } from '../../../../base/errors.ts'
import { OutgoingFailure, outgoingRequests } from '../../../../base/outgoing-request.ts'
import { parseRelaxedJson } from '../../../../base/relaxed-json.ts'
import { StartRefusal } from '../../../../base/start-refusal.ts'
import type { InterruptConfig } from '../config.ts'
import type { Inquiry, SourceKind } from '../source.ts'

const FAILURES_TO_OPEN = 5
const FAILURES_WITHIN_MS = 30_000
const OPEN_FOR_MS = 30_000
const MAX_CACHED = 10_000
const MAX_ACCEPT_LANGUAGE = 1000
const LONGEST_SERVICE = 2000
/** Logins of one user that may wait for the source together; half of the connections that there are. */
const MOST_AT_ONCE = 32

/** `cas.interrupt.rest.*`: an address that is asked about each login; one try, nothing is ever written to it (interrupt.md 9.4). */
export const restSource: SourceKind = {
  name: 'rest',
  async open({ settings, clock, log }) {
    const own = settings.castellan.interrupt.rest
    const target = restTarget(settings)
    if (!target) return []
    const { url, method, fixed } = target
    const successCodes = new Set(own.successCodes.map(Number))
    const requests = outgoingRequests({
      connectTimeoutMs: own.connectTimeout * 1000,
      readTimeoutMs: own.readTimeout * 1000,
      maxBodyBytes: own.maxResponseSize,
    })
    const cached = answers(own.cacheTtl, clock)
    const circuit = breaker(clock)
    const underWay = new Map<string, number>()

    /** The document, `undefined` for "no interrupt". */
    async function ask(inquiry: Inquiry): Promise<unknown> {
      const { acceptLanguage } = inquiry.request
      const language = acceptLanguage && acceptLanguage.length <= MAX_ACCEPT_LANGUAGE ? { 'Accept-Language': acceptLanguage } : {}
      const answer = await requests.send({
        url: addressOf(url, inquiry, own.sendExtendedParameters),
        method,
        headers: { 'Content-Type': 'application/json', ...language, ...fixed },
      })
      if (answer.status === 204 || answer.status === 404) return undefined
      if (!successCodes.has(answer.status)) throw new Refused(answer.status)
      if (answer.body.trim() === '') return undefined
      return documentIn(answer.body)
    }

    return [
      {
        name: 'rest',
        failsClosed: own.failureMode === 'CLOSED',
        async inquire(inquiry) {
          const key = own.cacheTtl > 0 ? JSON.stringify([inquiry.principal.id, inquiry.service?.id, inquiry.registeredService?.id]) : ''
          const kept = cached.get(key)
          if (kept) return kept.document
          if (circuit.isOpen()) throw new OutgoingFailure('connect', 'it failed too often, and is left alone for 30 seconds')
          const asking = underWay.get(inquiry.principal.id) ?? 0
          // So many at once would hold up those of everybody else until they fail, and whoever fails gets in: this one has to come again.
          if (asking >= MOST_AT_ONCE) throw new Unavailable('interrupt-inquiries', 'too many logins of one user at once')
          underWay.set(inquiry.principal.id, asking + 1)
          try {
            const document = await ask(inquiry)
            circuit.succeeded()
            cached.put(key, document)
            return document
          } catch (error) {
            // Only what concerns everybody: a question that is refused may have been made to be.
            if (!(error instanceof Refused && error.status < 500) && circuit.failed())
              log.error({ setting: 'cas.interrupt.rest.url' }, 'the source failed 5 times in 30 seconds and is left alone for 30 seconds')
            throw error
          } finally {
            const left = (underWay.get(inquiry.principal.id) ?? 1) - 1
            if (left > 0) underWay.set(inquiry.principal.id, left)
            else underWay.delete(inquiry.principal.id)
          }
        },
        state: () => ({ circuit: circuit.isOpen() ? 'open' : 'closed' }),
        close: () => requests.close(),
      },
    ]
  },
}

/** Who is asked, and how. @throws {StartRefusal} for settings by which nobody could be asked. */
export function restTarget({ cas }: InterruptConfig) {
  const { rest } = cas.interrupt
  if (!rest.url) return undefined
  const url = rest.url.trim()
  const parsed = URL.parse(url)
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    throw new StartRefusal('must be an http or https address', { setting: 'cas.interrupt.rest.url' })
  }
  const method = rest.method.trim().toUpperCase() || 'GET'
  if (!/^[A-Z]{1,20}$/.test(method)) throw new StartRefusal('must be an HTTP method', { setting: 'cas.interrupt.rest.method' })
  return { url, method, fixed: fixedHeaders(rest) }
}

function fixedHeaders(rest: {
  basicAuthUsername: string | undefined
  basicAuthPassword: string | undefined
  headers: Readonly<Record<string, string>>
}) {
  const { basicAuthUsername: user, basicAuthPassword: password } = rest
  const basic = user && password ? { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` } : {}
  for (const [name, value] of Object.entries(rest.headers)) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value)) {
      throw new StartRefusal(`has a name or value that no header can have: ${name}`, { setting: 'cas.interrupt.rest.headers' })
    }
  }
  const own = new Set(Object.keys(rest.headers).map((name) => name.toLowerCase()))
  return { ...Object.fromEntries(Object.entries(basic).filter(([name]) => !own.has(name.toLowerCase()))), ...rest.headers }
}

/** The parameters stand in the query whatever the method; what the address has already stays. */
function addressOf(url: string, { principal, service, registeredService }: Inquiry, extended: boolean): string {
  const parameters: [string, string][] = [['username', principal.id]]
  if (service) parameters.push(['service', askable(service.id)])
  if (registeredService) {
    parameters.push(['registeredService', registeredService.serviceId])
    if (extended) parameters.push(['registeredServiceId', registeredService.id], ['registeredServiceName', registeredService.name])
  }
  const bare = url.split('#', 1)[0] ?? ''
  const query = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`).join('&')
  return `${bare}${bare.includes('?') ? '&' : '?'}${query}`
}

/**
 * The user chooses most of this address. Servers refuse requests whose line is too long (nginx: 8 kB), and a question that is refused lets the user in: a
 * long one is asked without its query, and never beyond the limit.
 */
const askable = (service: string): string =>
  service.length <= LONGEST_SERVICE ? service : (service.split('?', 1)[0] ?? '').slice(0, LONGEST_SERVICE)

function documentIn(body: string): unknown {
  const trimmed = body.trim()
  // Two answers that are no object and mean "no".
  if (trimmed === 'null' || trimmed === '[]') return undefined
  const read = parseRelaxedJson(body)
  if (read.kind === 'broken') throw new OutgoingFailure('broken', `the body is no payload: ${read.message}`)
  return read.value
}

/** The source has answered, but with no payload. */
class Refused extends OutgoingFailure {
  readonly status: number
  constructor(status: number) {
    super('broken', `status ${status}`)
    this.status = status
  }
}

interface Answers {
  get(key: string): { readonly document: unknown } | undefined
  put(key: string, document: unknown): void
}

function answers(seconds: number, clock: () => number): Answers {
  const kept = new Map<string, { readonly document: unknown; readonly untilMs: number }>()
  return {
    get(key) {
      const found = seconds > 0 ? kept.get(key) : undefined
      return found && found.untilMs > clock() ? found : undefined
    },
    put(key, document) {
      if (seconds <= 0) return
      kept.delete(key)
      kept.set(key, { document, untilMs: clock() + seconds * 1000 })
      const [oldest] = kept.keys()
      if (kept.size > MAX_CACHED && oldest !== undefined) kept.delete(oldest)
    },
  }
}

/** Five failures in thirty seconds: nobody waits for a dead address for the next thirty. */
function breaker(clock: () => number) {
  let failures: number[] = []
  let openUntilMs = Number.NEGATIVE_INFINITY
  return {
    isOpen: () => clock() < openUntilMs,
    succeeded() {
      failures = []
    },
    /** Whether this failure was the one too many. */
    failed(): boolean {
      const now = clock()
      if (now < openUntilMs) return false
      failures = [...failures.filter((at) => now - at < FAILURES_WITHIN_MS), now]
      if (failures.length < FAILURES_TO_OPEN) return false
      failures = []
      openUntilMs = now + OPEN_FOR_MS
      return true
    },
  }
}
