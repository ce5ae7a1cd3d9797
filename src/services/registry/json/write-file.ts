import { closeSync, copyFileSync, fchmodSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'

const MAX_NAME_BYTES = 200

/**
 * The name under which CAS keeps a definition (services.md 6.1): blanks removed, then the id. What could leave the directory, or means something to a
 * file system, becomes `_`.
 */
export function fileNameOf(name: string, id: string): string {
  const ending = `-${id}.json`
  let stem = name
    .replaceAll(' ', '')
    .replace(/[/\\:*?"<>|\u0000-\u001f\u007f]/g, '_')
    .replace(/^[.#]/, '_')
    .toWellFormed()
  while (Buffer.byteLength(stem + ending) > MAX_NAME_BYTES) stem = [...stem].slice(0, -1).join('')
  return stem + ending
}

/**
 * Writes a file whole or not at all: beside it, to the disk, and then into its place. The mode of the file that it replaces stays. When the old text has
 * comments it is kept as `.<name>.bak`.
 *
 * @returns whether comments went into the copy.
 * @throws what the file system says; the old file is untouched then.
 */
export function writeWhole(directory: string, name: string, text: string): { readonly commentsKept: boolean } {
  const path = join(directory, name)
  if (dirname(path) !== directory || basename(path) !== name || name.includes(sep)) throw new Error('the name leaves its directory')
  const old = statSync(path, { throwIfNoEntry: false })
  const temporary = join(directory, `.${name}.tmp-${process.pid}`)
  try {
    rmSync(temporary, { force: true })
    const file = openSync(temporary, 'wx', 0o640)
    try {
      if (old) fchmodSync(file, old.mode & 0o777)
      const bytes = Buffer.from(text)
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    const commentsKept = old !== undefined && !isStrictJson(readFileSync(path, 'utf8'))
    if (commentsKept) copyFileSync(path, join(directory, `.${name}.bak`))
    renameSync(temporary, path)
    return { commentsKept }
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

function isStrictJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
