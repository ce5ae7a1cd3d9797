import type { AuthenticationEngine } from '../../authentication/index.ts'
import type { Json } from '../../base/json.ts'
import { type Endpoint, json } from '../endpoint.ts'

/**
 * `personDirectory`: where attributes come from, and what is kept of a user. Nothing is: every login asks anew, so that there is nothing to remove
 * (configuration.md 14.3).
 */
export function personDirectoryEndpoint({
  engine,
}: {
  readonly engine: Pick<AuthenticationEngine, 'principalOf' | 'attributeSources'>
}): Endpoint {
  return {
    id: 'personDirectory',
    routes: [
      {
        method: 'GET',
        path: '/repositories',
        statuses: [200],
        handle: () => json(engine.attributeSources().map(({ id, order }) => ({ id: [id], order, tags: {} }))),
      },
      {
        method: 'GET',
        path: '/cache/:username',
        statuses: [200],
        handle: async (call) => json((await engine.principalOf(call.req.param('username') ?? '')).attributes as Json),
      },
      { method: 'DELETE', path: '/cache/:username', statuses: [200], handle: () => json({}) },
    ],
  }
}

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
