import type { AuthenticationEngine } from '../../authentication/index.ts'
import type { Json } from '../../base/json.ts'
import { type Endpoint, json, notFound } from '../endpoint.ts'

type Doors = { readonly engine: Pick<AuthenticationEngine, 'handlers' | 'policies'> }

/** `authenticationHandlers`: who checks passwords, in the order in which they are asked (configuration.md 14.3). */
export const authenticationHandlersEndpoint = ({ engine }: Doors): Endpoint =>
  listed(
    'authenticationHandlers',
    engine.handlers().map(({ name, type, state, order }) => ({ name, type, state, order })),
  )

/** `authenticationPolicies`: what has to be true for a login besides a right password; the first is the one in force. */
export const authenticationPoliciesEndpoint = ({ engine }: Doors): Endpoint =>
  listed(
    'authenticationPolicies',
    engine.policies().map((name, order) => ({ name, order })),
  )

function listed(id: string, all: readonly { readonly name: string; readonly [member: string]: Json }[]): Endpoint {
  return {
    id,
    routes: [
      { method: 'GET', path: '', statuses: [200], handle: () => json(all) },
      {
        method: 'GET',
        path: '/:name',
        statuses: [200, 404],
        handle(call) {
          const wanted = call.req.param('name')?.toLowerCase()
          const found = all.find(({ name }) => name.toLowerCase() === wanted)
          if (!found) throw notFound()
          return json(found)
        },
      },
    ],
  }
}
