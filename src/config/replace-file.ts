import { open, rename, rm, stat } from 'node:fs/promises'

/**
 * Writes beside the file, to the disk, then puts it in its place: whoever reads it sees the old content or the new.
 *
 * @param mode Not given: mode and owner of the file that is replaced stay, the owner only where this process may give files away.
 * @throws what the file system says; the old file is untouched then.
 */
export async function replaceFile(path: string, content: string | Buffer, mode?: number): Promise<void> {
  const old = mode === undefined ? await stat(path) : undefined
  const draft = `${path}.${process.pid}`
  await rm(draft, { force: true })
  try {
    const handle = await open(draft, 'wx', mode ?? 0o600)
    try {
      if (old) {
        await handle.chown(old.uid, old.gid).catch(() => {})
        await handle.chmod(old.mode & 0o777)
      }
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}
