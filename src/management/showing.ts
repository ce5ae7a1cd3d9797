import type { Call } from '../http/index.ts'
import { asRole, holdsOneOf } from './access-rules.ts'
import { operatorOf } from './endpoint.ts'

/** Who sees what is not for everybody whom an endpoint answers (`show-details`, `show-values`). */
export type Visibility = 'never' | 'when-authorized' | 'always'

/** @param roles One of them is asked for by `when-authorized`; empty: credentials are enough. */
export function visibleTo(roles: readonly string[]): (call: Call, visibility: Visibility) => boolean {
  const isAuthorized = roles.length === 0 ? () => true : holdsOneOf(roles.map(asRole))
  return (call, visibility) => {
    if (visibility !== 'when-authorized') return visibility === 'always'
    const operator = operatorOf(call)
    return operator !== undefined && isAuthorized({ operator, address: call.get('client').address })
  }
}
