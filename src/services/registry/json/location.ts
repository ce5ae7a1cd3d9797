import { accessSync, constants, existsSync, mkdirSync, opendirSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Log } from '../../../base/log.ts'
import { StartRefusal } from '../../../base/start-refusal.ts'
import type { Format } from '../../definitions/definition-text.ts'

export const LOCATION_SETTING = 'cas.service-registry.json.location'

/** The directory of the definitions cannot be used, so the server does not start (services.md 2). */
export class ServiceRegistryUnusable extends StartRefusal {
  readonly path: string
  constructor(path: string, what: string, cause?: unknown) {
    super(`names ${path}, which ${what}`, { setting: LOCATION_SETTING, cause })
    this.name = 'ServiceRegistryUnusable'
    this.path = path
  }
}

export interface Location {
  readonly path: string
  /** False for what belongs to the distribution: nothing is written or deleted there. */
  readonly writable: boolean
  /** Which files are definitions; new ones are written in the first. */
  readonly formats: readonly Format[]
  readonly watched: boolean
  /** New definitions go to a folder of their kind, which is made if need be. */
  readonly groupByType?: boolean
}

/** What the settings say about one kind of file. */
export interface LocationSettings {
  readonly location: string
  readonly watcherEnabled: boolean
}

/**
 * Finds the directories of a setting: `file:/path`, `/path`, `classpath:/services`, several separated by commas. A missing last segment is created with a
 * warning. A `classpath:` directory lies next to the configuration directory, or in it; when there is none, the registry is empty.
 *
 * @param mayCreate False for those who only look.
 * @throws {ServiceRegistryUnusable} for a directory that is missing, is none or cannot be read.
 */
export function findLocations(
  { location, watcherEnabled: watched }: LocationSettings,
  format: Format,
  configurationDirectory: string,
  log: Log,
  mayCreate = true,
): readonly Location[] {
  return location
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .flatMap((part) => {
      const found = part.startsWith('classpath:')
        ? packaged(part, configurationDirectory, (fields, message) => log[format === 'json' ? 'info' : 'debug'](fields, message))
        : [{ path: directory(part, log, mayCreate), writable: true }]
      return found.map((each) => ({ ...each, formats: [format], watched }))
    })
}

/** Directories that several kinds of files share are read once. What the first of them says about writing holds; one that says no ends the watching. */
export function sharedLocations(locations: readonly Location[]): readonly Location[] {
  const byPath = new Map<string, Location>()
  for (const location of locations) {
    const path = realpathSync(location.path)
    const other = byPath.get(path)
    const formats = [...new Set([...(other?.formats ?? []), ...location.formats])]
    byPath.set(path, { ...(other ?? location), formats, watched: location.watched && (other?.watched ?? true) })
  }
  return [...byPath.values()]
}

/** The directory of a setting that definitions are written to and deleted from, whether it exists or not; `undefined`: none is. */
export function writableDirectory(setting: string): string | undefined {
  const part = setting
    .split(',')
    .map((one) => one.trim())
    .find((one) => one !== '' && !one.startsWith('classpath:'))
  return part === undefined ? undefined : directoryOf(part)
}

function packaged(part: string, configurationDirectory: string, say: Log['info']): readonly Pick<Location, 'path' | 'writable'>[] {
  const name = part.slice('classpath:'.length).replace(/^\/+/, '')
  const candidates = [join(dirname(resolve(configurationDirectory)), name), join(resolve(configurationDirectory), name)]
  const path = candidates.find((candidate) => existsSync(candidate))
  if (path === undefined) {
    say({ location: part, looked: candidates }, `There is no directory ${name} next to the configuration; no services are loaded from it.`)
    return []
  }
  usable(path)
  return [{ path, writable: false }]
}

/** The path of one directory as settings name it. */
export const directoryOf = (part: string): string =>
  part.startsWith('file://') ? fileURLToPath(part) : resolve(part.startsWith('file:') ? part.slice('file:'.length) : part)

function directory(part: string, log: Log, mayCreate: boolean): string {
  const path = directoryOf(part)
  if (!existsSync(path)) {
    if (!mayCreate) throw new ServiceRegistryUnusable(path, 'does not exist')
    create(path, log)
  }
  usable(path)
  return path
}

function create(path: string, log: Log): void {
  try {
    accessSync(dirname(path), constants.W_OK)
    mkdirSync(path)
  } catch (cause) {
    throw new ServiceRegistryUnusable(path, 'does not exist', cause)
  }
  log.warn({ path, setting: LOCATION_SETTING }, `${LOCATION_SETTING} names ${path}, which did not exist and was created.`)
}

function usable(path: string): void {
  if (!statSync(path).isDirectory()) throw new ServiceRegistryUnusable(path, 'is not a directory')
  try {
    opendirSync(path).closeSync()
  } catch (cause) {
    throw new ServiceRegistryUnusable(path, 'cannot be read', cause)
  }
}
