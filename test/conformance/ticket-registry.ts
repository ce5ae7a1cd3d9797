import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { LastWords, NewTicket, Ticket, TicketKind, TicketRegistry } from '../../src/tickets/index.ts'
import { ticketKinds } from '../../src/tickets/index.ts'

/** What a suite needs of a store: opened empty, with a clock that stands still. */
export interface OpenedRegistry extends AsyncDisposable {
  readonly registry: TicketRegistry
  readonly clock: { now: number }
}

/** The kinds of every deployment and two that later rooms bring: a code and an access token. */
export const kindsOfTests: readonly TicketKind[] = [
  ...ticketKinds,
  { prefix: 'OC', storageName: 'oauthCodesCache', grants: false, session: false },
  { prefix: 'AT', storageName: 'oauthAccessTokensCache', grants: false, session: false },
  { prefix: 'LR', storageName: 'logoutRequestsCache', grants: false, session: false, handedOut: true },
]

/** Sessions that were at this application leave a notice when they end. */
const TOLD = 'https://told.example.org/'
export const lastWordsOfTests: LastWords = ({ services, ticket }) =>
  services.some(({ service }) => service === TOLD)
    ? ticketOf('LR', { policy: { timeToLiveInSeconds: 300 }, body: { of: ticket.principalId ?? '' } })
    : undefined

export const START = Date.UTC(2031, 2, 9, 9, 0, 0)
let number = 100_000 + (process.pid % 10_000) * 10_000
const HOUR = 3600

/** A ticket with defaults; ids are as the server makes them. */
export function ticketOf(kind: string, more: Partial<NewTicket> = {}): NewTicket {
  const policies = {
    TGT: { timeToLiveInSeconds: 8 * HOUR, timeToIdleInSeconds: 2 * HOUR },
    PGT: { timeToLiveInSeconds: 8 * HOUR },
    AT: { timeToLiveInSeconds: 4 * HOUR },
  }
  const policy = policies[kind as keyof typeof policies] ?? { numberOfUses: 1, timeToLiveInSeconds: kind === 'OC' ? 30 : 10 }
  const id = `${kind}-${++number}-${`abcDEFghiJKLmnoPQRstuVWXyz${number}`.slice(-27)}-sso1`
  return { id, kind, createdAtMs: START, policy, body: { about: kind }, ...(kind === 'TGT' ? { principalId: 'ada' } : {}), ...more }
}

const track = (service: string, ticketId: string, grantedAtMs = START) => ({ service, ticketId, grantedAtMs })
const handles = (tickets: readonly Ticket[]) => tickets.map(({ handle }) => handle)

