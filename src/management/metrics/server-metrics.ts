import type { LogLevels } from '../../base/log-levels.ts'
import type { Metrics } from '../../base/metrics.ts'
import type { Services } from '../../services/index.ts'
import type { TicketRegistry } from '../../tickets/index.ts'

export interface ServerMetricsDoors {
  readonly registry: Pick<TicketRegistry, 'counts'>
  readonly services: Pick<Services, 'all'>
  readonly logLevels: LogLevels
  /** Settings of the configuration in force that nobody knows. */
  readonly unknownSettings: () => number
}

/** What rooms know anyway, read when somebody asks (configuration.md 16). */
export function serverMetrics(metrics: Metrics, { registry, services, logLevels, unknownSettings }: ServerMetricsDoors): void {
  metrics.gauge('cas.tickets.active', 'Living tickets by kind.', async () =>
    Object.entries(await registry.counts()).map(([type, value]) => ({ labels: { type }, value })),
  )
  metrics.gauge('cas.services.loaded', 'Definitions of applications in force.', () => [{ value: services.all().length }])
  metrics.gauge('cas.config.unknown.settings', 'Settings that nobody knows.', () => [{ value: unknownSettings() }])
  // The name is that of the log library of CAS, for dashboards that look for it.
  metrics.total('log4j2.events', 'Lines of the log by level.', () =>
    Object.entries(logLevels.written).map(([level, value]) => ({ labels: { level }, value })),
  )
}
