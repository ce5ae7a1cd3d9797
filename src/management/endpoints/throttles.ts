import type { Throttle } from '../../authentication/index.ts'
import { type Endpoint, json } from '../endpoint.ts'

/**
 * `throttles`: who has failed lately at this process, and letting them try again: `DELETE` with `key=` one, without it all (authentication.md 12.1). Failures
 * count on all nodes, but the store has no names: whoever failed elsewhere only is not listed here.
 */
export function throttlesEndpoint({ throttle }: { readonly throttle: Pick<Throttle, 'submissions' | 'release'> }): Endpoint {
  const list = () =>
    throttle.submissions().map(({ key, username, address, lastFailureAtMs, untilMs }) => ({
      key,
      id: key,
      ...(username === undefined ? {} : { username }),
      clientIpAddress: address,
      value: new Date(lastFailureAtMs).toISOString(),
      expiration: new Date(untilMs).toISOString(),
    }))
  return {
    id: 'throttles',
    routes: [
      { method: 'GET', path: '', statuses: [200], handle: () => json(list()) },
      {
        method: 'DELETE',
        path: '',
        statuses: [200],
        async handle(call) {
          const { query } = call.get('parameters')
          await throttle.release(query.get('key') || undefined)
          return json(list())
        },
      },
    ],
  }
}
