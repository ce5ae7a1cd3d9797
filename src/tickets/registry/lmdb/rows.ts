import type { Content, Envelope } from '../../envelope.ts'
import { expiresAtMs, isUsedUp, type Life } from '../../expiration.ts'
import { handleOf, type Secrets } from '../../secrets.ts'
import type { DestroyedSession, DestroyReason, Ticket, TicketKind, TrackedService } from '../../ticket.ts'
import type { Commits, Table } from './commits.ts'
import { entriesAbout, indexTableOf } from './indices.ts'
import { CHILD, childKey, headKey, rangeOf, readChildKey, SERVICE } from './keys.ts'
import { type Head, payloadOf, principalOf, readHead } from './record.ts'
import { DUE, EXPIRING, PRINCIPAL, TREE } from './tables.ts'

/** Bodies of sessions that were read lately; each is read-only and of one version, whether the session lives is asked of the store (tickets.md 8.6). */
const CACHED_BODIES = 2000
const CACHE_FOR_MS = 5000
/** No ticket hangs on more tickets than that; a longer chain is damage. */
const DEEPEST = 32

/** A kind and where its rows are. */
export interface Kept {
  readonly kind: TicketKind
  readonly code: number
  /** Of granting kinds the payload only: their heads stand in the table `tree`. */
  readonly rows: Table
}

/** A ticket as found: its row, or head and place of the payload. */
export interface Found {
  readonly kept: Kept
  readonly digest: Buffer
  readonly head: Head
  /** Head and, for kinds that do not grant, payload; ours to change. */
  readonly row: Buffer
  /** The chain of what it hangs on, the nearest first; `undefined` when a part of it is gone. */
  readonly ancestors: readonly Found[] | undefined
}

export interface Rows {
  readonly tree: Table
  readonly due: Table
  readonly expiring: Table
  readonly principal: Table
  byPrefix(prefix: string): Kept | undefined
  byCode(code: number): Kept | undefined
  /** Reads the row of a ticket and the heads of all it hangs on. */
  find(kept: Kept, digest: Buffer): Found | undefined
  /** Whether it and all it hangs on are alive. */
  lives(found: Found, nowMs: number): boolean
  /** The ticket as callers see it; `undefined` when its content is unreadable here. */
  show(found: Found): Ticket | undefined
  /** The same of a content that was read already, as it is after a use. */
  showAfter(found: Found, content: Content, life: Pick<Life, 'lastUsedAtMs' | 'countOfUses'>): Ticket
  content(found: Found): Content | undefined
  servicesOf(digest: Buffer): readonly TrackedService[]
  /** The index in which the instant of a row stands. */
  indexOf(kept: Kept): Table
  /** Removes a ticket with everything below it and every entry about it. How many tickets. */
  remove(found: Found): number
  /** Removes it and says what is left of it. */
  destroy(found: Found, reason: DestroyReason): DestroyedSession | undefined
}

export interface RowsParts {
  readonly commits: Commits
  readonly catalogue: ReadonlyMap<string, TicketKind>
  readonly kindCodes: ReadonlyMap<string, number>
  readonly envelope: Envelope
  readonly secrets: Secrets
  readonly now: () => number
}

