import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StartRefusal } from '../base/start-refusal.ts'

/**
 * The path behind a resource of the settings that must be a file (configuration.md 4.2): `file:/path`, `file:relative`, `classpath:name` below
 * `<configuration directory>/classpath/`, or a path; relative ones start at the working directory.
 *
 * @throws {StartRefusal} naming the setting, for an address of the web.
 */
export function fileOf(location: string, configurationDirectory: string, setting: string): string {
  if (/^(?!file:)[a-z][a-z0-9+.-]+:\/\//i.test(location)) throw new StartRefusal(`must be a file: ${location}`, { setting })
  if (location.startsWith('classpath:')) return join(configurationDirectory, 'classpath', location.slice('classpath:'.length))
  if (location.startsWith('file://')) return fileURLToPath(location)
  return resolve(location.startsWith('file:') ? location.slice('file:'.length) : location)
}
