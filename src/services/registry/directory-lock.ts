import { randomUUID } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { hasEnded, thisProcess } from '../../base/process-owner.ts'
import { codeOf } from './json/scan.ts'
import { newFile } from './new-file.ts'

/** Where the registry keeps what is not a definition, in the directory that the nodes share. Git ignores it, and so does the look for definitions. */
export const OWN_DIRECTORY = '.castellan'

/** One writer at a time among all processes and machines that share a directory of definitions. */
export interface DirectoryLock {
  /**
   * Does something while nobody else writes. What is begun inside takes part in it.
   *
   * @throws {LockUnavailable} when the lock is not to be had in time.
   */
  hold<R>(work: () => Promise<R>): Promise<R>
}

/** Somebody else writes, or the directory cannot be written to. The message says which. */
export class LockUnavailable extends Error {}

export interface LockLimits {
  /** How long to wait for another writer. */
  readonly waitMs: number
  /** A lock that nobody refreshed for so long, and whose owner cannot be seen from here, was left behind. */
  readonly leftBehindMs: number
}

const USUAL: LockLimits = { waitMs: 15_000, leftBehindMs: 30_000 }
const FIRST_PAUSE_MS = 10
const LONGEST_PAUSE_MS = 200

/** Creates `.castellan` in a directory, if need be, with the note for git that it is nothing to be kept. @throws what the file system says. */
export function ownDirectory(directory: string): string {
  const own = join(directory, OWN_DIRECTORY)
  mkdirSync(own, { recursive: true, mode: 0o750 })
  try {
    newFile(join(own, '.gitignore'), '*\n', 0o644)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
  return own
}

/**
 * A lock kept as a file in the directory itself, so that it reaches as far as the directory does: network file systems too, where locks of the kernel
 * often do not. The file is created exclusively, which is one step on all of them, and touched while it is held.
 */
export function directoryLock(directory: string | undefined, limits: LockLimits = USUAL): DirectoryLock {
  // Without a directory that may be written to there is nothing to be kept apart.
  if (directory === undefined) return { hold: (work) => work() }
  const token = `${thisProcess()}\n${randomUUID()}`
  let holders = 0
  /** What was seen of somebody else's lock, and since when by our own clock: clocks of other machines are not compared. */
  let seen: { readonly state: string; readonly sinceMs: number } | undefined

  const tryOnce = (): string | undefined => {
    const path = join(ownDirectory(directory), 'lock')
    try {
      newFile(path, token)
      seen = undefined
      return path
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
    const other = look(path)
    if (!other) return undefined
    const state = `${other.content} ${other.mtimeMs}`
    if (seen?.state !== state) seen = { state, sinceMs: performance.now() }
    const [owner = ''] = other.content.split('\n')
    if (hasEnded(owner) || performance.now() - seen.sinceMs > limits.leftBehindMs) takeAway(path, other.content)
    return undefined
  }

  const acquire = async (): Promise<string> => {
    const end = performance.now() + limits.waitMs
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      let path: string | undefined
      try {
        path = tryOnce()
      } catch (error) {
        throw new LockUnavailable(`${directory} cannot be written to (${codeOf(error) || String(error)})`)
      }
      if (path !== undefined) return path
      if (performance.now() > end) throw new LockUnavailable('another server is writing definitions; try again')
      await setTimeout(pause)
    }
  }

  let acquiring: Promise<string> | undefined
  let heartbeat: NodeJS.Timeout | undefined

  return {
    async hold(work) {
      holders++
      try {
        acquiring ??= acquire().then((path) => {
          heartbeat = setInterval(() => touch(path), limits.leftBehindMs / 6).unref()
          return path
        })
        await acquiring
        return await work()
      } finally {
        if (--holders === 0) {
          const held = acquiring
          acquiring = undefined
          clearInterval(heartbeat)
          const path = await held?.catch(() => undefined)
          if (path !== undefined && look(path)?.content === token) rmSync(path, { force: true })
        }
      }
    },
  }
}

function look(path: string): { readonly content: string; readonly mtimeMs: number } | undefined {
  try {
    return { content: readFileSync(path, 'utf8'), mtimeMs: statSync(path).mtimeMs }
  } catch {
    return undefined
  }
}

function touch(path: string): void {
  try {
    const now = new Date()
    utimesSync(path, now, now)
  } catch {
    // Taken away: what is being written now is whole all the same.
  }
}

/** Of several that find the same lock left behind one takes it away; one that took a fresh lock by mistake puts it back. */
function takeAway(path: string, content: string): void {
  const aside = `${path}.${randomUUID()}`
  try {
    renameSync(path, aside)
    if (look(aside)?.content !== content) linkSync(aside, path)
  } catch {
    // Somebody was faster.
  }
  rmSync(aside, { force: true })
}
