import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type OpenedRegistry, START, ticketOf } from './ticket-registry.ts'

/** One ticket for others, and how many may live (tickets.md 7.2, 7.6); run for every store in one line each. */
export function ticketExchangeConformance(name: string, open: () => Promise<OpenedRegistry>): void {
  const check = (title: string, run: (opened: OpenedRegistry) => Promise<void>) =>
    test(title, async () => {
      await using opened = await open()
      await run(opened)
    })
  const limit = (ticketId: string, max: number, onExceed: 'deny' | 'evict-oldest' = 'deny') => ({
    scope: 'AT shop',
    max,
    ticketId,
    onExceed,
  })

  describe(`${name}: exchanges`, () => {
    check('a ticket is used up and others come for it, one hanging on another', async ({ registry }) => {
      const [session, code, node] = [ticketOf('TGT'), ticketOf('OC'), ticketOf('PGT')]
      await registry.add(session)
      await registry.add({ ...code, parentId: session.id })
      const token = ticketOf('AT', { parentId: node.id })
      assert.deepEqual(
        await registry.exchange({ consume: { id: code.id, kinds: ['OC'] }, add: [{ ...node, parentId: session.id }, token] }),
        { kind: 'exchanged' },
      )
      assert.deepEqual(await registry.consume(code.id, ['OC']), { ok: false, reason: 'used' })
      assert.ok(await registry.get(token.id))
      await registry.destroyTree(node.id, 'logout')
      assert.equal(await registry.get(token.id), undefined)
      assert.ok(await registry.get(session.id))
    })

    check('of many exchanges of one ticket at once exactly one gives anything', async ({ registry }) => {
      const code = ticketOf('OC')
      await registry.add(code)
      const tokens = Array.from({ length: 20 }, () => ticketOf('AT'))
      const results = await Promise.all(tokens.map((token) => registry.exchange({ consume: { id: code.id, kinds: ['OC'] }, add: [token] })))
      assert.equal(results.filter(({ kind }) => kind === 'exchanged').length, 1)
      const living = await Promise.all(tokens.map(({ id }) => registry.get(id)))
      assert.equal(living.filter(Boolean).length, 1)
    })

    check('what cannot be given brings nothing, and says why', async ({ registry, clock }) => {
      const code = ticketOf('OC')
      await registry.add(code)
      const attempt = async (consume: { id: string; kinds: readonly string[] }) => {
        const token = ticketOf('AT')
        const result = await registry.exchange({ consume, add: [token] })
        assert.equal(await registry.get(token.id), undefined)
        return result
      }
      assert.deepEqual(await attempt({ id: 'OC-1-nobody', kinds: ['OC'] }), { kind: 'not-consumed', reason: 'unknown' })
      assert.deepEqual(await attempt({ id: 'XX-1', kinds: ['OC'] }), { kind: 'not-consumed', reason: 'unknown' })
      assert.deepEqual(await attempt({ id: code.id, kinds: ['ST'] }), { kind: 'not-consumed', reason: 'wrong-kind' })
      clock.now = START + 30_001
      assert.deepEqual(await attempt({ id: code.id, kinds: ['OC'] }), { kind: 'not-consumed', reason: 'expired' })
    })

    check('nothing is used up for tickets that cannot be added', async ({ registry }) => {
      const [code, token] = [ticketOf('OC'), ticketOf('AT')]
      await registry.add(code)
      await registry.add(token)
      const consume = { id: code.id, kinds: ['OC'] }
      assert.deepEqual(await registry.exchange({ consume, add: [ticketOf('AT', { parentId: 'TGT-1-gone' })] }), { kind: 'parent-gone' })
      await assert.rejects(registry.exchange({ consume, add: [ticketOf('AT'), token] }), { code: 'duplicate' })
      assert.equal((await registry.consume(code.id, ['OC'])).ok, true)
    })

    check('a ticket with several uses is exchanged as often', async ({ registry }) => {
      const code = ticketOf('OC', { policy: { numberOfUses: 2, timeToLiveInSeconds: 30 } })
      await registry.add(code)
      const exchange = () => registry.exchange({ consume: { id: code.id, kinds: ['OC'] }, add: [ticketOf('AT')] })
      assert.deepEqual(
        [await exchange(), await exchange(), await exchange()].map(({ kind }) => kind),
        ['exchanged', 'exchanged', 'not-consumed'],
      )
    })

    check('a ticket that is taken away is gone, whatever its uses', async ({ registry }) => {
      const code = ticketOf('AT')
      await registry.add(code)
      const exchange = () => registry.exchange({ consume: { id: code.id, kinds: ['AT'], remove: true }, add: [ticketOf('OC')] })
      assert.deepEqual(await exchange(), { kind: 'exchanged' })
      assert.deepEqual(await exchange(), { kind: 'not-consumed', reason: 'unknown' })
    })
  })

  describe(`${name}: limits`, () => {
    check('no more tickets live than the limit allows, however many come at once', async ({ registry }) => {
      const tokens = Array.from({ length: 12 }, () => ticketOf('AT'))
      const results = await Promise.all(tokens.map((token) => registry.exchange({ add: [token], limits: [limit(token.id, 3)] })))
      assert.equal(results.filter(({ kind }) => kind === 'exchanged').length, 3)
      assert.deepEqual(results[11], { kind: 'limit', scope: 'AT shop' })
      assert.equal((await registry.counts())['AT'], 3)
    })

    check('beyond a limit nothing comes and nothing is used up', async ({ registry }) => {
      const [code, first, second, other] = [ticketOf('OC'), ticketOf('AT'), ticketOf('AT'), ticketOf('PGT')]
      await registry.add(code)
      await registry.exchange({ add: [first], limits: [limit(first.id, 1)] })
      const result = await registry.exchange({
        consume: { id: code.id, kinds: ['OC'] },
        add: [other, second],
        limits: [{ ...limit(other.id, 5), scope: 'other' }, limit(second.id, 1)],
      })
      assert.deepEqual(result, { kind: 'limit', scope: 'AT shop' })
      assert.equal(await registry.get(other.id), undefined)
      assert.equal((await registry.consume(code.id, ['OC'])).ok, true)
    })

    check('a ticket that ended, was removed, or died with its session leaves its place', async ({ registry, clock }) => {
      const one = async (parentId?: string) => {
        const token = ticketOf('AT', { policy: { timeToLiveInSeconds: 60 }, createdAtMs: clock.now, ...(parentId ? { parentId } : {}) })
        return { id: token.id, kind: (await registry.exchange({ add: [token], limits: [limit(token.id, 1)] })).kind }
      }
      const session = ticketOf('TGT')
      await registry.add(session)
      const first = await one(session.id)
      assert.equal((await one()).kind, 'limit')
      await registry.destroyTree(session.id, 'logout')
      const second = await one()
      assert.deepEqual([first.kind, second.kind, (await one()).kind], ['exchanged', 'exchanged', 'limit'])
      await registry.delete(second.id)
      assert.deepEqual([(await one()).kind, (await one()).kind], ['exchanged', 'limit'])
      clock.now = START + 60_001
      assert.equal((await one()).kind, 'exchanged')
      clock.now = START + 3_600_000
      assert.ok((await registry.sweep(100)) > 0)
      assert.equal((await one()).kind, 'exchanged')
    })

    check('what is used up by the exchange does not count', async ({ registry }) => {
      const once = { numberOfUses: 1, timeToLiveInSeconds: 3600 }
      const [before, after] = [ticketOf('AT', { policy: once }), ticketOf('AT', { policy: once })]
      await registry.exchange({ add: [before], limits: [limit(before.id, 1)] })
      const rotated = await registry.exchange({
        consume: { id: before.id, kinds: ['AT'] },
        add: [after],
        limits: [limit(after.id, 1)],
      })
      assert.deepEqual(rotated, { kind: 'exchanged' })
      const third = ticketOf('AT', { policy: once })
      assert.equal((await registry.exchange({ add: [third], limits: [limit(third.id, 1)] })).kind, 'limit')
    })

    check('the oldest makes room where that is wanted', async ({ registry, clock }) => {
      const ids: string[] = []
      for (let index = 0; index < 4; index++) {
        clock.now = START + index
        const token = ticketOf('AT', { createdAtMs: clock.now })
        ids.push(token.id)
        assert.deepEqual(await registry.exchange({ add: [token], limits: [limit(token.id, 2, 'evict-oldest')] }), { kind: 'exchanged' })
      }
      const living = await Promise.all(ids.map((id) => registry.get(id)))
      assert.deepEqual(living.map(Boolean), [false, false, true, true])
      const none = ticketOf('AT')
      assert.equal((await registry.exchange({ add: [none], limits: [limit(none.id, 0, 'evict-oldest')] })).kind, 'limit')
    })

    check('scopes do not know one another', async ({ registry }) => {
      for (const scope of ['AT shop', 'AT notes', 'RT shop']) {
        const token = ticketOf('AT')
        assert.equal((await registry.exchange({ add: [token], limits: [{ ...limit(token.id, 1), scope }] })).kind, 'exchanged')
      }
    })
  })
}
