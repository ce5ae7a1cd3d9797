import { type Audit, maskTicketId } from '../audit/index.ts'
import type { Authentication } from '../authentication/index.ts'
import type { Client } from '../base/client.ts'
import type { Clock } from '../base/clock.ts'
import { sealer } from '../base/crypto.ts'
import type { Log } from '../base/log.ts'
import { type Metrics, noMetrics } from '../base/metrics.ts'
import type { Call } from '../http/index.ts'
import {
  type DestroyedSession,
  type DestroyReason,
  type ExpirationPolicy,
  mayBeRemembered,
  type NewTicket,
  type TicketRegistry,
  type TicketRules,
} from '../tickets/index.ts'
import { authenticationFromBody, authenticationToBody, isLongTerm, LONG_TERM, type ServiceTicketFacts } from './body.ts'
import type { SsoConfig } from './config.ts'
import { type TgcReading, ticketGrantingCookie, warningCookie } from './cookie.ts'
import { policyOfServiceTicket, policyOfSession, policyWithoutCookie, sessionAgeLimit } from './lifetime.ts'
import { createsCookieOnRenewal, participation } from './participation.ts'
import { addressesIn, foundIn } from './pattern.ts'
import { SessionLimit, sessionLimit } from './session-limit.ts'
import type { OpenSession, Session, Sso } from './sso.ts'

export interface SsoParts {
  readonly settings: SsoConfig
  readonly registry: TicketRegistry
  /** A fresh id of a kind, e.g. `ST-104233-…-sso1` (cas-protocol.md 7). */
  readonly newTicketId: (kind: string) => string
  /** 32 bytes each, derived from `cas.tgc.crypto.*`; the first seals, all open. */
  readonly tgcKeys: readonly Buffer[]
  readonly rules: TicketRules
  /** `cas.authn.policy.unique-principal.*`. */
  readonly uniquePrincipal: { readonly enabled: boolean; readonly maximumAllowedSessions: number }
  /** `/cas`; empty at the root. */
  readonly contextPath: string
  readonly clock: Clock
  readonly log: Log
  readonly audit: Audit
  readonly metrics?: Metrics
  /** Told of every session that this room ended: where single logout begins. A session that another one took over is not among them. */
  readonly onDestroyed?: (session: DestroyedSession) => Promise<void>
}

const ALWAYS_COUNTS = { yes: true } as const
const SSO_OFF = { yes: false, why: 'single sign-on is switched off' } as const

/**
 * Builds the room. With `cas.tgc.crypto.enabled` off it says so once: anybody who sees the cookie has the session.
 *
 * @throws {StartRefusal} for a pattern in the settings that cannot be used.
 */
