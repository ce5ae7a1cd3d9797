import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '../../src/base/log.ts'
import { type CleanerParts, type DestroyedSession, startCleaner } from '../../src/tickets/index.ts'
import { memoryRegistry } from '../../src/tickets/registry/memory.ts'
import { kindsOfTests, START, ticketOf } from '../conformance/ticket-registry.ts'
import { ticketSettings } from './settings.ts'

const SCHEDULE = 'cas.ticket.registry.cleaner.schedule'

/** A worker whose timers run when the test says so. */
function world(settings: Readonly<Record<string, string>> = {}, more: Partial<CleanerParts> = {}) {
  const clock = { now: START }
  const registry = memoryRegistry({ idKey: Buffer.alloc(32, 7), catalogue: kindsOfTests, maxTickets: 10_000, clock: () => clock.now })
  const timers: { ms: number; run: () => void; cancelled: boolean }[] = []
  const told: DestroyedSession[] = []
  const cleaner = startCleaner({
    registry,
    settings: ticketSettings(settings),
    hostName: 'sso1.example.org',
    clock: () => clock.now,
    log: silentLog,
    onExpiredSession: async (session) => void told.push(session),
    after(ms, run) {
      const timer = { ms, run, cancelled: false }
      timers.push(timer)
      return {
        cancel() {
          timer.cancelled = true
        },
      }
    },
    ...more,
  })
  return { clock, registry, timers, told, cleaner }
}

const short = { timeToLiveInSeconds: 60 }

test('an expired session is handed on with its services and then removed, once among several workers', async () => {
  const one = world()
  const told: DestroyedSession[] = []
  const two = startCleaner({
    registry: one.registry,
    settings: ticketSettings(),
    hostName: '',
    clock: () => one.clock.now,
    log: silentLog,
    onExpiredSession: async (session) => void told.push(session),
  })
  const session = ticketOf('TGT', { policy: short })
  const ticket = ticketOf('ST')
  await one.registry.add(session)
  const service = { service: 'https://app.example.org/', ticketId: ticket.id, grantedAtMs: START }
  await one.registry.grantChild(session.id, ticket, { service, mode: 'all' })
  one.clock.now = START + 60_001
  await Promise.all([one.cleaner.run(), two.run()])
  const all = [...one.told, ...told]
  assert.equal(all.length, 1)
  assert.equal(all[0]?.reason, 'expired')
  assert.deepEqual(all[0]?.services, [service])
  assert.deepEqual(await one.registry.counts(), { TGT: 0, PGT: 0, ST: 0, PT: 0, TST: 0, OC: 0, AT: 0, LR: 0 })
  await two.stop()
})

test('a session whose end could not be told does not hold up the others', async () => {
  const told: string[] = []
  const { clock, registry, cleaner } = world(
    {},
    {
      async onExpiredSession({ ticket }) {
        if (ticket.principalId === 'ada') throw new Error('nobody there')
        told.push(ticket.principalId ?? '')
      },
    },
  )
  await registry.add(ticketOf('TGT', { policy: short }))
  await registry.add(ticketOf('TGT', { policy: short, principalId: 'grace' }))
  clock.now = START + 60_001
  await cleaner.run()
  assert.deepEqual(told, ['grace'])
  assert.equal((await registry.counts())['TGT'], 0)
})

test('a ticket that is handed out comes again until whoever it is handed to has removed it', async () => {
  let failures = 0
  const handed: string[] = []
  const { clock, registry, cleaner, told } = world(
    {},
    {
      overdue: {
        async LR({ handle }) {
          if (failures++ === 0) throw new Error('nobody there')
          handed.push(handle)
          await registry.destroyByHandle(handle, 'expired')
        },
      },
    },
  )
  await registry.add(ticketOf('LR', { policy: short }))
  clock.now = START + 60_001
  await cleaner.run()
  assert.deepEqual(handed, [])
  clock.now += 120_001
  await cleaner.run()
  assert.equal(handed.length, 1)
  clock.now += 120_001
  await cleaner.run()
  assert.equal(handed.length, 1)
  assert.equal(told.length, 0)
})

test('many expired sessions are handed on at a limited rate', async () => {
  const { clock, registry, timers, told, cleaner } = world()
  for (let index = 0; index < 450; index++) await registry.add(ticketOf('TGT', { policy: short }))
  clock.now = START + 60_001
  const round = cleaner.run()
  for (const count of [200, 400]) {
    while (told.length < count) await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(told.length, count)
    assert.equal(timers.at(-1)?.ms, 1000)
    timers.at(-1)?.run()
  }
  await round
  assert.equal(told.length, 450)
})

test('other expired tickets are removed without being told of', async () => {
  const { clock, registry, told, cleaner } = world()
  for (let index = 0; index < 500; index++) await registry.add(ticketOf('TST'))
  clock.now = START + 10_001
  assert.equal(await cleaner.run(), 500)
  assert.equal(told.length, 0)
})

test('the first round waits for the delay, the next for the interval', async () => {
  const { timers, cleaner } = world({ [`${SCHEDULE}.start-delay`]: 'PT5S', [`${SCHEDULE}.repeat-interval`]: '30000' })
  assert.deepEqual(
    timers.map(({ ms }) => ms),
    [5000],
  )
  timers[0]?.run()
  await cleaner.run()
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(
    timers.map(({ ms }) => ms),
    [5000, 30_000],
  )
  await cleaner.stop()
  assert.equal(timers[1]?.cancelled, true)
})

test('a cron expression takes the place of the interval', () => {
  const { timers } = world({ [`${SCHEDULE}.cron-expression`]: '0 30 * * * *' })
  assert.deepEqual(
    timers.map(({ ms }) => ms),
    [30 * 60_000],
  )
})

test('a node that is told not to, or whose name does not match, does not look', () => {
  assert.equal(world({ [`${SCHEDULE}.enabled`]: 'false' }).timers.length, 0)
  assert.equal(world({ [`${SCHEDULE}.enabled-on-host`]: 'sso2.*' }).timers.length, 0)
  assert.equal(world({ [`${SCHEDULE}.enabled-on-host`]: 'sso1' }).timers.length, 0)
  assert.equal(world({ [`${SCHEDULE}.enabled-on-host`]: 'sso1\\..*' }).timers.length, 1)
})

test('a schedule that cannot be read refuses the start, with the setting', () => {
  assert.throws(() => world({ [`${SCHEDULE}.cron-expression`]: 'every day' }), {
    name: 'StartRefusal',
    setting: `${SCHEDULE}.cron-expression`,
  })
  assert.throws(() => world({ [`${SCHEDULE}.enabled-on-host`]: '(' }), /must be a regular expression of Java/)
})
