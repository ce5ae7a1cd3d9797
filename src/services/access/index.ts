import { classOf, type Members } from '../definitions/members.ts'
import { type AccessContext, type AccessStrategy, type AccessStrategyPlug, type AccessWorld, closed } from './access-strategy.ts'
import { chainingStrategy } from './chaining.ts'
import { defaultStrategy } from './default.ts'
import { httpRequestStrategy } from './http-request.ts'
import { remoteEndpointStrategy } from './remote-endpoint.ts'
import { scriptedStrategy } from './scripted.ts'
import { timeBasedStrategy } from './time-based.ts'

export type { AccessQuestion, AccessRefusal, AccessStrategy } from './access-strategy.ts'

/** Every class of access strategy that is built. Any other that the vocabulary knows closes the application. */
export const accessStrategies: readonly AccessStrategyPlug[] = [
  defaultStrategy,
  timeBasedStrategy,
  httpRequestStrategy,
  remoteEndpointStrategy,
  scriptedStrategy,
  chainingStrategy,
]

const byType = new Map(accessStrategies.map((plug) => [plug.type, plug]))

/** What holds for a definition without one: enabled, single sign-on on, no rules. */
const open: AccessStrategy = {
  order: 0,
  ssoAllowed: true,
  unauthorizedRedirectUrl: undefined,
  admits: () => undefined,
  authorize: () => undefined,
}

/** Makes the strategy of a definition; `members` has been checked against the vocabulary. */
export function accessStrategyOf(members: Members | undefined, world: AccessWorld): AccessStrategy {
  if (members === undefined) return open
  const context: AccessContext = {
    ...world,
    build(nested) {
      const plug = byType.get(classOf(nested))
      if (plug) return plug.build(nested, context)
      world.report('error', `the access strategy ${classOf(nested)} is not built here; the application is closed`, 'accessStrategy')
      return closed
    },
  }
  return context.build(members)
}
