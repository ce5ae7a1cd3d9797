import { type FSWatcher, watch } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Log } from './log.ts'

export interface WatchedPathsParts {
  /** Files and folders; they need not exist. Asked for again after each change. */
  readonly paths: () => readonly string[]
  /** Called after something changed and a time of quiet; the next call waits for its end. */
  readonly onChange: () => Promise<void>
  /** When the paths were read: what changed between that and the first look is told too. Milliseconds since 1970. */
  readonly readAtMs: number
  readonly log: Log
  /** Without events for so long after one, the paths are looked at. */
  readonly quietMs?: number
  /** And after so long however many events come: a log in the same folder is never quiet. */
  readonly longestMs?: number
  /** Finds what no event told of: network file systems, links that were switched elsewhere. */
  readonly pollMs?: number
  /** Calls later; tests give their own time. */
  readonly timers?: Timers
}

export interface Timers {
  /** @returns what takes the call back. */
  after(ms: number, call: () => void): () => void
}

const QUIET_MS = 500
const LONGEST_MS = 1000
const POLL_MS = 30_000
const MAX_FOLDERS = 100

/**
 * Tells when one of several files changes, appears or goes. The folders are watched, not the files, for editors replace files and Kubernetes switches
 * links; an event only means "look", so that none has to be understood (docs/decisions/020). Does not keep the process alive.
 */
export function watchPaths({
  paths,
  onChange,
  readAtMs,
  log,
  quietMs = QUIET_MS,
  longestMs = LONGEST_MS,
  pollMs = POLL_MS,
  timers = realTimers,
}: WatchedPathsParts): AsyncDisposable {
  const folders = new Map<string, FSWatcher>()
  let stamps: ReadonlyMap<string, Stamp> | undefined
  let afterQuiet: (() => void) | undefined
  let afterLongest: (() => void) | undefined
  let closed = false

  function attach(): void {
    for (const folder of new Set(paths().flatMap((path) => [path, dirname(path)]))) {
      if (folders.has(folder) || folders.size >= MAX_FOLDERS) continue
      try {
        const watcher = watch(folder, { persistent: false }, lookSoon)
        watcher.on('error', () => detach(folder))
        folders.set(folder, watcher)
      } catch {
        // A folder that is not there yet, or one too many for the system: the poll looks at what is in it.
      }
    }
  }
  function detach(folder: string): void {
    folders.get(folder)?.close()
    folders.delete(folder)
  }
  function lookSoon(): void {
    if (closed) return
    afterQuiet?.()
    afterQuiet = timers.after(quietMs, lookNow)
    afterLongest ??= timers.after(longestMs, lookNow)
  }
  function lookNow(): void {
    forgetEvents()
    lookInTurn()
  }
  function forgetEvents(): void {
    afterQuiet?.()
    afterLongest?.()
    afterQuiet = afterLongest = undefined
  }
  function lookInTurn(): void {
    looking = looking.then(look)
  }
  async function look(): Promise<void> {
    if (closed) return
    attach()
    const now = await stampsOf(paths())
    const isChanged = stamps === undefined ? changedSince(now, readAtMs) : !isDeepStrictEqual(now, stamps)
    stamps = now
    if (!isChanged) return
    try {
      await onChange()
    } catch (error) {
      log.error({ error: String(error) }, 'a change of files could not be followed')
    }
    // Other files may matter now. What changed meanwhile is found by the next look.
    attach()
    stamps = new Map([...(await stampsOf(paths())), ...[...now].filter(([path]) => paths().includes(path))])
    if (!isDeepStrictEqual(stamps, await stampsOf(paths()))) lookSoon()
  }

  let looking = look()
  const poll = setInterval(lookInTurn, pollMs).unref()
  return {
    async [Symbol.asyncDispose]() {
      closed = true
      forgetEvents()
      clearInterval(poll)
      for (const folder of [...folders.keys()]) detach(folder)
      await looking
    },
  }
}

const realTimers: Timers = {
  after(ms, call) {
    const timer = setTimeout(call, ms).unref()
    return () => clearTimeout(timer)
  },
}

/** What changes when a file or the list of a folder does; `undefined`: it is not there. */
type Stamp = readonly [mtimeMs: number, ctimeMs: number, size: number, inode: number] | undefined

async function stampsOf(paths: readonly string[]): Promise<ReadonlyMap<string, Stamp>> {
  const stamps = paths.map(async (path): Promise<readonly [string, Stamp]> => {
    const found = await stat(path).catch(() => undefined)
    return [path, found && [found.mtimeMs, found.ctimeMs, found.size, found.ino]]
  })
  return new Map(await Promise.all(stamps))
}

const changedSince = (stamps: ReadonlyMap<string, Stamp>, sinceMs: number) =>
  [...stamps.values()].some((stamp) => stamp !== undefined && Math.max(stamp[0], stamp[1]) > sinceMs)
