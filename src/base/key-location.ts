import { statSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The file that a setting of a key names, where it names one instead of holding the key (configuration.md 9.2): an absolute path or `file:…` of a plain file
 * that exists.
 *
 * @returns its path; `undefined` when the text is a key itself.
 */
export function keyFileOf(text: string): string | undefined {
  const trimmed = text.trim()
  if (trimmed.length > 4096 || trimmed.includes('\0')) return undefined
  const path = trimmed.startsWith('file://') && URL.canParse(trimmed) ? localPath(trimmed) : trimmed.replace(/^file:/, '')
  if (path === undefined || !isAbsolute(path)) return undefined
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? path : undefined
}

function localPath(url: string): string | undefined {
  try {
    return fileURLToPath(url)
  } catch {
    // The address of another host.
    return undefined
  }
}
