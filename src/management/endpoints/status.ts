import { CAS_REFERENCE_VERSION } from '../../base/version.ts'
import { type Endpoint, json } from '../endpoint.ts'
import type { Health } from '../health.ts'
import type { About } from './info.ts'

const OUT_OF_ORDER = new Set(['DOWN', 'OUT_OF_SERVICE'])

/** `status` of CAS 6, for monitors that are as old: what the body says, the HTTP status does not (configuration.md 14.5). */
export function statusEndpoint({ about, health }: { readonly about: About; readonly health: Health }): Endpoint {
  return {
    id: 'status',
    openByDefault: true,
    routes: [
      {
        method: 'GET',
        path: '',
        statuses: [200],
        async handle() {
          const state = await health.status()
          const [status, description] = OUT_OF_ORDER.has(state) ? [503, 'SERVICE_UNAVAILABLE'] : [200, 'OK']
          const { hostName: host, serverName: server } = about
          return json({ status, description, health: state, host, server, version: CAS_REFERENCE_VERSION })
        },
      },
    ],
  }
}
