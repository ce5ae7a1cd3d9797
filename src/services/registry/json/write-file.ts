import { existsSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import { type ReplaceOptions, replaceFile } from '../../../base/replace-file.ts'

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

export interface WriteOptions extends Pick<ReplaceOptions, 'beforePlacing' | 'directoryLater'> {
  /** A text to be kept as `.<name>.bak`. */
  readonly keep?: { readonly name: string; readonly text: string }
}

/**
 * Writes a definition whole or not at all. Owner and mode of the file that it replaces stay.
 *
 * @throws what the file system says; the old file is untouched then, and nothing is left beside it.
 */
export async function writeWhole(directory: string, name: string, text: string, options: WriteOptions = {}): Promise<void> {
  const path = join(directory, name)
  if (dirname(path) !== directory || basename(path) !== name || name.includes(sep)) throw new Error('the name leaves its directory')
  const { keep, beforePlacing, directoryLater } = options
  const copy = keep && join(directory, `.${keep.name}.bak`)
  const hadCopy = copy !== undefined && existsSync(copy)
  const placing = () => {
    if (copy !== undefined) writeFileSync(copy, keep?.text ?? '', { mode: modeOf(path) ?? 0o600 })
    beforePlacing?.()
  }
  try {
    await replaceFile(path, text, { newMode: 0o640, beforePlacing: placing, directoryLater })
  } catch (error) {
    if (copy !== undefined && !hadCopy) await rm(copy, { force: true })
    throw error
  }
}

const modeOf = (path: string): number | undefined => {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode
  return mode === undefined ? undefined : mode & 0o777
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
