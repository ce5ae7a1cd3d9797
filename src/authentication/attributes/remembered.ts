import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Attributes } from '../../services/index.ts'
import type { AttributeSource } from '../attribute-source.ts'

export interface Memory {
  /** How long an answer counts; 0 and less: it is asked for each time. */
  readonly keptMs: number
  /** How long after that it still counts while the source cannot be asked (`castellan.attributes.stale-if-error`). */
  readonly staleMs: number
  readonly mostUsers: number
  readonly clock: Clock
  readonly log: Log
}

interface Answer {
  readonly attributes: Attributes
  readonly atMs: number
}

/**
 * A source whose answers are remembered for a time, each for its user (`core.expiration-time`). Who asks while another waits for the same user gets the same
 * answer. That a user is not known is not remembered: the next login may be the first of somebody who was just entered.
 */
export function remembered(source: AttributeSource, { keptMs, staleMs, mostUsers, clock, log }: Memory): AttributeSource {
  if (keptMs <= 0 && staleMs <= 0) return source
  const answers = new Map<string, Answer>()
  const asking = new Map<string, Promise<Attributes | undefined>>()

  async function ask(username: string, known: Answer | undefined): Promise<Attributes | undefined> {
    try {
      const attributes = await source.attributesOf(username)
      answers.delete(username)
      if (attributes) {
        answers.set(username, { attributes, atMs: clock() })
        const [oldest] = answers.keys()
        if (answers.size > mostUsers && oldest !== undefined) answers.delete(oldest)
      }
      return attributes
    } catch (error) {
      if (!known || clock() - known.atMs >= Math.max(0, keptMs) + staleMs) throw error
      log.warn({ source: source.id, cause: String(error) }, 'an attribute source failed: what it said last still counts')
      return known.attributes
    }
  }

  return {
    ...source,
    attributesOf(username) {
      const known = answers.get(username)
      if (known && clock() - known.atMs < keptMs) return Promise.resolve(known.attributes)
      const running = asking.get(username) ?? ask(username, known).finally(() => asking.delete(username))
      asking.set(username, running)
      return running
    },
  }
}
