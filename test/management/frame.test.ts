import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { hashPassword } from '../../src/authentication/index.ts'
import type { Endpoint } from '../../src/management/endpoint.ts'
import { json, operatorOf } from '../../src/management/endpoint.ts'
import type { Overrides } from '../http/http-parts.ts'
import { eventually } from '../support/castellan.ts'
import { ADMIN, openWorld, WRONG } from './world.ts'

/** Stands in for the endpoints of the product under an id that has settings. */
function sample(id: string, more: Partial<Endpoint> = {}): Endpoint {
  return {
    id,
    ...more,
    routes: [
      { method: 'GET', path: '', statuses: [200], handle: (call) => json({ id, who: operatorOf(call)?.name ?? null }) },
      { method: 'GET', path: '/:name', statuses: [200], handle: (call) => json(call.req.param('name') ?? null) },
      { method: 'DELETE', path: '/:name', statuses: [200], handle: () => json(true) },
      { method: 'POST', path: '', statuses: [200], maxBodyBytes: 100, handle: async (call) => json(await call.req.text()) },
    ],
  }
}
const SAMPLES = ['ssoSessions', 'registeredServices', 'env', 'loggers', 'metrics', 'auditLog', 'statistics'].map((id) => sample(id))
const ENDPOINTS = [...SAMPLES, sample('info', { openByDefault: true })]
const ON = { 'management.endpoints.access.default': 'UNRESTRICTED', 'management.endpoints.web.exposure.include': ['*'] }
const rules = (blocks: Readonly<Record<string, object>>): Overrides => ({
  'cas.monitor.endpoints.endpoint': Object.fromEntries(
    Object.entries(blocks).map(([id, block]) => [
      id,
      { access: ['DENY'], requiredRoles: [], requiredAuthorities: [], requiredIpAddresses: [], ...block },
    ]),
  ),
})
const open = (overrides: Overrides = {}, endpoints = ENDPOINTS) => openWorld({ ...ON, ...overrides }, {}, endpoints)

const NETWORK = { access: ['IP_ADDRESS'], requiredIpAddresses: ['10.0.0.0/8'] }
const EVERY_RULE = rules({
  registeredServices: { access: ['AUTHENTICATED'] },
  loggers: { access: ['AUTHORITY'], requiredAuthorities: ['SUPER'] },
  metrics: { access: ['ROLE'], requiredRoles: ['ADMIN'] },
  env: { access: ['PERMIT'] },
  auditLog: NETWORK,
  'sso-sessions': { access: ['DENY'] },
})

/** configuration.md 14.1, line by line: none, right and wrong credentials. */
const TABLE: readonly (readonly [string, string, number, number, number])[] = [
  ['no such endpoint', '/nothing', 401, 404, 401],
  ['no such path of an endpoint that lets nobody in', '/ssoSessions/a/b', 401, 403, 401],
  ['no such path of an endpoint', '/registeredServices/a/b', 401, 404, 401],
  ['DENY', '/ssoSessions', 401, 403, 401],
  ['no rule', '/statistics', 401, 403, 401],
  ['AUTHENTICATED', '/registeredServices', 401, 200, 401],
  ['AUTHORITY that the caller has not', '/loggers', 401, 403, 401],
  ['ROLE that the caller has', '/metrics', 401, 200, 401],
  ['PERMIT', '/env', 200, 200, 401],
  ['IP_ADDRESS that is not the caller’s', '/auditLog', 401, 403, 401],
  ['open without a rule', '/info', 200, 200, 401],
  ['the list of endpoints', '', 401, 200, 401],
  ['the list of endpoints, with a slash', '/', 401, 200, 401],
  ['other case', '/ssosessions', 401, 404, 401],
]

test('every path below the base path answers as the table of the specification says', async () => {
  const { ask } = await open(EVERY_RULE)
  for (const [what, path, nobody, right, wrong] of TABLE) {
    const asked = [undefined, ADMIN, WRONG].map((headers) => ask(`/actuator${path}`, headers ? { headers } : {}))
    const answers = await Promise.all(asked)
    assert.deepEqual(
      answers.map(({ status }) => status),
      [nobody, right, wrong],
      what,
    )
    for (const answer of answers) {
      assert.equal(answer.headers.get('www-authenticate'), answer.status === 401 ? 'Basic realm="Realm"' : null, what)
    }
  }
})

