import { type Merger, mergeAttributes } from '../attribute-merge.ts'
import { choiceOf, classOf, flagOf, integerOf, type Members, textOf, textsOf } from '../definitions/members.ts'
import type { Attributes, Principal } from '../principal.ts'
import type { ReleaseWorld } from './release-policy.ts'

/** Where the attributes of a release come from (services.md 12, `principalAttributesRepository`). */
export interface AttributesRepository {
  /** Never fails: what cannot be asked is left out, with an error in the log. */
  attributesOf(principal: Principal): Promise<Attributes>
}

const CACHING = 'CachingPrincipalAttributesRepository'
const MOST_USERS = 1000
const UNITS: Readonly<Record<string, number>> = {
  ...{ NANOSECONDS: 1e-6, MICROSECONDS: 1e-3, MILLISECONDS: 1, SECONDS: 1000 },
  ...{ MINUTES: 60_000, HOURS: 3_600_000, DAYS: 86_400_000 },
}

/**
 * Reads the repository of a policy.
 *
 * @returns `undefined` for the plain one: the attributes are those of the login.
 */
export function attributesRepositoryOf(members: Members, world: ReleaseWorld): AttributesRepository | undefined {
  const { report, warn, attributesOf, clock } = world
  const merging: Merger = choiceOf(members, 'mergingStrategy', ['MULTIVALUED', 'ADD', 'REPLACE', 'NONE'], 'MULTIVALUED')
  const ids = textsOf(members, 'attributeRepositoryIds')
  const ignoresLogin = flagOf(members, 'ignoreResolvedAttributes', false)
  const isCaching = classOf(members) === CACHING
  // Without ids the plain one asks nobody, and NONE takes only what the login has.
  const asks = merging !== 'NONE' && (isCaching || ids.length > 0)
  if (!asks && !ignoresLogin) return undefined
  const keptMs = isCaching ? expirationOf(members, report) : 0
  const kept = keptMs > 0 ? keptAnswers(keptMs, clock) : undefined
  const ask = (username: string) => attributesOf(username, ids)
  return {
    async attributesOf({ id, attributes }) {
      const own = ignoresLogin ? {} : attributes
      if (!asks) return own
      try {
        return mergeAttributes([own, await (kept ? kept(id, ask) : ask(id))], merging)
      } catch (error) {
        warn(`the attribute sources cannot be asked: ${(error as Error).message}`, 'error')
        return own
      }
    },
  }
}

function expirationOf(members: Members, report: ReleaseWorld['report']): number {
  const unit = (textOf(members, 'timeUnit') ?? 'HOURS').trim().toUpperCase()
  const length = integerOf(members, 'expiration') ?? 2
  if (Object.hasOwn(UNITS, unit)) return Math.max(0, length * (UNITS[unit] ?? 0))
  report('error', `the timeUnit "${unit.slice(0, 40)}" is none; the sources are asked each time`, 'timeUnit')
  return 0
}

/** Answers of the last users, each for a time; who asks while another waits gets the same answer. */
function keptAnswers(keptMs: number, clock: () => number) {
  const answers = new Map<string, { readonly untilMs: number; readonly answer: Promise<Attributes> }>()
  return (username: string, ask: (username: string) => Promise<Attributes>): Promise<Attributes> => {
    const known = answers.get(username)
    if (known && clock() < known.untilMs) return known.answer
    answers.delete(username)
    const answer = ask(username)
    const entry = { untilMs: clock() + keptMs, answer }
    answers.set(username, entry)
    // A failure is no answer: who comes next asks again.
    answer.catch(() => {
      if (answers.get(username) === entry) answers.delete(username)
    })
    const [oldest] = answers.keys()
    if (answers.size > MOST_USERS && oldest !== undefined) answers.delete(oldest)
    return answer
  }
}
