import type { Clock } from '../../base/clock.ts'
import type { LogLevels } from '../../base/log-levels.ts'
import type { Endpoint } from '../endpoint.ts'
import { type EntityHistoryParts, entityHistoryEndpoint } from './entityHistory.ts'
import { type HealthEndpointParts, healthEndpoint } from './health.ts'
import { type About, infoEndpoint } from './info.ts'
import { type InterruptEndpointParts, interruptEndpoint } from './interrupt.ts'
import { loggersEndpoint } from './loggers.ts'
import { metricsEndpoint } from './metrics.ts'
import { type MetricsEndpointParts, prometheusEndpoint } from './prometheus.ts'
import { oldImportAndExport, type RegisteredServicesParts, registeredServicesEndpoint } from './registeredServices.ts'
import { statusEndpoint } from './status.ts'

/** The doors that the endpoints need; `src/app.ts` hands them over. */
export interface EndpointParts extends HealthEndpointParts, InterruptEndpointParts, MetricsEndpointParts {
  readonly services: InterruptEndpointParts['services'] & RegisteredServicesParts['services'] & EntityHistoryParts['services']
  readonly clock: Clock
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
  ]
}