test('an address that a rule names is let in without credentials, and with wrong ones it is not', async () => {
  const { ask } = await open(
    rules({
      auditLog: NETWORK,
      env: { access: ['IP_ADDRESS'], requiredIpAddresses: ['127\\\\..+', '192\\.0\\.2\\.\\d+', '2001:db8::7'] },
    }),
  )
  const status = async (path: string, address: string, headers = {}) => (await ask(`/actuator${path}`, { headers }, address)).status
  assert.equal(await status('/auditLog', '10.200.3.4'), 200)
  assert.equal(await status('/auditLog', '10.200.3.4', WRONG), 401)
  assert.equal(await status('/auditLog', '11.0.0.1'), 401)
  for (const address of ['127.0.0.9', '192.0.2.55', '2001:db8::7']) assert.equal(await status('/env', address), 200, address)
  for (const address of ['192.0.2.55.example', '1192.0.2.5', '2001:db8::8']) assert.equal(await status('/env', address), 401, address)
})

test('of several entries the first decides, and a line of the log says so', async () => {
  const { ask, lines } = await open(rules({ env: { ...NETWORK, access: ['AUTHENTICATED', 'IP_ADDRESS'] } }))
  assert.equal((await ask('/actuator/env', { headers: ADMIN })).status, 200)
  assert.equal((await ask('/actuator/env', {}, '10.0.0.1')).status, 401)
  assert.match(lines.find(({ level }) => level === 40)?.msg ?? '', /env\.access: only AUTHENTICATED counts.*IP_ADDRESS is not asked/)
})

test('the rule `defaults` holds for endpoints without one of their own', async () => {
  const { ask } = await open(rules({ defaults: { access: ['AUTHENTICATED'] }, env: { access: ['DENY'] } }))
  assert.equal((await ask('/actuator/metrics', { headers: ADMIN })).status, 200)
  assert.equal((await ask('/actuator/env', { headers: ADMIN })).status, 403)
  assert.equal((await ask('/actuator/info')).status, 401)
})

test('switching an endpoint on opens it to nobody, and one line names what is missing', async () => {
  const { ask, lines } = await open({
    'management.endpoints.access.default': 'NONE',
    'management.endpoint.ssoSessions.access': 'UNRESTRICTED',
  })
  assert.equal((await ask('/actuator/ssoSessions', { headers: ADMIN })).status, 403)
  const warnings = lines.filter(({ level }) => level === 40)
  assert.equal(warnings.length, 1)
  assert.match(warnings[0]?.msg ?? '', /cas\.monitor\.endpoints\.endpoint\.ssoSessions\.access=AUTHENTICATED/)
})

const PERMITTED = rules({ env: { access: ['AUTHENTICATED'] } })
const GATES: readonly (readonly [string, Overrides, number])[] = [
  ['enabled and exposed', {}, 200],
  ['not enabled', { 'management.endpoints.access.default': 'NONE' }, 404],
  ['switched off by itself', { 'management.endpoint.env.access': 'NONE' }, 404],
  ['switched off in the older form', { 'management.endpoint.env.enabled': false }, 404],
  ['switched on in the older form', { 'management.endpoints.access.default': 'NONE', 'management.endpoint.env.enabled': true }, 200],
  [
    'all switched on in the older form',
    { 'management.endpoints.access.default': 'NONE', 'management.endpoints.enabledByDefault': true },
    200,
  ],
  ['no more than nothing permitted', { 'management.endpoints.access.maxPermitted': 'NONE' }, 404],
  ['not exposed', { 'management.endpoints.web.exposure.include': ['info', 'health'] }, 404],
  ['exposed by name', { 'management.endpoints.web.exposure.include': ['ENV'] }, 200],
  ['taken out', { 'management.endpoints.web.exposure.exclude': ['env'] }, 404],
]

test('an endpoint that is not enabled or not exposed answers like one that does not exist', async () => {
  for (const [what, overrides, expected] of GATES) {
    const { ask } = await open({ ...PERMITTED, ...overrides })
    assert.equal((await ask('/actuator/env', { headers: ADMIN })).status, expected, what)
    assert.equal((await ask('/actuator/env')).status, 401, what)
  }
})

test('read-only leaves GET, whatever the rule', async () => {
  for (const overrides of [
    { 'management.endpoint.env.access': 'READ_ONLY' },
    { 'management.endpoints.access.maxPermitted': 'READ_ONLY' },
  ]) {
    const { ask } = await open({ ...PERMITTED, ...overrides })
    assert.equal((await ask('/actuator/env/x', { headers: ADMIN })).status, 200)
    const refused = await ask('/actuator/env/x', { method: 'DELETE', headers: ADMIN })
    assert.deepEqual([refused.status, refused.headers.get('allow')], [405, 'GET, HEAD'])
    assert.equal((await ask('/actuator/env/x', { method: 'DELETE' })).status, 401)
  }
})

