import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

export interface ReplaceOptions {
  /** Mode of the new file. Not given: mode and owner of the file that is replaced stay, the owner only where this process may give files away. */
  readonly mode?: number | undefined
  /** Mode of a file that replaces none, where `mode` is not given. */
  readonly newMode?: number
  /** Called when the new text is on the disk, just before it takes its place; what it throws keeps the text from that. */
  readonly beforePlacing?: () => void
  /** Whoever writes several files syncs their directory once, after the last. */
  readonly directoryLater?: boolean | undefined
  /** Where a link leads to the file, the file is replaced and the link stays: for files of an administrator, which may lie elsewhere. */
  readonly throughLinks?: boolean
}

/**
 * Writes a file whole or not at all: beside it, to the disk, and then into its place. Whoever reads it sees the old content or the new.
 *
 * @throws what the file system says; the old file is untouched then, and nothing is left beside it.
 */
export async function replaceFile(named: string, content: string | Buffer, options: ReplaceOptions = {}): Promise<void> {
  const path = options.throughLinks ? await realpath(named).catch(() => named) : named
  const { mode, newMode = 0o600, beforePlacing, directoryLater = false } = options
  const old = mode === undefined ? await ownerAndMode(path) : undefined
  const draft = join(dirname(path), `.${basename(path)}.tmp-${process.pid}`)
  try {
    const file = await createAnew(draft, mode ?? newMode)
    try {
      if (old) await keepOwner(file, old)
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    beforePlacing?.()
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {})
    throw error
  }
  if (!directoryLater) await syncDirectory(dirname(path))
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

/** Never through a link that somebody put there. What a writer that died left behind goes. */
async function createAnew(path: string, mode: number): Promise<FileHandle> {
  try {
    return await open(path, 'wx', mode)
  } catch {
    await rm(path, { force: true })
    return open(path, 'wx', mode)
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
