import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import type { StoredEvent } from '../../src/audit/index.ts'
import { httpCaller } from '../../src/base/http-call.ts'
import { eventWebhook } from '../../src/notifications/event-webhook.ts'
import { type Line, recordingLog, until } from '../services/world.ts'
import { httpStub } from '../support/http-stub.ts'

const NOW = Date.UTC(2031, 0, 2, 3, 4, 5)
const event = (principalId: string): StoredEvent => ({
  id: `id-${principalId}`,
  type: 'org.apereo.cas.support.events.authentication.CasAuthenticationTransactionSuccessfulEvent',
  principalId,
  atMs: NOW,
  properties: { timestamp: String(NOW) },
})

function hook(url: string, secret = 'a secret') {
  const lines: Line[] = []
  const http = httpCaller()
  const opened = eventWebhook({ settings: { url, secret }, http, clock: () => NOW, log: recordingLog(lines), version: '1' })
  return {
    opened,
    lines,
    [Symbol.dispose]() {
      opened?.close()
      http.close()
    },
  }
}

test('events are posted one after the other, signed, and tried again with the same id', async () => {
  const statuses = [503, 200, 200]
  await using receiver = await httpStub((_call, response) => void response.writeHead(statuses.shift() ?? 200, { 'retry-after': '0' }).end())
  using one = hook(`${receiver.url}/events`)
  one.opened?.tell(event('a'))
  one.opened?.tell(event('b'))
  assert.ok(await until(() => receiver.calls.length === 3, 10_000))
  assert.deepEqual(
    receiver.calls.map(({ headers }) => headers['webhook-id']),
    ['id-a', 'id-a', 'id-b'],
  )
  const [call] = receiver.calls
  const signature = createHmac('sha256', 'a secret')
    .update(`id-a.${NOW / 1000}.${call?.body}`)
    .digest('base64')
  assert.equal(call?.headers['webhook-signature'], `v1,${signature}`)
  const { type, timestamp, data } = JSON.parse(call?.body ?? '')
  assert.equal(type, event('a').type)
  assert.equal(timestamp, '2031-01-02T03:04:05.000Z')
  assert.deepEqual(data, { ...{ id: 'id-a', type, principalId: 'a' }, properties: { timestamp: String(NOW) }, creationTime: timestamp })
})

test('what the receiver refuses for good is given up, and the next event goes on', async () => {
  await using receiver = await httpStub(
    (call, response) => void response.writeHead(call.headers['webhook-id'] === 'id-a' ? 422 : 200).end(),
  )
  using one = hook(receiver.url)
  one.opened?.tell(event('a'))
  one.opened?.tell(event('b'))
  assert.ok(await until(() => receiver.calls.length === 2, 10_000))
  assert.match(one.lines.map(({ message }) => message).join(), /given up/)
})

test('what has not left is named at the end, and nothing is sent from then on', async () => {
  await using receiver = await httpStub((_call, response) => void response.writeHead(503, { 'retry-after': '30' }).end())
  using one = hook(receiver.url)
  for (const name of ['a', 'b', 'c']) one.opened?.tell(event(name))
  assert.ok(await until(() => one.lines.some(({ message }) => /tried again/.test(message)), 10_000))
  one.opened?.close()
  one.opened?.tell(event('d'))
  assert.equal(receiver.calls.length, 1)
  assert.ok(one.lines.some(({ message, fields }) => /lost with this process/.test(message) && fields['events'] === 2))
})

test('an address that cannot be used, or none to sign for, refuses the start', () => {
  assert.equal(hook('').opened, undefined)
  assert.throws(() => hook('http://receiver.example.org/'), /castellan\.events\.webhook\.url must begin with https/)
  assert.throws(() => hook('ftp://x/'), /castellan\.events\.webhook\.url must be an http/)
  assert.throws(() => hook('https://receiver.example.org/', ''), /castellan\.events\.webhook\.secret must be set/)
})
