import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { StartRefusal } from '../../src/base/start-refusal.ts'
import { type TestAuthority, testAuthority } from '../support/authority.ts'
import { eventually, freePort } from '../support/castellan.ts'
import { startMailServer } from '../support/mail-server.ts'
import { ending, finished, mailSettings, openWorld, trust, type World } from './world.ts'

let authority: TestAuthority
before(() => {
  authority = testAuthority()
  trust({ authority })
})
after(() => authority[Symbol.dispose]())

const owner = { name: 'Owner', email: 'owner@example.org' }
const property = (name: string) => ({ 'spring.mail.properties': { [`mail.smtp.${name}`]: 'true' } })

/** Waits until no mail can be sent as it is configured, and the message is kept all the same. */
async function isClosed(world: World): Promise<void> {
  await eventually('the way is closed', () => world.notifications.health().mail?.status === 'DOWN' || undefined)
  const { counts } = await world.notifications.overview()
  assert.equal(counts.pending + counts.sending, 1)
}

test('each contact gets one mail, with the headers that are configured; blind recipients are not seen', async () => {
  await using server = await startMailServer({ authority })
  await using world = await openWorld({
    settings: {
      ...mailSettings(server),
      'cas.serviceRegistry.mail.from': 'Sign-on <cas@example.org>',
      'cas.serviceRegistry.mail.replyTo': ['help@example.org'],
      'cas.serviceRegistry.mail.cc': ['team@example.org'],
      'cas.serviceRegistry.mail.bcc': ['archive@example.org'],
    },
    services: { 'Sample-100.json': ending(100, 'Sämple', [owner, { email: 'second@example.org' }, { email: 'OWNER@example.org' }]) },
  })
  assert.deepEqual(await finished(world), { 'owner@example.org': 'sent', 'second@example.org': 'sent' })
  assert.equal(server.mails.length, 2)
  const mail = server.mails.find(({ to }) => to[0] === 'owner@example.org')
  assert.deepEqual([mail?.from, mail?.to], ['cas@example.org', ['owner@example.org', 'team@example.org', 'archive@example.org']])
  const header = (name: string) => mail?.headers.get(name)
  assert.deepEqual(['from', 'to', 'cc', 'bcc', 'reply-to', 'subject', 'x-priority', 'auto-submitted', 'content-type'].map(header), [
    '"Sign-on" <cas@example.org>',
    'owner@example.org',
    'team@example.org',
    undefined,
    'help@example.org',
    'Service Sämple',
    '1',
    'auto-generated',
    'text/plain; charset=utf-8',
  ])
  assert.match(header('message-id') ?? '', /^<[\w-]{43}@example\.org>$/)
  assert.ok(Date.parse(header('date') ?? '') > 0)
  assert.equal(mail?.body, 'The service Sämple is expired.')
  assert.equal(mail?.secure, false)
})

test('with STARTTLS and a login the mail goes over TLS, and the credential only there', async () => {
  await using server = await startMailServer({ authority, login: { user: 'cas', password: 'Mail-Secret' } })
  await using world = await openWorld({
    settings: {
      ...mailSettings(server),
      'spring.mail.username': 'cas',
      'spring.mail.password': 'Mail-Secret',
      'spring.mail.properties': { 'mail.smtp.auth': 'true', 'mail.smtp.starttls.enable': 'true', 'mail.smtp.starttls.required': 'true' },
    },
    services: { 'Sample-100.json': ending(100, 'Sample', [owner]) },
  })
  await finished(world)
  assert.deepEqual(
    server.mails.map(({ secure, user }) => [secure, user]),
    [[true, 'cas']],
  )
  assert.ok(!JSON.stringify(world.lines).includes('Mail-Secret'))
})

test('smtps speaks TLS from the first byte', async () => {
  await using server = await startMailServer({ authority, tls: 'implicit' })
  await using world = await openWorld({
    settings: { ...mailSettings(server), 'spring.mail.protocol': 'smtps' },
    services: { 'Sample-100.json': ending(100, 'Sample', [owner]) },
  })
  await finished(world)
  assert.equal(server.mails[0]?.secure, true)
})

