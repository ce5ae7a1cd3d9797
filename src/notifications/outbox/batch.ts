import { randomBytes } from 'node:crypto'
import { link, mkdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { codeOf, readIfThere, removeFile, syncDirectory, writeDurably } from './durable-file.ts'

/** A text that is on the disk, whole, and waits for its name. */
export interface Batch {
  /**
   * Gives it its name, unless somebody has used the name before: of all that try, in any process and on any machine, exactly one succeeds. It never has part
   * of its text, whenever a process is killed.
   *
   * @returns `gone` when the folder of the name, or the batch itself, is not there any more.
   */
  claim(name: string): Promise<'claimed' | 'taken' | 'gone'>
  /** Takes away what is left of it beside its name. */
  drop(): Promise<void>
}

/** What file systems without second names say to `link`. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']
/** What `rename` says when a folder is to take a name that is in use. */
const IN_USE = ['ENOTEMPTY', 'EEXIST', 'ENOTDIR']
const WITHIN = 'text'

const waitingName = (folder: string) => join(folder, `.${randomBytes(12).toString('hex')}.tmp`)

/** Names that batches have while they wait. What a killed process left of them can be removed when it is old. */
export const isWaitingBatch = (name: string): boolean => /^\.[0-9a-f]{24}\.tmp$/.test(name)

/**
 * Writes a text that is to get a name, in a folder of the same file system. The name is given by `link`; where there are no second names, by renaming a
 * folder that holds the text, which succeeds for one alone too.
 */
export async function writeBatch(folder: string, text: string, hardLinks = true): Promise<Batch> {
  const waiting = waitingName(folder)
  let asFolder = !hardLinks
  if (asFolder) await mkdir(waiting, { mode: 0o700 })
  await writeDurably(asFolder ? join(waiting, WITHIN) : waiting, [text])

  async function becomeFolder(): Promise<void> {
    const other = waitingName(folder)
    await mkdir(other, { mode: 0o700 })
    await rename(waiting, join(other, WITHIN))
    await rename(other, waiting)
    asFolder = true
  }

  const batch: Batch = {
    async claim(name) {
      try {
        if (asFolder) {
          await syncDirectory(waiting)
          await rename(waiting, name)
        } else await link(waiting, name)
        return 'claimed'
      } catch (error) {
        const code = codeOf(error)
        if (code === 'ENOENT') return 'gone'
        if (asFolder && IN_USE.includes(code)) return 'taken'
        // The answer of a file server may have been lost: then the name is ours.
        if (code === 'EEXIST') return (await stat(waiting)).nlink > 1 ? 'claimed' : 'taken'
        if (asFolder || !NO_LINKS.includes(code)) throw error
      }
      await becomeFolder()
      return batch.claim(name)
    },
    drop: () => (asFolder ? rm(waiting, { recursive: true, force: true }) : removeFile(waiting)),
  }
  return batch
}

/** The text that has that name. @returns `undefined` when nothing has. */
export async function readBatch(name: string): Promise<string | undefined> {
  try {
    return await readIfThere(name)
  } catch (error) {
    if (codeOf(error) !== 'EISDIR') throw error
    return readIfThere(join(name, WITHIN))
  }
}

/** Writes a text and gives it a name that nobody has; it is there after a loss of power. @returns whether this call did it. */
export async function claimDurably(folder: string, name: string, text: string, hardLinks = true): Promise<boolean> {
  const batch = await writeBatch(folder, text, hardLinks)
  try {
    const outcome = await batch.claim(name)
    if (outcome === 'claimed') await syncDirectory(dirname(name))
    return outcome === 'claimed'
  } finally {
    await batch.drop()
  }
}
