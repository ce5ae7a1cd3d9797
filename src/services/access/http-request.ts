import { integerOf, objectOf, textOf } from '../definitions/members.ts'
import { patternOf } from '../definitions/pattern.ts'
import { type AccessStrategy, type AccessStrategyPlug, closed } from './access-strategy.ts'
import { baseStrategy } from './default.ts'

/** Address and browser of whoever asks (services.md 11.2): all patterns given must be found; nothing known about the request means no. */
export const httpRequestStrategy = {
  type: 'HttpRequestRegisteredServiceAccessStrategy',
  build(members, context): AccessStrategy {
    const base = baseStrategy(members, context)
    if (Object.keys(objectOf(members, 'headers') ?? {}).some((name) => name !== '@class')) {
      context.report('error', 'the access strategy asks for request headers, which is not built here; the application is closed', 'headers')
      return closed
    }
    const found = (name: string) => {
      const text = textOf(members, name)
      return text === undefined ? undefined : { pattern: patternOf(text, { match: 'find', ignoreCase: true }, context.report, name) }
    }
    const [address, userAgent] = [found('ipAddress'), found('userAgent')]
    return {
      ...base,
      order: integerOf(members, 'order') ?? 0,
      admits(nowMs, client) {
        const refusal = base.admits(nowMs, client)
        if (refusal) return refusal
        if (!client) return 'client-not-allowed'
        const fits =
          (!address || (address.pattern?.test(client.address) ?? false)) &&
          (!userAgent || (userAgent.pattern?.test(client.userAgent) ?? false))
        return fits ? undefined : 'client-not-allowed'
      },
    }
  },
} satisfies AccessStrategyPlug
