import { type Endpoint, json } from '../endpoint.ts'

/** `casFeatures`: what is switched on, by the names that CAS has for it, sorted (configuration.md 11). */
export function casFeaturesEndpoint({ features }: { readonly features: readonly string[] }): Endpoint {
  const sorted = [...features].sort()
  return {
    id: 'casFeatures',
    aliases: ['features'],
    routes: [{ method: 'GET', path: '', statuses: [200], handle: () => json(sorted) }],
  }
}
