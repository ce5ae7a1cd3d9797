import { setImmediate } from 'node:timers/promises'
import type { Log } from '../base/log.ts'
import type { LoadedService } from './definitions/loaded-service.ts'
import { clientIndex } from './matching/client-index.ts'
import { recentLookups } from './matching/recent-lookups.ts'
import { linearSearch, type ServiceIndex, serviceIndex } from './matching/service-index.ts'
import { type DefinitionSet, definitionSet } from './registry/definition-set.ts'

const LOOKUPS_KEPT = 10_000
const FAILED_LOOKUPS_KEPT = 1000

/** One set of definitions with what belongs to it; requests see one or the next, never a mixture. */
interface Generation {
  readonly set: DefinitionSet
  readonly index: ServiceIndex
  readonly clients: ReadonlyMap<string, LoadedService>
  readonly recent: ReturnType<typeof recentLookups<LoadedService>>
}

/** The definitions in force. */
export interface Published {
  set(): DefinitionSet
  /** OAuth clients by their id. */
  clients(): ReadonlyMap<string, LoadedService>
  /** The active definition that takes an address first. Cost does not grow with the number of definitions. */
  lookUp(url: string): LoadedService | null
  /** Puts these in force in place of the ones before, and says in the log what there is to say about them: once. */
  publish(found: readonly LoadedService[]): Promise<void>
}

export interface PublishedParts {
  readonly isActive: (service: LoadedService) => boolean
  /** `false`: one definition after the other is asked. */
  readonly indexServices: boolean
  /** The store as CAS names it, for the log. */
  readonly store: string
  readonly log: Log
}

/** Sorts, indexes and exchanges the definitions whenever there are others (services.md 4.6, 8). */
export function published({ isActive, indexServices, store, log }: PublishedParts): Published {
  let current: Generation = generation(definitionSet([]), linearSearch([]), new Map())
  let duplicatesLogged: ReadonlySet<string> = new Set()
  let othersLogged = false
  const clientsLogged = new Set<string>()

  return {
    set: () => current.set,
    clients: () => current.clients,
    lookUp(url) {
      const { recent, index } = current
      const remembered = recent.get(url)
      if (remembered !== undefined) return remembered
      const found = index.match(url)
      recent.set(url, found)
      return found ?? null
    },
    async publish(found) {
      // Each step takes some milliseconds with ten thousand definitions; requests go in between.
      await setImmediate()
      const set = definitionSet(found)
      await setImmediate()
      const active = set.services.filter(isActive)
      const index = indexServices ? await serviceIndex(active) : linearSearch(active)
      const { byClientId, duplicates } = clientIndex(active)
      for (const { clientId, kept, other } of duplicates) {
        const message = `Two OAuth clients have the client id [${clientId}]: ${kept.file} is used, ${other.file} is not.`
        if (!clientsLogged.has(message)) log.error({ kept: kept.file, other: other.file }, message)
        clientsLogged.add(message)
      }
      current = generation(set, index, byClientId)
      for (const { message, kept, other } of set.duplicates) {
        if (!duplicatesLogged.has(message)) log.warn({ kept: kept.file, other: other.file, service: other.id }, message)
      }
      duplicatesLogged = new Set(set.duplicates.map((duplicate) => duplicate.message))
      if (!othersLogged && set.services.some(({ protocol }) => protocol === 'saml2' || protocol === 'ws-fed')) {
        othersLogged = true
        log.info({}, 'Definitions of SAML 2 and WS-Federation applications are kept, but those protocols are not built here.')
      }
      log.info(
        { event: 'CasRegisteredServicesLoadedEvent', services: set.services.length },
        `Loaded [${set.services.length}] service(s) from [${store}].`,
      )
    },
  }
}

const generation = (set: DefinitionSet, index: ServiceIndex, clients: ReadonlyMap<string, LoadedService>): Generation => ({
  set,
  index,
  clients,
  recent: recentLookups(LOOKUPS_KEPT, FAILED_LOOKUPS_KEPT),
})
