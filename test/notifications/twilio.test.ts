import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { StartRefusal } from '../../src/base/start-refusal.ts'
import { eventually, freePort } from '../support/castellan.ts'
import { ACCOUNT, type Behaviour, type FakeTwilio, startTwilio, TOKEN } from '../support/twilio.ts'
import { bodies, ending, finished, openWorld, trust, twilioSettings, type World, type WorldOptions } from './world.ts'

let twilio: FakeTwilio
before(async () => {
  twilio = await startTwilio()
  trust(twilio)
})
after(() => twilio[Symbol.asyncDispose]())

/** A world in which one service ends, whose contact has that number. */
async function oneEnds(options: WorldOptions & { readonly phone?: string; readonly script?: readonly Behaviour[] } = {}) {
  twilio.messages.length = twilio.posts.length = twilio.lookups.length = 0
  twilio.script.splice(0, twilio.script.length, ...(options.script ?? []))
  return openWorld({
    ...options,
    settings: { ...twilioSettings(twilio), ...options.settings },
    services: { 'Sample-100.json': ending(100, 'Sample', [{ phone: options.phone ?? '+11234567890' }]) },
  })
}
/** The message, as soon as it waits for its next try. */
const triedInVain = (world: World) =>
  eventually('a try has failed', async () => {
    const record = await recordOf(world)
    return record?.state === 'pending' && record.error !== undefined ? record : undefined
  })
const recordOf = async (world: Awaited<ReturnType<typeof openWorld>>) => (await world.notifications.overview()).records[0]

test('a message is one form with the credential of the account; the answer is kept', async () => {
  await using world = await oneEnds()
  assert.deepEqual(await finished(world), { '+11234567890': 'sent' })
  const [post] = twilio.posts
  assert.equal(post?.headers['user-agent'], 'castellan/0')
  assert.equal(post?.headers.accept, 'application/json')
  assert.equal((await recordOf(world))?.providerId, twilio.messages[0]?.sid)
  assert.equal(twilio.posts.length, 1)
  assert.deepEqual(world.notifications.counters(), [{ channel: 'sms', provider: 'twilio', result: 'sent', count: 1 }])
})

test('a sender that is a messaging service is named as such', async () => {
  const service = `MG${'ab'.repeat(16)}`
  await using world = await oneEnds({ settings: { 'cas.serviceRegistry.sms.from': service } })
  await finished(world)
  assert.deepEqual([twilio.posts[0]?.form.get('MessagingServiceSid'), twilio.posts[0]?.form.get('From')], [service, null])
})

test('an API key is the user name, the account stays in the address', async () => {
  twilio.user = 'SK00'
  twilio.token = 'secret of the key'
  try {
    await using world = await oneEnds({
      settings: { 'castellan.sms.twilio.apiKey': 'SK00', 'castellan.sms.twilio.apiSecret': 'secret of the key' },
    })
    assert.deepEqual(await finished(world), { '+11234567890': 'sent' })
    assert.equal(twilio.posts[0]?.path, `/2010-04-01/Accounts/${ACCOUNT}/Messages.json`)
  } finally {
    twilio.user = ACCOUNT
    twilio.token = TOKEN
  }
})

const permanent: readonly (readonly [string, string, number])[] = [
  ['+15005550001', 'is no valid number', 21211],
  ['+15005550002', 'cannot be reached', 21612],
  ['+15005550004', 'has opted out', 21610],
  ['+15005550005', 'is not verified on a trial account', 21608],
  ['+15005550009', 'is not mobile', 21614],
]
for (const [phone, what, code] of permanent) {
  test(`a recipient who ${what} (${code}) fails for good: one POST, an ERROR and an audit record with the code`, async () => {
    await using world = await oneEnds({ phone })
    assert.deepEqual(await finished(world), { [phone]: 'failed' })
    assert.equal(twilio.posts.length, 1)
    const error = world.lines.find(({ level }) => level === 'error')
    assert.match(error?.message ?? '', new RegExp(`Notification failed: ${code}: `))
    assert.equal(error?.fields['moreInfo'], `https://www.twilio.com/docs/errors/${code}`)
    const failed = world.audit.records.find(({ action }) => action === 'NOTIFICATION_FAILED')
    assert.match(failed?.what ?? '', new RegExp(`to=\\+15\\*+${phone.slice(-4)}, .*reason=${code}`))
  })
}

