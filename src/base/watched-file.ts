import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Log } from './log.ts'

export interface WatchedFile<T> {
  /** The last content that could be used; the empty value until there was one. */
  current(): T
  /** What stands in the file now, as far as known: for those who look after the server. */
  state(): { readonly loadedAtMs: number | undefined; readonly problem: string | undefined }
  close(): Promise<void>
}

export interface WatchedFileParts<T> {
  readonly path: string
  /** What counts until the file could be used for the first time. */
  readonly empty: T
  /** @throws with a reason for the operator, for a content that cannot be used. */
  readonly parse: (text: string) => T
  readonly clock: () => number
  readonly log: Log
  readonly maxBytes?: number
}

const QUIET_IN_MS = 250
/** Looks that find what no event told of: network file systems, links that were switched. */
const LOOK_EVERY_MS = 10_000
const MAX_BYTES = 64 * 1024 * 1024

/**
 * A file whose content is held and exchanged as a whole when it changes; broken or missing, the last good content stays. File and folder are watched, for
 * editors replace files and Kubernetes switches links.
 */
export async function watchedFile<T>(parts: WatchedFileParts<T>): Promise<WatchedFile<T>> {
  const { path, parse, clock, log, maxBytes = MAX_BYTES } = parts
  let value = parts.empty
  let stamp: string | undefined
  let loadedAtMs: number | undefined
  let problem: string | undefined
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> | undefined

  async function look(): Promise<void> {
    const file = await open(path).catch((error: NodeJS.ErrnoException) => error)
    if (file instanceof Error) return fault(`missing ${file.code}`, file.code === 'ENOENT' ? 'the file is missing' : String(file.code))
    try {
      const { mtimeMs, ctimeMs, size, ino } = await file.stat()
      const found = `${mtimeMs} ${ctimeMs} ${size} ${ino}`
      if (found === stamp) return
      if (size > maxBytes) return fault(found, `the file is larger than ${maxBytes} bytes`)
      const text = await file.readFile('utf8')
      try {
        value = parse(text)
        const first = loadedAtMs === undefined
        stamp = found
        loadedAtMs = clock()
        problem = undefined
        log[first ? 'debug' : 'info']({ file: path }, 'file read')
      } catch (error) {
        fault(found, error instanceof Error ? error.message : String(error))
      }
    } catch (error) {
      fault(undefined, (error as NodeJS.ErrnoException).code ?? 'unreadable')
    } finally {
      await file.close()
    }
  }

  /** Each state of the file is told of once. */
  function fault(found: string | undefined, reason: string): void {
    const isNew = stamp !== found || problem !== reason
    stamp = found
    problem = reason
    if (!isNew) return
    const fields = { file: path, reason }
    if (loadedAtMs === undefined) log.warn(fields, 'a file cannot be used yet; nothing of it counts until it can')
    else log.error(fields, 'a file cannot be used any more; the last good content stays')
  }

  function lookSoon(afterMs: number): void {
    clearTimeout(timer)
    timer = setTimeout(() => {
      looking = (looking ?? Promise.resolve()).then(look)
      looking.finally(() => lookSoon(LOOK_EVERY_MS))
    }, afterMs).unref()
  }

  await look()
  // The folder, not below it: events of the file and of what replaces it.
  // Loaded when there is a file to be watched.
  const { watch } = await import('chokidar')
  const watcher = watch(dirname(path), { depth: 0, ignoreInitial: true, persistent: false, ignorePermissionErrors: true })
  watcher.on('all', () => lookSoon(QUIET_IN_MS))
  watcher.on('error', (error) =>
    log.warn({ file: path, reason: String(error) }, 'a folder cannot be watched; changes are found every 10 seconds'),
  )
  lookSoon(LOOK_EVERY_MS)

  return {
    current: () => value,
    state: () => ({ loadedAtMs, problem }),
    async close() {
      clearTimeout(timer)
      await watcher.close()
      await looking
      clearTimeout(timer)
    },
  }
}
