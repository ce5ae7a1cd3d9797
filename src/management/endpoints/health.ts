import type { Json } from '../../base/json.ts'
import type { Call, Route } from '../../http/index.ts'
import type { ManagementConfig } from '../config.ts'
import { type Endpoint, notFound, springJson } from '../endpoint.ts'
import { aggregate, type ComponentHealth, type Health, statusMapping } from '../health.ts'
import { visibleTo } from '../showing.ts'

export interface HealthEndpointParts {
  readonly settings: ManagementConfig
  readonly health: Health
}

/** `health`: open to everybody by default, who learns no more than the state of the whole (configuration.md 14.5, D11). */
export function healthEndpoint({ settings, health }: HealthEndpointParts): Endpoint {
  const rules = settings.management.endpoint.health
  const { components, readiness } = health
  const statusOf = statusMapping(rules.status.httpMapping)
  const isShown = visibleTo(rules.roles)
  const answer = (call: Call, status: string, body: Readonly<Record<string, Json>> = {}) =>
    springJson(call, { status, ...body }, statusOf(status))

  function view(call: Call) {
    const details = isShown(call, rules.showDetails)
    const shown = details || isShown(call, rules.showComponents ?? rules.showDetails)
    const bare = ({ status, details: said }: ComponentHealth): Readonly<Record<string, Json>> =>
      details && said ? { status, details: said } : { status }
    return { shown, bare }
  }

  return {
    id: 'health',
    openByDefault: true,
    routes: [
      {
        method: 'GET',
        path: '',
        statuses: [200, 503],
        async handle(call) {
          const parts = await components()
          const { shown, bare } = view(call)
          const status = await health.status()
          if (!shown) return answer(call, status)
          const shownParts = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, bare(part)]))
          const groups = [...(rules.probes.enabled ? ['liveness', 'readiness'] : []), ...Object.keys(rules.group)].sort()
          return answer(call, status, { components: shownParts, ...(groups.length > 0 ? { groups } : {}) })
        },
      },
      {
        method: 'GET',
        path: '/:path{.+}',
        statuses: [200, 404, 503],
        async handle(call) {
          const name = call.req.param('path') ?? ''
          if (rules.probes.enabled && name === 'liveness') return answer(call, 'UP')
          if (rules.probes.enabled && name === 'readiness') return answer(call, readiness().status)
          const parts = await components()
          const group = Object.hasOwn(rules.group, name) ? rules.group[name] : undefined
          if (group) {
            const own = Object.entries(parts).filter(([part]) => listed(group.include, part) && !listed(group.exclude, part))
            const { shown, bare } = view(call)
            const components = Object.fromEntries(own.map(([part, state]) => [part, bare(state)]))
            const status = aggregate(
              own.map(([, state]) => state),
              rules.status.order,
            )
            return answer(call, status, shown ? { components } : {})
          }
          const part = Object.hasOwn(parts, name) ? parts[name] : undefined
          const { shown, bare } = view(call)
          // Whoever may not see the parts does not learn which there are.
          if (!shown || !part) throw notFound()
          const { status, ...rest } = bare(part)
          return answer(call, String(status), rest)
        },
      },
    ],
  }
}

const listed = (names: readonly string[], name: string) => names.includes('*') || names.includes(name)

/** `/livez` and `/readyz`: the probes on the port of the server itself, wherever the endpoints are. */
export function additionalProbes({ settings, health }: HealthEndpointParts): readonly Route[] {
  const { probes, status } = settings.management.endpoint.health
  if (!probes.enabled || !probes.addAdditionalPaths) return []
  const statusOf = statusMapping(status.httpMapping)
  const probe = (path: string, state: () => string): Route => ({
    method: 'GET',
    path,
    statuses: [200, 503],
    changesState: false,
    handle: (call) => springJson(call, { status: state() }, statusOf(state())),
  })
  return [probe('/livez', () => 'UP'), probe('/readyz', () => health.readiness().status)]
}
