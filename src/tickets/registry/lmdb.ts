import { randomBytes } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import { Unavailable } from '../../base/errors.ts'
import type { Json } from '../../base/json.ts'
import type { Log } from '../../base/log.ts'
import { pathOf, TICKETS_PER_PATH } from '../bounds.ts'
import { envelope as envelopeOf } from '../envelope.ts'
import { TicketRefusal } from '../errors.ts'
import { expiresAtMs, isTooSoon, isUsedUp } from '../expiration.ts'
import { catalogueOf, prefixOf } from '../kinds.ts'
import type { ConsumeResult, ExchangeResult, GrantResult, Page, TicketPage, TicketRegistry, TicketWithSession } from '../registry.ts'
import { DIGEST_BYTES, readHandle, secretsOf, suffixOf } from '../secrets.ts'
import type { DestroyedSession, LastWords, NewTicket, Ticket, TicketKind, TrackedService } from '../ticket.ts'
import { commits as commitsOf } from './lmdb/commits.ts'
import { openEnvironments } from './lmdb/environment.ts'
import { housekeeping } from './lmdb/housekeeping.ts'
import { entriesAbout } from './lmdb/indices.ts'
import { headKey, rangeOf, readPrincipalKey, SERVICE, serviceKey, startingWith } from './lmdb/keys.ts'
import { marks as marksOf } from './lmdb/marks.ts'
import { principalOf, writeRow } from './lmdb/record.ts'
import { type Found, type Kept, ticketRows } from './lmdb/rows.ts'
import { slotTable } from './lmdb/slots.ts'
import { DUE, EXPIRING, HITS, ONCE_TABLE, PRINCIPAL, SLOTS, TREE } from './lmdb/tables.ts'
import { ticketUses } from './lmdb/uses.ts'

/** What lives no longer than this and has nothing below it need not outlive the machine: it is over before that is up again, or is begun anew. */
const BRIEF_SECONDS = 900
const READER_CHECK_MS = 60_000
const LARGEST_PAGE = 1000
/** Paths of applications whose keys are at hand. */
const KNOWN_PATHS = 1000
const PATH_BYTES = 8

export interface LmdbRegistryParts {
  /** Directory of the store. */
  readonly path: string
  readonly mapSize: number
  readonly touchIntervalInSeconds: number
  readonly keys: { readonly ids: Buffer; readonly bodies: readonly Buffer[] }
  readonly catalogue: readonly TicketKind[]
  readonly clock: Clock
  readonly log: Log
  /** What tells one run of the machine from the next; for tests. */
  readonly bootId?: string | undefined
  readonly lastWords?: LastWords | undefined
}

/**
 * The embedded store (tickets.md 8.2): one LMDB environment, shared by all processes of one machine. Each method is one write transaction, or one look at
 * one snapshot; transactions of many callers are committed together.
 *
 * @throws {TicketRegistryUnusable} when it cannot be opened.
 */
