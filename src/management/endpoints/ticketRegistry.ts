import { HttpRefusal } from '../../base/errors.ts'
import type { Json } from '../../base/json.ts'
import type { Cleaner, Ticket, TicketKind, TicketRegistry } from '../../tickets/index.ts'
import { type Endpoint, json } from '../endpoint.ts'

export interface TicketRegistryParts {
  readonly registry: Pick<TicketRegistry, 'get' | 'findByHandle' | 'sessions' | 'counts'>
  readonly catalogue: readonly TicketKind[]
  readonly cleaner: Pick<Cleaner, 'run'>
  readonly clock: () => number
}

const MOST = 1000

/**
 * `ticketRegistry`: one ticket by its id or handle, the sessions, the kinds there are, and cleaning now (configuration.md 14.6). Only sessions can be listed:
 * other tickets are in no index, and a store that can hold millions is not searched through.
 */
export function ticketRegistryEndpoint({ registry, catalogue, cleaner, clock }: TicketRegistryParts): Endpoint {
  return {
    id: 'ticketRegistry',
    routes: [
      {
        method: 'GET',
        path: '/query',
        statuses: [200, 400],
        async handle(call) {
          const { query } = call.get('parameters')
          const type = query.get('type')?.trim() || undefined
          const id = query.get('id')?.trim() || undefined
          const count = Number(query.get('count')?.trim() || '100')
          if (!Number.isInteger(count) || count < 1) throw bad('count must be a whole number')
          if (type !== undefined && !catalogue.some(({ prefix }) => prefix === type)) throw bad('there is no such type of tickets')
          if (id === undefined && type !== 'TGT') throw bad('give the id of a ticket, or type=TGT: other tickets cannot be listed')
          const found = id === undefined ? (await registry.sessions({ limit: Math.min(count, MOST) })).sessions : await one(id)
          const decode = query.get('decode') !== 'false'
          return json(found.filter(({ kind }) => type === undefined || kind === type).map((ticket) => describe(ticket, decode)))
        },
      },
      {
        method: 'GET',
        path: '/ticketCatalog',
        statuses: [200],
        handle: () =>
          json(
            catalogue.map(({ prefix, storageName, grants }, order) => ({
              prefix,
              order,
              properties: { storageName, cascadeRemovals: grants },
            })),
          ),
      },
      {
        method: 'DELETE',
        path: '/clean',
        statuses: [200],
        async handle() {
          const [startedAt, removed] = [clock(), await cleaner.run()]
          const endedAt = clock()
          const total = removed + Object.values(await registry.counts()).reduce((sum, each) => sum + each, 0)
          return json({
            total,
            removed,
            startTime: new Date(startedAt).toISOString(),
            endTime: new Date(endedAt).toISOString(),
            duration: Math.round((endedAt - startedAt) / 1000),
          })
        },
      },
    ],
  }

  async function one(id: string): Promise<readonly Ticket[]> {
    const ticket = (await registry.findByHandle(id))?.ticket ?? (await registry.get(id))
    return ticket ? [ticket] : []
  }
}

const bad = (message: string) => new HttpRefusal(400, 'bad_query', message)

/** @param decode Whether what the ticket holds is shown. */
function describe(
  { kind, handle, createdAtMs, lastUsedAtMs, countOfUses, expiresAtMs, principalId, policy, body }: Ticket,
  decode: boolean,
): Json {
  return {
    id: handle,
    prefix: kind,
    creationTime: new Date(createdAtMs).toISOString(),
    lastTimeUsed: new Date(lastUsedAtMs).toISOString(),
    countOfUses,
    expiresAt: Number.isFinite(expiresAtMs) ? new Date(expiresAtMs).toISOString() : null,
    expirationPolicy: { ...policy },
    ...(principalId === undefined ? {} : { principal: principalId }),
    ...(decode ? { content: body } : {}),
  }
}
