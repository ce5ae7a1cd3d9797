// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of messages
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { StartRefusal } from '../../src/base/start-refusal.ts'
import { type TestAuthority, testAuthority } from '../support/authority.ts'
import { startMailServer } from '../support/mail-server.ts'
import { ending, finished, mailSettings, openWorld, trust } from './world.ts'

let authority: TestAuthority
before(() => {
  authority = testAuthority()
  trust({ authority })
})
after(() => authority[Symbol.dispose]())

const owner = { email: 'owner@example.org' }
const other = { email: 'other@example.org' }
const three = () => ({
  'A-1.json': ending(1, 'A', [owner]),
  'B-2.json': ending(2, 'B', [owner, other]),
  'C-3.json': ending(3, 'C', [{ email: 'OWNER@example.org' }], { deleteWhenExpired: false }),
})
const quick = { 'castellan.serviceRegistry.mail.digest': 0.05 }
const digest = { 'castellan.serviceRegistry.mail.digest': 600 }

test('mails about several services to one person are one mail, once the time to gather them is over; each message is written down as sent', async () => {
  await using server = await startMailServer({ authority })
  await using world = await openWorld({ settings: { ...mailSettings(server), ...digest }, services: three(), runs: false })
  const open = async () => (await world.notifications.overview()).counts
  assert.equal((await open()).pending, 4)
  world.moveClock(599_000)
  await world.notifications.overview()
  assert.equal(server.mails.length, 0)
  world.moveClock(2000)
  await finished(world)
  assert.deepEqual(server.mails.map(({ to, headers }) => [to[0]?.toLowerCase(), headers.get('subject')]).toSorted(), [
    ['other@example.org', 'Service B'],
    ['owner@example.org', '3 messages about services'],
  ])
  const one = server.mails.find(({ headers }) => headers.get('subject')?.startsWith('3'))
  assert.equal(one?.body, 'The service A is expired.\n\nThe service B is expired.\n\nThe service C is expired.')
  assert.equal((await open()).sent, 4)
  await world.services.reload()
  assert.equal(server.mails.length, 2)
  assert.equal(world.audit.records.filter(({ action }) => action === 'NOTIFICATION_SENT').length, 4)
})

test('an HTML digest is one document, with its own subject', async () => {
  await using server = await startMailServer({ authority })
  await using world = await openWorld({
    settings: {
      ...mailSettings(server),
      'castellan.serviceRegistry.mail.digest': 0.05,
      'castellan.serviceRegistry.mail.digestSubject': '%s (${count})',
      'cas.serviceRegistry.mail.text': '<html><head><title>x</title></head><body class="a"><p>${service}</p></body></html>',
      'cas.serviceRegistry.mail.html': true,
    },
    services: { 'A-1.json': ending(1, 'A & B', [owner]), 'C-3.json': ending(3, 'C', [owner]) },
  })
  await finished(world)
  const [mail, ...more] = server.mails
  assert.equal(more.length, 0)
  assert.equal(mail?.headers.get('subject'), '2 (2)')
  const lines = (mail?.body ?? '').split(/\r?\n/).filter((line) => line !== '')
  assert.deepEqual(lines, ['<!DOCTYPE html>', '<html><body>', '<p>A &amp; B</p>', '<hr>', '<p>C</p>', '</body></html>'])
})

test('a digest whose answer was lost leaves all its messages unknown; one that is not taken is one again', async () => {
  const services = { 'A-1.json': ending(1, 'A', [owner]), 'C-3.json': ending(3, 'C', [owner]) }
  for (const [script, state, tries] of [
    [{ kind: 'drop', accept: true }, 'unknown', 1],
    [{ kind: 'refuse', at: 'text', status: 451 }, 'sent', 2],
  ] as const) {
    await using server = await startMailServer({ authority })
    server.script.push(script)
    await using world = await openWorld({ settings: { ...mailSettings(server), ...quick }, services })
    await finished(world)
    assert.equal((await world.notifications.overview()).counts[state], 2)
    assert.deepEqual([server.attempts(), server.mails.length], [tries, 1])
    assert.match(server.mails[0]?.headers.get('message-id') ?? '', /^<[\w-]{43}@example\.org>$/)
  }
})

test('more than a day is no time to gather mails in', async () => {
  await using server = await startMailServer({ authority })
  const settings = { ...mailSettings(server), 'castellan.serviceRegistry.mail.digest': 100_000 }
  await assert.rejects(openWorld({ settings }), (error) => error instanceof StartRefusal && /a day at most/.test(error.message))
})
