import type { Throttle } from '../../authentication/index.ts'
import type { Clock } from '../../base/clock.ts'
import type { LogLevels } from '../../base/log-levels.ts'
import type { Services } from '../../services/index.ts'
import type { TicketRegistry } from '../../tickets/index.ts'
import type { Endpoint } from '../endpoint.ts'
import { entityHistoryEndpoint } from './entityHistory.ts'
import { type HealthEndpointParts, healthEndpoint } from './health.ts'
import { type About, infoEndpoint } from './info.ts'
import { type InterruptEndpointParts, interruptEndpoint } from './interrupt.ts'
import { loggersEndpoint } from './loggers.ts'
import { metricsEndpoint } from './metrics.ts'
import { type NotificationsEndpointParts, notificationsEndpoint } from './notifications.ts'
import { type MetricsEndpointParts, prometheusEndpoint } from './prometheus.ts'
import { oldImportAndExport, registeredServicesEndpoint } from './registeredServices.ts'
import { type SsoSessionsParts, ssoSessionsEndpoint } from './ssoSessions.ts'
import { statisticsEndpoint } from './statistics.ts'
import { statusEndpoint } from './status.ts'
import { throttlesEndpoint } from './throttles.ts'
import { type TicketRegistryParts, ticketRegistryEndpoint } from './ticketRegistry.ts'

/** The doors that the endpoints need; `src/app.ts` hands them over. */
export interface EndpointParts
  extends HealthEndpointParts,
    InterruptEndpointParts,
    MetricsEndpointParts,
    NotificationsEndpointParts,
    SsoSessionsParts,
    TicketRegistryParts {
  readonly registry: TicketRegistry
  readonly services: Services
  readonly clock: Clock
  readonly throttle: Throttle
  readonly about: About
  readonly logLevels: LogLevels
}

/** Every management endpoint of this server (configuration.md 14.3). */
export function endpoints(parts: EndpointParts): readonly Endpoint[] {
  const registeredServices = registeredServicesEndpoint(parts)
  return [
    healthEndpoint(parts),
    infoEndpoint(parts),
    statusEndpoint(parts),
    loggersEndpoint(parts),
    interruptEndpoint(parts),
    metricsEndpoint(parts),
    prometheusEndpoint(parts),
    registeredServices,
    ...oldImportAndExport(registeredServices),
    entityHistoryEndpoint(parts),
    ssoSessionsEndpoint(parts),
    statisticsEndpoint(parts),
    throttlesEndpoint(parts),
    ticketRegistryEndpoint(parts),
    notificationsEndpoint(parts),
  ]
}
