import { readFileSync, statSync } from 'node:fs'
import { type Problem, unusableFile } from '../problem.ts'

/** A secret is small; what is larger was the wrong file. */
const MAX_SECRET_BYTES = 64 * 1024

/** The content of a file that holds one value, without the line end that editors put behind it. */
export function readSecret(path: string): string | { readonly problem: Problem } {
  try {
    const found = statSync(path)
    // A pipe would never end.
    if (!found.isFile()) return { problem: unusableFile(path, 'is no plain file') }
    if (found.size > MAX_SECRET_BYTES) return { problem: unusableFile(path, `is larger than ${MAX_SECRET_BYTES / 1024} KB`) }
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)).replace(/\r?\n$/, '')
  } catch (error) {
    return { problem: unusableFile(path, error instanceof TypeError ? 'is not UTF-8' : 'cannot be read') }
  }
}
