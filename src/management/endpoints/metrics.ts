import { HttpRefusal } from '../../base/errors.ts'
import type { Json } from '../../base/json.ts'
import type { Family, Labels } from '../../base/metrics.ts'
import { type Endpoint, notFound, springJson } from '../endpoint.ts'
import { enabledNames } from '../metrics/names.ts'
import type { MetricsEndpointParts } from './prometheus.ts'

interface Measured {
  readonly labels: Labels
  readonly values: Readonly<Record<string, number>>
}

/** `metrics`: names of what is counted, and one of them, summed up over the series that `?tag=key:value` leaves (configuration.md 16). */
export function metricsEndpoint({ settings, metrics }: MetricsEndpointParts): Endpoint {
  const { tags, enable } = settings.management.metrics
  const isEnabled = enabledNames(enable)
  const families = async () => (await metrics.families()).filter(({ name }) => isEnabled(name))
  return {
    id: 'metrics',
    routes: [
      {
        method: 'GET',
        path: '',
        statuses: [200],
        handle: async (call) => springJson(call, { names: (await families()).map(({ name }) => name).sort() }),
      },
      {
        method: 'GET',
        path: '/:name',
        statuses: [200, 400, 404],
        async handle(call) {
          const family = (await families()).find(({ name }) => name === call.req.param('name'))
          if (!family) throw notFound()
          const wanted = call.get('parameters').all('tag').map(readTag)
          const all = measured(family).map((one) => ({ ...one, labels: { ...tags, ...one.labels } }))
          const chosen = all.filter(({ labels }) => wanted.every(([key, value]) => labels[key] === value))
          if (chosen.length === 0 && wanted.length > 0) throw notFound()
          return springJson(call, describe(family, chosen, new Set(wanted.map(([key]) => key))))
        },
      },
    ],
  }
}

/** @throws {HttpRefusal} 400 for a tag without a colon. */
function readTag(tag: string): readonly [string, string] {
  const colon = tag.indexOf(':')
  if (colon === -1) throw new HttpRefusal(400, 'no_tag', 'each tag parameter must be in the form key:value')
  return [tag.slice(0, colon), tag.slice(colon + 1)]
}

function measured(family: Family): readonly Measured[] {
  if (family.kind === 'timer') {
    return family.samples.map(({ labels, count, sum, max }) => ({ labels, values: { COUNT: count, TOTAL_TIME: sum, MAX: max } }))
  }
  const statistic = family.kind === 'counter' ? 'COUNT' : 'VALUE'
  return family.samples.map(({ labels, value }) => ({ labels, values: { [statistic]: value } }))
}

function describe(family: Family, chosen: readonly Measured[], used: ReadonlySet<string>): Json {
  const totals = new Map<string, number>()
  const tags = new Map<string, Set<string>>()
  for (const { labels, values } of chosen) {
    for (const [statistic, value] of Object.entries(values)) {
      const before = totals.get(statistic) ?? 0
      totals.set(statistic, statistic === 'MAX' ? Math.max(before, value) : before + value)
    }
    for (const [key, value] of Object.entries(labels)) if (!used.has(key)) tags.set(key, (tags.get(key) ?? new Set()).add(value))
  }
  return {
    name: family.name,
    description: family.about,
    ...(family.kind === 'timer' ? { baseUnit: 'seconds' } : {}),
    measurements: [...totals].map(([statistic, value]) => ({ statistic, value })),
    availableTags: [...tags].map(([tag, values]) => ({ tag, values: [...values] })),
  }
}
