import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { definition, eventually, runCastellan, startCastellan, writeConfiguration } from '../support/castellan.ts'
import { startMailServer } from '../support/mail-server.ts'
import { ACCOUNT, startTwilio, TOKEN } from '../support/twilio.ts'

const settings = (url: string) => ({
  'cas.sms-provider.twilio.account-id': ACCOUNT,
  'cas.sms-provider.twilio.token': TOKEN,
  'cas.service-registry.sms.from': '+15005550006',
  'cas.service-registry.sms.text': 'The service %s is expired.',
  'castellan.sms.twilio.base-url': url,
})

const ending = (id: number, phone: string) =>
  definition(id, `^https://app${id}\\.example\\.org/.*`, {
    contacts: [{ '@class': 'org.apereo.cas.services.DefaultRegisteredServiceContact', name: 'Owner', phone }],
    expirationPolicy: {
      '@class': 'org.apereo.cas.services.DefaultRegisteredServiceExpirationPolicy',
      notifyWhenExpired: true,
      expirationDate: '2020-01-01',
    },
  })

test('castellan notifications says that nothing is configured, and knows no message that is not there', async () => {
  const directory = await writeConfiguration({})
  try {
    const run = (...words: readonly string[]) => runCastellan(['notifications', ...words, '--config-dir', directory])
    const list = await run('list')
    assert.deepEqual([list.code, list.output], [0, 'neither SMS nor mail is configured\n'])
    const json = await run('list', '--json')
    assert.deepEqual(JSON.parse(json.output).messages, [])
    const sent = await run('test', '--to', '+15005550006')
    assert.equal(sent.code, 78)
    assert.match(sent.output, /no way to send SMS is configured/)
    const retried = await run('retry', 'no-such-message')
    assert.equal(retried.code, 1)
    assert.match(retried.output, /no-such-message\tis no message/)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})

test('an operator lists messages; what was sent is not sent again by a slip of the hand', async () => {
  await using twilio = await startTwilio({ plain: true })
  await using cas = await startCastellan({
    properties: settings(twilio.url),
    services: { 'App-1.json': ending(1, '+11234567890'), 'App-2.json': ending(2, '+11234567891') },
  })
  const run = (...words: string[]) => runCastellan(['notifications', ...words, '--config-dir', cas.configDirectory])
  await eventually('both are written down as sent', async () => (await run('list')).output.includes('2 sent') || undefined)
  const { output, code } = await run('list')
  assert.equal(code, 0)
  assert.match(output, /^[\w-]{43}\tsent\tsms\t\+11\*{5}789\d\tApplication \d\texpired\t\d{4}-.*\tattempts=1\tSM\w{32}$/m)
  assert.ok(!output.includes('+11234567890'))
  const { output: json } = await run('list', '--json', '--state', 'sent')
  const list = JSON.parse(json) as { counts: { sent: number }; messages: readonly { key: string }[] }
  assert.deepEqual([list.counts.sent, list.messages.length], [2, 2])
  assert.ok(!json.includes('1234567890') && !json.includes('is expired'))
  assert.equal((await run('retry', '--failed')).output, 'there is none\n')
  assert.match((await run('retry', list.messages[0]?.key ?? '')).output, /is left as it is: sent\n$/)
  assert.match((await run('discard', list.messages[0]?.key ?? '')).output, /is left as it is: sent\n$/)
  assert.equal((await run('retry', '--failed', '--wait', 'soon')).code, 64)
  assert.equal(twilio.posts.length, 2)
})

test('a message that failed is tried again by the server when the operator says so, once', async () => {
  await using twilio = await startTwilio({ plain: true })
  twilio.script.push({ kind: 'error', status: 400, code: 21608 })
  const directory = await writeConfiguration({ properties: settings(twilio.url), services: { 'App-1.json': ending(1, '+11234567890') } })
  try {
    const run = (...words: string[]) => runCastellan(['notifications', ...words, '--config-dir', directory])
    {
      await using cas = await startCastellan({ configDirectory: directory })
      await cas.logged(({ msg }) => msg.startsWith('Notification failed: 21608'))
      await cas.stop()
    }
    const { output } = await run('list')
    assert.match(output, /\tfailed\t.*21608: /)
    const retried = await run('retry', output.slice(0, 8), '--wait', '1')
    assert.deepEqual([retried.code, retried.output.split('\t')[1]], [69, 'pending: no server has taken it up yet\n'])
    const answered = run('retry', output.slice(0, 8), '--wait', '60')
    for (let start = 0; start < 2; start++) {
      await using cas = await startCastellan({ configDirectory: directory })
      await eventually('it is sent', () => twilio.messages.length === 1 || undefined)
      await cas.stop()
    }
    const sent = await answered
    assert.deepEqual([sent.code, sent.output.split('\t')[1]], [0, 'sent'])
    assert.equal(twilio.posts.length, 2)
    assert.match((await run('list')).output, /: 1 sent\n$/)
    assert.ok(existsSync(join(directory, 'services/.castellan/notifications')))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})

test('a test message leaves at once, by SMS or mail, and its exit code says what became of it', async () => {
  await using twilio = await startTwilio({ plain: true })
  await using mail = await startMailServer({ tls: 'none' })
  const directory = await writeConfiguration({
    properties: {
      ...settings(twilio.url),
      'spring.mail.host': 'localhost',
      'spring.mail.port': mail.port,
      'cas.service-registry.mail.from': 'cas@example.org',
    },
  })
  try {
    const run = (...words: string[]) => runCastellan(['notifications', 'test', ...words, '--config-dir', directory])
    const sent = await run('--to', '+11234567890', '--text', 'Hello')
    assert.equal(sent.code, 0)
    assert.match(sent.output, /^sent\tSM\w{32}\tqueued\n$/)
    assert.equal(twilio.messages[0]?.body, 'Hello')
    const refused = await run('--to', '+15005550001')
    assert.equal(refused.code, 69)
    assert.match(refused.output, /permanent\t21211\t/)
    assert.equal((await run('--to', 'owner@example.org')).code, 0)
    assert.equal(mail.mails[0]?.body, 'This is a test of Castellan.')
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})
