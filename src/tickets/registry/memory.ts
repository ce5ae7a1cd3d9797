import type { Clock } from '../../base/clock.ts'
import { Unavailable } from '../../base/errors.ts'
import type { Json } from '../../base/json.ts'
import { HITS_PER_KEY, pathOf, TICKETS_PER_PATH } from '../bounds.ts'
import { TicketRefusal } from '../errors.ts'
import { expiresAtMs, isExpired, isTooSoon, isUsedUp, type Life } from '../expiration.ts'
import { catalogueOf, prefixOf } from '../kinds.ts'
import type { ConsumeResult, Exchange, ExchangeResult, TicketRegistry, TicketWithSession } from '../registry.ts'
import { handleOf, readHandle, secretsOf, suffixOf } from '../secrets.ts'
import type { DestroyedSession, DestroyReason, LastWords, NewTicket, Ticket, TicketKind, TrackedService } from '../ticket.ts'
import { DueHeap } from './due-heap.ts'

export interface MemoryRegistryParts {
  /** 32 bytes; ids are kept as digests under it here too. */
  readonly idKey: Buffer
  readonly catalogue: readonly TicketKind[]
  /** Further tickets are refused; none that lives is thrown out. */
  readonly maxTickets: number
  readonly clock: Clock
  readonly lastWords?: LastWords | undefined
}

interface Entry extends Life {
  readonly key: string
  readonly kind: TicketKind
  readonly handle: string
  readonly parent: Entry | undefined
  readonly principalId: string | undefined
  readonly sequence: number
  lastUsedAtMs: number
  countOfUses: number
  body: Json
  gone: boolean
  leasedUntilMs: number
  /** Made when there are some: most tickets have none. */
  children: Set<Entry> | undefined
  services: Map<string, TrackedService[]> | undefined
}

