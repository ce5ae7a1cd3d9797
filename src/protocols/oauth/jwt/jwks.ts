import type { Route } from '../../../http/index.ts'
import type { TokenFormat } from '../token-format.ts'

/** `GET /oauth2.0/jwks`: the public keys of tokens (oauth.md 2, RFC 7517). An empty set where keys are texts: those are secrets. */
export function jwksRoutes({ publicKeys }: TokenFormat): readonly Route[] {
  const body = JSON.stringify({ keys: publicKeys })
  return [
    {
      method: 'GET',
      path: '/oauth2.0/jwks',
      statuses: [200],
      changesState: false,
      handle: () =>
        new Response(body, {
          headers: {
            'Content-Type': 'application/jwk-set+json',
            'Cache-Control': 'public, max-age=300',
            'X-Content-Type-Options': 'nosniff',
          },
        }),
    },
  ]
}
