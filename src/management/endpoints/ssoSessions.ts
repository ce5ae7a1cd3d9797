import { setImmediate } from 'node:timers/promises'
import { maskTicketId } from '../../audit/index.ts'
import { HttpRefusal } from '../../base/errors.ts'
import type { Json } from '../../base/json.ts'
import type { Call } from '../../http/index.ts'
import { authenticationFromBody, isLongTerm, type Sso } from '../../sso/index.ts'
import type { DestroyedSession, Ticket, TicketRegistry, TrackedService } from '../../tickets/index.ts'
import { type Endpoint, json } from '../endpoint.ts'

export interface SsoSessionsParts {
  readonly registry: Pick<TicketRegistry, 'sessions' | 'sessionsOf' | 'counts' | 'findByHandle'>
  readonly sso: Pick<Sso, 'endNamed' | 'current'>
}

/** Anything else that somebody calls a session may be its id, which is not given back. */
const HANDLE = /^[A-Z]{1,16}-[0-9a-f]{16}(?:-[A-Za-z0-9-]{1,64})?$/
const TYPES = ['ALL', 'DIRECT', 'PROXIED']
const MOST_LISTED = 10_000
const PAGE = 200
/** So many sessions are worked on before other requests get their turn. */
const AT_A_TIME = 50

/**
 * `ssoSessions`: who is signed in, and ending sessions, which tells the applications (cas-protocol.md 8.9). What stands in place of ids are handles: they
 * work here and nowhere else (D14).
 */
export function ssoSessionsEndpoint({ registry, sso }: SsoSessionsParts): Endpoint {
  async function list(call: Call, username: string | undefined): Promise<Response> {
    const { query } = call.get('parameters')
    const type = readType(query.get('type') ?? 'ALL')
    const from = readCount(query.get('from'), 0)
    const count = Math.min(readCount(query.get('count'), 1000), MOST_LISTED)
    const tickets = username === undefined ? await page(from, count) : (await registry.sessionsOf(username)).slice(from, from + count)
    const shown: { readonly [name: string]: Json }[] = []
    for (const [at, ticket] of tickets.entries()) {
      if (at % AT_A_TIME === AT_A_TIME - 1) await setImmediate()
      const found = await registry.findByHandle(ticket.handle)
      // It may have ended meanwhile.
      const session = found && describe(found.ticket, found.services, type)
      if (session) shown.push(session)
    }
    const counts = await registry.counts()
    const { TGT: sessions = 0, PGT: proxying = 0 } = counts
    return json({
      activeSsoSessions: shown,
      totalSsoSessions: sessions,
      totalTicketGrantingTickets: sessions,
      totalProxyGrantingTickets: proxying,
      totalTickets: sessions + proxying,
      totalPrincipals: new Set(shown.map((session) => session['authenticated_principal'])).size,
      totalUsageCount: shown.reduce((sum, session) => sum + Number(session['number_of_uses']), 0),
    })
  }

  /** Sessions in the order of the store; those before `from` are passed over page by page. */
  async function page(from: number, count: number): Promise<readonly Ticket[]> {
    const found: Ticket[] = []
    let cursor: string | undefined
    let skip = from
    while (found.length < count) {
      const limit = Math.min(PAGE, skip + count - found.length)
      const { sessions, next } = await registry.sessions({ limit, ...(cursor === undefined ? {} : { cursor }) })
      found.push(...sessions.slice(skip))
      skip = Math.max(0, skip - sessions.length)
      if (next === undefined) break
      cursor = next
      await setImmediate()
    }
    return found.slice(0, count)
  }

  async function end(name: string, call: Call): Promise<{ readonly [name: string]: Json }> {
    const shown = HANDLE.test(name) ? name : maskTicketId(name)
    try {
      const ended = await sso.endNamed(name, call.get('client'))
      return ended ? outcome(ended) : { status: 404, ticketGrantingTicket: shown, message: 'there is no such session' }
    } catch (cause) {
      call.get('log').error({ err: cause, session: maskTicketId(name) }, 'a session could not be ended')
      return { status: 500, ticketGrantingTicket: shown, message: 'the session could not be ended' }
    }
  }
  async function endAllOf(username: string, call: Call): Promise<Response> {
    const ended: Record<string, Json> = {}
    for (const { handle } of await registry.sessionsOf(username)) ended[handle] = await end(handle, call)
    return json(ended)
  }
  async function endAll(call: Call): Promise<Response> {
    for (;;) {
      const { sessions } = await registry.sessions({ limit: AT_A_TIME })
      const outcomes = await Promise.all(sessions.map(({ handle }) => end(handle, call)))
      await setImmediate()
      if (sessions.length === 0) return json({ status: 200 })
      if (outcomes.every(({ status }) => status !== 200)) return json({ status: 500, message: 'sessions could not be ended' })
    }
  }

  return {
    id: 'ssoSessions',
    aliases: ['sso-sessions'],
    routes: [
      {
        method: 'GET',
        path: '',
        statuses: [200, 400],
        handle: (call) => list(call, call.get('parameters').query.get('username')?.trim() || undefined),
      },
      { method: 'GET', path: '/users/:username', statuses: [200, 400], handle: (call) => list(call, call.req.param('username') ?? '') },
      { method: 'DELETE', path: '/users/:username', statuses: [200], handle: (call) => endAllOf(call.req.param('username') ?? '', call) },
      {
        method: 'DELETE',
        path: '/:ticket',
        statuses: [200],
        handle: async (call) => json(await end(call.req.param('ticket') ?? '', call)),
      },
      {
        method: 'DELETE',
        path: '',
        statuses: [200, 400],
        handle(call) {
          const { query } = call.get('parameters')
          const username = query.get('username')?.trim()
          if (username) return endAllOf(username, call)
          const type = query.get('type')?.trim()
          // CAS ends every session for a request that says nothing; ours wants to hear it.
          if (!type) return json({ status: 400, message: 'say whose sessions end: username=…, or type=ALL for all of them' }, 400)
          if (readType(type) === 'PROXIED') return json({ status: 400, message: 'there are no sessions of proxies alone' }, 400)
          return endAll(call)
        },
      },
    ],
  }
}

