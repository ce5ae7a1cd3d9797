import type { AuthenticationEngine } from '../../authentication/index.ts'
import type { Json } from '../../base/json.ts'
import { type Endpoint, json } from '../endpoint.ts'

/** `resolveAttributes`: what the attribute sources know of a user, nothing of whom they do not know (configuration.md 14.3). */
export function resolveAttributesEndpoint({ engine }: { readonly engine: Pick<AuthenticationEngine, 'principalOf'> }): Endpoint {
  return {
    id: 'resolveAttributes',
    routes: [
      {
        method: 'GET',
        path: '/:username',
        statuses: [200],
        async handle(call) {
          const { id, attributes } = await engine.principalOf(call.req.param('username') ?? '')
          return json(Object.keys(attributes).length === 0 ? {} : { username: id, uid: id, attributes: attributes as Json })
        },
      },
    ],
  }
}
