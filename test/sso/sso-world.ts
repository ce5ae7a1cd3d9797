import { memoryAudit } from '../../src/audit/index.ts'
import type { Clock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import type { Call } from '../../src/http/index.ts'
import { createSso, type SsoParts } from '../../src/sso/index.ts'
import {
  type DestroyedSession,
  openTicketRegistry,
  type TicketRegistry,
  type TicketRules,
  type TicketsConfig,
  ticketKinds,
  ticketRules,
  ticketsConfig,
} from '../../src/tickets/index.ts'
import { type Overrides, recordingLog, route, settingsOf, testApp } from '../http/http-parts.ts'
import { frozenClock, key, ssoSettings } from './sso-parts.ts'

export const HOUR = 3_600_000

/** The rules of `cas.ticket.*` with these settings. */
export const rulesOf = (overrides: Overrides = {}): TicketRules => ticketRules(settingsOf<TicketsConfig>(ticketsConfig, overrides))

/** A registry in memory. */
export function openMemoryRegistry(clock: Clock, catalogue = ticketKinds): Promise<TicketRegistry> {
  const settings = settingsOf<TicketsConfig>(ticketsConfig, { 'castellan.ticketRegistry.store': 'memory' })
  const keys = { ids: key('ids'), bodies: [] }
  return openTicketRegistry({ settings, stateDirectory: '/nowhere', keys, catalogue, clock, log: silentLog })
}

export interface WorldOptions {
  readonly settings?: Overrides
  /** Settings of `cas.ticket.*`. */
  readonly tickets?: Overrides
  readonly uniquePrincipal?: SsoParts['uniquePrincipal']
  /** Tickets of another node, which stay open when this one ends. */
  readonly registry?: TicketRegistry
  /** How far the clock of this node is ahead of the registry's. */
  readonly skewMs?: number
  /** Names of the keys of the cookie, the one that seals first. */
  readonly keys?: readonly string[]
}

export interface From {
  readonly address?: string
  readonly agent?: string
  readonly cookie?: string | undefined
}

/** A room with a registry in memory and browsers that can call it. */
export async function ssoWorld({
  settings = {},
  tickets = {},
  uniquePrincipal,
  registry: shared,
  skewMs = 0,
  keys = ['tgc'],
}: WorldOptions = {}) {
  const clock = frozenClock()
  const audit = memoryAudit()
  const { log, lines } = recordingLog()
  const registry = shared ?? (await openMemoryRegistry(clock))
  const destroyed: DestroyedSession[] = []
  let next = 100_000
  const sso = createSso({
    settings: ssoSettings(settings),
    registry,
    newTicketId: (kind) => `${kind}-${++next}-abcDEFghiJKLmnoPQRstuVWXyz${next}-sso${skewMs === 0 ? 1 : 2}`,
    tgcKeys: keys.map(key),
    rules: rulesOf(tickets),
    uniquePrincipal: uniquePrincipal ?? { enabled: false, maximumAllowedSessions: 0 },
    contextPath: '/cas',
    clock: () => clock() + skewMs,
    log,
    audit,
    onDestroyed: async (session) => void destroyed.push(session),
  })
  let work: (call: Call) => Promise<unknown> = async () => undefined
  const app = testApp([
    route('/work', async (call) => {
      await work(call)
      return call.text('')
    }),
  ])
  /** Runs a piece of work inside a request. */
  async function during<T>(piece: (call: Call) => Promise<T>, from: From = {}) {
    const { address = '192.0.2.7', agent = 'Browser/1', cookie } = from
    let outcome: { value: T } | { error: unknown } | undefined
    work = async (call) => {
      outcome = await piece(call).then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      )
    }
    const headers = { 'user-agent': agent, ...(cookie === undefined ? {} : { cookie }) }
    const response = await app.request('/cas/work', { headers }, { peer: { address, serverAddress: '127.0.0.1', encrypted: true } })
    if (!outcome) throw new Error('the work was not done')
    if ('error' in outcome) throw outcome.error
    return { value: outcome.value, setCookies: response.headers.getSetCookie() }
  }
  const actions = () => audit.records.map(({ action }) => action)
  return {
    sso,
    registry,
    clock,
    audit,
    actions,
    destroyed,
    lines,
    during,
    async [Symbol.asyncDispose]() {
      if (!shared) await registry.close()
    },
  }
}