/** The contract of tickets.md 7, seen from outside; run for every store in one line each. */
export function ticketRegistryConformance(name: string, open: () => Promise<OpenedRegistry>): void {
  const check = (title: string, run: (opened: OpenedRegistry) => Promise<void>) =>
    test(title, async () => {
      await using opened = await open()
      await run(opened)
    })

  describe(`${name}: tickets`, () => {
    check(
      'a session leaves its notice in the step that ends it, once, and the notice is handed out when it is overdue',
      async ({ registry, clock }) => {
        const session = ticketOf('TGT')
        await registry.add(session)
        const ticket = ticketOf('ST', { parentId: session.id })
        await registry.grantChild(session.id, ticket, { service: track(TOLD, ticket.id), mode: 'all' })
        const ends = await Promise.all([1, 2, 3].map(() => registry.destroyTree(session.id, 'logout')))
        const [leftId] = ends.flatMap((end) => end?.leftId ?? [])
        assert.equal(ends.filter((end) => end !== undefined).length, 1)
        assert.deepEqual((await registry.get(leftId ?? ''))?.body, { of: 'ada' })
        assert.deepEqual(await registry.dueSessions(10, 60_000), [])
        clock.now += 300_001
        await registry.sweep(10)
        const due = await registry.dueSessions(10, 60_000)
        assert.deepEqual(
          due.map((found) => [found.ticket.kind, found.ticket.body]),
          [['LR', { of: 'ada' }]],
        )
        assert.deepEqual(await registry.dueSessions(10, 60_000), [], 'leased')
        clock.now += 60_001
        assert.equal((await registry.dueSessions(10, 60_000)).length, 1, 'whoever had it has died')
        assert.ok(await registry.destroyByHandle(due[0]?.ticket.handle ?? '', 'expired'))
        assert.deepEqual((await registry.sessions({ limit: 10 })).sessions, [])
        assert.equal((await registry.counts())['LR'], 0)
      },
    )

    check('a notice that was dealt with is gone', async ({ registry, clock }) => {
      const session = ticketOf('TGT')
      await registry.add(session)
      const ticket = ticketOf('ST', { parentId: session.id })
      await registry.grantChild(session.id, ticket, { service: track(TOLD, ticket.id), mode: 'all' })
      const handle = (await registry.get(session.id))?.handle ?? ''
      const ended = await registry.destroyByHandle(handle, 'administrator')
      assert.ok(await registry.delete(ended?.leftId ?? ''))
      clock.now += 300_001
      assert.deepEqual(await registry.dueSessions(10, 60_000), [])
    })

    check('a ticket may be hung on one that is known by its handle alone', async ({ registry }) => {
      const session = ticketOf('TGT')
      await registry.add(session)
      const parentHandle = (await registry.get(session.id))?.handle ?? ''
      const below = ticketOf('PGT', { parentHandle })
      const orphan = ticketOf('PGT', { parentHandle: parentHandle.replace(/-[0-9a-f]{16}/, '-0000000000000000') })
      await registry.add(below)
      await registry.add(orphan)
      assert.ok(await registry.get(below.id))
      assert.equal(await registry.get(orphan.id), undefined, 'what hangs on nothing that lives is not there')
      await registry.destroyTree(session.id, 'logout')
      assert.equal(await registry.get(below.id), undefined)
    })

    check('a service that got its ticket through a proxy is told of the end of the session', async ({ registry }) => {
      const session = ticketOf('TGT')
      const proxy = ticketOf('PGT', { parentId: session.id })
      await registry.add(session)
      await registry.add(proxy)
      const ticket = ticketOf('PT', { parentId: proxy.id })
      const service = track('https://mail.example.org/', ticket.id)
      assert.deepEqual(await registry.grantChild(proxy.id, ticket, { service, mode: 'all' }), { kind: 'granted' })
      assert.equal((await registry.get(session.id))?.countOfUses, 1, 'a use of the proxy is one of the session')
      assert.deepEqual((await registry.destroyTree(session.id, 'logout'))?.services, [service])
    })

    check('a ticket that was added is found by its id, with what was put in it', async ({ registry, clock }) => {
      const body = { principal: 'ada', attributes: { mail: ['a@example.org', 'ä€😀'], empty: [], n: 1.5, no: null } }
      const added = ticketOf('TGT', { body, principalId: 'Ada' })
      await registry.add(added)
      const found = await registry.get(added.id)
      assert.deepEqual(found?.body, body)
      assert.equal(found?.kind, 'TGT')
      assert.equal(found?.principalId, 'Ada')
      assert.equal(found?.createdAtMs, START)
      assert.equal(found?.lastUsedAtMs, START)
      assert.equal(found?.countOfUses, 0)
      assert.deepEqual(found?.policy, added.policy)
      assert.equal(found?.expiresAtMs, clock.now + 2 * HOUR * 1000)
    })

    check('a ticket is found together with the session at the top of what it hangs on', async ({ registry, clock }) => {
      const session = ticketOf('TGT', { body: { whose: 'ada' } })
      const below = ticketOf('PGT', { parentId: session.id })
      const far = ticketOf('OC', { parentId: below.id })
      const free = ticketOf('OC')
      for (const ticket of [session, below, far, free]) await registry.add(ticket)
      const found = await registry.getWithSession(far.id)
      assert.deepEqual(found?.ticket, await registry.get(far.id))
      assert.deepEqual(found?.session, await registry.get(session.id))
      assert.deepEqual((await registry.getWithSession(below.id))?.session?.body, { whose: 'ada' })
      assert.equal((await registry.getWithSession(free.id))?.session, undefined)
      assert.equal((await registry.getWithSession(session.id))?.session, undefined)
      assert.equal(await registry.getWithSession('OC-1-nobodyWasEverGivenThisOne'), undefined)
      const shown = await registry.getByHandle(found?.ticket.handle ?? '')
      assert.deepEqual([shown?.ticket, shown?.session], [found?.ticket, found?.session])
      assert.deepEqual(shown?.parent, await registry.get(below.id))
      assert.equal(await registry.getByHandle('OC-0123456789abcdef'), undefined)
      assert.equal(await registry.getByHandle(far.id), undefined)
      clock.now += 9 * HOUR * 1000
      assert.equal(await registry.getWithSession(far.id), undefined)
      assert.equal(await registry.getByHandle(found?.ticket.handle ?? ''), undefined)
    })

    check('an id that nobody was given finds nothing, whatever it looks like', async ({ registry }) => {
      await registry.add(ticketOf('TGT'))
      for (const id of ['', '-', 'TGT', 'TGT-', 'TGT-1-x', 'XX-1-abc', '\u0000', 'ST-1', 'é'.repeat(5000), '__proto__', 'TGT-1-../../x']) {
        assert.equal(await registry.get(id), undefined)
        assert.deepEqual(await registry.consume(id, ['ST', 'TGT']), { ok: false, reason: 'unknown' })
        assert.equal(await registry.touch(id), false)
        assert.equal(await registry.update(id, {}), false)
        assert.equal(await registry.delete(id), false)
        assert.equal(await registry.destroyTree(id, 'logout'), undefined)
        assert.equal(await registry.destroyByHandle(id, 'administrator'), undefined)
        assert.equal(await registry.findByHandle(id), undefined)
        assert.deepEqual(await registry.servicesOf(id), [])
        assert.deepEqual(await registry.grantChild(id, ticketOf('ST')), { kind: 'parent-gone' })
        await registry.adoptServices(id, id)
      }
    })

    check('ids are case-sensitive', async ({ registry }) => {
      const added = ticketOf('TGT')
      await registry.add(added)
      assert.equal(await registry.get(`TGT-${added.id.slice(4).toLowerCase()}`), undefined)
    })

    check('an id that exists is not taken again', async ({ registry }) => {
      const added = ticketOf('TGT')
      await registry.add(added)
      await assert.rejects(registry.add({ ...added, body: 'other' }), { code: 'duplicate' })
      assert.deepEqual((await registry.get(added.id))?.body, { about: 'TGT' })
    })

    check('an expired ticket is as if it were not there, from the millisecond after its end', async ({ registry, clock }) => {
      const session = ticketOf('TGT', { policy: { timeToLiveInSeconds: 2 } })
      await registry.add(session)
      clock.now = START + 2000
      assert.ok(await registry.get(session.id))
      clock.now = START + 2001
      assert.equal(await registry.get(session.id), undefined)
      assert.equal(await registry.touch(session.id), false)
      assert.equal(await registry.update(session.id, {}), false)
      assert.deepEqual(await registry.grantChild(session.id, ticketOf('ST')), { kind: 'parent-gone' })
      assert.deepEqual(await registry.sessionsOf('ada'), [])
      assert.equal(await registry.countSessionsOf('ada'), 0)
      assert.deepEqual((await registry.sessions({ limit: 10 })).sessions, [])
    })

    check('a use slides the idle end, within the hard one', async ({ registry, clock }) => {
      const session = ticketOf('TGT', { policy: { timeToLiveInSeconds: 100, timeToIdleInSeconds: 60 } })
      await registry.add(session)
      clock.now = START + 50_000
      assert.equal(await registry.touch(session.id), true)
      assert.equal((await registry.get(session.id))?.lastUsedAtMs, clock.now)
      assert.equal((await registry.get(session.id))?.countOfUses, 1)
      assert.equal((await registry.get(session.id))?.expiresAtMs, START + 100_000)
      clock.now = START + 100_001
      assert.equal(await registry.get(session.id), undefined)
    })

    check('a use never goes back in time', async ({ registry, clock }) => {
      const session = ticketOf('TGT', { policy: { timeToIdleInSeconds: 600 } })
      await registry.add(session)
      clock.now = START + 300_000
      await registry.touch(session.id)
      clock.now = START + 100_000
      await registry.touch(session.id)
      assert.equal((await registry.get(session.id))?.lastUsedAtMs, START + 300_000)
    })

    check('a ticket without limits never ends', async ({ registry, clock }) => {
      const session = ticketOf('TGT', { policy: {} })
      await registry.add(session)
      clock.now = START + 1000 * 365 * 86_400_000
      assert.equal((await registry.get(session.id))?.expiresAtMs, Number.POSITIVE_INFINITY)
      assert.deepEqual(await registry.dueSessions(10, 1000), [])
    })

    check('the body of a living ticket can be replaced; big ones too', async ({ registry }) => {
      const session = ticketOf('TGT')
      await registry.add(session)
      const big = { text: 'attribute '.repeat(20_000), list: Array.from({ length: 500 }, (_, index) => index) }
      assert.equal(await registry.update(session.id, big), true)
      assert.deepEqual((await registry.get(session.id))?.body, big)
      assert.equal(await registry.update(session.id, 'small'), true)
      const found = await registry.get(session.id)
      assert.equal(found?.body, 'small')
      assert.equal(found?.principalId, 'ada')
    })
  })

  describe(`${name}: single use`, () => {
    check('a ticket of one use is given once and never again', async ({ registry }) => {
      const session = ticketOf('TGT')
      await registry.add(session)
      const ticket = ticketOf('ST', { body: { service: 'https://app.example.org/' } })
      assert.deepEqual(await registry.grantChild(session.id, ticket), { kind: 'granted' })
      const first = await registry.consume(ticket.id, ['ST', 'PT'])
      assert.ok(first.ok)
      assert.equal(first.usesLeft, 0)
      assert.deepEqual(first.ticket.body, { service: 'https://app.example.org/' })
      assert.equal(first.ticket.countOfUses, 1)
      assert.equal(first.parent?.kind, 'TGT')
      assert.deepEqual(first.parent?.body, { about: 'TGT' })
      assert.deepEqual(await registry.consume(ticket.id, ['ST']), { ok: false, reason: 'used' })
      assert.equal(await registry.get(ticket.id), undefined)
    })

    check('of a hundred callers at once one gets it', async ({ registry }) => {
      const ticket = ticketOf('ST')
      await registry.add(ticket)
      const results = await Promise.all(Array.from({ length: 100 }, () => registry.consume(ticket.id, ['ST'])))
      assert.equal(results.filter(({ ok }) => ok).length, 1)
    })

    check('a ticket of three uses is given three times', async ({ registry }) => {
      const ticket = ticketOf('ST', { policy: { numberOfUses: 3, timeToLiveInSeconds: 10 } })
      await registry.add(ticket)
      const results = await Promise.all(Array.from({ length: 10 }, () => registry.consume(ticket.id, ['ST'])))
      const left = results.filter((result) => result.ok).map(({ usesLeft }) => usesLeft)
      assert.deepEqual(left.sort(), [0, 1, 2])
    })

    check('a code can be exchanged once, and not after its time to live [T1]', async ({ registry, clock }) => {
      const [code, late, last] = [ticketOf('OC'), ticketOf('OC'), ticketOf('OC')]
      for (const each of [code, late, last]) await registry.add(each)
      assert.equal((await registry.consume(code.id, ['OC'])).ok, true)
      assert.deepEqual(await registry.consume(code.id, ['OC']), { ok: false, reason: 'used' })
      clock.now = START + 30_000
      assert.equal((await registry.consume(last.id, ['OC'])).ok, true)
      clock.now = START + 31_000
      assert.deepEqual(await registry.consume(late.id, ['OC']), { ok: false, reason: 'expired' })
    })

    check('a ticket of another kind is left alone', async ({ registry }) => {
      const ticket = ticketOf('ST')
      await registry.add(ticket)
      assert.deepEqual(await registry.consume(ticket.id, ['PT', 'OC']), { ok: false, reason: 'wrong-kind' })
      assert.equal((await registry.consume(ticket.id, ['ST'])).ok, true)
    })

    check('using a ticket up does not slide the session', async ({ registry, clock }) => {
      const session = ticketOf('TGT')
      await registry.add(session)
      const ticket = ticketOf('ST')
      await registry.grantChild(session.id, ticket)
      clock.now = START + 9000
      await registry.consume(ticket.id, ['ST'])
      assert.equal((await registry.get(session.id))?.lastUsedAtMs, START)
    })

    check('a key is remembered once until its end', async ({ registry, clock }) => {
      assert.deepEqual(await Promise.all([registry.putOnce('nonce', START + 1000), registry.putOnce('nonce', START + 1000)]), [true, false])
      assert.equal(await registry.putOnce('other', START + 1000), true)
      clock.now = START + 1000
      assert.equal(await registry.putOnce('nonce', START + 9000), false)
      clock.now = START + 1001
      assert.equal(await registry.putOnce('nonce', START + 9000), true)
    })
  })

  describe(`${name}: grants`, () => {
    check('a grant counts as a use of the session and of all it hangs on', async ({ registry, clock }) => {
      const session = ticketOf('TGT')
      const granting = ticketOf('PGT')
      await registry.add(session)
      await registry.grantChild(session.id, granting)
      clock.now = START + 3_600_000
      assert.deepEqual(await registry.grantChild(granting.id, ticketOf('PT', { createdAtMs: clock.now })), { kind: 'granted' })
      assert.equal((await registry.get(granting.id))?.lastUsedAtMs, clock.now)
      const root = await registry.get(session.id)
      assert.equal(root?.lastUsedAtMs, clock.now)
      assert.equal(root?.countOfUses, 2)
      clock.now = START + 3_600_000 + 2 * HOUR * 1000
      assert.ok(await registry.get(session.id))
    })

    check('nothing can hang on a ticket that does not grant', async ({ registry }) => {
      const ticket = ticketOf('ST')
      await registry.add(ticket)
      assert.deepEqual(await registry.grantChild(ticket.id, ticketOf('PT')), { kind: 'parent-gone' })
    })

    check('a child whose id is taken is refused and leaves no trace at the session', async ({ registry }) => {
      const session = ticketOf('TGT')
      await registry.add(session)
      const ticket = ticketOf('ST')
      await registry.grantChild(session.id, ticket)
      const again = registry.grantChild(session.id, ticket, { service: track('https://a.example.org/', ticket.id), mode: 'all' })
      await assert.rejects(again, { code: 'duplicate' })
      assert.deepEqual(await registry.servicesOf(session.id), [])
      assert.equal((await registry.get(session.id))?.countOfUses, 1)
    })

    check('uses that follow too quickly are refused and the session lives on', async ({ registry, clock }) => {
      const session = ticketOf('TGT', { policy: { timeToIdleInSeconds: 60, timeBetweenUsesInSeconds: 5 } })
      await registry.add(session)
      assert.deepEqual(await registry.grantChild(session.id, ticketOf('ST')), { kind: 'granted' })
      clock.now = START + 4999
      assert.deepEqual(await registry.grantChild(session.id, ticketOf('ST')), { kind: 'too-soon' })
      assert.equal((await registry.get(session.id))?.lastUsedAtMs, START)
      clock.now = START + 5000
      assert.deepEqual(await registry.grantChild(session.id, ticketOf('ST')), { kind: 'granted' })
    })

    check('fifty grants at once are all tracked', async ({ registry }) => {
      const session = ticketOf('TGT')
      await registry.add(session)
      await Promise.all(
        Array.from({ length: 50 }, (_, index) => {
          const ticket = ticketOf('ST')
          const service = track(`https://app${index}.example.org/`, ticket.id)
          return registry.grantChild(session.id, ticket, { service, mode: 'latest-per-path' })
        }),
      )
      assert.equal((await registry.servicesOf(session.id)).length, 50)
      assert.equal((await registry.get(session.id))?.countOfUses, 50)
    })

    check('of one path the latest ticket is kept in mind, or all, as wished', async ({ registry }) => {
      const [latest, all] = [ticketOf('TGT'), ticketOf('TGT')]
      await registry.add(latest)
      await registry.add(all)
      const services = ['https://a.example.org/x', 'https://b.example.org/', 'https://a.example.org/x?y=1', 'https://a.example.org/x;s#f']
      for (const [index, service] of services.entries()) {
        for (const [session, mode] of [[latest, 'latest-per-path'] as const, [all, 'all'] as const]) {
          const ticket = ticketOf('ST')
          await registry.grantChild(session.id, ticket, { service: track(service, ticket.id, START + index), mode })
        }
      }
      const kept = async (id: string) => (await registry.servicesOf(id)).map(({ service }) => service)
      assert.deepEqual(await kept(latest.id), ['https://b.example.org/', 'https://a.example.org/x;s#f'])
      assert.deepEqual(await kept(all.id), services)
    })

    check('of one path at most fifty are kept in mind, the latest', async ({ registry, clock }) => {
      const session = ticketOf('TGT')
      await registry.add(session)
      for (let index = 0; index < 60; index++) {
        const ticket = ticketOf('ST')
        clock.now = START + index
        const service = track(`https://a.example.org/x?n=${index}`, ticket.id, clock.now)
        await registry.grantChild(session.id, ticket, { service, mode: 'all' })
      }
      const kept = await registry.servicesOf(session.id)
      assert.equal(kept.length, 50)
      assert.equal(kept[0]?.service, 'https://a.example.org/x?n=10')
    })

    check('a new session takes over the services of the old one', async ({ registry }) => {
      const [before, after] = [ticketOf('TGT'), ticketOf('TGT')]
      await registry.add(before)
      await registry.add(after)
      for (const [session, path, at] of [[before, 'a', 1] as const, [before, 'b', 2] as const, [after, 'b', 3] as const]) {
        const ticket = ticketOf('ST')
        const service = track(`https://${path}.example.org/`, ticket.id, START + at)
        await registry.grantChild(session.id, ticket, { service, mode: 'latest-per-path' })
      }
      await registry.adoptServices(before.id, after.id)
      const services = await registry.servicesOf(after.id)
      assert.deepEqual(
        services.map(({ service, grantedAtMs }) => [service, grantedAtMs - START]),
        [
          ['https://a.example.org/', 1],
          ['https://b.example.org/', 3],
        ],
      )
      assert.deepEqual((await registry.destroyTree(before.id, 'replaced'))?.services, [])
    })
  })

  describe(`${name}: the end of a session`, () => {
    check('a session takes all that hangs on it with it, and is handed out once', async ({ registry }) => {
      const session = ticketOf('TGT')
      const [granting, token, unused] = [ticketOf('PGT'), ticketOf('AT'), ticketOf('ST')]
      const below = ticketOf('PT')
      await registry.add(session)
      await registry.grantChild(session.id, unused, { service: track('https://a.example.org/', unused.id), mode: 'all' })
      await registry.grantChild(session.id, granting)
      await registry.grantChild(session.id, token)
      await registry.grantChild(granting.id, below)
      const ends = await Promise.all(Array.from({ length: 20 }, () => registry.destroyTree(session.id, 'logout')))
      const [end, ...none] = ends.filter((each) => each !== undefined)
      assert.deepEqual(none, [])
      assert.equal(end?.reason, 'logout')
      assert.equal(end?.ticket.principalId, 'ada')
      assert.deepEqual(end?.services, [track('https://a.example.org/', unused.id)])
      for (const { id } of [session, granting, token, unused, below]) assert.equal(await registry.get(id), undefined)
      assert.equal((await registry.consume(unused.id, ['ST'])).ok, false)
      assert.equal((await registry.consume(below.id, ['PT'])).ok, false)
      assert.deepEqual(await registry.grantChild(session.id, ticketOf('ST')), { kind: 'parent-gone' })
      assert.deepEqual(await registry.grantChild(granting.id, ticketOf('PT')), { kind: 'parent-gone' })
      assert.equal(await registry.touch(session.id), false)
      assert.deepEqual(await registry.sessionsOf('ada'), [])
      assert.deepEqual(await registry.counts().then(({ TGT, PGT, AT }) => ({ TGT, PGT, AT })), { TGT: 0, PGT: 0, AT: 0 })
    })

    check('a granting ticket below goes with its own children only', async ({ registry }) => {
      const session = ticketOf('TGT')
      const granting = ticketOf('PGT')
      const [below, beside] = [ticketOf('PT'), ticketOf('AT')]
      await registry.add(session)
      await registry.grantChild(session.id, granting)
      await registry.grantChild(session.id, beside)
      await registry.grantChild(granting.id, below)
      assert.ok(await registry.destroyTree(granting.id, 'logout'))
      assert.equal(await registry.get(below.id), undefined)
      assert.ok(await registry.get(beside.id))
      assert.ok(await registry.get(session.id))
    })

    check('when the session has expired, what hangs on it has too', async ({ registry, clock }) => {
      const session = ticketOf('TGT', { policy: { timeToLiveInSeconds: 60 } })
      const token = ticketOf('AT')
      await registry.add(session)
      await registry.grantChild(session.id, token)
      assert.equal((await registry.get(token.id))?.expiresAtMs, START + 60_000)
      clock.now = START + 60_001
      assert.equal(await registry.get(token.id), undefined)
      assert.deepEqual(await registry.consume(token.id, ['AT']), { ok: false, reason: 'parent-gone' })
    })

    check('what hangs on nothing that lives is not taken in', async ({ registry }) => {
      const orphan = ticketOf('AT', { parentId: ticketOf('TGT').id })
      await registry.add(orphan)
      assert.equal(await registry.get(orphan.id), undefined)
    })

    check('grants race with the end of the session and leave nothing behind', async ({ registry }) => {
      const session = ticketOf('TGT')
      await registry.add(session)
      const tickets = Array.from({ length: 60 }, () => ticketOf('ST'))
      let end: Awaited<ReturnType<TicketRegistry['destroyTree']>>
      const grants = await Promise.all(
        tickets.map(async (ticket, index) => {
          if (index === 30) end = await registry.destroyTree(session.id, 'logout')
          const service = track(`https://app${index}.example.org/`, ticket.id)
          return registry.grantChild(session.id, ticket, { service, mode: 'all' })
        }),
      )
      const granted = grants.filter(({ kind }) => kind === 'granted').length
      assert.equal(end?.services.length, granted)
      for (const { id } of tickets) assert.equal((await registry.consume(id, ['ST'])).ok, false)
    })

    check('an expired session can still be ended, once, so that its applications are told', async ({ registry, clock }) => {
      const session = ticketOf('TGT', { policy: { timeToLiveInSeconds: 60 } })
      await registry.add(session)
      clock.now = START + 61_000
      assert.ok(await registry.destroyTree(session.id, 'logout'))
      assert.equal(await registry.destroyTree(session.id, 'logout'), undefined)
      assert.deepEqual(await registry.dueSessions(10, 1000), [])
    })

    check('a single ticket can be removed', async ({ registry }) => {
      const ticket = ticketOf('TST')
      await registry.add(ticket)
      assert.deepEqual([await registry.delete(ticket.id), await registry.delete(ticket.id)], [true, false])
      assert.equal((await registry.counts())['TST'], 0)
    })
  })

  describe(`${name}: finding sessions`, () => {
    check('the sessions of a user are found without case, the oldest first', async ({ registry, clock }) => {
      const ids: string[] = []
      for (const [index, principalId] of ['Ada', 'ada', 'ADA', 'grace'].entries()) {
        clock.now = START + 1000 * (4 - index)
        const session = ticketOf('TGT', { principalId, createdAtMs: clock.now })
        await registry.add(session)
        ids.push(session.id)
      }
      const found = await registry.sessionsOf('aDa')
      assert.deepEqual(
        found.map(({ principalId }) => principalId),
        ['ADA', 'ada', 'Ada'],
      )
      assert.equal(await registry.countSessionsOf('ada'), 3)
      assert.equal(await registry.countSessionsOf('nobody'), 0)
      await registry.destroyTree(ids[1] ?? '', 'logout')
      assert.equal(await registry.countSessionsOf('ada'), 2)
    })

    check('tickets of one kind are listed page by page, the living ones, each once', async ({ registry, clock }) => {
      const kept: string[] = []
      for (let index = 0; index < 25; index++) {
        const ticket = ticketOf('TST', { policy: { timeToLiveInSeconds: index === 7 ? 1 : 3600 }, body: { index } })
        await registry.add(ticket)
        if (index !== 7) kept.push(String(index))
      }
      await registry.add(ticketOf('TGT'))
      clock.now += 2000
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = await registry.ticketsOf('TST', { limit: 10, ...(cursor === undefined ? {} : { cursor }) })
        assert.ok(page.tickets.length <= 10)
        seen.push(...page.tickets.map(({ body }) => String((body as { index: number }).index)))
        cursor = page.next
      } while (cursor !== undefined)
      assert.deepEqual(seen.sort(), kept.sort())
      assert.deepEqual((await registry.ticketsOf('NONE', { limit: 10 })).tickets, [])
    })

    check('a handle finds a living ticket with the services that it tracks', async ({ registry, clock }) => {
      const session = ticketOf('TGT', { policy: { timeToLiveInSeconds: 60 } })
      await registry.add(session)
      const ticket = ticketOf('ST', { parentId: session.id })
      await registry.grantChild(session.id, ticket, { service: track(TOLD, ticket.id), mode: 'all' })
      const handle = (await registry.get(session.id))?.handle ?? ''
      const found = await registry.findByHandle(handle)
      assert.equal(found?.ticket.handle, handle)
      assert.deepEqual(
        found?.services.map(({ ticketId }) => ticketId),
        [ticket.id],
      )
      assert.equal(await registry.findByHandle(session.id), undefined)
      assert.equal(await registry.findByHandle(`${handle.slice(0, 12)}00000000`), undefined)
      clock.now += 60_001
      assert.equal(await registry.findByHandle(handle), undefined)
    })

    check('a handle shows no usable id and ends the session', async ({ registry }) => {
      const session = ticketOf('TGT')
      await registry.add(session)
      const handle = (await registry.get(session.id))?.handle ?? ''
      assert.match(handle, /^TGT-[0-9a-f]{16}-sso1$/)
      assert.equal(await registry.get(handle), undefined)
      assert.equal(await registry.destroyByHandle(`${handle}x`, 'administrator'), undefined)
      assert.equal(await registry.destroyByHandle(handle.replace('TGT', 'PGT'), 'administrator'), undefined)
      assert.equal((await registry.destroyByHandle(handle, 'administrator'))?.reason, 'administrator')
      assert.equal(await registry.destroyByHandle(handle, 'administrator'), undefined)
      assert.equal(await registry.get(session.id), undefined)
    })

    check('all sessions can be read page by page, each once', async ({ registry }) => {
      const added = Array.from({ length: 25 }, (_, index) => ticketOf('TGT', { principalId: `user${index}` }))
      for (const each of added) await registry.add(each)
      await registry.add(ticketOf('PGT'))
      const seen: Ticket[] = []
      let cursor: string | undefined
      do {
        const page = await registry.sessions({ limit: 10, ...(cursor === undefined ? {} : { cursor }) })
        assert.ok(page.sessions.length <= 10)
        seen.push(...page.sessions)
        cursor = page.next
        // The page that follows starts behind the last one even if that has ended meanwhile.
        if (seen.length === 10) await registry.destroyByHandle(seen[9]?.handle ?? '', 'administrator')
      } while (cursor !== undefined)
      assert.equal(new Set(handles(seen)).size, 25)
      assert.deepEqual(new Set(seen.map(({ principalId }) => principalId)), new Set(added.map(({ principalId }) => principalId)))
      assert.deepEqual((await registry.sessions({ limit: 10, cursor: 'garbage \u0000' })).sessions.length <= 10, true)
    })

    check('living tickets are counted by kind', async ({ registry, clock }) => {
      const session = ticketOf('TGT')
      await registry.add(session)
      const tickets = [ticketOf('ST'), ticketOf('ST'), ticketOf('ST')]
      for (const each of tickets) await registry.grantChild(session.id, each)
      assert.deepEqual(await registry.counts(), { TGT: 1, PGT: 0, ST: 3, PT: 0, TST: 0, OC: 0, AT: 0, LR: 0 })
      await registry.consume(tickets[0]?.id ?? '', ['ST'])
      assert.equal((await registry.counts())['ST'], 2)
      clock.now = START + 10_001
      await registry.sweep(100)
      assert.equal((await registry.counts())['ST'], 0)
    })
  })

  describe(`${name}: what has become due`, () => {
    check('an expired session is handed out with its services, to one caller at a time, until it is ended', async ({ registry, clock }) => {
      const session = ticketOf('TGT', { policy: { timeToLiveInSeconds: 60 } })
      const ticket = ticketOf('ST')
      await registry.add(session)
      await registry.add(ticketOf('TGT'))
      await registry.grantChild(session.id, ticket, { service: track('https://a.example.org/', ticket.id), mode: 'all' })
      assert.deepEqual(await registry.dueSessions(10, 5000), [])
      clock.now = START + 60_001
      const taken = (await Promise.all([registry.dueSessions(10, 5000), registry.dueSessions(10, 5000)])).flat()
      assert.equal(taken.length, 1)
      assert.equal(taken[0]?.reason, 'expired')
      assert.deepEqual(taken[0]?.services, [track('https://a.example.org/', ticket.id)])
      clock.now += 5001
      const again = await registry.dueSessions(10, 5000)
      assert.deepEqual(handles(again.map((each) => each.ticket)), handles(taken.map((each) => each.ticket)))
      assert.ok(await registry.destroyByHandle(again[0]?.ticket.handle ?? '', 'expired'))
      clock.now += 5001
      assert.deepEqual(await registry.dueSessions(10, 5000), [])
    })

    check('a session that was used meanwhile is not due', async ({ registry, clock }) => {
      const session = ticketOf('TGT', { policy: { timeToIdleInSeconds: 60 } })
      await registry.add(session)
      clock.now = START + 50_000
      await registry.touch(session.id)
      clock.now = START + 100_000
      assert.deepEqual(await registry.dueSessions(10, 1000), [])
      clock.now = START + 110_001
      assert.equal((await registry.dueSessions(10, 1000)).length, 1)
    })

    check('due sessions come in portions', async ({ registry, clock }) => {
      for (let index = 0; index < 7; index++) await registry.add(ticketOf('TGT', { policy: { timeToLiveInSeconds: 10 } }))
      clock.now = START + 10_001
      const sizes = [await registry.dueSessions(3, 1000), await registry.dueSessions(3, 1000), await registry.dueSessions(3, 1000)]
      assert.deepEqual(
        sizes.map(({ length }) => length),
        [3, 3, 1],
      )
    })

    check('other expired tickets are removed in portions, living ones stay', async ({ registry, clock }) => {
      const session = ticketOf('TGT')
      await registry.add(session)
      for (let index = 0; index < 5; index++) await registry.grantChild(session.id, ticketOf('ST'))
      const used = ticketOf('ST')
      await registry.grantChild(session.id, used)
      await registry.consume(used.id, ['ST'])
      const token = ticketOf('AT')
      await registry.grantChild(session.id, token)
      assert.equal(await registry.sweep(100), 0)
      clock.now = START + 10_001
      assert.equal(await registry.sweep(4), 4)
      assert.equal(await registry.sweep(4), 2)
      assert.equal(await registry.sweep(4), 0)
      assert.deepEqual(await registry.consume(used.id, ['ST']), { ok: false, reason: 'unknown' })
      assert.ok(await registry.get(token.id))
      assert.ok(await registry.get(session.id))
    })

    check('what was remembered once goes with its time', async ({ registry, clock }) => {
      for (let index = 0; index < 3; index++) await registry.putOnce(`nonce${index}`, START + 1000)
      clock.now = START + 1001
      assert.equal(await registry.sweep(100), 3)
      assert.equal(await registry.sweep(100), 0)
    })
  })

  describe(`${name}: events that are counted`, () => {
    check('events of a key are counted from an instant on, and forgotten', async ({ registry, clock }) => {
      for (const at of [0, 1000, 2000]) await registry.addHit('192.0.2.1|ada', START + at, START + 60_000)
      await registry.addHit('192.0.2.1|grace', START, START + 60_000)
      assert.equal(await registry.hitsSince('192.0.2.1|ada', START - 1), 3)
      assert.equal(await registry.hitsSince('192.0.2.1|ada', START), 2)
      assert.equal(await registry.hitsSince('192.0.2.1|nobody', 0), 0)
      clock.now = START + 60_001
      assert.equal(await registry.hitsSince('192.0.2.1|ada', START - 1), 0)
      assert.ok((await registry.sweep(100)) > 0)
      assert.equal(await registry.sweep(100), 0)
    })

    check('events of one instant all count', async ({ registry }) => {
      await Promise.all(Array.from({ length: 20 }, () => registry.addHit('key', START, START + 1000)))
      assert.equal(await registry.hitsSince('key', START - 1), 20)
    })

    check('events of a key can be forgotten at once', async ({ registry }) => {
      await registry.addHit('one', START, START + 1000)
      await registry.addHit('two', START, START + 1000)
      await registry.clearHits('one')
      assert.deepEqual([await registry.hitsSince('one', 0), await registry.hitsSince('two', 0)], [0, 1])
    })
  })

  describe(`${name}: the store itself`, () => {
    check('says that it is well', async ({ registry }) => {
      assert.equal((await registry.health()).up, true)
    })

    check('a closed store is unavailable and never says that a ticket is not there', async ({ registry }) => {
      const session = ticketOf('TGT')
      await registry.add(session)
      await registry.close()
      await assert.rejects(registry.get(session.id), { status: 503 })
      await assert.rejects(registry.consume(session.id, ['TGT']), { status: 503 })
      await assert.rejects(registry.add(ticketOf('TGT')), { status: 503 })
      assert.equal((await registry.health()).up, false)
    })
  })
}
