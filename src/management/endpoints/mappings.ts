import type { Route } from '../../http/index.ts'
import { type Endpoint, springJson } from '../endpoint.ts'

/** `mappings`: every address that this server answers, by method and form (configuration.md 14.3). */
export function mappingsEndpoint({ mappedRoutes }: { readonly mappedRoutes: () => readonly Route[] }): Endpoint {
  return {
    id: 'mappings',
    routes: [
      {
        method: 'GET',
        path: '',
        statuses: [200],
        handle: (call) =>
          springJson(call, {
            contexts: {
              cas: {
                mappings: {
                  dispatcherServlets: {
                    dispatcherServlet: mappedRoutes().map(({ method, path }) => ({
                      predicate: `{${method} [${path}]}`,
                      details: { requestMappingConditions: { methods: [method], patterns: [path] } },
                    })),
                  },
                },
              },
            },
          }),
      },
    ],
  }
}