test('another method than those of a path is refused with those it has', async () => {
  const { ask } = await open(PERMITTED)
  const refused = await ask('/actuator/env/x', { method: 'PUT', headers: ADMIN })
  assert.deepEqual([refused.status, refused.headers.get('allow')], [405, 'GET, HEAD, DELETE'])
  assert.equal((await ask('/actuator/env', { method: 'HEAD', headers: ADMIN })).status, 200)
  assert.equal((await ask('/actuator/nothing', { method: 'PUT', headers: ADMIN })).status, 404)
})

test('strangers cannot tell an endpoint that exists from one that does not, by no method, path or body', async () => {
  const { ask } = await open(PERMITTED)
  const seen = new Set<string>()
  for (const path of ['/env', '/env/x', '/env/x/y', '/nothing', '/%65nv', '/env;x', '/env/..%2fenv']) {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const body = method === 'GET' || method === 'HEAD' ? {} : { body: 'x'.repeat(500) }
      const answer = await ask(`/actuator${path}`, { method, ...body })
      seen.add(`${method} ${answer.status} ${answer.headers.get('allow')}`)
    }
  }
  assert.equal(seen.size, 7, [...seen].join('\n'))
})

test('the base path lists the endpoints that can be reached', async () => {
  const { ask } = await open({ 'management.endpoints.web.exposure.include': ['sso-sessions', 'info'] })
  const answer = await ask('/actuator', { headers: ADMIN })
  const self = 'https://sso.example.org/cas/actuator'
  assert.deepEqual(await answer.json(), {
    _links: {
      self: { href: self, templated: false },
      ssosessions: { href: `${self}/ssoSessions`, templated: false },
      'ssosessions-name': { href: `${self}/ssoSessions/{name}`, templated: true },
      info: { href: `${self}/info`, templated: false },
      'info-name': { href: `${self}/info/{name}`, templated: true },
    },
  })
  const without = await open({ 'management.endpoints.web.discovery.enabled': false })
  assert.equal((await without.ask('/actuator', { headers: ADMIN })).status, 404)
})

test('an endpoint can have another path', async () => {
  const { ask } = await open({ ...PERMITTED, 'management.endpoints.web.pathMapping': { env: '/deep/environment' } })
  assert.equal((await ask('/actuator/deep/environment/x', { headers: ADMIN })).status, 200)
  assert.equal((await ask('/actuator/env', { headers: ADMIN })).status, 404)
})

test('people of a file may log in too, with hashed passwords, and a changed file counts without a restart', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'castellan-test-'))
  const file = join(directory, 'people.json')
  const account = { username: 'ops', password: `{bcrypt}${await hashPassword('bcrypt', 'plain')}`, authorities: ['SUPER', 'ROLE_X'] }
  await writeFile(file, JSON.stringify([account]))
  const { ask, close } = await open({
    'cas.monitor.endpoints.json.location': file,
    ...rules({ loggers: { access: ['AUTHORITY'], requiredAuthorities: ['ROLE_SUPER'] } }),
  })
  try {
    const status = async (pair: string) => (await ask('/actuator/loggers', { headers: { authorization: `Basic ${btoa(pair)}` } })).status
    assert.equal(await status('ops:plain'), 200)
    assert.equal(await status(`ops:${account.password}`), 401)
    assert.equal(await status('nobody:plain'), 401)
    await writeFile(file, 'no JSON')
    assert.equal(await status('ops:plain'), 200)
    await writeFile(file, JSON.stringify([{ ...account, password: 'other' }]))
    await eventually('the new password', async () => ((await status('ops:other')) === 200 ? true : undefined), 30_000)
    assert.equal(await status('ops:plain'), 401)
  } finally {
    await close()
    await rm(directory, { recursive: true, force: true })
  }
})

test('what is no usable pair of name and password is wrong, and other schemes are none', async () => {
  const { ask } = await open(rules({ env: { access: ['PERMIT'] } }))
  for (const header of ['Basic', 'Basic ', 'Basic %%%', `Basic ${btoa('admin')}`, `Basic ${btoa('admin:')}`, `Basic ${btoa(':s3cret')}`]) {
    assert.equal((await ask('/actuator/env', { headers: { authorization: header } })).status, 401, header)
  }
  assert.equal((await ask('/actuator/env', { headers: { authorization: 'Bearer x' } })).status, 200)
  assert.equal((await ask('/actuator/env', { headers: { authorization: `bASIC ${btoa('admin:s3cret')}` } })).status, 200)
})

