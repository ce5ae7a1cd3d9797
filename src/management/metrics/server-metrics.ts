import type { Clock } from '../../base/clock.ts'
import type { LogLevels } from '../../base/log-levels.ts'
import type { Metrics } from '../../base/metrics.ts'
import type { Notifications } from '../../notifications/index.ts'
import type { Services } from '../../services/index.ts'
import type { SingleLogout } from '../../sso/index.ts'
import type { TicketRegistry } from '../../tickets/index.ts'

const DAY_MS = 86_400_000
const SOON_MS = 30 * DAY_MS
/** A series for each definition that ends soon; no more than people can look at. */
const MOST_ENDING = 100

export interface ServerMetricsDoors {
  readonly registry: Pick<TicketRegistry, 'counts'>
  readonly services: Pick<Services, 'all'>
  readonly notifications: Pick<Notifications, 'counters'>
  readonly singleLogout: Pick<SingleLogout, 'outcomes'>
  readonly clock: Clock
  readonly logLevels: LogLevels
  /** Settings of the configuration in force that nobody knows. */
  readonly unknownSettings: () => number
}

/** What rooms know anyway, read when somebody asks (configuration.md 16). */
export function serverMetrics(metrics: Metrics, doors: ServerMetricsDoors): void {
  const { registry, services, notifications, singleLogout, clock, logLevels, unknownSettings } = doors
  metrics.gauge('cas.tickets.active', 'Living tickets by kind.', async () =>
    Object.entries(await registry.counts()).map(([type, value]) => ({ labels: { type }, value })),
  )
  metrics.gauge('cas.services.loaded', 'Definitions of applications in force.', () => [{ value: services.all().length }])
  metrics.gauge('cas.services.expired', 'Definitions whose date has come.', () => {
    const now = clock()
    return [{ value: services.all().filter(({ expiresAtMs }) => expiresAtMs <= now).length }]
  })
  metrics.gauge('cas.services.expiring.days', 'Days until a definition ends, of those that end within 30 days; the next 100.', () => {
    const now = clock()
    const soon = services.all().filter(({ expiresAtMs }) => expiresAtMs > now && expiresAtMs <= now + SOON_MS)
    return soon
      .sort((one, other) => one.expiresAtMs - other.expiresAtMs)
      .slice(0, MOST_ENDING)
      .map(({ id, expiresAtMs }) => ({ labels: { id }, value: (expiresAtMs - now) / DAY_MS }))
  })
  metrics.total('cas.notifications', 'Messages to people by channel, provider and what became of them.', () =>
    notifications.counters().map(({ channel, provider, result, count }) => ({ labels: { channel, provider, result }, value: count })),
  )
  metrics.total('cas.logout.notifications', 'Applications that were told of the end of a session, or could not be.', () => {
    const { delivered, failed } = singleLogout.outcomes()
    return [
      { labels: { outcome: 'delivered' }, value: delivered },
      { labels: { outcome: 'failed' }, value: failed },
    ]
  })
  metrics.gauge('cas.logout.notifications.waiting', 'Logout messages that are on their way.', () => [
    { value: singleLogout.outcomes().waiting },
  ])
  metrics.gauge('cas.config.unknown.settings', 'Settings that nobody knows.', () => [{ value: unknownSettings() }])
  // The name is that of the log library of CAS, for dashboards that look for it.
  metrics.total('log4j2.events', 'Lines of the log by level.', () =>
    Object.entries(logLevels.written).map(([level, value]) => ({ labels: { level }, value })),
  )
}
