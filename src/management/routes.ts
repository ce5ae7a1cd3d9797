import { HttpRefusal } from '../base/errors.ts'
import type { Json } from '../base/json.ts'
import type { Call, Route } from '../http/index.ts'
import type { Services } from '../services/index.ts'
import type { TicketRegistry } from '../tickets/index.ts'
import type { ManagementConfig } from './config.ts'
import { type ComponentHealth, type HealthParts, type HealthSource, type HealthStatus, health } from './health.ts'

export interface ManagementParts extends Omit<HealthParts, 'sources'> {
  readonly settings: ManagementConfig
  readonly registry: Pick<TicketRegistry, 'health'>
  readonly services: Pick<Services, 'health'>
  /** Further parts that say how they are, by the name under which they are shown. */
  readonly sources?: HealthParts['sources']
}

const SPRING_JSON = 'application/vnd.spring-boot.actuator.v3+json'
const METHODS = ['GET', 'POST', 'PUT', 'DELETE'] as const

/**
 * The management endpoints. There is the health so far, open to everybody; every other path below the base path, whether something is there or not, asks
 * for credentials, so that nobody without them learns what exists (configuration.md 14.1, D11).
 */
export function managementRoutes(parts: ManagementParts): readonly Route[] {
  const { settings } = parts
  const base = `/${settings.management.endpoints.web.basePath.trim().replace(/^\/+|\/+$/g, '')}`
  const below = base === '/' ? '' : base
  const routes: Route[] = settings.management.endpoint.health.enabled ? healthRoutes(parts, below) : []
  // At the root there is no "below": what is not an endpoint belongs to other rooms.
  if (below !== '') for (const method of METHODS) routes.push(guarded(method, below), guarded(method, `${below}/*`))
  return routes
}

const guarded = (method: Route['method'], path: string): Route => ({
  method,
  path,
  statuses: [401],
  changesState: false,
  handle: () => {
    throw new HttpRefusal(401, 'unauthorized', 'Unauthorized', { headers: { 'WWW-Authenticate': 'Basic realm="Realm"' } })
  },
})

function healthRoutes(parts: ManagementParts, base: string): Route[] {
  const { health: rules } = parts.settings.management.endpoint
  const { components, readiness } = health({ ...parts, sources: { ...ownSources(parts), ...parts.sources } })
  // Nobody can log in here yet, so that nobody is authorized.
  const details = rules.showDetails === 'always'
  const shown = details || rules.showComponents === 'always'
  const ping: Readonly<Record<string, ComponentHealth>> = parts.settings.management.health.ping.enabled ? { ping: { status: 'UP' } } : {}
  const { order, httpMapping } = rules.status
  const statusOf = statusMapping(httpMapping)

  const answer = (call: Call, status: string, body: Readonly<Record<string, Json>>) =>
    new Response(JSON.stringify({ status, ...body }), { status: statusOf(status), headers: { 'Content-Type': mediaType(call) } })

  async function all(): Promise<Readonly<Record<string, ComponentHealth>>> {
    return { ...ping, ...(await components()), readinessState: readiness() }
  }
  const bare = (component: ComponentHealth): Readonly<Record<string, Json>> =>
    details && component.details ? { status: component.status, details: component.details } : { status: component.status }

  const route = (path: string, handle: Route['handle']): Route => ({
    method: 'GET',
    path,
    statuses: [200, 404, 503],
    changesState: false,
    handle,
  })
  const live: Route['handle'] = (call) => answer(call, 'UP', {})
  const ready: Route['handle'] = (call) => answer(call, readiness().status, {})
  const routes = [
    route(`${base}/health`, async (call) => {
      const parts = await all()
      const status = aggregate(Object.values(parts), order)
      if (!shown) return answer(call, status, {})
      const components = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, bare(part)]))
      return answer(call, status, { components, ...(rules.probes.enabled ? { groups: ['liveness', 'readiness'] } : {}) })
    }),
    ...(rules.probes.enabled ? [route(`${base}/health/liveness`, live), route(`${base}/health/readiness`, ready)] : []),
    ...(rules.probes.enabled && rules.probes.addAdditionalPaths ? [route('/livez', live), route('/readyz', ready)] : []),
    route(`${base}/health/:name`, async (call) => {
      const parts = await all()
      const name = call.req.param('name') ?? ''
      const part = Object.hasOwn(parts, name) ? parts[name] : undefined
      // Whoever may not see the parts does not learn which there are.
      if (!shown || !part) throw new HttpRefusal(404, 'not_found', 'there is nothing here')
      const { status, ...rest } = bare(part)
      return answer(call, String(status), rest)
    }),
  ]
  return routes
}

/** The stores without which nobody can log in, under the names that CAS gives them (configuration.md 14.5). */
function ownSources({ registry, services }: ManagementParts): Readonly<Record<string, HealthSource>> {
  return {
    async session() {
      const { up, details } = await registry.health()
      return { status: up ? 'UP' : 'DOWN', details: { name: 'TicketRegistryHealthIndicator', ...details } }
    },
    serviceRegistry() {
      const { up, details } = services.health()
      return { status: up ? 'UP' : 'DOWN', details }
    },
  }
}

function mediaType(call: Call): string {
  return call.req.header('accept')?.includes(SPRING_JSON) ? SPRING_JSON : 'application/json'
}

/** The first state of the order that a part is in; a state that is not listed counts as the least. */
function aggregate(parts: readonly ComponentHealth[], order: readonly string[]): string {
  const states = new Set<string>(parts.map((part) => part.status))
  return (
    order
      .find((state) => states.has(state.toUpperCase().replaceAll('-', '_')))
      ?.toUpperCase()
      .replaceAll('-', '_') ?? 'UNKNOWN'
  )
}

function statusMapping(configured: Readonly<Record<string, number>>): (state: string) => number {
  const plain = (state: string) => state.replace(/[-_\s]/g, '').toLowerCase()
  const byState = new Map<string, number>((['DOWN', 'OUT_OF_SERVICE'] satisfies HealthStatus[]).map((state) => [plain(state), 503]))
  for (const [state, status] of Object.entries(configured)) byState.set(plain(state), status)
  return (state) => byState.get(plain(state)) ?? 200
}