test('a message that fails in the very answer has failed, with its code (30007)', async () => {
  await using world = await oneEnds({ script: [{ kind: 'failed', code: 30007 }] })
  assert.deepEqual(await finished(world), { '+11234567890': 'failed' })
  assert.equal((await recordOf(world))?.error?.code, '30007')
})

test('an error in the form of RFC 9457 is read too', async () => {
  await using world = await oneEnds({ script: [{ kind: 'error', status: 400, code: 21211, problem: true }] })
  await finished(world)
  assert.deepEqual((await recordOf(world))?.error, { code: '21211', message: 'said otherwise' })
})

test('after two answers that it is too much, the third POST is accepted; Retry-After is waited for', async () => {
  const started = performance.now()
  await using world = await oneEnds({
    script: [
      { kind: 'error', status: 429, code: 20429 },
      { kind: 'error', status: 429, code: 20429, headers: { 'Retry-After': '1' } },
    ],
  })
  assert.deepEqual(await finished(world), { '+11234567890': 'sent' })
  assert.ok(performance.now() - started >= 1000)
  assert.deepEqual([twilio.posts.length, twilio.messages.length], [3, 1])
  const health = world.notifications.health().sms
  assert.deepEqual([health?.status, health?.details['provider']], ['UP', 'twilio'])
  assert.match(`${health?.details['lastError']} at ${health?.details['lastErrorAt']}`, /^20429: .* at 2026-03-01T/)
  assert.equal(world.messages('warn').filter((line) => line.includes('it is tried again')).length, 2)
})

for (const [what, behaviour] of [
  ['a reset connection', { kind: 'reset', accept: true }],
  ['silence', { kind: 'slow', accept: true, ms: 10_000 }],
  ['500', { kind: 'raw', accept: true, status: 500, body: '{"code":20500,"message":"Internal"}' }],
  ['a page of a proxy', { kind: 'raw', accept: true, status: 502, body: '<html>Bad gateway</html>' }],
  ['an answer that is no JSON', { kind: 'raw', accept: true, status: 201, body: 'created' }],
] as const) {
  test(`a message that was accepted before ${what} is looked up and not sent again`, async () => {
    await using world = await oneEnds({ script: [behaviour], settings: { 'castellan.sms.twilio.timeout': 0.3 } })
    assert.deepEqual(await finished(world), { '+11234567890': 'sent' })
    assert.deepEqual([twilio.posts.length, twilio.messages.length], [1, 1])
    assert.equal((await recordOf(world))?.providerId, twilio.messages[0]?.sid)
  })
}

test('a message that was lost with the connection is looked up twice and sent again once', async () => {
  await using world = await oneEnds({ script: [{ kind: 'reset', accept: false }] })
  assert.deepEqual(await finished(world), { '+11234567890': 'sent' })
  assert.deepEqual([twilio.posts.length, twilio.messages.length, twilio.lookups.length], [2, 1, 2])
})

test('a message that never arrives, however often it is sent, is given up when the time is over', async () => {
  const lost: Behaviour = { kind: 'reset', accept: false }
  await using world = await oneEnds({ script: [lost, lost, lost], settings: { 'castellan.notifications.retry.giveUpAfter': 0.2 } })
  assert.deepEqual(await finished(world), { '+11234567890': 'failed' })
  const failed = world.messages('error').filter((line) => line.startsWith('Notification failed'))
  assert.deepEqual(failed, ['Notification failed: it has not arrived'])
  assert.ok(twilio.posts.length <= 3 && twilio.messages.length === 0)
})