/** The store for tests and for who asks for it (tickets.md 8.1): one process, lost at its end. No step awaits anything, so each is indivisible. */
export function memoryRegistry({ idKey, catalogue, maxTickets, clock, lastWords }: MemoryRegistryParts): TicketRegistry {
  const secrets = secretsOf(idKey)
  const kinds = catalogueOf(catalogue)
  const tickets = new Map<string, Entry>()
  const byHandle = new Map<string, Entry>()
  const principals = new Map<string, Set<Entry>>()
  const counters = new Map<string, number>()
  const sessions: Entry[] = []
  let goneSessions = 0
  let sequence = 0
  const dueSessions = new DueHeap<Entry>()
  const dueOthers = new DueHeap<() => boolean>()
  const once = new Map<string, number>()
  /** By scope, the oldest first; some may be gone already. */
  const slots = new Map<string, Entry[]>()
  const hits = new Map<string, { atMs: number; untilMs: number }[]>()
  let closed = false

  const ready = () => {
    if (closed) throw new Unavailable('ticket-registry-closed', 'the service is shutting down')
    return clock()
  }
  const keyOf = (id: string) => secrets.digestText(id)
  const countUp = (kind: TicketKind, by: number) => counters.set(kind.prefix, (counters.get(kind.prefix) ?? 0) + by)
  const lives = (entry: Entry, now: number): boolean => !entry.gone && !isExpired(entry, now) && (!entry.parent || lives(entry.parent, now))
  const living = (id: string, now: number) => {
    const entry = tickets.get(keyOf(id))
    return entry && lives(entry, now) ? entry : undefined
  }
  const endOf = (entry: Entry): number => Math.min(expiresAtMs(entry), entry.parent ? endOf(entry.parent) : Number.POSITIVE_INFINITY)

  function shown(entry: Entry): Ticket {
    const { createdAtMs, lastUsedAtMs, countOfUses, policy, principalId, body, handle } = entry
    return { kind: entry.kind.prefix, createdAtMs, lastUsedAtMs, countOfUses, policy, expiresAtMs: endOf(entry), principalId, body, handle }
  }

  function withSession(entry: Entry): TicketWithSession {
    let above = entry.parent
    while (above && !above.kind.session) above = above.parent
    return { ticket: shown(entry), session: above && shown(above) }
  }

  function put(ticket: NewTicket, parent: Entry | undefined, key = keyOf(ticket.id)): Entry {
    const kind = kinds.get(ticket.kind)
    if (!kind || prefixOf(ticket.id) !== ticket.kind) throw new Error(`no ticket kind is called ${ticket.kind}`)
    if (tickets.has(key)) throw new TicketRefusal('duplicate')
    if (tickets.size >= maxTickets) throw new TicketRefusal('full', { detail: 'castellan.ticket-registry.memory.max-tickets' })
    const entry: Entry = {
      key,
      kind,
      handle: handleOf(kind.prefix, Buffer.from(key, 'latin1'), suffixOf(ticket.id)),
      parent,
      principalId: ticket.principalId,
      sequence: ++sequence,
      createdAtMs: ticket.createdAtMs,
      lastUsedAtMs: ticket.createdAtMs,
      countOfUses: 0,
      policy: ticket.policy,
      body: frozen(ticket.body),
      gone: false,
      leasedUntilMs: 0,
      children: undefined,
      services: undefined,
    }
    tickets.set(key, entry)
    byHandle.set(entry.handle, entry)
    if (parent) {
      parent.children ??= new Set()
      parent.children.add(entry)
    }
    countUp(kind, 1)
    if (kind.session) {
      sessions.push(entry)
      if (ticket.principalId !== undefined) {
        const name = ticket.principalId.toLowerCase()
        const set = principals.get(name)
        if (set) set.add(entry)
        else principals.set(name, new Set([entry]))
      }
    }
    if (kind.session || kind.handedOut) dueSessions.push(expiresAtMs(entry), entry)
    else requeue(entry)
    return entry
  }

  /** Files an entry under the instant at which it has to be looked at again. */
  function requeue(entry: Entry): void {
    dueOthers.push(endOf(entry), () => {
      if (entry.gone) return false
      const still = clock() <= endOf(entry) && !entry.parent?.gone
      if (still) requeue(entry)
      else remove(entry)
      return !still
    })
  }

  function remove(entry: Entry): void {
    if (entry.gone) return
    entry.gone = true
    if (entry.children) for (const child of [...entry.children]) remove(child)
    tickets.delete(entry.key)
    byHandle.delete(entry.handle)
    entry.parent?.children?.delete(entry)
    if (!isUsedUp(entry)) countUp(entry.kind, -1)
    if (!entry.kind.session) return
    const set = principals.get(entry.principalId?.toLowerCase() ?? '')
    set?.delete(entry)
    if (set?.size === 0) principals.delete(entry.principalId?.toLowerCase() ?? '')
    if (++goneSessions > 1000 && goneSessions > sessions.length / 2) {
      sessions.splice(0, sessions.length, ...sessions.filter((each) => !each.gone))
      goneSessions = 0
    }
  }

  function use(entry: Entry | undefined, now: number): void {
    for (let each = entry; each; each = each.parent) {
      each.lastUsedAtMs = Math.max(each.lastUsedAtMs, now)
      each.countOfUses++
      if (isUsedUp(each)) countUp(each.kind, -1)
    }
  }

  const rootOf = (entry: Entry): Entry => (entry.parent ? rootOf(entry.parent) : entry)

  function track(entry: Entry, service: TrackedService, all: boolean): void {
    const path = pathOf(service.service)
    entry.services ??= new Map()
    const before = all ? (entry.services.get(path) ?? []) : []
    entry.services.set(path, [...before.slice(1 - TICKETS_PER_PATH), service])
  }

  const servicesOf = (entry: Entry) =>
    [...(entry.services?.values() ?? [])].flat().sort((one, other) => one.grantedAtMs - other.grantedAtMs)

  function destroyed(entry: Entry | undefined, reason: DestroyReason): DestroyedSession | undefined {
    if (!entry || entry.gone) return undefined
    const session = { ticket: shown(entry), services: servicesOf(entry), reason }
    remove(entry)
    const left = entry.kind.session ? lastWords?.(session) : undefined
    if (!left) return session
    put(left, undefined)
    return { ...session, leftId: left.id }
  }

  function whyNotUsable(entry: Entry | undefined, wanted: readonly string[], now: number) {
    if (!entry) return 'unknown'
    if (!wanted.includes(entry.kind.prefix)) return 'wrong-kind'
    if (isUsedUp(entry)) return 'used'
    if (isExpired(entry, now)) return 'expired'
    if (entry.parent && !lives(entry.parent, now)) return 'parent-gone'
    return undefined
  }

  function spend(entry: Entry, whole: boolean, now: number): void {
    if (whole) {
      remove(entry)
      return
    }
    entry.lastUsedAtMs = Math.max(entry.lastUsedAtMs, now)
    entry.countOfUses++
    if (isUsedUp(entry)) countUp(entry.kind, -1)
  }

  /** Whether a use ends it. */
  const endsWith = (entry: Entry, use: Exchange['consume']) =>
    use?.remove === true || isUsedUp({ countOfUses: entry.countOfUses + 1, policy: entry.policy })
  const slotKey = (scope: string) => secrets.key('slot', scope).toString('latin1')

  function sessionsOf(principalId: string): readonly Entry[] {
    const now = ready()
    return [...(principals.get(principalId.toLowerCase()) ?? [])]
      .filter((entry) => lives(entry, now))
      .sort((one, other) => one.createdAtMs - other.createdAtMs || one.sequence - other.sequence)
  }

  return {
    async add(ticket) {
      const now = ready()
      const { parentId, parentHandle } = ticket
      const shownAs = parentHandle === undefined ? undefined : byHandle.get(parentHandle)
      const above = shownAs && lives(shownAs, now) ? shownAs : undefined
      const parent = parentId === undefined ? above : living(parentId, now)
      // What hangs on nothing that lives is dead already.
      if ((parentId !== undefined || parentHandle !== undefined) && !parent) return
      put(ticket, parent)
    },
    async get(id) {
      const entry = living(id, ready())
      return entry && shown(entry)
    },
    async getWithSession(id) {
      const entry = living(id, ready())
      return entry && withSession(entry)
    },
    async getByHandle(handle) {
      const now = ready()
      const entry = readHandle(handle) && byHandle.get(handle)
      if (!entry || !lives(entry, now)) return undefined
      return { ...withSession(entry), parent: entry.parent && shown(entry.parent) }
    },
    async consume(id, wanted): Promise<ConsumeResult> {
      const now = ready()
      const entry = tickets.get(keyOf(id))
      const reason = whyNotUsable(entry, wanted, now)
      if (!entry || reason) return { ok: false, reason: reason ?? 'unknown' }
      spend(entry, false, now)
      const usesLeft = (entry.policy.numberOfUses ?? Number.POSITIVE_INFINITY) - entry.countOfUses
      return { ok: true, ticket: shown(entry), usesLeft, parent: entry.parent && shown(entry.parent) }
    },
    async exchange({ consume, add, limits = [] }): Promise<ExchangeResult> {
      const now = ready()
      // 1. Look at everything.
      const given = consume && tickets.get(keyOf(consume.id))
      if (consume) {
        const reason = whyNotUsable(given, consume.kinds, now)
        if (reason) return { kind: 'not-consumed', reason }
      }
      const keys = new Map<string, string>()
      const parents = new Map<string, Entry>()
      for (const { id, parentId } of add) {
        if (parentId !== undefined && !keys.has(parentId) && !parents.has(parentId)) {
          const parent = living(parentId, now)
          if (!parent) return { kind: 'parent-gone' }
          parents.set(parentId, parent)
        }
        const key = keyOf(id)
        if (tickets.has(key) || keys.has(id)) throw new TicketRefusal('duplicate')
        keys.set(id, key)
      }
      if (tickets.size + add.length > maxTickets)
        throw new TicketRefusal('full', { detail: 'castellan.ticket-registry.memory.max-tickets' })
      const evicted: Entry[] = []
      for (const { scope, max, onExceed } of limits) {
        // What is being given away does not count: it is over once this is done.
        const taken = (slots.get(slotKey(scope)) ?? []).filter(
          (entry) => lives(entry, now) && !(entry === given && endsWith(given, consume)),
        )
        slots.set(slotKey(scope), taken)
        if (taken.length < max) continue
        if (onExceed === 'deny' || max < 1) return { kind: 'limit', scope }
        evicted.push(...taken.slice(0, taken.length - max + 1))
      }
      // 2. Do it.
      if (given) spend(given, consume?.remove === true, now)
      for (const entry of evicted) remove(entry)
      for (const ticket of add) {
        const parent = ticket.parentId === undefined ? undefined : parents.get(ticket.parentId)
        parents.set(ticket.id, put(ticket, parent, keys.get(ticket.id)))
      }
      for (const { scope, ticketId } of limits) {
        const entry = parents.get(ticketId)
        if (entry) slots.get(slotKey(scope))?.push(entry)
      }
      return { kind: 'exchanged' }
    },
    async touch(id) {
      const now = ready()
      const entry = living(id, now)
      use(entry, now)
      return entry !== undefined
    },
    async grantChild(parentId, child, tracked) {
      const now = ready()
      const parent = living(parentId, now)
      if (!parent?.kind.grants) return { kind: 'parent-gone' }
      if (isTooSoon(parent, now)) return { kind: 'too-soon' }
      put(child, parent)
      use(parent, now)
      if (tracked) track(rootOf(parent), tracked.service, tracked.mode === 'all')
      return { kind: 'granted' }
    },
    async update(id, body) {
      const entry = living(id, ready())
      if (entry) entry.body = frozen(body)
      return entry !== undefined
    },
    async adoptServices(fromId, toId) {
      const now = ready()
      const from = tickets.get(keyOf(fromId))
      const to = living(toId, now)
      if (!from?.services || !to || from === to) return
      to.services ??= new Map()
      for (const [path, services] of from.services) if (!to.services.has(path)) to.services.set(path, services)
      from.services = undefined
    },
    async servicesOf(id) {
      const entry = living(id, ready())
      return entry ? servicesOf(entry) : []
    },
    async destroyTree(id, reason) {
      ready()
      return destroyed(tickets.get(keyOf(id)), reason)
    },
    async delete(id) {
      ready()
      const entry = tickets.get(keyOf(id))
      if (entry) remove(entry)
      return entry !== undefined
    },
    async destroyByHandle(handle, reason) {
      ready()
      return readHandle(handle) && destroyed(byHandle.get(handle), reason)
    },
    async findByHandle(handle) {
      const now = ready()
      const entry = readHandle(handle) && byHandle.get(handle)
      return entry && lives(entry, now) ? { ticket: shown(entry), services: servicesOf(entry) } : undefined
    },
    sessionsOf: async (principalId) => sessionsOf(principalId).map(shown),
    countSessionsOf: async (principalId) => sessionsOf(principalId).length,
    async sessions({ cursor, limit }) {
      const now = ready()
      const after = cursor === undefined ? 0 : Number(cursor)
      // The list is in the order of the sequence: the place of the cursor is found by halving.
      let low = 0
      let high = sessions.length
      while (low < high) {
        const middle = (low + high) >> 1
        if ((sessions[middle]?.sequence ?? 0) > after) high = middle
        else low = middle + 1
      }
      const page: Entry[] = []
      let place = low
      for (; place < sessions.length && page.length < limit; place++) {
        const entry = sessions[place]
        if (entry && lives(entry, now)) page.push(entry)
      }
      const more = page.length > 0 && place < sessions.length
      return { sessions: page.map(shown), next: more ? String(page.at(-1)?.sequence) : undefined }
    },
    async ticketsOf(kind, { cursor, limit }) {
      const now = ready()
      const after = cursor === undefined ? 0 : Number(cursor)
      const page: Entry[] = []
      // Tickets in memory are few, and lists of them rare: all are looked at, in the order in which they came.
      for (const entry of tickets.values()) {
        if (!(entry.sequence > after) || entry.kind.prefix !== kind || !lives(entry, now)) continue
        if (page.length >= limit) return { tickets: page.map(shown), next: String(page.at(-1)?.sequence) }
        page.push(entry)
      }
      return { tickets: page.map(shown), next: undefined }
    },
    async counts() {
      ready()
      return Object.fromEntries(catalogue.map(({ prefix }) => [prefix, counters.get(prefix) ?? 0]))
    },
    async dueSessions(limit, leaseMs) {
      const now = ready()
      const taken: DestroyedSession[] = []
      while (taken.length < limit && dueSessions.firstAtMs < now) {
        const entry = dueSessions.pop()
        if (!entry || entry.gone) continue
        const at = Math.max(entry.leasedUntilMs, expiresAtMs(entry))
        if (!isUsedUp(entry) && at >= now) {
          dueSessions.push(at, entry)
          continue
        }
        entry.leasedUntilMs = now + leaseMs
        dueSessions.push(entry.leasedUntilMs, entry)
        taken.push({ ticket: shown(entry), services: servicesOf(entry), reason: 'expired' })
      }
      return taken
    },
    async sweep(limit) {
      const now = ready()
      let removed = 0
      while (removed < limit && dueOthers.firstAtMs < now) if (dueOthers.pop()?.()) removed++
      return removed
    },
    async putOnce(text, untilMs) {
      const now = ready()
      const key = secrets.key('once', text).toString('latin1')
      if ((once.get(key) ?? Number.NEGATIVE_INFINITY) >= now) return false
      if (once.size + tickets.size >= maxTickets) throw new Unavailable('ticket-registry-full', 'no more can be remembered at the moment')
      once.set(key, untilMs)
      dueOthers.push(untilMs, () => once.get(key) === untilMs && once.delete(key))
      return true
    },
    async addHit(text, atMs, untilMs) {
      ready()
      const key = secrets.key('hits', text).toString('latin1')
      const list = hits.get(key) ?? []
      hits.set(key, list)
      list.push({ atMs, untilMs })
      if (list.length > HITS_PER_KEY) list.shift()
      dueOthers.push(untilMs, () => {
        const left = list.filter((hit) => hit.untilMs >= clock())
        const removed = left.length < list.length
        list.splice(0, list.length, ...left)
        if (left.length === 0 && hits.get(key) === list) hits.delete(key)
        return removed
      })
    },
    async hitsSince(text, sinceMs) {
      const now = ready()
      return (hits.get(secrets.key('hits', text).toString('latin1')) ?? []).filter((hit) => hit.atMs > sinceMs && hit.untilMs >= now).length
    },
    async clearHits(text) {
      ready()
      hits.delete(secrets.key('hits', text).toString('latin1'))
    },
    async health() {
      return { up: !closed, details: { store: 'memory', tickets: tickets.size, limit: maxTickets } }
    },
    async close() {
      closed = true
    },
  }
}

/** A copy as a store would give it back, that nobody can change. */
function frozen(body: Json | undefined): Json {
  if (typeof body === 'number') return Number.isFinite(body) ? body : null
  if (typeof body !== 'object' || body === null) return body ?? null
  if (Array.isArray(body)) return Object.freeze(body.map(frozen))
  const members: [string, Json][] = []
  for (const name in body) {
    const value = (body as Readonly<Record<string, Json | undefined>>)[name]
    if (value !== undefined) members.push([name, frozen(value)])
  }
  return Object.freeze(Object.fromEntries(members))
}
