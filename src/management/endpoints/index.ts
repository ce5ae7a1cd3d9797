import type { LogLevels } from '../../base/log-levels.ts'
import type { Endpoint } from '../endpoint.ts'
import { type HealthEndpointParts, healthEndpoint } from './health.ts'
import { type About, infoEndpoint } from './info.ts'
import { type InterruptEndpointParts, interruptEndpoint } from './interrupt.ts'
import { loggersEndpoint } from './loggers.ts'
import { statusEndpoint } from './status.ts'

/** The doors that the endpoints need; `src/app.ts` hands them over. */
export interface EndpointParts extends HealthEndpointParts, InterruptEndpointParts {
  readonly about: About
  readonly logLevels: LogLevels
}

/** Every management endpoint of this server (configuration.md 14.3). */
export function endpoints(parts: EndpointParts): readonly Endpoint[] {
  return [healthEndpoint(parts), infoEndpoint(parts), statusEndpoint(parts), loggersEndpoint(parts), interruptEndpoint(parts)]
}
