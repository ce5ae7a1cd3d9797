import { choiceOf, integerOf, objectsOf } from '../definitions/members.ts'
import { type AccessStrategy, type AccessStrategyPlug, closed } from './access-strategy.ts'
import { redirectUrl } from './default.ts'

/** Several strategies in their order, all of which must agree, or one of which is enough (services.md 11.2). */
export const chainingStrategy = {
  type: 'ChainingRegisteredServiceAccessStrategy',
  build(members, context): AccessStrategy {
    const every = choiceOf(members, 'operator', ['AND', 'OR'], 'AND') === 'AND'
    const links = objectsOf(members, 'strategies')
      .map((strategy) => context.build(strategy))
      .sort((one, other) => one.order - other.order)
    if (links.length === 0) {
      context.report('error', 'the chain of access strategies is empty; the application is closed', 'strategies')
      return closed
    }
    /** With AND the first no counts; with OR the last one, and only if there is no yes. */
    const authorize: AccessStrategy['authorize'] = async (attributes, principalId) => {
      let last: string | undefined
      for (const link of links) {
        last = await link.authorize(attributes, principalId)
        if (every === (last !== undefined)) return last
      }
      return last
    }
    /** A rule about the client is not asked at validation: it must not hide another refusal there, nor be hidden where it alone may have let somebody in. */
    const admits: AccessStrategy['admits'] = (nowMs, client) => {
      const refusals = links.map((link) => link.admits(nowMs, client)).filter((refusal) => refusal !== undefined)
      if (every ? refusals.length === 0 : refusals.length < links.length) return undefined
      return refusals.find((refusal) => (refusal === 'client-not-allowed') !== every) ?? refusals[0]
    }
    return {
      order: integerOf(members, 'order') ?? 0,
      ssoAllowed: every ? links.every((link) => link.ssoAllowed) : links.some((link) => link.ssoAllowed),
      unauthorizedRedirectUrl:
        redirectUrl(members, context) ?? links.find((link) => link.unauthorizedRedirectUrl !== undefined)?.unauthorizedRedirectUrl,
      admits,
      authorize,
    }
  },
} satisfies AccessStrategyPlug
