import type { Clock } from '../../base/clock.ts'
import { randomText, type Sealer } from '../../base/crypto.ts'
import { HttpRefusal } from '../../base/errors.ts'
import type { Json } from '../../base/json.ts'
import { type Call, type CookieShape, readCookie, removeCookie, setCookie } from '../../http/index.ts'
import type { TicketRegistry } from '../../tickets/index.ts'
import { isObject } from './definition-members.ts'
import { TRANSIENT } from './kinds.ts'
import { writeBudget } from './write-budget.ts'

/** A request of a browser that waits for its user (oauth.md 16.3): sealed in the browser itself, so that any node can go on with it. */
export interface Transaction {
  /** Its handle: in addresses and forms. Worth nothing without the cookie. */
  readonly id: string
  readonly what: 'authorize' | 'device' | 'approvals'
  /** The parameters of the request, as a query. They are read and judged anew at the end. */
  readonly query: string
  /** When the request began. */
  readonly begunAtMs: number
  /** Whether its login is done. */
  readonly loggedIn: boolean
  readonly newLogin: boolean
  /** A session that no cookie keeps. */
  readonly sessionId?: string
  /** What may be shown of the session of its login, where the cookie keeps it. */
  readonly sessionHandle?: string
  /** Whether the user has been asked for approval. */
  readonly asked: boolean
}

export interface Transactions {
  /** Begins one, and gives its cookie to the browser. */
  begin(call: Call, what: Transaction['what'], query: string): Promise<Transaction>
  /** The one of this handle, if it began in this browser and is not too old. */
  read(call: Call, id: string | undefined): Promise<Transaction | undefined>
  save(call: Call, transaction: Transaction): Promise<void>
  end(call: Call, transaction: Transaction): void
}

export interface TransactionsParts {
  readonly sealer: Sealer
  readonly registry: Pick<TicketRegistry, 'add' | 'get' | 'update'>
  readonly newTicketId: (kind: string) => string
  readonly cookie: Omit<CookieShape, 'name'>
  readonly lifeInSeconds: number
  readonly clock: Clock
}

const NAME = 'OATX_'
const CONTEXT = 'oauth-transaction'
/** Of pending requests in one browser; the oldest goes first. */
const MOST = 5
/** Beyond it browsers drop cookies, so the content goes into the registry and the cookie only names it. */
const LONGEST_COOKIE = 3500
/** Longest query that is kept at all; none of an honest client comes near it. */
const LONGEST_QUERY = 24_000
/** Requests of one address in a minute that are too large for a cookie: anybody can begin them. */
const MOST_LARGE = 60

export function transactions({ sealer, registry, newTicketId, cookie, lifeInSeconds, clock }: TransactionsParts): Transactions {
  const shape = (name: string): CookieShape => ({ ...cookie, name })
  const nameOf = (id: string) => NAME + id.slice(0, 8)
  const budget = writeBudget(clock, MOST_LARGE)

  async function content(value: string): Promise<Json | undefined> {
    const clear = sealer.open(value, CONTEXT)?.toString()
    if (clear === undefined) return undefined
    if (!clear.startsWith(`${TRANSIENT}-`)) return JSON.parse(clear) as Json
    const body = (await registry.get(clear))?.body
    const sealed = body !== undefined && isObject(body) ? body['x'] : undefined
    return typeof sealed === 'string' ? (JSON.parse(sealer.open(sealed, CONTEXT)?.toString() ?? 'null') as Json) : undefined
  }

  async function save(call: Call, transaction: Transaction): Promise<void> {
    const body = write(transaction)
    const sealed = sealer.seal(JSON.stringify(body), CONTEXT)
    if (sealed.length <= LONGEST_COOKIE) return setCookie(call, shape(nameOf(transaction.id)), sealed, lifeInSeconds)
    if (body.q.length > LONGEST_QUERY) throw new HttpRefusal(400, 'request_too_long', 'the request is too long')
    if (!transaction.loggedIn && !budget.take(call.get('client').address)) {
      const headers = { 'Retry-After': '60' }
      throw new HttpRefusal(429, 'too_many_requests', 'too many long requests at once; try again later', { headers })
    }
    const ticketId = newTicketId(TRANSIENT)
    const policy = { timeToLiveInSeconds: lifeInSeconds }
    // The sealed text, because a store holds no usable id of a session.
    await registry.add({
      id: ticketId,
      kind: TRANSIENT,
      createdAtMs: clock(),
      policy,
      body: { x: sealer.seal(JSON.stringify(body), CONTEXT) },
    })
    setCookie(call, shape(nameOf(transaction.id)), sealer.seal(ticketId, CONTEXT), lifeInSeconds)
  }

  async function read(call: Call, id: string | undefined): Promise<Transaction | undefined> {
    if (id === undefined || !/^[A-Za-z0-9]{32}$/.test(id)) return undefined
    const value = readCookie(call, nameOf(id))
    const body = value === undefined ? undefined : await content(value)
    const found = body === undefined ? undefined : readBody(body)
    return found?.id === id && clock() - found.begunAtMs <= lifeInSeconds * 1000 ? found : undefined
  }

  /** Names of the cookies of pending requests in the browser. */
  function pending(call: Call): readonly string[] {
    const header = call.env?.incoming?.headers.cookie ?? call.req.header('cookie') ?? ''
    return [...new Set([...header.matchAll(/(?:^|;)\s*(OATX_[A-Za-z0-9]{8})=/g)].map(([, name = '']) => name))]
  }

  async function dropOldest(call: Call): Promise<void> {
    const names = pending(call)
    if (names.length < MOST) return
    const ages = await Promise.all(
      names.map(async (name) => {
        const value = readCookie(call, name)
        const body = value === undefined ? undefined : await content(value)
        return { name, begunAtMs: (body !== undefined && readBody(body)?.begunAtMs) || 0 }
      }),
    )
    const oldest = ages.sort((one, other) => one.begunAtMs - other.begunAtMs).slice(0, names.length - MOST + 1)
    for (const { name } of oldest) removeCookie(call, shape(name))
  }

  return {
    read,
    save,
    async begin(call, what, query) {
      await dropOldest(call)
      const begun: Transaction = { id: randomText(32), what, query, begunAtMs: clock(), loggedIn: false, newLogin: false, asked: false }
      await save(call, begun)
      return begun
    },
    end: (call, { id }) => removeCookie(call, shape(nameOf(id))),
  }
}

function write({ id, what, query, begunAtMs, loggedIn, newLogin, sessionId, sessionHandle, asked }: Transaction) {
  return {
    v: 1,
    id,
    w: what,
    q: query,
    b: begunAtMs,
    l: loggedIn,
    n: newLogin,
    a: asked,
    ...(sessionId === undefined ? {} : { s: sessionId }),
    ...(sessionHandle === undefined ? {} : { h: sessionHandle }),
  }
}

function readBody(body: Json): Transaction | undefined {
  if (!isObject(body) || body['v'] !== 1) return undefined
  const { id, w, q, b, l, n, a, s, h } = body
  if (typeof id !== 'string' || typeof q !== 'string' || typeof b !== 'number') return undefined
  if (w !== 'authorize' && w !== 'device' && w !== 'approvals') return undefined
  return {
    id,
    what: w,
    query: q,
    begunAtMs: b,
    loggedIn: l === true,
    newLogin: n === true,
    asked: a === true,
    ...(typeof s === 'string' ? { sessionId: s } : {}),
    ...(typeof h === 'string' ? { sessionHandle: h } : {}),
  }
}
