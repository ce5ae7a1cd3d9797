import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLog } from '../../src/base/log.ts'
import { createCastellan } from '../../src/castellan.ts'
import { loadConfiguration } from '../../src/config/index.ts'
import { logfileEndpoint } from '../../src/management/endpoints/logfile.ts'
import { writeConfiguration } from '../support/castellan.ts'
import { APPLICATION, OPERATOR, openServer } from './server.ts'
import { ADMIN, openWorld } from './world.ts'

test('texts are encrypted as settings are, and read again', async () => {
  await using server = await openServer({ args: ['-Dcas.standalone.configuration-security.psw=the password of settings'] })
  const made = await server.ask('POST', '/casConfig/encrypt', 'a secret')
  assert.equal(made.status, 200)
  assert.match(made.body, /^\{cas-cipher\}/)
  assert.equal((await server.ask('POST', '/casConfig/decrypt', made.body)).body, 'a secret')
  assert.equal((await server.ask('POST', '/casConfig/decrypt', made.body.slice('{cas-cipher}'.length))).body, 'a secret')
  const broken = await server.ask('POST', '/casConfig/decrypt', '{cas-cipher}AAAA')
  assert.equal(broken.status, 400)
  assert.equal((await server.ask('POST', '/casConfig/encrypt', '')).status, 400)
  assert.equal((await server.ask('GET', '/casConfig/encrypt')).status, 405)
})

test('without a password of settings nothing encrypts', async () => {
  await using server = await openServer()
  assert.equal((await server.ask('POST', '/casConfig/encrypt', 'x')).status, 404)
})

test('the caller sees the session of his own cookie, and of nobody else', async () => {
  await using server = await openServer()
  const { cookie } = await server.signIn('alice', APPLICATION)
  const { status, body } = await server.ask('GET', '/sso', undefined, { cookie })
  assert.equal(status, 200)
  assert.equal(body.principal, 'alice')
  assert.ok(Date.parse(body.authenticationDate) > 0)
  assert.doesNotMatch(JSON.stringify(body), /TGT-/)
  assert.equal((await server.ask('GET', '/sso')).status, 400)
  const value = /TGC=([^;]+)/.exec(cookie)?.[1] ?? ''
  assert.equal((await server.ask('GET', `/sso?tgc=${encodeURIComponent(value)}`)).status, 400)
})

test('audit records are there as Spring Boot has its events', async () => {
  await using server = await openServer()
  await server.signIn('alice')
  await server.signIn('bob', undefined, 'wrong')
  const all = (await server.ask('GET', '/auditevents')).body.events
  assert.ok(all.length >= 2)
  const failed = (await server.ask('GET', '/auditevents?type=AUTHENTICATION_FAILED&principal=bob')).body.events
  assert.deepEqual(
    failed.map((event: { type: string; principal: string }) => [event.type, event.principal]),
    [['AUTHENTICATION_FAILED', 'bob']],
  )
  assert.deepEqual((await server.ask('GET', '/auditevents?after=2999-01-01T00:00:00Z')).body.events, [])
  assert.equal((await server.ask('GET', '/auditevents?after=yesterday')).status, 400)
})

test('the last requests are kept, the latest first, without secrets', async () => {
  await using server = await openServer()
  await server.request('/login?ticket=ST-1-abcdefghijklmnopqrst', {
    headers: { cookie: 'TGC=secret', referer: 'https://app.example.org/?ticket=x' },
  })
  for (let number = 0; number < 99; number += 1) await server.request('/css/castellan.css')
  const { exchanges } = (await server.ask('GET', '/httpexchanges')).body
  assert.equal(exchanges.length, 100)
  const login = exchanges.at(-1)
  assert.equal(login.request.uri, '/cas/login?ticket=****************')
  assert.deepEqual(login.request.headers.referer, ['https://app.example.org/?…'])
  assert.equal(login.response.status, 200)
  assert.match(login.timeTaken, /^PT\d+\.\d{6}S$/)
  assert.doesNotMatch(JSON.stringify(exchanges), /secret|ST-1-a|Basic/)
})

test('the parts of the program are listed with its version', async () => {
  await using server = await openServer()
  const { body } = await server.ask('GET', '/casModules')
  assert.ok(body.some((one: { name: string; version: string }) => one.name === 'castellan-tickets' && one.version === '1.2.3'))
})

test('the end of the log is shown, or the piece that is asked for', async () => {
  const directory = await writeConfiguration({})
  const logFile = join(directory, 'cas.log')
  await writeFile(logFile, 'first line\nsecond line\n')
  const { ask } = await openWorld(
    {
      'management.endpoints.access.default': 'UNRESTRICTED',
      'management.endpoints.web.exposure.include': ['*'],
      'cas.monitor.endpoints.endpoint': {
        defaults: { access: ['AUTHENTICATED'], requiredRoles: [], requiredAuthorities: [], requiredIpAddresses: [] },
      },
    },
    {},
    [logfileEndpoint({ logFile })],
  )
  const get = (range?: string) => ask('/actuator/logfile', { headers: { ...ADMIN, ...(range === undefined ? {} : { range }) } })
  assert.equal(await (await get()).text(), 'first line\nsecond line\n')
  for (const [range, text, at] of [
    ['bytes=0-4', 'first', 'bytes 0-4/23'],
    ['bytes=-5', 'line\n', 'bytes 18-22/23'],
    ['bytes=11-', 'second line\n', 'bytes 11-22/23'],
  ] as const) {
    const piece = await get(range)
    assert.deepEqual([piece.status, await piece.text(), piece.headers.get('content-range')], [206, text, at])
  }
  for (const range of ['bytes=23-', 'bytes=5-1', 'lines=1-2', 'bytes=-']) assert.equal((await get(range)).status, 416, range)
})

test('the server ends when an operator says so, where a setting of its own lets him', async () => {
  const start = async (properties: Record<string, string>) => {
    const directory = await writeConfiguration({ properties: { ...OPEN, ...properties } })
    const configuration = await loadConfiguration({ argv: ['--config-dir', directory], env: {}, cwd: directory })
    const { promise, resolve } = Promise.withResolvers<void>()
    const server = await createCastellan({ configuration, clock: Date.now, log: silentLog, shutdown: resolve })
    return { server, promise, post: () => server.app.request('/cas/actuator/shutdown', { method: 'POST', headers: OPERATOR }) }
  }
  const closed = await start({})
  assert.equal((await closed.post()).status, 404)
  await closed.server.stop()
  const { server, promise, post } = await start({ 'management.endpoint.shutdown.access': 'UNRESTRICTED' })
  assert.deepEqual(await (await post()).json(), { message: 'Shutting down, bye...' })
  await promise
  await server.stop()
})

const OPEN = {
  'castellan.ticket-registry.store': 'memory',
  'spring.security.user.name': 'admin',
  'spring.security.user.password': 's3cret',
  'management.endpoints.access.default': 'UNRESTRICTED',
  'management.endpoints.web.exposure.include': '*',
  'cas.monitor.endpoints.endpoint.defaults.access': 'AUTHENTICATED',
}
