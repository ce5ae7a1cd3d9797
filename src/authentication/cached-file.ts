import type { Stats } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import type { Log } from '../base/log.ts'

export type FileState<T> = { readonly kind: 'read'; readonly value: T } | { readonly kind: 'unreadable'; readonly reason: string }

/** A larger file is not read: it would stop the server for the time of its reading. */
export const MAX_FILE_BYTES = 16 * 1024 * 1024

/**
 * A file that is looked at on each call but read only when it has changed (time, size or place on the disk). A file that cannot be used is not read
 * again either, until it changes.
 *
 * @param parse Throws, with a reason for the operator, for a content that cannot be used.
 */
export function cachedFile<T>(path: string, parse: (text: string) => T): () => Promise<FileState<T>> {
  let known: { readonly stamp: string; readonly state: FileState<T> } | undefined
  let reading: Promise<FileState<T>> | undefined

  async function look(): Promise<FileState<T>> {
    // One question to the disk while nothing has changed; the file itself is opened for a change only.
    const seen = await stat(path).catch(() => undefined)
    if (known && seen && known.stamp === stampOf(seen)) return known.state
    const file = await open(path).catch((error: NodeJS.ErrnoException) => error)
    if (file instanceof Error) return { kind: 'unreadable', reason: `${path}: ${file.code ?? file.message}` }
    try {
      const found = await file.stat()
      known = { stamp: stampOf(found), state: found.size > MAX_FILE_BYTES ? tooLarge() : parsed(await file.readFile('utf8')) }
      return known.state
    } catch (error) {
      return { kind: 'unreadable', reason: `${path}: ${reasonOf(error)}` }
    } finally {
      await file.close()
    }
  }
  const stampOf = ({ mtimeMs, ctimeMs, size, ino }: Stats) => `${mtimeMs} ${ctimeMs} ${size} ${ino}`
  const tooLarge = (): FileState<T> => ({ kind: 'unreadable', reason: `${path}: larger than ${MAX_FILE_BYTES} bytes` })
  function parsed(text: string): FileState<T> {
    try {
      return { kind: 'read', value: parse(text) }
    } catch (error) {
      return { kind: 'unreadable', reason: `${path}: ${reasonOf(error)}` }
    }
  }
  // Many logins at the same moment look once.
  return () => {
    reading ??= look().finally(() => {
      reading = undefined
    })
    return reading
  }
}

/** Reads a file at start, so that the first login need not, and says so when it cannot be used yet. */
export async function announce(read: () => Promise<FileState<unknown>>, setting: string, log: Log): Promise<void> {
  const state = await read()
  if (state.kind === 'unreadable') log.error({ setting, reason: state.reason }, 'a file of users cannot be used: nobody in it can log in')
}

/** The first line only: parsers like to quote what they could not read, and here that would be passwords. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unreadable'
  return error instanceof SyntaxError ? 'no usable JSON' : (error.message.split('\n')[0] ?? '')
}
