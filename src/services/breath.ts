import { setImmediate } from 'node:timers/promises'

/** Lets others have their turn while much is being done: resolves at once, or after the event loop went round when enough work was noted. */
export interface Breath {
  note(units: number): void
  due(): boolean
  take(): Promise<void>
}

/** About 5 ms of work: one unit is one file looked at, or a kilobyte read. */
const UNITS_AT_A_TIME = 100

export function breath(): Breath {
  let units = 0
  return {
    note: (more) => {
      units += more
    },
    due: () => units >= UNITS_AT_A_TIME,
    async take() {
      units = 0
      await setImmediate()
    },
  }
}
