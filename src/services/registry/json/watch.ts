import { type FSWatcher, watch } from 'node:fs'
import type { Log } from '../../../base/log.ts'
import { codeOf, pathIn } from './scan.ts'

const QUIET_IN_MS = 200
const AT_MOST_IN_MS = 2000

/** Watches directories, not files: one handle each, and any event means "look at the stamps again" (docs/decisions, directory watching). */
export interface DirectoryWatch {
  /**
   * Called before a directory is listed; a directory that was replaced is watched anew.
   *
   * @returns whether it was being watched already, so that every change in it has been told.
   */
  enter(directory: string, identity: string): boolean
  close(): void
}

export interface DirectoryWatchParts {
  /** Something happened to this file or directory; without a path, nobody knows to what. */
  readonly touched: (path?: string) => void
  /** Called once things have been quiet for 200 ms, at the latest 2 s after the first event. */
  readonly changed: () => void
  readonly log: Log
}

export function watchDirectories({ touched, changed, log }: DirectoryWatchParts): DirectoryWatch {
  const watchers = new Map<string, { readonly identity: string; readonly watcher: FSWatcher }>()
  let timer: NodeJS.Timeout | undefined
  let firstAt = 0
  let limitLogged = false

  const noticed = () => {
    const now = performance.now()
    if (!timer) firstAt = now
    clearTimeout(timer)
    timer = setTimeout(
      () => {
        timer = undefined
        changed()
      },
      Math.max(0, Math.min(QUIET_IN_MS, firstAt + AT_MOST_IN_MS - now)),
    ).unref()
  }

  const drop = (directory: string) => {
    watchers.get(directory)?.watcher.close()
    watchers.delete(directory)
  }

  return {
    enter(directory, identity) {
      if (watchers.get(directory)?.identity === identity) return true
      drop(directory)
      try {
        const watcher = watch(directory, { persistent: false }, (_event, name) => {
          if (name !== null && isHidden(name)) return
          touched(name === null ? undefined : pathIn(directory, name))
          noticed()
        })
        watcher.on('error', () => {
          drop(directory)
          touched()
          noticed()
        })
        watchers.set(directory, { identity, watcher })
      } catch (error) {
        if (limitLogged) return false
        limitLogged = true
        log.warn(
          { directory, code: codeOf(error) },
          `${directory} cannot be watched (${codeOf(error)}); changes are found by the periodic look only.`,
        )
      }
      return false
    },
    close() {
      clearTimeout(timer)
      for (const directory of [...watchers.keys()]) drop(directory)
    },
  }
}

/** Files of editors and our own; but a volume of Kubernetes is swapped by the link `..data`. */
const isHidden = (name: string): boolean => name.startsWith('.') && !name.startsWith('..')