test('without a name or a password in the settings nobody can log in, and the log says so', async () => {
  for (const missing of ['name', 'password']) {
    const { ask, lines } = await open({ ...PERMITTED, [`spring.security.user.${missing}`]: '' })
    for (const pair of [':', 'admin:', ':s3cret', 'admin:s3cret', 'user:user']) {
      assert.equal((await ask('/actuator/env', { headers: { authorization: `Basic ${btoa(pair)}` } })).status, 401, pair)
    }
    assert.ok(lines.some(({ msg }) => msg.startsWith('nobody can log in to env')))
  }
})

test('guesses are throttled like logins, and keep out nobody whose password is known to be right', async () => {
  const { ask, records } = await open({
    ...PERMITTED,
    'cas.authn.throttle.failure.threshold': 3,
    'cas.authn.throttle.failure.rangeSeconds': 60,
  })
  const status = async (headers: Record<string, string>, address?: string) => (await ask('/actuator/env', { headers }, address)).status
  assert.equal(await status(ADMIN), 200)
  assert.deepEqual([await status(WRONG), await status(WRONG)], [401, 401])
  const refused = await ask('/actuator/env', { headers: WRONG })
  assert.equal(refused.status, 423)
  assert.ok(Number(refused.headers.get('retry-after')) > 0)
  assert.equal(await status(ADMIN), 200)
  assert.equal(await status({ authorization: `Basic ${btoa('admin:s3cret2')}` }), 423)
  assert.equal(await status(WRONG, '192.0.2.1'), 401)
  assert.ok(records.some(({ action }) => action === 'THROTTLED_LOGIN_ATTEMPT'))
})

test('many equal requests at once are one attempt', async () => {
  const { ask } = await open({ ...PERMITTED, 'cas.authn.throttle.failure.threshold': 1, 'cas.authn.throttle.failure.rangeSeconds': 60 })
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask('/actuator/env', { headers: ADMIN })))
  assert.ok(answers.every(({ status }) => status === 200))
})

test('who changes something, and who is refused, is recorded without ids of tickets', async () => {
  const { ask, records } = await open(PERMITTED)
  await ask('/actuator/env/TGT-1-abcdefghijklmnopqrstuvwxyz-host', { method: 'DELETE', headers: ADMIN })
  await ask('/actuator/metrics', { headers: ADMIN })
  await ask('/actuator/metrics', { headers: WRONG })
  assert.deepEqual(
    records.map(({ action, who, what }) => [action, who, what]),
    [
      ['ENDPOINT_ACCESS', 'admin', '{method=DELETE, path=/cas/actuator/env/TGT-1-****************tuvwxyz-host, outcome=200}'],
      ['ENDPOINT_ACCESS', 'admin', '{method=GET, path=/cas/actuator/metrics, outcome=not allowed}'],
      ['ENDPOINT_ACCESS', 'audit:unknown', '{method=GET, path=/cas/actuator/metrics, outcome=wrong credentials}'],
    ],
  )
})

test('programs get JSON and browsers the page of an error', async () => {
  const { ask } = await open()
  const body = (await (await ask('/actuator/env')).json()) as Record<string, unknown>
  assert.deepEqual([body['status'], body['message'], body['path']], [401, 'Unauthorized', '/cas/actuator/env'])
  const page = await ask('/actuator/env', { headers: { accept: 'text/html,*/*' } })
  assert.match(page.headers.get('content-type') ?? '', /text\/html/)
  assert.equal(page.headers.get('www-authenticate'), 'Basic realm="Realm"')
})

test('details of the health are for those who may see them', async () => {
  const settings = { 'management.endpoint.health.showDetails': 'when-authorized' }
  const { get } = await openWorld(settings)
  assert.deepEqual(await (await get('/actuator/health')).json(), { status: 'UP' })
  assert.equal((await get('/actuator/health/session')).status, 404)
  const seen = (await (await get('/actuator/health', 'application/json', ADMIN)).json()) as { components: Record<string, unknown> }
  assert.deepEqual(seen.components['serviceRegistry'], { status: 'UP', details: { services: 2 } })
  const other = await openWorld({ ...settings, 'management.endpoint.health.roles': ['OPS'] })
  assert.deepEqual(await (await other.get('/actuator/health', 'application/json', ADMIN)).json(), { status: 'UP' })
})
