import { type Stats, statSync } from 'node:fs'

const REASONS: Readonly<Record<string, string>> = {
  ELOOP: 'is a link that leads back to itself',
  EACCES: 'may not be looked at by this user (permission denied)',
  ERR_INVALID_ARG_VALUE: 'is no path: it holds a NUL character',
}

/**
 * What lies at a path, links followed.
 *
 * @returns `undefined` where nothing is, or can be; a text that says why it cannot be known, as an end of a sentence.
 */
export function lookAt(path: string): Stats | string | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'ENAMETOOLONG' || code === 'ENOTDIR') return undefined
    return REASONS[code] ?? `cannot be looked at (${code || 'unknown reason'})`
  }
}

/** Whether a folder lies there that can be looked at. */
export function isDirectory(path: string): boolean {
  const found = lookAt(path)
  return typeof found === 'object' && found.isDirectory()
}