export function createSso(parts: SsoParts): Sso {
  const { settings, registry, newTicketId, rules, contextPath, clock, audit } = parts
  const log = parts.log.child({ room: 'sso' })
  const found = foundIn(log)
  const tgc = ticketGrantingCookie({
    settings,
    contextPath,
    sealer: sealer(parts.tgcKeys),
    clock,
    log,
    metrics: parts.metrics ?? noMetrics,
    isAllowedAddress: addressesIn(settings.cas.tgc.allowedIpAddressesPattern, 'cas.tgc.allowed-ip-addresses-pattern'),
  })
  const warnCookie = warningCookie(settings, contextPath)
  if (!settings.cas.tgc.crypto.enabled) {
    log.warn({ setting: 'cas.tgc.crypto.enabled' }, 'the ticket-granting cookie carries the bare id of the session and is not pinned')
  }
  const told = async (session: DestroyedSession) => parts.onDestroyed?.(session)
  const limit = sessionLimit({ ...parts.uniquePrincipal, onExceed: settings.castellan.sessions.onExceed }, registry, async (session) => {
    const { principalId: who = 'audit:unknown', handle } = session.ticket
    audit.record({ action: 'TICKET_GRANTING_TICKET_DESTROYED', who, what: handle })
    await told(session)
  })

  async function load(id: string): Promise<Session | undefined> {
    const ticket = await registry.get(id)
    if (ticket?.kind !== 'TGT') return undefined
    const authentication = authenticationFromBody(ticket.body)
    return authentication && { id, ticket, authentication }
  }

  async function create(authentication: Authentication, policy: ExpirationPolicy, replaced: Session | undefined): Promise<Session> {
    const principalId = authentication.principal.id
    await limit.before(principalId, replaced?.ticket)
    const id = newTicketId('TGT')
    await registry.add({ id, kind: 'TGT', createdAtMs: clock(), policy, principalId, body: authenticationToBody(authentication) })
    const session = await load(id)
    // A policy of zero seconds: the session is over before anybody can use it.
    if (!session) throw new Error('the session ended while it was made')
    await limit.after(principalId, session.ticket, replaced?.ticket)
    return session
  }

  function recordEnd({ id, authentication }: Session, client: Client): void {
    audit.record({ action: 'TICKET_GRANTING_TICKET_DESTROYED', who: authentication.principal.id, what: maskTicketId(id), client })
  }

  /** Ends a session and says so, once among all who try. */
  async function destroy(session: Session, reason: DestroyReason, client: Client): Promise<DestroyedSession | undefined> {
    const destroyed = await registry.destroyTree(session.id, reason)
    if (!destroyed) return undefined
    recordEnd(session, client)
    await told(destroyed)
    return destroyed
  }

  /** The session goes on with the new authentication; `undefined` when it ended meanwhile. */
  async function renew(previous: Session, authentication: Authentication): Promise<Session | undefined> {
    const kept = await registry.update(previous.id, authenticationToBody(authentication))
    return kept ? load(previous.id) : undefined
  }

  async function open({ authentication: presented, call, service, previous, cookie, lasting = cookie }: OpenSession): Promise<Session> {
    const client = call.get('client')
    const longTerm = cookie && isLongTerm(presented) && mayBeRemembered(rules, client, found)
    const authentication = longTerm === isLongTerm(presented) ? presented : ordinary(presented)
    const samePrincipal = previous !== undefined && previous.authentication.principal.id === authentication.principal.id
    const mine = cookie && samePrincipal ? previous : undefined

    if (mine && continues(mine.authentication, authentication)) {
      const kept = await renew(mine, authentication)
      if (kept) return kept
    }
    const policy = lasting ? policyOfSession(rules, authentication, service, client, longTerm, found) : policyWithoutCookie(rules, service)
    const session = await create(authentication, policy, mine).catch((cause: unknown) => {
      const { principal } = authentication
      if (cause instanceof SessionLimit)
        audit.record({ action: 'TICKET_GRANTING_TICKET_NOT_CREATED', who: principal.id, what: cause.code, client })
      throw cause
    })
    if (mine) {
      // The same user by another way: the applications stay, so nobody is told.
      await registry.adoptServices(mine.id, session.id)
      if (await registry.destroyTree(mine.id, 'replaced')) recordEnd(mine, client)
    } else if (previous && !samePrincipal) {
      await destroy(previous, 'replaced', client)
      if (!cookie) tgc.clear(call)
    }
    audit.record({ action: 'TICKET_GRANTING_TICKET_CREATED', who: authentication.principal.id, what: maskTicketId(session.id), client })
    return session
  }

  async function named(reading: TgcReading): Promise<Session | undefined> {
    return reading.kind === 'session' ? load(reading.id) : undefined
  }

  async function current(call: Call): Promise<Session | undefined> {
    const reading = tgc.read(call)
    if (reading.kind === 'absent') return undefined
    const session = await named(reading)
    // The session of a cookie that came from elsewhere lives on: else a thief could log the victim out.
    if (!session) tgc.clear(call)
    else if (reading.kind === 'session' && reading.isOld) tgc.set(call, session.id, isLongTerm(session.authentication))
    return session
  }

  return {
    current,
    load,
    participates(session, service, client) {
      if (!settings.cas.sso.ssoEnabled) return SSO_OFF
      if (!service) return ALWAYS_COUNTS
      const { ticket, authentication } = session
      return participation(service, { ticket, authentication, nowMs: clock(), found }, sessionAgeLimit(service, client, found))
    },
    mayKeepSession(service, { forced }) {
      const { ssoEnabled, createSsoCookieOnRenewAuthn } = settings.cas.sso
      return ssoEnabled && (!forced || (createsCookieOnRenewal(service?.singleSignOnParticipation) ?? createSsoCookieOnRenewAuthn))
    },
    open,
    setCookie: (call, session) => tgc.set(call, session.id, isLongTerm(session.authentication)),
    addAttributes(session, attributes) {
      const { authentication } = session
      return renew(session, { ...authentication, attributes: { ...authentication.attributes, ...attributes } })
    },
    async grantServiceTicket(session, service, definition, { renewed, fromNewLogin }, client) {
      const ticketId = newTicketId('ST')
      const now = clock()
      // The first ticket of a session counts as that of a new login even if it comes later, as in CAS (cas-protocol.md 4.6).
      const facts: ServiceTicketFacts = { service: service.id, renewed, fromNewLogin: fromNewLogin || session.ticket.countOfUses === 0 }
      const child: NewTicket = {
        id: ticketId,
        kind: 'ST',
        createdAtMs: now,
        policy: policyOfServiceTicket(rules, definition),
        parentId: session.id,
        body: { ...facts },
      }
      const mode = rules.onlyTrackMostRecentSession ? 'latest-per-path' : 'all'
      const result = await registry.grantChild(session.id, child, { service: { service: service.id, ticketId, grantedAtMs: now }, mode })
      const who = session.authentication.principal.id
      if (result.kind === 'granted') {
        audit.record({ action: 'SERVICE_TICKET_CREATED', who, what: `${maskTicketId(ticketId)} for ${service.id}`, client })
        return { kind: 'granted', ticketId }
      }
      const kind = result.kind === 'too-soon' ? 'too-soon' : 'session-gone'
      audit.record({ action: 'SERVICE_TICKET_NOT_CREATED', who, what: `${kind} for ${service.id}`, client })
      return { kind }
    },
    applicationsOf: (session) => registry.servicesOf(session.id),
    async end(call, reason, given) {
      const session = given ?? (await named(tgc.read(call)))
      tgc.clear(call)
      warnCookie.clear(call)
      return session && destroy(session, reason, call.get('client'))
    },
    destroy,
    async endNamed(name, client) {
      const kind = (await registry.findByHandle(name))?.ticket.kind ?? (await registry.get(name))?.kind
      if (kind !== 'TGT') return undefined
      const destroyed = (await registry.destroyByHandle(name, 'administrator')) ?? (await registry.destroyTree(name, 'administrator'))
      if (!destroyed) return undefined
      const { principalId: who = 'audit:unknown', handle } = destroyed.ticket
      audit.record({ action: 'TICKET_GRANTING_TICKET_DESTROYED', who, what: handle, client })
      await told(destroyed)
      return destroyed
    },
    warnCookie,
    close: async () => {},
  }
}

/** Whether a session may go on with a new authentication of the same user: the handlers and the length of its life are the same. */
function continues(before: Authentication, now: Authentication): boolean {
  const same = before.successes.length === now.successes.length && before.successes.every((name) => now.successes.includes(name))
  return same && isLongTerm(before) === isLongTerm(now)
}

/** The authentication without the wish to be remembered. */
function ordinary(authentication: Authentication): Authentication {
  const { [LONG_TERM]: _, ...attributes } = authentication.attributes
  return { ...authentication, attributes }
}