test('where nobody may look it stays unknown and is never sent again', async () => {
  twilio.lists = false
  try {
    await using world = await oneEnds({ script: [{ kind: 'reset', accept: true }] })
    assert.deepEqual(await finished(world), { '+11234567890': 'unknown' })
    assert.equal(twilio.posts.length, 1)
    assert.ok(world.messages('error').some((line) => line.endsWith('it is not sent again by itself.')))
    assert.match(world.audit.records.at(-1)?.what ?? '', /unknown whether it arrived/)
    await world.services.reload()
    assert.equal(twilio.posts.length, 1)
    // The operator may.
    assert.ok(await world.notifications.retry((await recordOf(world))?.key ?? ''))
    assert.deepEqual(await finished(world), { '+11234567890': 'sent' })
  } finally {
    twilio.lists = true
  }
})

test('an older message of the same text to the same number is not taken for one that is looked up', async () => {
  await using world = await openWorld({
    settings: twilioSettings(twilio),
    services: { 'A-1.json': ending(1, 'Same', [{ phone: '+11234567890' }]) },
  })
  twilio.messages.length = twilio.posts.length = 0
  await finished(world)
  twilio.script.push({ kind: 'reset', accept: false })
  world.write('B-2.json', ending(2, 'Same', [{ phone: '+11234567890' }]))
  await world.services.reload()
  await finished(world)
  assert.deepEqual(
    (await world.notifications.overview()).records.map(({ state }) => state),
    ['sent', 'sent'],
  )
  assert.equal(twilio.messages.length, 2)
})

test('503 is tried again where they say when, and looked up where they do not', async () => {
  await using world = await oneEnds({
    script: [
      { kind: 'error', status: 503, headers: { 'Retry-After': '0' } },
      { kind: 'error', status: 503, code: 20503 },
      { kind: 'error', status: 503 },
    ],
  })
  assert.deepEqual(await finished(world), { '+11234567890': 'sent' })
  assert.equal(twilio.lookups.length, 2)
  assert.equal(twilio.posts.length, 4)
})

test('a wrong credential closes the way: one try at a time, messages kept, said once; they leave when it is right again', async () => {
  twilio.token = 'another'
  await using world = await openWorld({
    settings: twilioSettings(twilio),
    services: Object.fromEntries(
      [1, 2, 3, 4, 5, 6, 7, 8].map((id) => [`S-${id}.json`, ending(id, `S${id}`, [{ phone: `+1123456780${id}` }])]),
    ),
  })
  try {
    twilio.messages.length = 0
    await eventually('the way is closed', () => world.notifications.health().sms?.status === 'DOWN' || undefined)
    const tries = twilio.refused()
    await eventually('it is tried again', () => twilio.refused() > tries + 2 || undefined)
    const { counts } = await world.notifications.overview()
    assert.equal(counts.pending + counts.sending, 8)
    assert.equal(counts.failed, 0)
    assert.equal(world.messages('error').filter((line) => line.startsWith('Nothing can be sent by sms')).length, 1)
    assert.deepEqual(world.notifications.health().sms?.status, 'DOWN')
  } finally {
    twilio.token = TOKEN
  }
  await finished(world)
  assert.equal(twilio.messages.length, 8)
  const { status, details } = world.notifications.health().sms ?? {}
  assert.deepEqual([status, details?.['error'], details?.['lastError']], ['UP', undefined, '20003: Authenticate'])
})

test('a provider that cannot be reached for a while gets one message when it is back', async () => {
  const port = await freePort()
  await using world = await oneEnds({ settings: { 'castellan.sms.twilio.baseUrl': `http://127.0.0.1:${port}` } })
  const record = await triedInVain(world)
  assert.ok(record.attempts >= 1)
  // The same outbox, with the address of one that runs.
  await world.close()
  await using again = await openWorld({ directory: world.directory, settings: twilioSettings(twilio) })
  assert.deepEqual(await finished(again), { '+11234567890': 'sent' })
  assert.deepEqual([twilio.posts.length, twilio.messages.length], [1, 1])
})

