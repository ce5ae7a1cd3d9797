import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import twilioLibrary from 'twilio'
import { ending, finished, openWorld, twilioSettings } from '../notifications/world.ts'
import { ACCOUNT, type FakeTwilio, startTwilio, TOKEN } from '../support/twilio.ts'

/** The library of Twilio against the Twilio of the tests: what it takes and gives is what their own client expects (notifications.md 6.4). */
let twilio: FakeTwilio
const { Twilio } = twilioLibrary
let client: InstanceType<typeof Twilio>
before(async () => {
  twilio = await startTwilio({ plain: true })
  client = new Twilio(ACCOUNT, TOKEN)
  client.api.baseUrl = twilio.url
})
after(() => twilio[Symbol.asyncDispose]())

const FROM = '+15005550006'
const TO = '+11234567890'
const BODY = 'The service Käse & Söhne + 100% is gone 🎉'

test('the official client sends to our Twilio what we send, and reads its answer', async () => {
  const message = await client.messages.create({ to: TO, from: FROM, body: BODY })
  assert.match(message.sid, /^SM[0-9a-f]{32}$/)
  assert.deepEqual([message.status, message.to, message.from, message.body, message.accountSid], ['queued', TO, FROM, BODY, ACCOUNT])
  assert.ok(message.dateCreated instanceof Date && !Number.isNaN(message.dateCreated.getTime()))

  await using world = await openWorld({
    settings: { ...twilioSettings(twilio), 'cas.serviceRegistry.sms.from': FROM, 'cas.serviceRegistry.sms.text': BODY },
    services: { 'App-1.json': ending(1, 'App', [{ phone: TO }]) },
  })
  await finished(world)
  const [theirs, ours] = twilio.posts.map(({ method, path, form, headers }) => ({
    ...{ method, path, form: [...form].sort(), authorization: headers.authorization },
    ...{ type: headers['content-type']?.split(';')[0], accept: headers.accept },
  }))
  assert.deepEqual(ours, theirs)
})

test('a messaging service is named in the same field', async () => {
  const messagingServiceSid = `MG${'0'.repeat(32)}`
  twilio.posts.length = 0
  await client.messages.create({ to: TO, messagingServiceSid, body: BODY })
  await using world = await openWorld({
    settings: { ...twilioSettings(twilio), 'cas.serviceRegistry.sms.from': messagingServiceSid, 'cas.serviceRegistry.sms.text': BODY },
    services: { 'App-1.json': ending(1, 'App', [{ phone: TO }]) },
  })
  await finished(world)
  const [theirs, ours] = twilio.posts.map(({ form }) => [...form].sort())
  assert.deepEqual(ours, theirs)
})

const refusals = [
  ['+15005550001', FROM, 21211],
  ['+15005550004', FROM, 21610],
  ['+15005550009', FROM, 21614],
  [TO, '+15005550007', 21606],
  [TO, '+15005550001', 21212],
] as const
test('its refusals are errors of the official client, with code, status and address of the explanation', async () => {
  for (const [to, from, code] of refusals) {
    await assert.rejects(client.messages.create({ to, from, body: BODY }), (error: Readonly<Record<string, unknown>>) => {
      assert.deepEqual([error['code'], error['status'], error['moreInfo']], [code, 400, `https://www.twilio.com/docs/errors/${code}`])
      return true
    })
  }
  const stranger = new Twilio(ACCOUNT, 'another token')
  stranger.api.baseUrl = twilio.url
  await assert.rejects(stranger.messages.create({ to: TO, from: FROM, body: BODY }), { status: 401, code: 20003 })
})

test('the official client finds a message in the list, page by page, and by its id', async () => {
  const number = '+11230009999'
  const sids = new Set<string>()
  for (let count = 0; count < 7; count++) sids.add((await client.messages.create({ to: number, from: FROM, body: `${count}` })).sid)
  const listed = await client.messages.list({ to: number, pageSize: 3 })
  assert.deepEqual(new Set(listed.map(({ sid }) => sid)), sids)
  const [sid = ''] = sids
  twilio.fates.set(number, { status: 'undelivered', errorCode: 30003 })
  const one = await client.messages(sid).fetch()
  assert.deepEqual([one.status, one.errorCode], ['undelivered', 30003])
})
