// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the text of a module
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { StartRefusal } from '../../src/base/start-refusal.ts'
import { eventually } from '../support/castellan.ts'
import { ACCOUNT, startTwilio, TOKEN } from '../support/twilio.ts'
import { ending, finished, openWorld } from './world.ts'

interface Seen {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** A service that takes messages over HTTP and answers with these statuses in turn, then 200; 0 closes the connection. */
async function restServer(...statuses: number[]) {
  const seen: Seen[] = []
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
    seen.push({ method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(parts).toString('utf8') })
    const status = statuses.shift() ?? 200
    if (status === 0) request.socket.destroy()
    else response.writeHead(status).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    seen,
    url: `http://127.0.0.1:${port}/sms?tenant=a`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const text = { 'cas.serviceRegistry.sms.text': 'The service %s is gone – 🎉', 'cas.serviceRegistry.sms.from': '1234567890' }
const services = { 'App-1.json': ending(1, 'App', [{ phone: '+11234567890' }]) }

test('the REST provider gets numbers in the query and the bare text, with credential, headers and one key for all tries', async () => {
  await using rest = await restServer(500)
  await using world = await openWorld({
    settings: {
      ...text,
      'cas.smsProvider.rest.url': rest.url,
      'cas.smsProvider.rest.basicAuthUsername': 'cas',
      'cas.smsProvider.rest.basicAuthPassword': 'secret',
      'cas.smsProvider.rest.headers': { 'X-Tenant': 'one' },
    },
    services,
  })
  assert.deepEqual(await finished(world), { '+11234567890': 'sent' })
  assert.equal(rest.seen.length, 2)
  for (const { method, url, headers, body } of rest.seen) {
    assert.deepEqual(
      [method, url, body, headers['content-type'], headers['authorization'], headers['x-tenant']],
      [
        'POST',
        '/sms?tenant=a&from=1234567890&to=%2B11234567890',
        'The service App is gone – 🎉',
        'application/json; charset=utf-8',
        `Basic ${Buffer.from('cas:secret').toString('base64')}`,
        'one',
      ],
    )
  }
  const keys = rest.seen.map(({ headers }) => headers['idempotency-key'])
  assert.ok(keys[0])
  assert.equal(keys[0], keys[1])
})

test('in the other style all of it is JSON, and a request that caused the message is named', async () => {
  await using rest = await restServer()
  await using world = await openWorld({
    settings: { 'cas.smsProvider.rest.url': rest.url, 'cas.smsProvider.rest.style': 'REQUEST_BODY' },
  })
  const client = { address: '203.0.113.9', serverAddress: '192.0.2.1' }
  assert.equal((await world.notifications.sms.send({ from: 'CAS', to: '+11234567890', text: 'Code', client })).status, 'sent')
  const [seen] = rest.seen
  assert.equal(seen?.url, '/sms?tenant=a')
  assert.deepEqual(JSON.parse(seen?.body ?? ''), {
    clientIpAddress: '203.0.113.9',
    serverIpAddress: '192.0.2.1',
    from: 'CAS',
    to: '+11234567890',
    text: 'Code',
  })
})

test('a lost answer of the REST provider leaves the message unknown; 400 is final; 401 closes the way', async () => {
  for (const [status, state] of [
    [0, 'unknown'],
    [400, 'failed'],
    [401, 'sent'],
  ] as const) {
    await using rest = await restServer(status)
    await using world = await openWorld({ settings: { ...text, 'cas.smsProvider.rest.url': rest.url }, services })
    assert.deepEqual(await finished(world), { '+11234567890': state })
    assert.equal(rest.seen.length, state === 'sent' ? 2 : 1)
  }
})

test('a one-time code that a 5xx may have taken is not sent twice; one that was certainly not taken is', async () => {
  for (const [status, requests, outcome] of [
    [503, 1, 'retryable'],
    [429, 2, 'sent'],
  ] as const) {
    await using rest = await restServer(status)
    await using world = await openWorld({ settings: { 'cas.smsProvider.rest.url': rest.url } })
    const code = { from: '1', to: '+11234567890', text: '438291', client: { address: '192.0.2.1', serverAddress: '192.0.2.2' } }
    assert.equal((await world.notifications.sms.send(code)).status, outcome)
    assert.equal(rest.seen.length, requests)
    assert.match(rest.seen[0]?.url ?? '', /clientIpAddress=192\.0\.2\.1&serverIpAddress=192\.0\.2\.2/)
  }
})

const scripts: readonly (readonly [string, string, string])[] = [
  [
    'says true has sent',
    'export const run = async (from, to, message, logger) => { logger.info(`${from} ${to} ${message}`); return true }',
    'sent',
  ],
  ['throws leaves nobody knowing', 'export function run() { throw new Error("no idea") }', 'unknown'],
  ['ends its thread leaves nobody knowing', 'export function run() { process.exit(3) }', 'unknown'],
]
for (const [what, source, state] of scripts) {
  test(`a module that ${what}`, async () => {
    await using world = await openWorld()
    mkdirSync(join(world.directory, 'config'), { recursive: true })
    const file = join(world.directory, 'config/sms.mjs')
    writeFileSync(file, source)
    await using one = await openWorld({ settings: { ...text, 'cas.smsProvider.groovy.location': `file:${file}` }, services })
    assert.deepEqual(await finished(one), { '+11234567890': state })
    if (state === 'sent') assert.ok(one.messages('info').includes('1234567890 +11234567890 The service App is gone – 🎉'))
  })
}

test('a module that says false is asked again; one that cannot be loaded closes the way', async () => {
  await using world = await openWorld()
  const file = (name: string, source: string) => {
    writeFileSync(join(world.directory, name), source)
    return `file:${join(world.directory, name)}`
  }
  const twice = file('twice.mjs', 'let calls = 0; export const run = () => ++calls > 1')
  await using one = await openWorld({ settings: { ...text, 'cas.smsProvider.groovy.location': twice }, services })
  assert.deepEqual(await finished(one), { '+11234567890': 'sent' })
  const broken = file('broken.mjs', 'export const other = 1')
  await using other = await openWorld({ settings: { ...text, 'cas.smsProvider.groovy.location': broken }, services })
  await eventually('the way is closed', () => other.notifications.health().sms?.status === 'DOWN' || undefined)
  assert.equal((await other.notifications.overview()).counts.failed, 0)
})

test('a Groovy script is refused with the name of the module to write, unless that is there', async () => {
  await using world = await openWorld()
  const groovy = `file:${join(world.directory, 'sms.groovy')}`
  const settings = { ...text, 'cas.smsProvider.groovy.location': groovy }
  await assert.rejects(openWorld({ settings }), (error: unknown) => error instanceof StartRefusal && /sms\.mjs/.test(error.message))
  writeFileSync(join(world.directory, 'sms.mjs'), 'export const run = () => true')
  await using one = await openWorld({ settings, services })
  assert.deepEqual(await finished(one), { '+11234567890': 'sent' })
})

test('of several providers the first is used, with a warning; where a fallback is wanted the next one after a definite failure only', async () => {
  await using twilio = await startTwilio({ plain: true })
  await using rest = await restServer()
  const settings = {
    ...text,
    'cas.smsProvider.twilio.accountId': ACCOUNT,
    'cas.smsProvider.twilio.token': TOKEN,
    'castellan.sms.twilio.baseUrl': twilio.url,
    'cas.smsProvider.rest.url': rest.url,
  }
  {
    await using world = await openWorld({ settings, services })
    await finished(world)
    assert.deepEqual([twilio.messages.length, rest.seen.length], [1, 0])
    assert.ok(world.messages('warn').includes('Several SMS providers are configured; only twilio is used.'))
  }
  twilio.script.push({ kind: 'error', status: 401, code: 20003 }, { kind: 'reset', accept: true })
  await using world = await openWorld({
    settings: { ...settings, 'castellan.sms.fallback': true, 'castellan.notifications.concurrency': 1 },
    services: { 'App-1.json': ending(1, 'A', [{ phone: '+11234567891' }]), 'App-2.json': ending(2, 'B', [{ phone: '+11234567892' }]) },
  })
  assert.deepEqual(await finished(world), { '+11234567891': 'sent', '+11234567892': 'sent' })
  assert.deepEqual([twilio.messages.length, rest.seen.length], [2, 1])
})
