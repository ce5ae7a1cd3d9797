import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodies, ending, finished, openWorld, twilioSettings } from '../notifications/world.ts'
import { startTwilio } from '../support/twilio.ts'

test('a definition with thousands of numbers costs a hundred messages, and an ERROR says so', async () => {
  await using twilio = await startTwilio({ plain: true })
  const contacts = Array.from({ length: 100 }, (_, contact) => ({
    phone: Array.from({ length: 50 }, (_each, number) => `+1123${String(contact * 50 + number).padStart(6, '0')}`).join(','),
  }))
  await using world = await openWorld({ settings: twilioSettings(twilio), services: { 'App-1.json': ending(1, 'App', contacts) } })
  await finished(world)
  assert.equal(twilio.posts.length, 100)
  assert.deepEqual(world.messages('error'), ['The service [App] names 5000 recipients; the first 100 are told, the others are not.'])
})

test('a name of a megabyte makes no message of a megabyte, and what was sent is not kept', async () => {
  await using twilio = await startTwilio({ plain: true })
  await using world = await openWorld({
    settings: { ...twilioSettings(twilio), 'cas.serviceRegistry.sms.text': '%s' },
    services: { 'App-1.json': ending(1, 'x'.repeat(900_000), [{ phone: '+11234567890' }]) },
  })
  await finished(world)
  assert.deepEqual(
    bodies(twilio).map((body) => body.length),
    [1000],
  )
  const [record] = (await world.notifications.overview()).records
  assert.equal(record?.text, '')
})
