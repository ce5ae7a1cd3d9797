import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * The path behind a resource of the settings that must be a file (configuration.md 4.2): `file:/path`, `file:relative`, `classpath:name` below
 * `<configuration directory>/classpath/`, or a path; relative ones start at the working directory.
 */
export function fileOf(location: string, configurationDirectory: string): string {
  if (location.startsWith('classpath:')) return join(configurationDirectory, 'classpath', location.slice('classpath:'.length))
  if (location.startsWith('file://')) return fileURLToPath(location)
  return resolve(location.startsWith('file:') ? location.slice('file:'.length) : location)
}
