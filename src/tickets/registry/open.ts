import { join, resolve } from 'node:path'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { TicketsConfig } from '../config.ts'
import type { TicketRegistry } from '../registry.ts'
import type { LastWords, TicketKind } from '../ticket.ts'
import type { Compacted } from './lmdb/compaction.ts'
import { memoryRegistry } from './memory.ts'
import { storeWanted } from './selection.ts'

export interface TicketRegistryParts {
  readonly settings: TicketsConfig
  /** Where the embedded store lives unless `castellan.ticket-registry.embedded.path` names another directory. */
  readonly stateDirectory: string
  /** `ids`: 32 bytes, under which ids are digested. `bodies`: 32 bytes each, the first seals, all open; none: bodies are not encrypted. */
  readonly keys: { readonly ids: Buffer; readonly bodies: readonly Buffer[] }
  readonly catalogue: readonly TicketKind[]
  readonly lastWords?: LastWords | undefined
  readonly clock: Clock
  readonly log: Log
}

/** Where the embedded store lives. */
export function embeddedPath(settings: TicketsConfig, stateDirectory: string): string {
  const { path } = settings.castellan.ticketRegistry.embedded
  return path === '' ? join(stateDirectory, 'tickets') : resolve(path)
}

/** Makes the files of the embedded store as small as what is in them, while no server runs. @throws {TicketRegistryUnusable} */
export async function compactTickets(settings: TicketsConfig, stateDirectory: string, force: boolean): Promise<readonly Compacted[]> {
  const { compactStore } = await import('./lmdb/compaction.ts')
  const { mapSize } = settings.castellan.ticketRegistry.embedded
  return compactStore({ path: embeddedPath(settings, stateDirectory), mapSize, force })
}

/**
 * Opens the store that the settings choose (tickets.md 8.7): the embedded one unless another is asked for.
 *
 * @throws {TicketRegistryUnusable} for a store that is not built, that two settings contradict about, or that cannot be opened.
 */
export async function openTicketRegistry(parts: TicketRegistryParts): Promise<TicketRegistry> {
  const { settings, keys, catalogue, clock, lastWords } = parts
  const log = parts.log.child({ room: 'tickets' })
  if (storeWanted(settings) === 'memory') {
    log.warn({ setting: 'castellan.ticket-registry.store' }, 'tickets live in memory: every session ends with this process')
    const { maxTickets } = settings.castellan.ticketRegistry.memory
    return memoryRegistry({ idKey: keys.ids, catalogue, maxTickets, clock, lastWords })
  }
  const { embedded, touchInterval } = settings.castellan.ticketRegistry
  const path = embeddedPath(settings, parts.stateDirectory)
  // Loaded when it is needed: who keeps tickets elsewhere need not have its binary.
  const { lmdbRegistry } = await import('./lmdb.ts')
  return lmdbRegistry({ path, mapSize: embedded.mapSize, touchIntervalInSeconds: touchInterval, keys, catalogue, clock, log, lastWords })
}
