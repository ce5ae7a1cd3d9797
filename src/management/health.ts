import type { Clock } from '../base/clock.ts'
import type { Json } from '../base/json.ts'
import type { Log } from '../base/log.ts'
import type { ManagementConfig } from './config.ts'

/** Spring Boot's states, and CAS's WARN. */
export type HealthStatus = 'UP' | 'UNKNOWN' | 'WARN' | 'OUT_OF_SERVICE' | 'DOWN'

export interface ComponentHealth {
  readonly status: HealthStatus
  readonly details?: Readonly<Record<string, Json>>
}

/** A part of the server that can say how it is. It may take its time and may fail. */
export type HealthSource = () => ComponentHealth | Promise<ComponentHealth>

export interface HealthParts {
  readonly settings: ManagementConfig
  /** By the name under which the part is shown: `session` (tickets), `serviceRegistry` … */
  readonly sources: Readonly<Record<string, HealthSource>>
  /** Whether the server takes requests: not before it has started, nor once it is told to stop. */
  readonly isReady: () => boolean
  readonly clock: Clock
  readonly log: Log
}

export interface Health {
  /** Every part, `ping` and `readinessState` among them. */
  components(): Promise<Readonly<Record<string, ComponentHealth>>>
  /** State of the whole: that of the part that comes first in the order of the settings. */
  status(): Promise<string>
  readiness(): ComponentHealth
}

/** A part that has not answered by then is DOWN. */
const PATIENCE_MS = 2000
/** Everybody may ask for the health; the parts are not asked more often than this. */
const KEPT_MS = 1000

export function health({ settings, sources, isReady, clock, log }: HealthParts): Health {
  const { order } = settings.management.endpoint.health.status
  const ping: Readonly<Record<string, ComponentHealth>> = settings.management.health.ping.enabled ? { ping: { status: 'UP' } } : {}
  let kept: { readonly atMs: number; readonly answer: Promise<Readonly<Record<string, ComponentHealth>>> } | undefined

  async function askAll(): Promise<Readonly<Record<string, ComponentHealth>>> {
    const asked = Object.entries(sources).map(async ([name, source]) => [name, await ask(name, source, log)] as const)
    return Object.fromEntries(await Promise.all(asked))
  }
  const readiness = (): ComponentHealth => ({ status: isReady() ? 'UP' : 'OUT_OF_SERVICE' })
  async function components(): Promise<Readonly<Record<string, ComponentHealth>>> {
    const now = clock()
    if (kept === undefined || now - kept.atMs >= KEPT_MS || now < kept.atMs) kept = { atMs: now, answer: askAll() }
    return { ...ping, ...(await kept.answer), readinessState: readiness() }
  }
  return { components, readiness, status: async () => aggregate(Object.values(await components()), order) }
}

async function ask(name: string, source: HealthSource, log: Log): Promise<ComponentHealth> {
  const { promise: tooLong, resolve } = Promise.withResolvers<ComponentHealth>()
  const limit = setTimeout(() => {
    log.warn({ component: name }, 'a part does not say how it is')
    resolve({ status: 'DOWN' })
  }, PATIENCE_MS)
  try {
    return await Promise.race([source(), tooLong])
  } catch (err) {
    log.warn({ component: name, err }, 'a part is down')
    return { status: 'DOWN' }
  } finally {
    clearTimeout(limit)
  }
}

/** The first state of the order that a part is in; a state that is not listed counts as the least. */
export function aggregate(parts: readonly ComponentHealth[], order: readonly string[]): string {
  const states = new Set<string>(parts.map((part) => part.status))
  const inOrder = order.map((state) => state.toUpperCase().replaceAll('-', '_'))
  return inOrder.find((state) => states.has(state)) ?? 'UNKNOWN'
}

/** HTTP status by state: 503 for DOWN and OUT_OF_SERVICE, 200 for the others, unless settings say otherwise. */
export function statusMapping(configured: Readonly<Record<string, number>>): (state: string) => number {
  const plain = (state: string) => state.replace(/[-_\s]/g, '').toLowerCase()
  const byState = new Map<string, number>((['DOWN', 'OUT_OF_SERVICE'] satisfies HealthStatus[]).map((state) => [plain(state), 503]))
  for (const [state, status] of Object.entries(configured)) byState.set(plain(state), status)
  return (state) => byState.get(plain(state)) ?? 200
}
