import { existsSync, statSync } from 'node:fs'
import type { Clock } from './base/clock.ts'
import { sealer } from './base/crypto.ts'
import { hostNameOf } from './base/host-name.ts'
import type { Log } from './base/log.ts'
import { type Keys, type LoadedConfiguration, loadKeys, purposeKeys, type Settings } from './config/index.ts'
import { interruptTicketKinds, passwordlessTicketKinds } from './flow/index.ts'
import { consoleTicketKinds } from './management/index.ts'
import { multifactorTicketKinds } from './mfa/index.ts'
import { oauthTicketKinds } from './protocols/oauth/index.ts'
import { logoutNotices, singleLogoutKinds } from './sso/index.ts'
import {
  type Compacted,
  compactTickets,
  type DestroyedSession,
  embeddedPath,
  openTicketRegistry,
  storeWanted,
  type TicketKind,
  type TicketRegistry,
  ticketIds,
  ticketKinds,
} from './tickets/index.ts'

/** Random bytes in the id of a logout message that waits. */
const NOTICE_BYTES = 24

/** Every kind of ticket that any room makes. Whoever opens the store has to know all of them. */
export const ticketCatalogue = (settings: Settings): readonly TicketKind[] => [
  ...ticketKinds,
  ...singleLogoutKinds,
  ...oauthTicketKinds(settings),
  ...interruptTicketKinds,
  ...multifactorTicketKinds,
  ...passwordlessTicketKinds,
  ...consoleTicketKinds,
]

/** The keys of the store. */
export const registryKeys = (settings: Settings, keys: Keys) => ({
  ids: keys.ticketIds,
  bodies: settings.castellan.ticketRegistry.crypto.enabled ? purposeKeys(keys, 'castellan.ticket-registry.crypto', 'ticket-bodies') : [],
})

/** The tickets of the servers of this machine, without a server. */
export interface StoredTickets {
  readonly registry: TicketRegistry
  /** Ends a session by its handle or its id. Its applications are told by a server, within minutes. */
  end(name: string): Promise<DestroyedSession | undefined>
  close(): Promise<void>
}

/** Why there is no store that this user could open. */
function hindranceOf({ settings, stateDirectory }: LoadedConfiguration): string | undefined {
  if (storeWanted(settings) === 'memory') return 'tickets live in the memory of a server, and only its endpoints show them'
  const path = embeddedPath(settings, stateDirectory)
  if (!existsSync(path)) return `there are no tickets in ${path}`
  // Files that a verb would make have to be the server's.
  if (statSync(path).uid !== (process.getuid?.() ?? 0)) return `${path} belongs to another user: run this as the user of the server`
  return undefined
}

/**
 * Makes the files of the embedded store as small as what is in them.
 *
 * @returns a text that says why there is nothing to be done.
 * @throws {StartRefusal} while a server uses them.
 */
export async function compactStoredTickets(configuration: LoadedConfiguration, force: boolean): Promise<readonly Compacted[] | string> {
  return hindranceOf(configuration) ?? compactTickets(configuration.settings, configuration.stateDirectory, force)
}

/**
 * Opens the embedded store beside the servers that use it.
 *
 * @returns a text that says why there is nothing to be opened.
 * @throws {StartRefusal} for keys and a store that cannot be used.
 */
export async function openStoredTickets(configuration: LoadedConfiguration, clock: Clock, log: Log): Promise<StoredTickets | string> {
  const { settings, stateDirectory } = configuration
  const hindrance = hindranceOf(configuration)
  if (hindrance !== undefined) return hindrance
  const keys = await loadKeys({ settings, stateDirectory, log })
  const ids = ticketIds({ hostSuffix: hostNameOf(settings.cas.host.name).suffix })
  const lastWords = settings.cas.slo.disabled
    ? undefined
    : logoutNotices({
        sealer: sealer(purposeKeys(keys, 'cas.tgc.crypto', 'logout')),
        newTicketId: (kind) => ids.create(kind, NOTICE_BYTES),
        clock,
      })
  const registry = await openTicketRegistry({
    settings,
    stateDirectory,
    keys: registryKeys(settings, keys),
    catalogue: ticketCatalogue(settings),
    lastWords,
    clock,
    log,
  })
  return {
    registry,
    async end(name) {
      const kind = (await registry.findByHandle(name))?.ticket.kind ?? (await registry.get(name))?.kind
      if (kind !== 'TGT') return undefined
      return (await registry.destroyByHandle(name, 'administrator')) ?? (await registry.destroyTree(name, 'administrator'))
    },
    close: () => registry.close(),
  }
}
