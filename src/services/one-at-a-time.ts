/** Work that is asked for again and again. */
export interface OneAtATime {
  /** Resolves when a run is done that began no earlier than now; never fails. */
  run(): Promise<void>
  /** Nothing begins any more. Resolves when what is under way is done. */
  end(): Promise<void>
}

/** Runs never overlap; what is asked for during a run is done once after it. @param failed What becomes of an error. */
export function oneAtATime(work: () => Promise<void>, failed: (error: unknown) => void): OneAtATime {
  let ended = false
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  const run = (): Promise<void> => {
    if (ended) return Promise.resolve()
    if (!running) {
      running = work()
        .catch(failed)
        .finally(() => {
          running = undefined
        })
      return running
    }
    next ??= running.then(() => {
      next = undefined
      return run()
    })
    return next
  }
  return {
    run,
    async end() {
      ended = true
      await running
    },
  }
}
