// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of messages
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, freePort } from '../support/castellan.ts'
import { startTwilio } from '../support/twilio.ts'
import { bodies, ending, finished, openWorld, twilioSettings } from './world.ts'

const HOUR_MS = 3_600_000

test('a date that is none tells nobody and deletes nothing; the file and the text stand in the log', async () => {
  await using twilio = await startTwilio({ plain: true })
  await using world = await openWorld({
    settings: twilioSettings(twilio),
    services: {
      'Bad-1.json': ending(1, 'Bad', [{ phone: '+11234567890' }], { expirationDate: '2026-02-30' }),
      'Good-2.json': ending(2, 'Good', [{ phone: '+11234567891' }]),
    },
  })
  assert.deepEqual(await finished(world), { '+11234567891': 'sent' })
  assert.ok(world.services.byId('1') && !world.services.byId('2'))
  assert.match(world.messages('error').join('\n'), /\/Bad-1\.json:\d+:\d+:.*"2026-02-30"/)
})

test('a template with unknown names is said at the start, with those that are known, and the message leaves all the same', async () => {
  await using twilio = await startTwilio({ plain: true })
  await using world = await openWorld({
    settings: { ...twilioSettings(twilio), 'cas.serviceRegistry.sms.text': 'Gone: ${service} ${owner}, #{date}' },
    services: { 'App-1.json': ending(1, 'App', [{ phone: '+11234567890' }]) },
  })
  await finished(world)
  assert.deepEqual(bodies(twilio), ['Gone: App ${owner}, #{date}'])
  const said = world.messages('warn').filter((line) => line.startsWith('cas.service-registry.sms.text: '))
  assert.match(
    said[0] ?? '',
    /\$\{owner\} names nothing known and stays as it is; known are service, id, serviceId, expirationDate, contact, action/,
  )
  assert.match(said[1] ?? '', /is an expression, which is not evaluated here/)
})

test('a provider that is down for three days is tried all the time, at last each hour, and then given up', async () => {
  await using world = await openWorld({
    settings: {
      ...twilioSettings({ url: `http://127.0.0.1:${await freePort()}` }),
      'castellan.notifications.retry.initialDelay': 10,
    },
    services: { 'App-1.json': ending(1, 'App', [{ phone: '+11234567890' }]) },
    runs: false,
    random: () => 0.5,
  })
  const attempts = async (least: number) =>
    eventually(`${least} tries`, async () => {
      const [record] = (await world.notifications.overview()).records
      return record && record.attempts >= least && record.state !== 'sending' ? record : undefined
    })
  let tries = (await attempts(1)).attempts
  for (let hour = 6; hour < 72; hour += 6) {
    world.moveClock(6 * HOUR_MS)
    const record = await attempts(tries + 1)
    assert.equal(record.state, 'pending', `after ${hour} hours`)
    tries = record.attempts
  }
  // Late tries come within the hour, not later and later.
  const [waiting] = (await world.notifications.overview()).records
  assert.ok((waiting?.dueAtMs ?? 0) - (waiting?.attemptedAtMs ?? 0) <= HOUR_MS)
  world.moveClock(6 * HOUR_MS)
  assert.deepEqual(await finished(world), { '+11234567890': 'failed' })
  assert.ok(world.messages('error').some((line) => line.startsWith('Notification failed: ECONNREFUSED')))
  assert.deepEqual(world.audit.records.filter(({ action }) => action === 'NOTIFICATION_FAILED').length, 1)
})
