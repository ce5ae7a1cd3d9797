import { availableParallelism } from 'node:os'
import { Unavailable } from '../base/errors.ts'

/** Lets few password checks run at a time and some wait; the rest is told to come back. */
export interface PasswordQueue {
  /** @throws {Unavailable} `password-queue-full` at once when too many wait, or after `maxWaitMs` of waiting. */
  run<T>(check: () => Promise<T>): Promise<T>
  readonly waiting: number
}

export interface PasswordQueueOptions {
  /** How many may wait besides those that run. */
  readonly size: number
  /** How many run at a time. */
  readonly concurrency?: number
  /** After so long nobody reads the answer any more. */
  readonly maxWaitMs?: number
  /** Milliseconds, monotonic. */
  readonly now?: () => number
}

/**
 * The pool of libuv has four threads, and the ticket store, files and name look-ups need them too. One core stays with the event loop, which
 * validates tickets meanwhile, and at least two threads with the others: so one check at a time on two cores, two from three cores on.
 */
export function hashingConcurrency(cores: number = availableParallelism()): number {
  return Math.max(1, Math.min(2, cores - 1))
}

/** One queue serves all handlers of a process, so that their sum is bounded. */
export function passwordQueue({
  size,
  concurrency = hashingConcurrency(),
  maxWaitMs = 10_000,
  now = performance.now.bind(performance),
}: PasswordQueueOptions): PasswordQueue {
  const waiting: { readonly since: number; start(): void; refuse(): void }[] = []
  let running = 0
  const full = () => new Unavailable('password-queue-full', 'the server is busy, please try again in a moment')
  const next = () => {
    while (running < concurrency) {
      const head = waiting.shift()
      if (!head) return
      if (now() - head.since > maxWaitMs) {
        head.refuse()
        continue
      }
      running++
      head.start()
    }
  }
  return {
    get waiting() {
      return waiting.length
    },
    async run(check) {
      if (running < concurrency) running++
      else {
        if (waiting.length >= size) throw full()
        await new Promise<void>((start, reject) => waiting.push({ since: now(), start, refuse: () => reject(full()) }))
      }
      try {
        return await check()
      } finally {
        running--
        next()
      }
    },
  }
}
