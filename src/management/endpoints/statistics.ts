import type { TicketRegistry } from '../../tickets/index.ts'
import { type Endpoint, json } from '../endpoint.ts'
import { memoryFacts } from '../health-sources.ts'

/** `statistics`: how long the server runs, its memory, and its tickets, in all and by kind (configuration.md 14.6). */
export function statisticsEndpoint({ registry }: { readonly registry: Pick<TicketRegistry, 'counts'> }): Endpoint {
  return {
    id: 'statistics',
    routes: [
      {
        method: 'GET',
        path: '',
        statuses: [200],
        async handle() {
          const tickets = await registry.counts()
          const { totalMemory, maxMemory, freeMemory } = memoryFacts().texts
          return json({
            upTime: Math.floor(process.uptime()),
            totalMemory,
            maxMemory,
            freeMemory,
            // What has expired is as if it were not there, whether it is cleaned away already or not.
            expiredTickets: 0,
            validTickets: Object.values(tickets).reduce((sum, count) => sum + count, 0),
            tickets,
          })
        },
      },
    ],
  }
}