test('where STARTTLS is required and not offered nothing is sent', async () => {
  await using server = await startMailServer({ authority, tls: 'none' })
  await using world = await openWorld({
    settings: { ...mailSettings(server), ...property('starttls.required') },
    services: { 'Sample-100.json': ending(100, 'Sample', [owner]) },
  })
  await isClosed(world)
  assert.equal(server.attempts(), 0)
})

test('a certificate of an unknown authority is refused, unless ssl.trust names the host', async () => {
  await using server = await startMailServer()
  const services = { 'Sample-100.json': ending(100, 'Sample', [owner]) }
  const settings = { ...mailSettings(server), ...property('starttls.required') }
  {
    await using world = await openWorld({ settings, services })
    await isClosed(world)
    assert.equal(server.attempts(), 0)
  }
  const trusting = { ...settings, 'spring.mail.properties': { 'mail.smtp.starttls.required': 'true', 'mail.smtp.ssl.trust': 'localhost' } }
  await using world = await openWorld({ settings: trusting, services })
  await finished(world)
  assert.equal(server.mails.length, 1)
  assert.ok(world.messages('warn').some((line) => line.includes('is not checked')))
})

test('a wrong password closes the way and keeps the messages', async () => {
  await using server = await startMailServer({ authority, login: { user: 'cas', password: 'right' } })
  await using world = await openWorld({
    settings: { ...mailSettings(server), 'spring.mail.username': 'cas', 'spring.mail.password': 'wrong', ...property('starttls.enable') },
    services: { 'Sample-100.json': ending(100, 'Sample', [owner]) },
  })
  await isClosed(world)
  assert.equal(world.messages('error').length, 1)
  assert.match(world.messages('error')[0] ?? '', /^Nothing can be sent by mail as it is configured: 535/)
})

test('a greylisted recipient gets the mail at a later try, one that is refused never; both by the same Message-ID', async () => {
  await using server = await startMailServer({ authority })
  server.script.push({ kind: 'refuse', at: 'recipient', status: 450 }, { kind: 'refuse', at: 'text', status: 451 })
  await using world = await openWorld({ settings: mailSettings(server), services: { 'Sample-100.json': ending(100, 'Sample', [owner]) } })
  assert.deepEqual(await finished(world), { 'owner@example.org': 'sent' })
  assert.equal(server.mails.length, 1)
  server.script.push({ kind: 'refuse', at: 'recipient', status: 550 })
  world.write('Other-101.json', ending(101, 'Other', [{ email: 'nobody@example.org' }]))
  await world.services.reload()
  assert.deepEqual(await finished(world), { 'owner@example.org': 'sent', 'nobody@example.org': 'failed' })
})

test('a mail whose answer was lost is unknown, whether it arrived or not, and is not sent again', async () => {
  for (const accept of [true, false]) {
    await using server = await startMailServer({ authority })
    server.script.push({ kind: 'drop', accept })
    await using world = await openWorld({ settings: mailSettings(server), services: { 'Sample-100.json': ending(100, 'Sample', [owner]) } })
    assert.deepEqual(await finished(world), { 'owner@example.org': 'unknown' })
    await new Promise((resolve) => setTimeout(resolve, 150))
    assert.equal(server.attempts(), 1)
    // The operator decides; who has it already can tell by the Message-ID.
    const [record] = (await world.notifications.overview()).records
    assert.ok(await world.notifications.retry(record?.key ?? ''))
    assert.deepEqual(await finished(world), { 'owner@example.org': 'sent' })
    assert.equal(new Set(server.mails.map(({ headers }) => headers.get('message-id'))).size, 1)
  }
})

