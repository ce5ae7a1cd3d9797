import type { Json } from '../../base/json.ts'
import type { Ticket, TicketWithSession } from '../../tickets/index.ts'
import { ACCESS_TOKEN, AUTHORIZATION, REFRESH_TOKEN } from './kinds.ts'
import type { Room } from './room.ts'
import { tokenFacts } from './token-body.ts'

/** A living token as operators see it (configuration.md 14.6): nothing in it can be used. */
export interface TokenOverview {
  /** Handle of its ticket. */
  readonly id: string
  readonly prefix: 'AT' | 'RT'
  readonly clientId: string
  /** `null` where the session cannot be read here. */
  readonly principal: string | null
  readonly service: string
  readonly scopes: readonly string[]
  readonly responseType: string
  readonly grantType: string
  /** Instants as ISO-8601. */
  readonly creationTime: string
  readonly lastTimeUsed: string
  readonly countOfUses: number
  /** `null`: never. */
  readonly expiresAt: string | null
  readonly expired: false
  /** Handle of the session that it hangs on. */
  readonly ticketGrantingTicket: string | null
  readonly claims: Readonly<Record<string, Json>>
}

/** What operators may do with tokens. A name is a handle from the list, the id of a token, or a JWT. */
export interface TokenOffice {
  /** Living access and refresh tokens in the order of their ids, at most that many of each kind. */
  list(most: number): Promise<readonly TokenOverview[]>
  find(name: string): Promise<TokenOverview | undefined>
  /** Ends a token; a refresh token takes everything with it that its authorization has brought. `false` when there was none. */
  revoke(name: string): Promise<boolean>
}

const PAGE = 500
const LONGEST_NAME = 60_000

export function tokenOffice({ registry, holders, format }: Pick<Room, 'registry' | 'holders' | 'format'>): TokenOffice {
  async function found(name: string): Promise<TicketWithSession | undefined> {
    if (name.length > LONGEST_NAME) return undefined
    const resolved = await format.resolve(name)
    if (resolved.kind === 'forged') return undefined
    const handle = (await registry.get(resolved.id))?.handle ?? resolved.id
    const shown = await registry.getByHandle(handle)
    return shown && isToken(shown.ticket) ? shown : undefined
  }

  async function overview({ ticket, session }: TicketWithSession): Promise<TokenOverview | undefined> {
    const facts = tokenFacts(ticket.body)
    if (!facts) return undefined
    const holder = await holders.open(facts.holder, session)
    const { clientId, service, scopes, grantType } = facts
    return {
      id: ticket.handle,
      prefix: ticket.kind === ACCESS_TOKEN ? ACCESS_TOKEN : REFRESH_TOKEN,
      clientId,
      principal: holder?.authentication.principal.id ?? null,
      service,
      scopes,
      responseType: RESPONSE_TYPES[grantType] ?? 'none',
      grantType,
      creationTime: instant(ticket.createdAtMs),
      lastTimeUsed: instant(ticket.lastUsedAtMs),
      countOfUses: ticket.countOfUses,
      expiresAt: Number.isFinite(ticket.expiresAtMs) ? instant(ticket.expiresAtMs) : null,
      expired: false,
      ticketGrantingTicket: session?.handle ?? null,
      claims: {},
    }
  }

  return {
    async list(most) {
      const handles: string[] = []
      for (const kind of [ACCESS_TOKEN, REFRESH_TOKEN]) {
        let cursor: string | undefined
        let left = most
        do {
          const { tickets, next } = await registry.ticketsOf(kind, {
            ...(cursor === undefined ? {} : { cursor }),
            limit: Math.min(PAGE, left),
          })
          for (const { handle } of tickets) handles.push(handle)
          left -= tickets.length
          cursor = next
        } while (cursor !== undefined && left > 0)
      }
      const shown: TokenOverview[] = []
      for (const handle of handles.sort()) {
        const token = await registry.getByHandle(handle)
        const seen = token && (await overview(token))
        if (seen) shown.push(seen)
      }
      return shown
    },
    async find(name) {
      const token = await found(name)
      return token && overview(token)
    },
    async revoke(name) {
      const token = await found(name)
      if (!token) return false
      const { ticket, parent } = token
      if (ticket.kind === REFRESH_TOKEN && parent?.kind === AUTHORIZATION) await registry.destroyByHandle(parent.handle, 'administrator')
      await registry.destroyByHandle(ticket.handle, 'administrator')
      return true
    },
  }
}

const isToken = ({ kind }: Ticket) => kind === ACCESS_TOKEN || kind === REFRESH_TOKEN
const instant = (atMs: number) => new Date(atMs).toISOString()

/** What was asked for at the address where each grant begins. */
const RESPONSE_TYPES: Readonly<Record<string, string>> = {
  authorization_code: 'code',
  none: 'token',
  'urn:ietf:params:oauth:grant-type:device_code': 'device_code',
}
