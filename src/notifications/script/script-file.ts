import { existsSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Stands in the parameters of a script where it gets its logger. */
export const LOGGER = '\u0000logger'

/** `file:/path`, `file:///path`, `classpath:name` (next to the settings) and absolute paths as a path; `undefined` for any other text. */
export function filePathOf(text: string, configurationDirectory: string): string | undefined {
  const trimmed = text.trim()
  if (trimmed.length > 4096 || /[\r\n\0]/.test(trimmed)) return undefined
  if (trimmed.startsWith('classpath:')) return join(configurationDirectory, trimmed.slice('classpath:'.length))
  if (trimmed.startsWith('file://') && URL.canParse(trimmed)) return fileURLToPath(trimmed)
  if (trimmed.startsWith('file:')) return resolve(trimmed.slice('file:'.length))
  return isAbsolute(trimmed) ? trimmed : undefined
}

/**
 * The module at a setting where CAS has a Groovy script (decisions.md D16): the one named, or for `….groovy` the one beside it.
 *
 * @returns the path, or what is wrong.
 */
export function scriptFile(text: string, configurationDirectory: string): { readonly path: string } | { readonly mistake: string } {
  const path = filePathOf(text, configurationDirectory)
  if (path === undefined) return { mistake: `names no file: ${text}` }
  if (path.endsWith('.groovy')) {
    const stem = path.slice(0, -'.groovy'.length)
    const found = ['.mjs', '.js', '.ts'].map((ending) => stem + ending).find((candidate) => existsSync(candidate))
    return found
      ? { path: found }
      : { mistake: `is a Groovy script, which cannot run here: write the module ${stem}.mjs that exports run(…)` }
  }
  if (!/\.(mjs|js|mts|ts)$/.test(path)) return { mistake: `must be a JavaScript or TypeScript module: ${path}` }
  return existsSync(path) ? { path } : { mistake: `does not exist: ${path}` }
}
