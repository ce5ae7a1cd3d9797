import type { MetricObject } from 'prom-client'
import { BUCKETS, type Family, type Labels, type MetricsRegistry } from '../../base/metrics.ts'
import { enabledNames, prometheusName } from './names.ts'

/** What is written, as text for Prometheus. */
export interface Exposition {
  readonly contentType: string
  /** @param names Only these metrics; empty: all. */
  text(names: readonly string[]): Promise<string>
}

export interface ExpositionParts {
  readonly metrics: MetricsRegistry
  /** `management.metrics.tags.*`: labels of every series. */
  readonly tags: Labels
  /** `management.metrics.enable.*`. */
  readonly enable: Readonly<Record<string, boolean>>
}

/**
 * Our counts through `prom-client`, which knows the format and adds what it knows of Node. It is loaded only where somebody wants it, because it watches
 * garbage collection and the event loop from then on (docs/decisions/090).
 */
export async function openExposition({ metrics, tags, enable }: ExpositionParts): Promise<Exposition> {
  const { Registry, collectDefaultMetrics } = await import('prom-client')
  const own = new Registry()
  collectDefaultMetrics({ register: own })
  const isEnabled = enabledNames(enable)
  return {
    contentType: own.contentType,
    async text(names) {
      const wanted = (name: string) => names.length === 0 || names.includes(name)
      const registry = new Registry()
      registry.setDefaultLabels(tags)
      const known = new Set<string>()
      for (const family of (await metrics.families()).filter(({ name }) => isEnabled(name))) {
        for (const metric of metricsOf(family)) {
          known.add(metric.name)
          // The registry asks for no more than name and values.
          if (wanted(metric.name)) registry.registerMetric({ ...metric, get: async () => metric } as never)
        }
      }
      for (const metric of own.getMetricsAsArray()) {
        const { name } = metric
        if (!known.has(name) && isEnabled(name.replaceAll('_', '.')) && wanted(name)) registry.registerMetric(metric as never)
      }
      return registry.metrics()
    },
  }
}

interface Written extends Omit<MetricObject, 'type'> {
  readonly type: string
  readonly values: readonly { readonly metricName?: string; readonly labels: Labels; readonly value: number }[]
}

function metricsOf(family: Family): readonly Written[] {
  const name = prometheusName(family)
  const common = { help: family.about, aggregator: 'sum' } as const
  if (family.kind !== 'timer') return [{ ...common, name, type: family.kind, values: family.samples } as unknown as Written]
  const values = family.samples.flatMap(({ labels, count, sum, buckets }) => [
    ...buckets.map((value, at) => ({ metricName: `${name}_bucket`, labels: { ...labels, le: String(BUCKETS[at]) }, value })),
    { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ])
  const highest = family.samples.map(({ labels, max }) => ({ labels, value: max }))
  return [
    { ...common, name, type: 'histogram', values } as unknown as Written,
    { ...common, name: `${name}_max`, type: 'gauge', values: highest } as unknown as Written,
  ]
}
