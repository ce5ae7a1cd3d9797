import type { TicketKind } from './ticket.ts'

const kind = (prefix: string, storageName: string, facts: { grants?: boolean; session?: boolean } = {}): TicketKind => ({
  prefix,
  storageName,
  grants: facts.grants ?? false,
  session: facts.session ?? false,
})

/** The kinds that every deployment has (tickets.md 2). Rooms that bring more hand `[...ticketKinds, ...theirs]` to the registry. */
export const ticketKinds: readonly TicketKind[] = [
  kind('TGT', 'ticketGrantingTicketsCache', { grants: true, session: true }),
  kind('PGT', 'proxyGrantingTicketsCache', { grants: true }),
  kind('ST', 'serviceTicketsCache'),
  kind('PT', 'proxyTicketsCache'),
  kind('TST', 'transientSessionTicketsCache'),
]

/** First part of an id: what stands before its first `-`. */
export function prefixOf(id: string): string {
  const end = id.indexOf('-')
  return end < 0 ? id : id.slice(0, end)
}

/**
 * The kinds by prefix.
 *
 * @throws {Error} for two kinds with one prefix or one container, or a kind that is a session and cannot grant: mistakes of the wiring.
 */
export function catalogueOf(kinds: readonly TicketKind[]): ReadonlyMap<string, TicketKind> {
  const byPrefix = new Map<string, TicketKind>()
  const names = new Set<string>()
  for (const each of kinds) {
    if (!/^[A-Z]{1,16}$/.test(each.prefix)) throw new Error(`a ticket kind cannot be called ${each.prefix}`)
    if (byPrefix.has(each.prefix)) throw new Error(`two ticket kinds are called ${each.prefix}`)
    if (names.has(each.storageName)) throw new Error(`two ticket kinds are kept in ${each.storageName}`)
    if (each.session && !each.grants) throw new Error(`${each.prefix} is a session that no ticket can hang on`)
    byPrefix.set(each.prefix, each)
    names.add(each.storageName)
  }
  return byPrefix
}