test('an HTML mail escapes what it names; nothing of a definition becomes a header or a second recipient', async () => {
  await using server = await startMailServer({ authority })
  await using world = await openWorld({
    settings: {
      ...mailSettings(server),
      'cas.serviceRegistry.mail.html': true,
      'cas.serviceRegistry.mail.priority': 3,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of a message
      'cas.serviceRegistry.mail.text': '<p>The service <b>${service}</b> is gone, ${contact}.</p>',
    },
    services: {
      'Sample-100.json': ending(100, '<script>x</script>\r\nBcc: evil@example.org\r\n', [
        { name: 'A & B', email: 'owner@example.org' },
        { email: 'a@example.org, b@example.org' },
        { email: 'c@example.org\r\nRCPT TO:<evil@example.org>' },
      ]),
    },
  })
  const states = await finished(world)
  assert.equal(states['owner@example.org'], 'sent')
  assert.deepEqual(Object.values(states).sort(), ['failed', 'failed', 'sent'])
  assert.equal(server.mails.length, 1)
  const [mail] = server.mails
  assert.equal(mail?.headers.get('content-type'), 'text/html; charset=utf-8')
  assert.equal(mail?.headers.get('x-priority'), undefined)
  assert.equal(mail?.headers.get('bcc'), undefined)
  assert.deepEqual(mail?.to, ['owner@example.org'])
  assert.equal(mail?.headers.get('subject'), 'Service <script>x</script> Bcc: evil@example.org')
  assert.match(mail?.body ?? '', /<b>&lt;script&gt;x&lt;\/script&gt;/)
  assert.match(mail?.body ?? '', /A &amp; B/)
})

test('a mail whose text cannot be made is sent in plain words', async () => {
  await using server = await startMailServer({ authority })
  await using world = await openWorld({
    settings: { ...mailSettings(server), 'cas.serviceRegistry.mail.html': true, 'cas.serviceRegistry.mail.text': 'js { throw 1 }' },
    services: { 'Sample-100.json': ending(100, 'Sample <1>', [owner]) },
  })
  assert.deepEqual(await finished(world), { 'owner@example.org': 'sent' })
  const [mail] = server.mails
  assert.equal(mail?.headers.get('subject'), 'The service Sample <1> has expired.')
  assert.equal(mail?.headers.get('content-type'), 'text/plain; charset=utf-8')
  assert.match(mail?.body ?? '', /The service Sample <1> has expired\./)
})

test('an address that cannot be one is refused before anything is sent, where that is asked for', async () => {
  await using server = await startMailServer({ authority })
  await using world = await openWorld({
    settings: { ...mailSettings(server), 'cas.serviceRegistry.mail.validateAddresses': true },
    services: { 'Sample-100.json': ending(100, 'Sample', [{ email: 'nobody' }, owner]) },
  })
  assert.deepEqual(await finished(world), { nobody: 'failed', 'owner@example.org': 'sent' })
})

test('spring.mail.test-connection stops a start without a mail server', async () => {
  const settings = { ...mailSettings({ host: '127.0.0.1', port: await freePort() }), 'spring.mail.testConnection': true }
  await assert.rejects(openWorld({ settings }), (error: unknown) => error instanceof StartRefusal && error.exitCode === 69)
})

test('an incomplete mail is an ERROR at the start, and other channels go on', async () => {
  await using server = await startMailServer({ authority })
  await using world = await openWorld({
    settings: { ...mailSettings(server), 'cas.serviceRegistry.mail.subject': '' },
    services: { 'Sample-100.json': ending(100, 'Sample', [owner]) },
  })
  assert.ok(world.messages('error').some((line) => line.includes('needs from, subject and text')))
  assert.equal((await world.notifications.overview()).records.length, 0)
})

test('a mail of another caller leaves at once', async () => {
  await using server = await startMailServer({ authority })
  await using world = await openWorld({ settings: mailSettings(server) })
  const mail = { from: 'cas@example.org', to: 'user@example.org', subject: 'Code', text: 'Your code is 123456' }
  assert.equal((await world.notifications.mail.send(mail)).status, 'sent')
  assert.equal(server.mails[0]?.body, 'Your code is 123456')
})
