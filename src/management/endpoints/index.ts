import type { Endpoint } from '../endpoint.ts'
import { type HealthEndpointParts, healthEndpoint } from './health.ts'

/** The doors that the endpoints need; `src/app.ts` hands them over. */
export type EndpointParts = HealthEndpointParts

/** Every management endpoint of this server (configuration.md 14.3). */
export function endpoints(parts: EndpointParts): readonly Endpoint[] {
  return [healthEndpoint(parts)]
}
