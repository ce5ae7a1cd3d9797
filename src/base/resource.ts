import { join, resolve } from 'node:path'
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
