import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { StartRefusal } from '../../src/base/start-refusal.ts'
import { eventually } from '../support/castellan.ts'
import { type HttpStub, httpStub, type StubCall } from '../support/http-stub.ts'
import { ending, finished, openWorld } from './world.ts'

const SECRET = `whsec_${Buffer.from('a secret of the tests').toString('base64')}`
const settings = (stub: HttpStub, more: object = {}) => ({
  'castellan.serviceRegistry.webhook.url': `${stub.url}/events?token=of-the-address`,
  'castellan.serviceRegistry.webhook.secret': SECRET,
  ...more,
})

/** As the receiver checks it (Standard Webhooks 1.0). */
function isSigned({ headers, body }: StubCall): boolean {
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  return headers['webhook-signature'] === `v1,${createHmac('sha256', 'a secret of the tests').update(signed).digest('base64')}`
}

test('a program is told of the end and of the removal of a service, each once, signed; contacts are not named', async () => {
  await using stub = await httpStub()
  await using world = await openWorld({
    settings: settings(stub),
    services: { 'App-1.json': ending(1, 'App "1"\n', [{ phone: '+11234567890' }], { notifyWhenDeleted: true }) },
  })
  await finished(world)
  await world.services.reload()
  assert.deepEqual(stub.calls.map(({ body }) => (JSON.parse(body) as { type: string }).type).sort(), ['service.deleted', 'service.expired'])
  for (const call of stub.calls) {
    assert.ok(isSigned(call))
    assert.deepEqual((JSON.parse(call.body) as { data: object }).data, {
      ...{ id: '1', name: 'App "1"\n', serviceId: '^https://app1\\.example\\.org/.*' },
      ...{ expirationDate: '2026-02-01', expiresAt: '2026-02-01T00:00:00.000Z' },
    })
    assert.ok(!call.body.includes('1234567890'))
  }
  assert.equal(new Set(stub.calls.map(({ headers }) => headers['webhook-id'])).size, 2)
  const { records } = await world.notifications.overview()
  assert.ok(!JSON.stringify([records, world.lines]).includes('of-the-address'), 'the address is not kept')
})

test('an event whose answer was lost, or that was not taken, is sent again with the same id', async () => {
  await using stub = await httpStub()
  let tries = 0
  stub.answer = (_call, response) => {
    tries++
    if (tries === 1) response.destroy()
    else response.writeHead(tries === 2 ? 500 : 204).end()
  }
  await using world = await openWorld({ settings: settings(stub), services: { 'App-1.json': ending(1, 'App', []) } })
  await finished(world)
  assert.equal(stub.calls.length, 3)
  assert.ok(stub.calls.every(isSigned))
  assert.equal(new Set(stub.calls.map(({ headers }) => headers['webhook-id'])).size, 1)
})

test('a receiver that redirects or does not know us keeps the events waiting; nothing is sent elsewhere', async () => {
  await using elsewhere = await httpStub()
  await using stub = await httpStub()
  stub.answer = (_call, response) => response.writeHead(307, { Location: elsewhere.url }).end()
  await using world = await openWorld({ settings: settings(stub), services: { 'App-1.json': ending(1, 'App', []) } })
  await eventually('it is said', () =>
    world.messages('error').find((line) => line.startsWith('Nothing can be sent by webhook as it is configured')),
  )
  assert.equal((await world.notifications.overview()).counts.failed, 0)
  assert.equal(elsewhere.calls.length, 0)
})

test('an address without TLS or a secret stops the start', async () => {
  await using stub = await httpStub()
  for (const [more, said] of [
    [{ 'castellan.serviceRegistry.webhook.secret': '' }, /webhook\.secret must be set/],
    [{ 'castellan.serviceRegistry.webhook.url': 'http://events.example.org' }, /webhook\.url must begin with https:/],
    [{ 'castellan.serviceRegistry.webhook.url': 'file:///etc/passwd' }, /webhook\.url must be an http\(s\) address/],
  ] as const) {
    await assert.rejects(
      openWorld({ settings: settings(stub, more) }),
      (error) => error instanceof StartRefusal && said.test(error.message),
    )
  }
})
