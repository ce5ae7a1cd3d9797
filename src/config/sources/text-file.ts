import { readFileSync } from 'node:fs'
import { lookAt } from '../../base/look-at.ts'
import { type Problem, unusableFile } from '../problem.ts'

/** No configuration a person keeps is larger; also what CAS's YAML parser admits. */
export const MAX_FILE_BYTES = 3 * 1024 * 1024

const UTF16 = 'is UTF-16; save it as UTF-8'

export type TextFile = { readonly text: string } | { readonly problem: Problem } | undefined

/**
 * Reads a file of settings.
 *
 * @param latin1 Whether bytes that are not UTF-8 are read as ISO-8859-1, as Java reads `.properties`; otherwise they are a mistake.
 * @returns `undefined` when there is no such file.
 */
export function readTextFile(path: string, { latin1 = false }: { readonly latin1?: boolean } = {}): TextFile {
  const found = lookAt(path)
  if (!found) return undefined
  if (typeof found === 'string') return { problem: unusableFile(path, found) }
  if (found.isDirectory()) return { problem: unusableFile(path, 'is a directory, not a file') }
  if (!found.isFile()) return { problem: unusableFile(path, 'is not a regular file') }
  if (found.size > MAX_FILE_BYTES) return { problem: unusableFile(path, `is larger than ${MAX_FILE_BYTES / 1024 / 1024} MB`) }
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (error) {
    return { problem: unusableFile(path, `cannot be read: ${reason(error)}`) }
  }
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { problem: unusableFile(path, UTF16) }
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { problem: unusableFile(path, UTF16) }
  const nul = bytes.indexOf(0)
  if (nul >= 0) {
    // Every other byte of text in UTF-16 is one, as long as it is English.
    if (bytes[0] === 0 || bytes[1] === 0) return { problem: unusableFile(path, UTF16) }
    return {
      problem: unusableFile(path, 'holds a NUL character, which no text has', bytes.subarray(0, nul).toString('latin1').split('\n').length),
    }
  }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    if (latin1) return { text: bytes.toString('latin1') }
    return { problem: unusableFile(path, 'is not UTF-8; save it as UTF-8') }
  }
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return code === 'EACCES' ? 'permission denied' : code || 'unknown reason'
}

/** Line and column, counted from 1, of an offset; quick for offsets that only grow. */
export function lineCounter(text: string): (offset: number) => { readonly line: number; readonly column: number } {
  let line = 1
  let start = 0
  let at = 0
  return (offset) => {
    if (offset < start) {
      line = 1
      start = 0
      at = 0
    }
    for (; at < offset; at += 1) {
      const code = text.charCodeAt(at)
      // A carriage return ends a line too, unless a line feed follows.
      if (code === 10 || (code === 13 && text.charCodeAt(at + 1) !== 10)) {
        line += 1
        start = at + 1
      }
    }
    return { line, column: offset - start + 1 }
  }
}
