import type { MetricsRegistry } from '../../base/metrics.ts'
import type { ManagementConfig } from '../config.ts'
import type { Endpoint } from '../endpoint.ts'
import { type Exposition, openExposition } from '../metrics/prometheus.ts'

export interface MetricsEndpointParts {
  readonly settings: ManagementConfig
  readonly metrics: MetricsRegistry
}

/** `prometheus`: everything that is counted, in the text format of Prometheus; `?includedNames=a,b` narrows it. */
export function prometheusEndpoint({ settings, metrics }: MetricsEndpointParts): Endpoint {
  const { tags, enable } = settings.management.metrics
  let opened: Promise<Exposition> | undefined
  const exported = settings.management.prometheus.metrics.export.enabled
  return {
    id: 'prometheus',
    ...(exported ? {} : { switchedOffBy: 'management.prometheus.metrics.export.enabled' }),
    routes: [
      {
        method: 'GET',
        path: '',
        statuses: [200],
        async handle(call) {
          opened ??= openExposition({ metrics, tags, enable })
          const { contentType, text } = await opened
          const names = call
            .get('parameters')
            .all('includedNames')
            .flatMap((list) => list.split(','))
            .map((name) => name.trim())
            .filter((name) => name !== '')
          return new Response(await text(names), { headers: { 'Content-Type': contentType } })
        },
      },
    ],
  }
}
