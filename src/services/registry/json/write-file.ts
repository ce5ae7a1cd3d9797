import { existsSync, realpathSync } from 'node:fs'
import { type FileHandle, open, rename, rm, stat, writeFile } from 'node:fs/promises'
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
  /** Called when the new text is on the disk, just before it takes its place; what it throws keeps the text from that. */
  readonly beforePlacing?: () => void
  /** Whoever writes several files syncs their directory once, after the last. */
  readonly directoryLater?: boolean
}

/**
 * Writes a file whole or not at all: beside it, to the disk, and then into its place. Owner and mode of the file that it replaces stay.
 *
 * @throws what the file system says; the old file is untouched then, and nothing is left beside it.
 */
export async function writeWhole(directory: string, name: string, text: string, options: WriteOptions = {}): Promise<void> {
  const path = join(directory, name)
  if (dirname(path) !== directory || basename(path) !== name || name.includes(sep)) throw new Error('the name leaves its directory')
  const temporary = join(directory, `.${name}.tmp-${process.pid}`)
  const copy = options.keep && join(directory, `.${options.keep.name}.bak`)
  const hadCopy = copy !== undefined && existsSync(copy)
  try {
    const old = await ownerAndMode(path)
    await writeToDisk(temporary, text, old)
    if (copy !== undefined) await writeFile(copy, options.keep?.text ?? '', { mode: old?.mode ?? 0o600 })
    options.beforePlacing?.()
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    if (copy !== undefined && !hadCopy) await rm(copy, { force: true })
    throw error
  }
  if (!options.directoryLater) await syncDirectory(directory)
}

interface OwnerAndMode {
  readonly uid: number
  readonly gid: number
  readonly mode: number
}

async function ownerAndMode(path: string): Promise<OwnerAndMode | undefined> {
  try {
    const { uid, gid, mode } = await stat(path)
    return { uid, gid, mode: mode & 0o777 }
  } catch {
    return undefined
  }
}

async function writeToDisk(path: string, text: string, like: OwnerAndMode | undefined): Promise<void> {
  const file = await createAnew(path)
  try {
    if (like) await keepOwner(file, like)
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Never through a link that somebody put there. What a writer that died left behind goes. */
async function createAnew(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o640)
  } catch {
    await rm(path, { force: true })
    return open(path, 'wx', 0o640)
  }
}

async function keepOwner(file: FileHandle, { uid, gid, mode }: OwnerAndMode): Promise<void> {
  const now = await file.stat()
  // Only the administrator may give files away; the mode still holds.
  if (now.uid !== uid || now.gid !== gid) await file.chown(uid, gid).catch(() => {})
  await file.chmod(mode)
}

/** A rename is on the disk when its directory is. Where directories cannot be opened the file system sees to that itself. */
export async function syncDirectory(directory: string): Promise<void> {
  let handle: FileHandle | undefined
  try {
    handle = await open(directory, 'r')
    await handle.sync()
  } catch {
  } finally {
    await handle?.close()
  }
}

/** Whether a directory really lies in another, symbolic links followed: nothing is written or deleted through a link that leads out. */
export function liesWithin(directory: string, root: string): boolean {
  try {
    const [inner, outer] = [realpathSync.native(directory), realpathSync.native(root)]
    return inner === outer || inner.startsWith(outer + sep)
  } catch {
    return false
  }
}
