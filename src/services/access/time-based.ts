import { parseExpirationDate } from '../definitions/expiration-date.ts'
import { type Members, textOf } from '../definitions/members.ts'
import { type AccessContext, type AccessStrategy, type AccessStrategyPlug, closed } from './access-strategy.ts'
import { baseStrategy } from './default.ts'

/** Open between two moments (services.md 11.2); either may be absent. */
export const timeBasedStrategy = {
  type: 'TimeBasedRegisteredServiceAccessStrategy',
  build(members, context): AccessStrategy {
    const base = baseStrategy(members, context)
    const startMs = momentOf(members, 'startingDateTime', context)
    const endMs = momentOf(members, 'endingDateTime', context)
    if (startMs === 'unreadable' || endMs === 'unreadable') return closed
    return {
      ...base,
      admits(question) {
        const { nowMs } = question
        const outside = (startMs !== undefined && nowMs < startMs) || (endMs !== undefined && nowMs > endMs)
        return base.admits(question) ?? (outside ? 'outside-time-window' : undefined)
      },
    }
  },
} satisfies AccessStrategyPlug

function momentOf(members: Members, name: string, context: AccessContext): number | undefined | 'unreadable' {
  const text = textOf(members, name)
  if (text === undefined) return undefined
  const moment = parseExpirationDate(text, textOf(members, 'zoneId') ?? 'UTC')
  if (moment !== undefined) return moment
  context.report('error', `"${name}" is no date and time, or its zone is not known; the application is closed`, name)
  return 'unreadable'
}
