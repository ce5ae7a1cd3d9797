import { HttpRefusal } from '../../base/errors.ts'
import type { Json } from '../../base/json.ts'
import type { TokenOffice } from '../../protocols/oauth/index.ts'
import { type Endpoint, json, notFound } from '../endpoint.ts'

/** Of each kind of token in a list, unless `count` says otherwise. */
const LISTED = 1000
const MOST_LISTED = 10_000

/**
 * `oauthTokens`: the living access and refresh tokens, one of them, its end (configuration.md 14.6). Ids are handles, with which nothing can be opened; a
 * token is also found by its own text, whatever its form.
 */
export function oauthTokensEndpoint({ tokens }: { readonly tokens: TokenOffice }): Endpoint {
  return {
    id: 'oauthTokens',
    routes: [
      {
        method: 'GET',
        path: '',
        statuses: [200, 400],
        async handle(call) {
          const text = call.get('parameters').query.get('count') ?? String(LISTED)
          const count = /^\d{1,6}$/.test(text) ? Number(text) : 0
          if (count < 1 || count > MOST_LISTED) throw new HttpRefusal(400, 'bad_count', `count must be a number from 1 to ${MOST_LISTED}`)
          return json((await tokens.list(count)) as unknown as Json)
        },
      },
      {
        method: 'GET',
        path: '/:id',
        statuses: [200],
        async handle(call) {
          const token = await tokens.find(call.req.param('id') ?? '')
          if (!token) throw notFound()
          return json(token as unknown as Json)
        },
      },
      {
        method: 'DELETE',
        path: '/:id',
        statuses: [204],
        async handle(call) {
          if (!(await tokens.revoke(call.req.param('id') ?? ''))) throw notFound()
          return new Response(null, { status: 204 })
        },
      },
    ],
  }
}
