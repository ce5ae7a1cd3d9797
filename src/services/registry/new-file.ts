import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs'

/**
 * Creates a file that must not be there yet, which is one step on every file system. On a full disk a file can be created that its text does not go into:
 * then it is taken away again.
 *
 * @throws what the file system says; `EEXIST` when there is one.
 */
export function newFile(path: string, text: string, mode = 0o640): void {
  const file = openSync(path, 'wx', mode)
  try {
    writeFileSync(file, text)
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
}
