import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { StartRefusal } from '../../src/base/start-refusal.ts'
import { eventually } from '../support/castellan.ts'
import { type FakeTwilio, startTwilio } from '../support/twilio.ts'
import { ending, finished, openWorld, twilioSettings, type World } from './world.ts'

let twilio: FakeTwilio
before(async () => {
  twilio = await startTwilio({ plain: true })
})
after(() => twilio[Symbol.asyncDispose]())

const CHECKS = { 'castellan.sms.twilio.deliveryChecks': ['PT0.05S', 'PT0.1S', 'PT0.2S'] }
const endings = (phones: readonly string[]) =>
  Object.fromEntries(phones.map((phone, at) => [`S-${at + 1}.json`, ending(at + 1, `S${at + 1}`, [{ phone }])]))
const recordTo = async (world: World, to: string) => (await world.notifications.overview()).records.find((record) => record.to === to)

test('what became of a message after it was taken is asked for and written down; a refusal of the carrier is an ERROR with its code', async () => {
  twilio.fates.set('+11230000001', { status: 'delivered' })
  twilio.fates.set('+11230000002', { status: 'undelivered', errorCode: 30007 })
  await using world = await openWorld({
    settings: { ...twilioSettings(twilio), ...CHECKS },
    services: endings(['+11230000001', '+11230000002', '+11230000003']),
  })
  await finished(world)
  const outcomeOf = (to: string) => eventually(`what became of ${to}`, async () => (await recordTo(world, to))?.delivery)
  const delivered = await outcomeOf('+11230000001')
  assert.deepEqual([delivered.outcome, delivered.status], ['delivered', 'delivered'])
  const refused = await outcomeOf('+11230000002')
  assert.deepEqual([refused.outcome, refused.code], ['undelivered', '30007'])
  assert.ok(world.messages('error').includes('Notification was taken by twilio, but not delivered (30007: Message filtered).'))
  // Nobody knows by the last time it is asked for: that is what stands there then.
  assert.equal((await outcomeOf('+11230000003')).outcome, 'open')
  assert.deepEqual((await world.notifications.overview()).counts.sent, 3)
  const counts = world.notifications.counters().map(({ result, count }) => `${result} ${count}`)
  assert.deepEqual(counts.sort(), ['delivered 1', 'sent 3', 'undelivered 1'])
})

test('what a server has not come to ask is asked by the next, when it is due', async () => {
  for (const [number, location] of [
    ['+11230000005', undefined],
    ['+11230000006', 'outbox'],
  ] as const) {
    twilio.fates.set(number, { status: 'undelivered', errorCode: 30003 })
    const directory = mkdtempSync(join(tmpdir(), 'castellan-delivery-'))
    try {
      const settings = (checks: readonly string[]) => ({
        ...twilioSettings(twilio),
        ...(location === undefined ? {} : { 'castellan.notifications.state.location': join(directory, location) }),
        'castellan.sms.twilio.deliveryChecks': checks,
      })
      {
        await using first = await openWorld({ directory, settings: settings(['PT1H']), services: endings([number]) })
        await finished(first)
      }
      await using next = await openWorld({ directory, settings: settings(['PT0.05S', 'PT1H']) })
      const found = await eventually('what became of it', async () => (await recordTo(next, number))?.delivery)
      assert.deepEqual([found.outcome, found.code], ['undelivered', '30003'])
      assert.equal(next.messages('error').filter((line) => /not delivered/.test(line)).length, 1)
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  }
})

test('it is asked for as often as the settings say, and not at all where they say nothing', async () => {
  await using silent = await openWorld({ settings: twilioSettings(twilio), services: endings(['+11230000004']) })
  await finished(silent)
  assert.equal((await recordTo(silent, '+11230000004'))?.delivery, undefined)
  const settings = { ...twilioSettings(twilio), 'castellan.sms.twilio.deliveryChecks': ['soon'] }
  await assert.rejects(openWorld({ settings }), (error) => error instanceof StartRefusal && /delivery-checks/.test(error.message))
})

test('messages from one number leave one after the other, a second apart; mails and other senders do not wait for them', async () => {
  await using world = await openWorld({
    settings: { ...twilioSettings(twilio), 'castellan.sms.twilio.messagesPerSecond': 1, 'castellan.notifications.retry.maxDelay': 0.05 },
    services: endings(['+11230000011', '+11230000012', '+11230000013']),
    runs: false,
  })
  const sent = async () => (await world.notifications.overview()).counts.sent
  // The clock stands still: the second has its turn when a second has passed, and the third one later.
  for (const count of [1, 2, 3]) {
    await eventually(`${count} are sent`, async () => (await sent()) === count || undefined)
    await world.notifications.overview()
    assert.equal(await sent(), count)
    world.moveClock(1000)
  }
  await using others = await openWorld({
    settings: {
      ...twilioSettings(twilio),
      'castellan.sms.twilio.messagesPerSecond': 1,
      'cas.serviceRegistry.sms.from': `MG${'0'.repeat(32)}`,
    },
    services: endings(['+11230000021', '+11230000022', '+11230000023']),
    runs: false,
  })
  await finished(others)
})