/** @throws {HttpRefusal} 400, where CAS fails with 500. */
function readType(word: string): string {
  const type = word.trim().toUpperCase()
  if (!TYPES.includes(type)) throw new HttpRefusal(400, 'no_type', `type must be one of ${TYPES.join(', ')}`)
  return type
}

function readCount(text: string | null, otherwise: number): number {
  if (text === null || text.trim() === '') return otherwise
  if (!/^\d{1,9}$/.test(text.trim())) throw new HttpRefusal(400, 'no_count', 'from and count must be whole numbers')
  return Number(text)
}

const iso = (atMs: number) => new Date(atMs).toISOString()
/** `2026-01-31T09:58:11Z` */
const formatted = (atMs: number) => `${iso(atMs).slice(0, 19)}Z`

function describe(ticket: Ticket, services: readonly TrackedService[], type: string): { readonly [name: string]: Json } | undefined {
  const authentication = authenticationFromBody(ticket.body)
  if (!authentication) return undefined
  const { timeToIdleInSeconds: idle, timeToLiveInSeconds: live } = ticket.policy
  return {
    authenticated_principal: authentication.principal.id,
    authentication_date: iso(authentication.authenticatedAtMs),
    authentication_date_formatted: formatted(authentication.authenticatedAtMs),
    creation_date_formatted: formatted(ticket.createdAtMs),
    last_used_date_formatted: formatted(ticket.lastUsedAtMs),
    number_of_uses: ticket.countOfUses,
    ticket_granting_ticket: ticket.handle,
    principal_attributes: authentication.principal.attributes as Json,
    authentication_attributes: authentication.attributes as Json,
    expiration_policy: {
      ...(idle === undefined ? {} : { timeToIdle: idle, idleExpirationTime: formatted(ticket.lastUsedAtMs + idle * 1000) }),
      ...(live === undefined ? {} : { timeToLive: live, maxExpirationTime: formatted(ticket.createdAtMs + live * 1000) }),
      clock: 'SystemClock[Z]',
      name: `TicketGrantingTicketExpirationPolicy-${ticket.handle}`,
    },
    remember_me: isLongTerm(authentication),
    ...(type === 'DIRECT' ? {} : { is_proxied: false }),
    authenticated_services: Object.fromEntries(
      services.map(({ ticketId, service }) => [
        maskTicketId(ticketId),
        { '@class': 'org.apereo.cas.authentication.principal.SimpleWebApplicationServiceImpl', id: service },
      ]),
    ),
  }
}

const outcome = ({ ticket, services }: DestroyedSession): { readonly [name: string]: Json } => ({
  status: 200,
  ticketGrantingTicket: ticket.handle,
  singleLogoutRequests: services.map(({ ticketId, service }) => ({ ticketId: maskTicketId(ticketId), service })),
})
