import {
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'

const MAX_NAME_BYTES = 200

/**
 * The name under which CAS keeps a definition (services.md 6.1): blanks removed, then the id. What could leave the directory, or means something to a
 * file system, becomes `_`.
 *
 * @param ending `.json`, `.yml` …
 */
export function fileNameOf(name: string, id: string, ending = '.json'): string {
  const end = `-${id}${ending}`
  let stem = name
    .replaceAll(' ', '')
    .replace(/[/\\:*?"<>|\u0000-\u001f\u007f]/g, '_')
    .replace(/^[.#]/, '_')
    .toWellFormed()
  while (Buffer.byteLength(stem + end) > MAX_NAME_BYTES) stem = [...stem].slice(0, -1).join('')
  return stem + end
}

export interface WriteOptions {
  /** A text to be kept as `.<name>.bak`. */
  readonly keep?: { readonly name: string; readonly text: string }
  /** Called when the new text is on the disk, before it takes its place. */
  readonly beforePlacing?: () => void
}

/**
 * Writes a file whole or not at all: beside it, to the disk, and then into its place. Owner and mode of the file that it replaces stay.
 *
 * @throws what the file system says; the old file is untouched then, and nothing is left beside it.
 */
export function writeWhole(directory: string, name: string, text: string, options: WriteOptions = {}): void {
  const path = join(directory, name)
  if (dirname(path) !== directory || basename(path) !== name || name.includes(sep)) throw new Error('the name leaves its directory')
  const temporary = join(directory, `.${name}.tmp-${process.pid}`)
  const copy = options.keep && join(directory, `.${options.keep.name}.bak`)
  const hadCopy = copy !== undefined && existsSync(copy)
  try {
    rmSync(temporary, { force: true })
    const old = statSync(path, { throwIfNoEntry: false })
    writeToDisk(temporary, text, old)
    options.beforePlacing?.()
    if (copy !== undefined) writeFileSync(copy, options.keep?.text ?? '', { mode: old ? old.mode & 0o777 : 0o600 })
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    if (copy !== undefined && !hadCopy) rmSync(copy, { force: true })
    throw error
  }
  syncDirectory(directory)
}

function writeToDisk(path: string, text: string, like: ReturnType<typeof statSync>): void {
  const file = openSync(path, 'wx', 0o640)
  try {
    if (like) keepOwner(file, Number(like.uid), Number(like.gid), Number(like.mode) & 0o777)
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function keepOwner(file: number, uid: number, gid: number, mode: number): void {
  const now = fstatSync(file)
  try {
    if (now.uid !== uid || now.gid !== gid) fchownSync(file, uid, gid)
  } catch {
    // Only the administrator may give files away; the mode still holds.
  }
  fchmodSync(file, mode)
}

/** A rename is on the disk when its directory is. Where directories cannot be opened the file system sees to that itself. */
export function syncDirectory(directory: string): void {
  let handle: number | undefined
  try {
    handle = openSync(directory, 'r')
    fsyncSync(handle)
  } catch {
  } finally {
    if (handle !== undefined) closeSync(handle)
  }
}

/** The same without holding anybody up meanwhile. */
export async function writeDirectoryThrough(directory: string): Promise<void> {
  const handle = await open(directory, 'r').catch(() => undefined)
  try {
    await handle?.sync()
  } catch {
  } finally {
    await handle?.close()
  }
}

/** Whether a directory really lies in another, symbolic links followed: nothing is written or deleted through a link that leads out. */
export function liesWithin(directory: string, root: string): boolean {
  try {
    const [inner, outer] = [realpathSync(directory), realpathSync(root)]
    return inner === outer || inner.startsWith(outer + sep)
  } catch {
    return false
  }
}
