import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { memoryAudit } from '../../src/audit/index.ts'
import { notificationsEndpoint } from '../../src/management/endpoints/notifications.ts'
import { bodies, ending, finished, openWorld as openMessages, twilioSettings } from '../notifications/world.ts'
import { type FakeTwilio, startTwilio } from '../support/twilio.ts'
import { ADMIN, openWorld } from './world.ts'

const OPEN = {
  'management.endpoint.notifications.access': 'UNRESTRICTED',
  'management.endpoints.web.exposure.include': ['notifications'],
  'cas.monitor.endpoints.endpoint': {
    notifications: { access: ['AUTHENTICATED'], requiredRoles: [], requiredAuthorities: [], requiredIpAddresses: [] },
  },
}

let twilio: FakeTwilio
before(async () => {
  twilio = await startTwilio({ plain: true })
})
after(() => twilio[Symbol.asyncDispose]())

/** Two services have ended; one contact gets the message, the other never will. */
async function open() {
  twilio.messages.length = twilio.posts.length = 0
  const messages = await openMessages({
    settings: twilioSettings(twilio),
    services: {
      'Good-1.json': ending(1, 'Good', [{ name: 'Owner', phone: '+11234567890' }]),
      'Bad-2.json': ending(2, 'Bad', [{ phone: '+15005550005' }]),
    },
  })
  await finished(messages)
  const audit = memoryAudit()
  const management = await openWorld(OPEN, {}, [notificationsEndpoint({ notifications: messages.notifications, audit })])
  const post = (path: string, body: unknown) =>
    management.ask(`/actuator/notifications${path}`, {
      method: 'POST',
      headers: { ...ADMIN, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const get = (query = '') => management.get(`/actuator/notifications${query}`, 'application/json', ADMIN)
  return {
    messages,
    management,
    audit,
    post,
    get,
    async [Symbol.asyncDispose]() {
      await management.close()
      await messages[Symbol.asyncDispose]()
    },
  }
}

interface Listed {
  readonly place: string
  readonly counts: Readonly<Record<string, number>>
  readonly channels: Readonly<Record<string, { readonly status: string }>>
  readonly messages: readonly { readonly key: string; readonly state: string; readonly to: string }[]
}

test('operators see what is in the outbox, with masked numbers and without texts; nobody else sees anything', async () => {
  await using world = await open()
  assert.equal((await world.management.get('/actuator/notifications')).status, 401)
  const answer = await world.get()
  const text = await answer.text()
  const { place, counts, channels, messages } = JSON.parse(text) as Listed
  assert.match(place, /^files in /)
  assert.deepEqual([counts['sent'], counts['failed'], counts['pending']], [1, 1, 0])
  assert.equal(channels['sms']?.status, 'UP')
  assert.deepEqual(messages.map(({ state, to }) => `${state} ${to}`).sort(), ['failed +15*****0005', 'sent +11*****7890'])
  for (const secret of ['+11234567890', '+15005550005', 'is expired', 'claim', 'a-token-of-the-tests']) {
    assert.ok(!text.includes(secret), secret)
  }
  const failed = (await (await world.get('?state=failed')).json()) as Listed
  assert.deepEqual(
    failed.messages.map(({ state }) => state),
    ['failed'],
  )
  assert.deepEqual(((await (await world.get('?limit=1')).json()) as Listed).messages.length, 1)
})

test('a message that failed is tried again on demand, one that was sent is not; who did it is in the audit trail', async () => {
  await using world = await open()
  const { messages } = (await (await world.get()).json()) as Listed
  const [sent, failed] = ['sent', 'failed'].map((state) => messages.find((message) => message.state === state)?.key ?? '')
  const before = twilio.posts.length
  assert.equal((await world.post(`/${sent}`, { action: 'retry' })).status, 409)
  assert.equal((await world.post(`/${sent}`, { action: 'discard' })).status, 409)
  const answer = await world.post(`/${failed}`, { action: 'retry' })
  assert.deepEqual([answer.status, await answer.json()], [200, { key: failed, action: 'retry' }])
  await finished(world.messages)
  assert.equal(twilio.posts.length, before + 1)
  assert.deepEqual(
    world.audit.records.map(({ action, who, what }) => [action, who, what]),
    [['NOTIFICATION_RETRIED', 'admin', `{key=${failed}}`]],
  )
})

test('a test message leaves at once, and the answer says what became of it', async () => {
  await using world = await open()
  const good = await world.post('/test', { to: '+1 (123) 456-7891', text: 'Hello' })
  const answer = (await good.json()) as { status: string; providerId: string }
  assert.deepEqual([good.status, answer.status], [200, 'sent'])
  assert.match(answer.providerId, /^SM[0-9a-f]{32}$/)
  assert.ok(bodies(twilio).includes('Hello'))
  assert.equal(twilio.messages.at(-1)?.to, '+11234567891')
  const refused = await world.post('/test', { to: '+15005550001' })
  assert.deepEqual([refused.status, ((await refused.json()) as { code: string }).code], [502, '21211'])
  assert.equal((await world.post('/test', { to: 'owner@example.org' })).status, 503)
  const said = world.audit.records.map(({ action, what }) => `${action} ${what}`)
  assert.deepEqual(said[0], 'NOTIFICATION_TEST {to=+1 **********7891, status=sent}')
})

const mistakes: readonly (readonly [string, string, unknown, number])[] = [
  ['no JSON', '/test', '{', 400],
  ['a list', '/test', [], 400],
  ['no recipient', '/test', {}, 400],
  ['another channel than the recipient has', '/test', { to: '+15005550006', channel: 'mail' }, 400],
  ['a recipient that is too long', '/test', { to: '1'.repeat(255) }, 400],
  ['a text that is too long', '/test', { to: '+15005550006', text: 'x'.repeat(1601) }, 400],
  ['another action', `/${'k'.repeat(43)}`, { action: 'send' }, 400],
  ['a key that is none', '/..%2F..%2Fetc', { action: 'retry' }, 404],
  ['a key that nobody has', `/${'k'.repeat(43)}`, { action: 'retry' }, 404],
]
test('what makes no sense is refused, and nothing is sent', async () => {
  await using world = await open()
  const before = twilio.posts.length
  for (const [what, path, body, status] of mistakes) assert.equal((await world.post(path, body)).status, status, what)
  for (const query of ['?state=lost', '?limit=many', '?limit=1001']) assert.equal((await world.get(query)).status, 400, query)
  assert.equal(twilio.posts.length, before)
})
