import type { Clock } from '../base/clock.ts'
import type { TicketRegistry } from '../tickets/index.ts'

/** How much one user may cost others, and be guessed at, whatever conversations it takes. */
export interface CodeLimits {
  /** Takes one of the codes that this user may be sent now; `false`: there is none left. */
  maySend(userId: string): Promise<boolean>
  /** Whether too many wrong codes have been tried for this user. */
  isLocked(userId: string): Promise<boolean>
  noteWrong(userId: string): Promise<void>
  forgetWrong(userId: string): Promise<void>
}

export interface CodeLimitsParts {
  /** What the codes are for; those for something else count apart. */
  readonly name: string
  readonly registry: Pick<TicketRegistry, 'putOnce' | 'addHit' | 'hitsSince' | 'clearHits'>
  /** Codes of one user within the window; 0: no limit. */
  readonly sendLimit: number
  readonly sendWindowMs: number
  readonly clock: Clock
}

/** Wrong codes of one user, over all processes; nobody gets more guesses by beginning again. */
const MOST_WRONG = 20
const WRONG_WITHIN_MS = 15 * 60_000

export function codeLimits({ name, registry, sendLimit, sendWindowMs, clock }: CodeLimitsParts): CodeLimits {
  const wrongKey = (userId: string) => `${name} wrong ${userId.toLowerCase()}`
  return {
    /** Each place is taken in one step and comes back by itself: of any number of processes no two take the same. */
    async maySend(userId) {
      if (sendLimit === 0) return true
      const untilMs = clock() + sendWindowMs
      for (let number = 0; number < sendLimit; number++) {
        if (await registry.putOnce(`${name} send ${number} ${userId.toLowerCase()}`, untilMs)) return true
      }
      return false
    },
    async isLocked(userId) {
      return (await registry.hitsSince(wrongKey(userId), clock() - WRONG_WITHIN_MS)) >= MOST_WRONG
    },
    noteWrong(userId) {
      const now = clock()
      return registry.addHit(wrongKey(userId), now, now + WRONG_WITHIN_MS)
    },
    forgetWrong: (userId) => registry.clearHits(wrongKey(userId)),
  }
}
