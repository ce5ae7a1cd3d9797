import { setImmediate } from 'node:timers/promises'

/** Lets others have their turn while much is being done. */
export interface Breath {
  /** Whether it went on for long enough. */
  due(): boolean
  /** Resolves after the event loop went round. */
  take(): Promise<void>
}

/** Requests wait that long for a reload at most, and for the longest single step of it. */
const MS_AT_A_TIME = 5

/** Begins now. What a step costs differs a hundredfold from file to file and machine to machine, so time is looked at, not steps. */
export function breath(): Breath {
  let since = performance.now()
  return {
    due: () => performance.now() - since >= MS_AT_A_TIME,
    async take() {
      await setImmediate()
      since = performance.now()
    },
  }
}