export function lmdbRegistry(parts: LmdbRegistryParts): TicketRegistry {
  const { catalogue, clock, log, keys } = parts
  const kinds = catalogueOf(catalogue)
  const secrets = secretsOf(keys.ids)
  const environments = openEnvironments({
    ...parts,
    idsMark: secrets.key('mark', 'ids').toString('hex'),
    keptTables: [TREE, EXPIRING, SLOTS, ...catalogue.map(({ storageName }) => storageName)],
    runningTables: [DUE, PRINCIPAL, ONCE_TABLE, HITS],
  })
  const { running, kept: keptEnvironment, kindCodes } = environments
  const envelope = envelopeOf({ bodyKeys: keys.bodies, clock, log })
  const commits = commitsOf(environments, log)
  const rows = ticketRows({ commits, catalogue: kinds, kindCodes, envelope, secrets, now: clock })
  const marks = marksOf({ commits, secrets, clock, refresh })
  const slots = slotTable({ commits, rows, secrets })
  const keptKinds = catalogue.map(({ prefix }) => rows.byPrefix(prefix)).filter((kept) => kept !== undefined)
  const { use, useLazily, isDueForUse, usable, spend } = ticketUses({ rows, commits, touchMs: parts.touchIntervalInSeconds * 1000 })
  let closed = false

  const readers = setInterval(() => {
    // A process that was killed while it read would hold on to the pages it saw.
    for (const { root } of [running, ...(keptEnvironment ? [keptEnvironment] : [])]) root.readerCheck()
  }, READER_CHECK_MS).unref()

  /** Before a read: the next one sees what has been committed by now, here and elsewhere. */
  function refresh(): void {
    if (closed) throw new Unavailable('ticket-registry-closed', 'the service is shutting down')
    running.root.resetReadTxn()
  }

  const pathKeys = new Map<string, Buffer>()
  function pathKey(path: string): Buffer {
    const known = pathKeys.get(path)
    if (known) return known
    const key = secrets.key('service', path).subarray(0, PATH_BYTES)
    if (pathKeys.size >= KNOWN_PATHS) pathKeys.clear()
    pathKeys.set(path, key)
    return key
  }

  const keptOf = (id: string) => rows.byPrefix(prefixOf(id))

  function living(kept: Kept | undefined, digest: Buffer, now: number): Found | undefined {
    const found = kept && rows.find(kept, digest)
    return found && rows.lives(found, now) ? found : undefined
  }

  /** The rows of a new ticket, made outside the transaction. */
  function prepared(ticket: NewTicket) {
    const kept = rows.byPrefix(ticket.kind)
    if (!kept || prefixOf(ticket.id) !== ticket.kind) throw new Error(`no ticket kind is called ${ticket.kind}`)
    const { policy, createdAtMs, body, principalId } = ticket
    const digest = secrets.digest(ticket.id)
    const { flags, payload } = envelope.pack({ body, principalId, suffix: suffixOf(ticket.id) }, digest)
    const life = { createdAtMs, lastUsedAtMs: createdAtMs, countOfUses: 0, policy }
    const brief = !kept.kind.grants && (policy.timeToLiveInSeconds ?? Number.POSITIVE_INFINITY) <= BRIEF_SECONDS
    const principal = kept.kind.session && principalId !== undefined ? secrets.principal(principalId) : undefined
    return { kept, digest, flags, payload, life, brief, principal, dueAtMs: Math.max(0, expiresAtMs(life)) }
  }

  /** Inside a step, after every check. */
  function insert(
    { kept, digest, flags, payload, life, brief, principal, dueAtMs }: ReturnType<typeof prepared>,
    parent: Buffer | undefined,
  ) {
    const head = { ...life, kindCode: kept.code, flags, brief, bodyVersion: 1, dueAtMs, parent, principal }
    const keep = !brief
    if (kept.kind.grants) {
      rows.tree.put(headKey(digest), writeRow(head), keep)
      kept.rows.put(digest, payload, keep)
    } else if (kept.kind.replaceable) commits.lazily(() => kept.rows.put(digest, writeRow(head, payload), keep))
    else kept.rows.put(digest, writeRow(head, payload), keep)
    for (const { table, key, value } of entriesAbout(kept.kind, digest, head)) commits.table(table).put(key, value, false)
    commits.count(kept.code, 1)
  }

  const durability = (fresh: readonly Pick<ReturnType<typeof prepared>, 'brief' | 'kept'>[]) =>
    fresh.some(({ brief, kept }) => !brief && !kept.kind.replaceable) ? 'surely' : true

  function refuseDuplicate({ kept, digest }: ReturnType<typeof prepared>): void {
    const row = kept.kind.grants ? rows.tree.peek(headKey(digest)) : kept.rows.peek(digest)
    if (row) throw new TicketRefusal('duplicate')
  }

  function sealed(service: TrackedService, digest: Buffer): Buffer {
    return secrets.seal.seal(Buffer.from(JSON.stringify({ s: service.service, t: service.ticketId, g: service.grantedAtMs })), digest)
  }

  /** Inside a step: the ticket that is shown so. */
  function byHandle(handle: string): Found | undefined {
    const wanted = readHandle(handle)
    const kept = wanted && rows.byPrefix(wanted.prefix)
    if (!kept) return undefined
    for (const digest of [...kept.rows.rows.getKeys({ ...startingWith(wanted.start), limit: 8 })]) {
      const found = rows.find(kept, digest)
      if (found && rows.show(found)?.handle === handle) return found
    }
    return undefined
  }

  function withSession(found: Found): TicketWithSession | undefined {
    const ticket = rows.show(found)
    const above = found.ancestors?.find(({ kept }) => kept.kind.session)
    return ticket && { ticket, session: above && rows.show(above) }
  }

  async function destroyFound(kept: Kept | undefined, find: () => Buffer | undefined, reason: DestroyedSession['reason']) {
    if (!kept) return undefined
    return commits.run(() => {
      const digest = find()
      const found = digest && rows.find(kept, digest)
      const session = found && rows.destroy(found, reason)
      const left = session && found.kept.kind.session ? parts.lastWords?.(session) : undefined
      if (!session || !left) return session
      insert(prepared(left), undefined)
      return { ...session, leftId: left.id }
    }, true)
  }

  /** Living tickets of these kinds; the cursor is the place of the last one shown. */
  function listed(kinds: readonly Kept[], { cursor, limit }: Page): TicketPage {
    refresh()
    const now = clock()
    const size = Math.max(1, Math.min(limit, LARGEST_PAGE))
    const place = /^([A-Z]+)\.([0-9a-f]{32})$/.exec(cursor ?? '')
    const shown: Ticket[] = []
    const first = place
      ? Math.max(
          0,
          kinds.findIndex(({ kind }) => kind.prefix === place[1]),
        )
      : 0
    for (const [index, kept] of kinds.entries()) {
      if (index < first) continue
      const start = place && index === first ? Buffer.from(`${place[2]}00`, 'hex') : Buffer.alloc(1)
      for (const digest of kept.rows.rows.getKeys({ start })) {
        const found = living(kept, digest, now)
        const ticket = found && rows.show(found)
        if (ticket) shown.push(ticket)
        if (shown.length >= size) return { tickets: shown, next: `${kept.kind.prefix}.${digest.toString('hex')}` }
      }
    }
    return { tickets: shown, next: undefined }
  }

  function* sessionsBy(principalId: string, now: number): Generator<Found> {
    for (const { key, value } of rows.principal.rows.getRange(startingWith(secrets.principal(principalId)))) {
      const kept = keptKinds.find(({ code }) => code === value[0])
      const found = living(kept, readPrincipalKey(key), now)
      if (found) yield found
    }
  }

  return {
    async add(ticket) {
      const fresh = prepared(ticket)
      const { parentId, parentHandle } = ticket
      const above = parentId === undefined ? undefined : secrets.digest(parentId)
      const durable = durability([fresh])
      await commits.run(() => {
        refuseDuplicate(fresh)
        const parent = parentHandle === undefined ? above : byHandle(parentHandle)?.digest
        // What hangs on nothing that lives is dead already.
        const hangs = parentId !== undefined || parentHandle !== undefined
        if (hangs && !(parent && living(keptOf(parentHandle ?? parentId ?? ''), parent, clock()))) return
        insert(fresh, parent)
      }, durable)
    },

    async get(id) {
      refresh()
      const found = living(keptOf(id), secrets.digest(id), clock())
      return found && rows.show(found)
    },

    async getWithSession(id) {
      refresh()
      const found = living(keptOf(id), secrets.digest(id), clock())
      return found && withSession(found)
    },

    async getByHandle(handle) {
      refresh()
      const found = byHandle(handle)
      const above = found?.ancestors?.[0]
      const shown = found && rows.lives(found, clock()) ? withSession(found) : undefined
      return shown && { ...shown, parent: above && rows.show(above) }
    },

    async consume(id, wanted): Promise<ConsumeResult> {
      const kept = keptOf(id)
      const digest = secrets.digest(id)
      if (!kept) {
        refresh()
        return { ok: false, reason: 'unknown' }
      }
      const outcome = await commits.run(() => {
        const now = clock()
        const given = usable(kept, digest, wanted, now)
        if (typeof given === 'string') return given
        const { found, content } = given
        const { head } = found
        const after = { lastUsedAtMs: Math.max(head.lastUsedAtMs, now), countOfUses: head.countOfUses + 1, policy: head.policy }
        // A use that is counted must not come back; of any other the time is all that is noted.
        if (head.policy.numberOfUses === undefined) commits.lazily(() => spend(found, now))
        else spend(found, now)
        return { content, after, found }
      }, true)
      if (typeof outcome === 'string') return { ok: false, reason: outcome }
      const { content, after, found } = outcome
      const ticket = rows.showAfter(found, content, after)
      const above = found.ancestors?.[0]
      const usesLeft = (ticket.policy.numberOfUses ?? Number.POSITIVE_INFINITY) - ticket.countOfUses
      return { ok: true, ticket, usesLeft, parent: above && rows.show(above) }
    },

    async exchange({ consume, add, limits = [] }): Promise<ExchangeResult> {
      const wanted = consume && { ...consume, kept: keptOf(consume.id), digest: secrets.digest(consume.id) }
      const fresh = new Map(add.map((ticket) => [ticket.id, { ...prepared(ticket), parentId: ticket.parentId }]))
      const parents = new Map(
        add.flatMap(({ parentId }) => (parentId === undefined ? [] : [[parentId, secrets.digest(parentId)] as const])),
      )
      const durable = durability([...fresh.values()])
      return commits.run((): ExchangeResult => {
        // 1. Look at everything.
        const now = clock()
        const given = wanted?.kept && usable(wanted.kept, wanted.digest, wanted.kinds, now)
        if (wanted && typeof given !== 'object') return { kind: 'not-consumed', reason: given ?? 'unknown' }
        // What the spent ticket hangs on lives: that was looked at with it.
        const above = typeof given === 'object' ? (given.found.ancestors ?? []) : []
        for (const [id, digest] of parents) {
          if (fresh.has(id) || above.some((each) => each.digest.equals(digest))) continue
          if (!living(keptOf(id), digest, now)) return { kind: 'parent-gone' }
        }
        for (const ticket of fresh.values()) refuseDuplicate(ticket)
        const isOver = ({ digest, head }: Found) =>
          wanted?.digest.equals(digest) === true && (wanted.remove === true || isUsedUp({ ...head, countOfUses: head.countOfUses + 1 }))
        const evicted: Found[] = []
        for (const limit of limits) {
          const over = slots.roomFor(limit, now, isOver)
          if (!over) return { kind: 'limit', scope: limit.scope }
          evicted.push(...over)
        }
        // 2. Do it.
        if (typeof given === 'object') {
          if (wanted?.remove) rows.remove(given.found)
          else spend(given.found, now)
        }
        for (const found of evicted) rows.remove(found)
        for (const ticket of fresh.values()) insert(ticket, ticket.parentId === undefined ? undefined : parents.get(ticket.parentId))
        for (const { scope, ticketId } of limits) {
          const ticket = fresh.get(ticketId)
          if (!ticket) continue
          const { digest, kept, life } = ticket
          const { timeToLiveInSeconds = Number.POSITIVE_INFINITY } = life.policy
          const endsAtMs = life.createdAtMs + timeToLiveInSeconds * 1000
          slots.take(scope, { digest, code: kept.code, createdAtMs: life.createdAtMs, endsAtMs })
        }
        return { kind: 'exchanged' }
      }, durable)
    },

    async touch(id) {
      const kept = keptOf(id)
      if (!kept) return false
      const digest = secrets.digest(id)
      refresh()
      const seen = living(kept, digest, clock())
      // Most tickets that are used were used a moment ago: then there is nothing to write.
      if (seen && ![seen, ...(seen.ancestors ?? [])].some((each) => isDueForUse(each, clock()))) return true
      return commits.run(() => {
        const now = clock()
        const found = living(kept, digest, now)
        if (!found) return false
        for (const each of [found, ...(found.ancestors ?? [])]) useLazily(each, now)
        return true
      }, false)
    },

    async grantChild(parentId, child, tracked): Promise<GrantResult> {
      const fresh = prepared(child)
      const parentKind = keptOf(parentId)
      const parentDigest = secrets.digest(parentId)
      const path = tracked && pathKey(pathOf(tracked.service.service))
      if (!parentKind?.kind.grants) return { kind: 'parent-gone' }
      // Outside the transaction where the parent is the session itself, as nearly always.
      const sealedForParent = tracked && parentKind.kind.session ? sealed(tracked.service, parentDigest) : undefined
      return commits.run((): GrantResult => {
        const now = clock()
        const parent = living(parentKind, parentDigest, now)
        if (!parent) return { kind: 'parent-gone' }
        if (isTooSoon(parent.head, now)) return { kind: 'too-soon' }
        refuseDuplicate(fresh)
        insert(fresh, parentDigest)
        use(parent, now)
        for (const above of parent.ancestors ?? []) use(above, now)
        if (tracked && path) {
          const session = parent.ancestors?.at(-1)?.digest ?? parentDigest
          const entry = session === parentDigest && sealedForParent ? sealedForParent : sealed(tracked.service, session)
          if (tracked.mode === 'all') {
            // The library writes into the options it is given: they are made anew for each call.
            const all = () => startingWith(serviceKey(session, path))
            if (rows.tree.rows.getKeysCount(all()) >= TICKETS_PER_PATH) {
              for (const key of [...rows.tree.rows.getKeys({ ...all(), limit: 1 })]) rows.tree.remove(key, true)
            }
            rows.tree.put(serviceKey(session, path, { atMs: tracked.service.grantedAtMs, mark: randomBytes(4) }), entry, true)
          } else rows.tree.put(serviceKey(session, path), entry, true)
        }
        return { kind: 'granted' }
      }, !fresh.brief)
    },

    async update(id, body: Json) {
      const kept = keptOf(id)
      if (!kept) return false
      const digest = secrets.digest(id)
      return commits.run(() => {
        const found = living(kept, digest, clock())
        const before = found && rows.content(found)
        if (!found || !before) return false
        const { flags, payload } = envelope.pack({ ...before, body }, digest)
        const head = { ...found.head, principal: principalOf(found.row), flags, bodyVersion: found.head.bodyVersion + 1 }
        if (kept.kind.grants) {
          rows.tree.put(headKey(digest), writeRow(head), true)
          kept.rows.put(digest, payload, true)
        } else kept.rows.put(digest, writeRow(head, payload), !head.brief)
        return true
      }, true)
    },

    async adoptServices(fromId, toId) {
      const [from, to] = [secrets.digest(fromId), secrets.digest(toId)]
      const [fromKind, toKind] = [keptOf(fromId), keptOf(toId)]
      if (!fromKind?.kind.grants || from.equals(to)) return
      await commits.run(() => {
        if (!rows.find(fromKind, from) || !living(toKind, to, clock())) return
        for (const { key, value } of [...rows.tree.rows.getRange(rangeOf(from, SERVICE))]) {
          const place = Buffer.concat([to, key.subarray(DIGEST_BYTES)])
          const clear = secrets.seal.open(value, from)
          if (clear && !rows.tree.peek(place)) rows.tree.put(place, secrets.seal.seal(clear, to), true)
          rows.tree.remove(key, true)
        }
      }, true)
    },

    async servicesOf(id) {
      refresh()
      const digest = secrets.digest(id)
      return living(keptOf(id), digest, clock()) ? rows.servicesOf(digest) : []
    },

    destroyTree: (id, reason) => destroyFound(keptOf(id), () => secrets.digest(id), reason),

    async delete(id) {
      const kept = keptOf(id)
      if (!kept) return false
      const digest = secrets.digest(id)
      return commits.run(() => {
        const found = rows.find(kept, digest)
        if (found) rows.remove(found)
        return found !== undefined
      }, true)
    },

    async destroyByHandle(handle, reason) {
      return destroyFound(keptOf(handle), () => byHandle(handle)?.digest, reason)
    },

    async findByHandle(handle) {
      refresh()
      const digest = byHandle(handle)?.digest
      const found = digest && living(keptOf(handle), digest, clock())
      const ticket = found && rows.show(found)
      return ticket && { ticket, services: rows.servicesOf(digest) }
    },

    async sessionsOf(principalId) {
      refresh()
      const shown: Ticket[] = []
      for (const found of sessionsBy(principalId, clock())) {
        const ticket = rows.show(found)
        if (ticket) shown.push(ticket)
      }
      return shown
    },

    async countSessionsOf(principalId) {
      refresh()
      let count = 0
      for (const _ of sessionsBy(principalId, clock())) count++
      return count
    },

    async sessions(page) {
      const { tickets, next } = listed(
        keptKinds.filter(({ kind }) => kind.session),
        page,
      )
      return { sessions: tickets, next }
    },

    ticketsOf: async (prefix, page) =>
      listed(
        keptKinds.filter(({ kind }) => kind.prefix === prefix),
        page,
      ),

    async counts() {
      refresh()
      return Object.fromEntries(keptKinds.map(({ kind, code }) => [kind.prefix, commits.counter(code)]))
    },

    ...housekeeping({ commits, rows, marks, slots, kinds: keptKinds, clock }),
    putOnce: marks.putOnce,
    addHit: marks.addHit,
    hitsSince: marks.hitsSince,
    clearHits: marks.clearHits,

    async health() {
      if (closed) return { up: false, details: { store: 'lmdb' } }
      const { mapSize, lastPageNumber, pageSize, numReaders } = running.root.getStats() as Readonly<Record<string, number>>
      const used = (lastPageNumber ?? 0) * (pageSize ?? 4096)
      return {
        up: commits.broken === undefined,
        details: {
          store: 'lmdb',
          ...(commits.broken === undefined ? {} : { failure: commits.broken }),
          usedBytes: used,
          mapBytes: mapSize ?? parts.mapSize,
          readers: numReaders ?? 0,
        },
      }
    },

    async close() {
      if (closed) return
      closed = true
      clearInterval(readers)
      await commits.close()
      await running.root.close()
      await keptEnvironment?.root.close()
    },
  }
}