/** How tickets lie in the tables of the embedded store, and how they are found and taken out again. */
export function ticketRows({ commits, catalogue, kindCodes, envelope, secrets, now }: RowsParts): Rows {
  const tree = commits.table(TREE)
  const due = commits.table(DUE)
  const expiring = commits.table(EXPIRING)
  const principal = commits.table(PRINCIPAL)
  const byPrefix = new Map<string, Kept>()
  const byCode = new Map<number, Kept>()
  for (const kind of catalogue.values()) {
    const kept = { kind, code: kindCodes.get(kind.prefix) ?? 0, rows: commits.table(kind.storageName) }
    byPrefix.set(kind.prefix, kept)
    byCode.set(kept.code, kept)
  }
  const cache = new Map<string, { readonly version: number; readonly untilMs: number; readonly content: Content }>()

  function find(kept: Kept, digest: Buffer): Found | undefined {
    const row = kept.kind.grants ? tree.get(headKey(digest)) : kept.rows.get(digest)
    if (!row) return undefined
    const head = readHead(row)
    // A digest is of one id, and an id of one kind: anything else was written by another catalogue.
    if (head.kindCode !== kept.code || !envelope.reads(head.version, head.flags)) return undefined
    return { kept, digest, head, row, ancestors: ancestorsOf(head) }
  }

  function ancestorsOf(head: Head): readonly Found[] | undefined {
    if (!head.parent) return []
    const chain: (Found & { ancestors: readonly Found[] | undefined })[] = []
    for (let next: Buffer | undefined = head.parent; next; ) {
      const row = tree.get(headKey(next))
      if (!row || chain.length >= DEEPEST) return undefined
      const above = readHead(row)
      const kept = byCode.get(above.kindCode)
      if (!kept || !envelope.reads(above.version, above.flags)) return undefined
      chain.push({ kept, digest: next, head: above, row, ancestors: undefined })
      next = above.parent
    }
    for (const [index, found] of chain.entries()) found.ancestors = chain.slice(index + 1)
    return chain
  }

  const livesAlone = ({ head }: Found, nowMs: number) => nowMs <= expiresAtMs(head) && !isUsedUp(head)

  function lives(found: Found, nowMs: number): boolean {
    return livesAlone(found, nowMs) && found.ancestors?.every((above) => livesAlone(above, nowMs)) === true
  }

  function content({ kept, digest, head, row }: Found): Content | undefined {
    if (!kept.kind.grants) return envelope.open(head.flags, payloadOf(row), digest)
    const name = digest.toString('latin1')
    const nowMs = now()
    const cached = cache.get(name)
    if (cached && cached.version === head.bodyVersion && cached.untilMs >= nowMs) return cached.content
    cache.delete(name)
    const payload = kept.rows.get(digest)
    const read = payload && envelope.open(head.flags, payload, digest)
    if (!read) return undefined
    freeze(read.body)
    if (cache.size >= CACHED_BODIES) cache.delete(cache.keys().next().value ?? '')
    cache.set(name, { version: head.bodyVersion, untilMs: nowMs + CACHE_FOR_MS, content: read })
    return read
  }

  function show(found: Found): Ticket | undefined {
    const read = content(found)
    return read && showAfter(found, read, found.head)
  }

  function showAfter(found: Found, read: Content, { lastUsedAtMs, countOfUses }: Pick<Life, 'lastUsedAtMs' | 'countOfUses'>): Ticket {
    const { createdAtMs, policy } = found.head
    let end = expiresAtMs({ createdAtMs, lastUsedAtMs, countOfUses, policy })
    for (const above of found.ancestors ?? []) end = Math.min(end, expiresAtMs(above.head))
    const prefix = found.kept.kind.prefix
    const handle = handleOf(prefix, found.digest, read.suffix)
    return {
      kind: prefix,
      createdAtMs,
      lastUsedAtMs,
      countOfUses,
      policy,
      expiresAtMs: end,
      principalId: read.principalId,
      body: read.body,
      handle,
    }
  }

  function servicesOf(digest: Buffer): readonly TrackedService[] {
    const services: TrackedService[] = []
    for (const { value } of tree.rows.getRange(rangeOf(digest, SERVICE))) {
      const opened = secrets.seal.open(value, digest)
      if (!opened) continue
      const { s, t, g } = JSON.parse(opened.toString()) as { s: string; t: string; g: number }
      services.push({ service: s, ticketId: t, grantedAtMs: g })
    }
    return services.sort((one, other) => one.grantedAtMs - other.grantedAtMs)
  }

  const indexOf = ({ kind }: Kept) => commits.table(indexTableOf(kind))

  function remove(found: Found): number {
    const { kept, digest, head } = found
    const keep = !head.brief
    let removed = 1
    if (kept.kind.grants) {
      // Read out first: a cursor does not like its rows to vanish.
      const children = [...tree.rows.getKeys(rangeOf(digest, CHILD))].map(readChildKey)
      for (const { kindCode, child } of children) {
        const below = byCode.get(kindCode)
        const found = below && find(below, child)
        if (found) removed += remove(found)
        tree.remove(childKey(digest, kindCode, child), false)
      }
      for (const key of [...tree.rows.getKeys(rangeOf(digest, SERVICE))]) tree.remove(key, keep)
      tree.remove(headKey(digest), keep)
      cache.delete(digest.toString('latin1'))
    }
    kept.rows.remove(digest, keep)
    for (const { table, key } of entriesAbout(kept.kind, digest, { ...head, principal: principalOf(found.row) })) {
      commits.table(table).remove(key, false)
    }
    if (!isUsedUp(head)) commits.count(kept.code, -1)
    return removed
  }

  function destroy(found: Found, reason: DestroyReason): DestroyedSession | undefined {
    const ticket = show(found)
    const services = found.kept.kind.grants ? servicesOf(found.digest) : []
    remove(found)
    return ticket && { ticket, services, reason }
  }

  return {
    tree,
    due,
    expiring,
    principal,
    byPrefix: (prefix) => byPrefix.get(prefix),
    byCode: (code) => byCode.get(code),
    find,
    lives,
    show,
    showAfter,
    content,
    servicesOf,
    indexOf,
    remove,
    destroy,
  }
}

function freeze(value: unknown): void {
  if (value === null || typeof value !== 'object' || Object.isFrozen(value)) return
  Object.freeze(value)
  for (const each of Object.values(value)) freeze(each)
}
