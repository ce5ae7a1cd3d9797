import { integerOf, textMapOf, textOf } from '../definitions/members.ts'
import { patternOf } from '../definitions/pattern.ts'
import type { AccessStrategy, AccessStrategyPlug } from './access-strategy.ts'
import { baseStrategy } from './default.ts'

/** More of a header is not looked at. */
const MAX_HEADER = 8192

/** Address, browser and headers of whoever asks (services.md 11.2): all patterns given must be found; nothing known about the request means no. */
export const httpRequestStrategy = {
  type: 'HttpRequestRegisteredServiceAccessStrategy',
  build(members, context): AccessStrategy {
    const base = baseStrategy(members, context)
    const headers = Object.entries(textMapOf(members, 'headers')).map(([name, texts]) => ({
      name: name.toLowerCase(),
      patterns: texts.map((text) => patternOf(text, { match: 'find', ignoreCase: true }, context.report, 'headers')),
    }))
    const found = (name: string) => {
      const text = textOf(members, name)
      return text === undefined ? undefined : { pattern: patternOf(text, { match: 'find', ignoreCase: true }, context.report, name) }
    }
    const [address, userAgent] = [found('ipAddress'), found('userAgent')]
    return {
      ...base,
      order: integerOf(members, 'order') ?? 0,
      admits(question) {
        const refusal = base.admits(question)
        if (refusal) return refusal
        const { client } = question
        if (!client) return 'client-not-allowed'
        const fits =
          (!address || (address.pattern?.test(client.address) ?? false)) &&
          (!userAgent || (userAgent.pattern?.test(client.userAgent) ?? false)) &&
          headers.every(({ name, patterns }) => {
            const value = client.header?.(name)
            return value !== undefined && patterns.every((pattern) => pattern?.test(value.slice(0, MAX_HEADER)) ?? false)
          })
        return fits ? undefined : 'client-not-allowed'
      },
    }
  },
} satisfies AccessStrategyPlug
