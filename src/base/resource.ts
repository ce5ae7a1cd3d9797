import { isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where a resource of the settings lies. */
export type Resource = { readonly kind: 'file'; readonly path: string } | { readonly kind: 'web'; readonly url: string }

/**
 * Reads a location as CAS writes it (configuration.md 4.2): `file:/path`, `file:relative`, a path, `classpath:name` (below `<configuration
 * directory>/classpath/`), `http:` and `https:`. Relative ones start at the working directory.
 */
export function resourceAt(location: string, configurationDirectory: string): Resource {
  if (/^https?:\/\//i.test(location)) return { kind: 'web', url: location }
  if (location.startsWith('classpath:')) {
    return { kind: 'file', path: join(configurationDirectory, 'classpath', location.slice('classpath:'.length)) }
  }
  if (location.startsWith('file://')) return { kind: 'file', path: fileURLToPath(location) }
  return { kind: 'file', path: resolve(location.startsWith('file:') ? location.slice('file:'.length) : location) }
}

/**
 * The file that a text names which may as well be a plain text: `file:`, `classpath:` and absolute paths count.
 *
 * @returns `undefined` for any other text.
 */
export function fileNamed(text: string, configurationDirectory: string): string | undefined {
  const trimmed = text.trim()
  if (trimmed.length > 4096 || /[\r\n\0]/.test(trimmed)) return undefined
  if (!/^(file|classpath):/.test(trimmed) && !isAbsolute(trimmed)) return undefined
  try {
    const resource = resourceAt(trimmed, configurationDirectory)
    return resource.kind === 'file' ? resource.path : undefined
  } catch {
    // A `file:` address of another host.
    return undefined
  }
}