test('a certificate of an unknown authority is no connection: nothing was handed over', async () => {
  await using stranger = await startTwilio()
  await using world = await oneEnds({ settings: { 'castellan.sms.twilio.baseUrl': stranger.url } })
  const record = await triedInVain(world)
  assert.match(record.error?.message ?? '', /UNABLE_TO_VERIFY|SELF_SIGNED|unable to/i)
  assert.equal(stranger.posts.length, 0)
})

test('after three days it is given up, with an ERROR and an audit record', async () => {
  await using world = await oneEnds({
    settings: { 'castellan.sms.twilio.baseUrl': `http://127.0.0.1:${await freePort()}`, 'castellan.notifications.retry.maxDelay': 0.05 },
  })
  await triedInVain(world)
  world.moveClock(3 * 86_400_000)
  assert.deepEqual(await finished(world), { '+11234567890': 'failed' })
  assert.ok(world.audit.records.some(({ action }) => action === 'NOTIFICATION_FAILED'))
})

test('four messages go out at a time, whatever there is', async () => {
  await using slow = await startTwilio({ authority: twilio.authority })
  // Long enough that the fourth has begun before the first has ended, on a busy machine too.
  slow.delayMs = 300
  const services = Array.from({ length: 12 }, (_, id) => [
    `S-${id + 1}.json`,
    ending(id + 1, `S${id}`, [{ phone: `+112345678${10 + id}` }]),
  ])
  await using world = await openWorld({ settings: twilioSettings(slow), services: Object.fromEntries(services) })
  await finished(world)
  assert.equal(slow.messages.length, 12)
  assert.equal(slow.busiest(), 4)
})

test('an account that cannot be one is an ERROR at the start, not a crash', async () => {
  await using world = await oneEnds({ settings: { 'cas.smsProvider.twilio.accountId': 'AC123' } })
  assert.ok(world.messages('error').some((line) => line.startsWith('cas.sms-provider.twilio.account-id must be AC')))
  assert.equal(twilio.posts.length, 0)
})

test('the credential goes over http to this machine only', async () => {
  const settings = (baseUrl: string, more: object = {}) => ({ ...twilioSettings({ url: baseUrl }), ...more })
  await assert.rejects(openWorld({ settings: settings('http://twilio.example.org') }), StartRefusal)
  await assert.rejects(openWorld({ settings: settings('nowhere') }), /castellan\.sms\.twilio\.base-url is no address/)
  await using _world = await openWorld({ settings: settings('http://twilio.example.org', { 'castellan.sms.twilio.allowInsecure': true }) })
})

test('a one-time code leaves at once, or is answered for at once', async () => {
  await using world = await openWorld({ settings: twilioSettings(twilio) })
  twilio.messages.length = twilio.posts.length = 0
  assert.equal(world.notifications.sms.available, true)
  const code = { from: '+15005550006', to: '+11234567890', text: 'Your code is 123456' }
  assert.equal((await world.notifications.sms.send(code)).status, 'sent')
  twilio.script.push({ kind: 'error', status: 429, code: 20429 })
  assert.equal((await world.notifications.sms.send(code)).status, 'sent')
  twilio.script.push({ kind: 'reset', accept: true })
  assert.equal((await world.notifications.sms.send(code)).status, 'uncertain')
  assert.equal((await world.notifications.sms.send({ ...code, to: '+15005550001' })).code, '21211')
  assert.deepEqual([twilio.posts.length, bodies(twilio).length], [5, 3])
  assert.ok(!JSON.stringify([world.lines, world.audit.records]).includes('123456'), 'no code in the log')
})
