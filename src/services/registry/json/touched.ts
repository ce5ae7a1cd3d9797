/** What may have changed since the last look at a directory. */
export interface Touched {
  /** @param path Nothing: anything may have changed. */
  add(path?: string): void
  /** Begins anew. @returns whether a file has to be looked at. */
  take(): (path: string) => boolean
}

/** More of them are no easier to look at than all. */
const MAX_PATHS = 1000

export function touchedPaths(): Touched {
  let paths = new Set<string>()
  let anything = true
  return {
    add(path) {
      if (path === undefined || paths.size >= MAX_PATHS) anything = true
      else paths.add(path)
    },
    take() {
      if (anything) {
        anything = false
        paths = new Set()
        return () => true
      }
      const taken = paths
      paths = new Set()
      return (path) => taken.has(path)
    },
  }
}
