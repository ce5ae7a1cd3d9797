import { accessSync, constants, existsSync, lstatSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Log } from '../../base/log.ts'
import { isOnNetwork } from '../../base/network-file-system.ts'
import { fileNamed } from '../../base/resource.ts'
import { StartRefusal } from '../../base/start-refusal.ts'
import { fileStore } from './file-store.ts'
import { lmdbStore } from './lmdb-store.ts'
import type { OutboxStore } from './store.ts'

const SETTING = 'castellan.notifications.state.location'

export interface OutboxPlace {
  /** The setting, if it is set. */
  readonly location: string | undefined
  readonly stateDirectory: string
  /** Where the definitions lie that this server may write, which all servers share; `undefined`: there is none. */
  readonly servicesDirectory: string | undefined
  readonly configurationDirectory: string
  readonly log: Log
  /** Whether other machines may share a directory. */
  readonly onNetwork?: (directory: string) => boolean
}

/**
 * Opens the outbox where it belongs (notifications.md 7.2): the folder that is configured; else files beside the definitions, which all servers share; else,
 * where those cannot be written or are a work tree of git, a store in the state folder of this machine.
 *
 * @throws {StartRefusal} when it cannot be opened.
 */
export async function openOutbox(place: OutboxPlace): Promise<OutboxStore> {
  const { location, stateDirectory, servicesDirectory, configurationDirectory, log, onNetwork = isOnNetwork } = place
  const warnOfOthers = () => {
    if (servicesDirectory !== undefined && onNetwork(servicesDirectory))
      log.warn(
        { directory: servicesDirectory },
        'The definitions are on a network file system, but the outbox is on this machine alone: several servers would each send their own messages.',
      )
  }
  try {
    if (location !== undefined) {
      warnOfOthers()
      return await lmdbStore(fileNamed(location, configurationDirectory) ?? resolve(location))
    }
    if (servicesDirectory !== undefined && isWritable(servicesDirectory)) {
      if (!isInGit(servicesDirectory)) return await fileStore(join(servicesDirectory, '.castellan', 'notifications'))
      log.warn(
        { directory: servicesDirectory },
        'The definitions are a work tree of git: the outbox is kept on this machine alone. Several servers would each send their own messages.',
      )
    } else warnOfOthers()
    return await lmdbStore(join(stateDirectory, 'notifications'))
  } catch (cause) {
    if (cause instanceof StartRefusal) throw cause
    throw new StartRefusal(`names no place where messages can be kept: ${(cause as Error).message}`, {
      setting: SETTING,
      exitCode: 69,
      cause,
    })
  }
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK)
    const own = join(directory, '.castellan')
    if (existsSync(own)) accessSync(own, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

function isInGit(directory: string): boolean {
  for (let at = resolve(directory); ; at = dirname(at)) {
    if (lstatSync(join(at, '.git'), { throwIfNoEntry: false })) return true
    if (dirname(at) === at) return false
  }
}
