import type { TicketKind } from '../../ticket.ts'
import type { Environment } from './environment.ts'
import { childKey, digestOfHead, dueKey, principalKey } from './keys.ts'
import { principalOf, readHead } from './record.ts'
import { DUE, EXPIRING, PRINCIPAL, TREE } from './tables.ts'

/** What the entries about a ticket are made of; all of it stands in its row. */
export interface Filed {
  readonly kindCode: number
  readonly createdAtMs: number
  readonly dueAtMs: number
  readonly brief: boolean
  readonly parent: Buffer | undefined
  /** Of sessions. */
  readonly principal: Buffer | undefined
}

export interface IndexEntry {
  readonly table: string
  readonly key: Buffer
  readonly value: Buffer
}

/** In which of the two indices the instant of a row stands. */
export const indexTableOf = (kind: TicketKind): string => (kind.session || kind.handedOut ? DUE : EXPIRING)

const PRESENT = Buffer.of(1)

/** Every entry about a ticket. They follow from its row and are not kept: after a restart of the machine they are made anew. */
export function entriesAbout(kind: TicketKind, digest: Buffer, filed: Filed): readonly IndexEntry[] {
  const { kindCode, createdAtMs, dueAtMs, brief, parent, principal } = filed
  const code = Buffer.of(kindCode)
  const entries: IndexEntry[] = []
  if (dueAtMs !== Number.POSITIVE_INFINITY) entries.push({ table: indexTableOf(kind), key: dueKey(dueAtMs, digest), value: code })
  if (principal) entries.push({ table: PRINCIPAL, key: principalKey(principal, createdAtMs, digest), value: code })
  // What is brief dies with its parent by being asked; an entry for it would cost more than it is worth.
  if (parent && !brief) entries.push({ table: TREE, key: childKey(parent, kindCode, digest), value: PRESENT })
  return entries
}

/** The entries about every ticket of an environment. @param codes Number of each kind, by its prefix. */
export function* entriesAboutAll(
  environment: Environment,
  catalogue: readonly TicketKind[],
  codes: Readonly<Record<string, number>>,
): Generator<IndexEntry> {
  const byCode = new Map(catalogue.map((kind) => [codes[kind.prefix], kind]))
  const about = (digest: Buffer, row: Buffer): readonly IndexEntry[] => {
    const head = readHead(row)
    const kind = byCode.get(head.kindCode)
    return kind ? entriesAbout(kind, digest, { ...head, principal: principalOf(row) }) : []
  }
  for (const { key, value } of environment.table(TREE).getRange({})) {
    const digest = digestOfHead(key)
    if (digest) yield* about(digest, value)
  }
  for (const { grants, storageName } of catalogue) {
    if (grants) continue
    for (const { key, value } of environment.table(storageName).getRange({})) yield* about(key, value)
  }
}
