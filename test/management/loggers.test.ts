import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog } from '../../src/base/log.ts'
import { type LevelName, logLevels } from '../../src/base/log-levels.ts'
import { ADMIN, openWorld } from './world.ts'

const OPEN = {
  'management.endpoint.loggers.access': 'UNRESTRICTED',
  'management.endpoint.info.access': 'UNRESTRICTED',
  'management.endpoint.status.access': 'UNRESTRICTED',
  'management.endpoints.web.exposure.include': ['*'],
  'cas.monitor.endpoints.endpoint': {
    loggers: { access: ['AUTHENTICATED'], requiredRoles: [], requiredAuthorities: [], requiredIpAddresses: [] },
  },
}

/** Which levels hold for rooms when settings say so; `''` is what no room writes. */
const LEVELS: readonly (readonly [Readonly<Record<string, LevelName>>, Readonly<Record<string, LevelName>>])[] = [
  [{}, { services: 'INFO', '': 'INFO' }],
  [{ root: 'WARN' }, { services: 'WARN', audit: 'WARN', '': 'WARN' }],
  [
    { root: 'ERROR', 'org.apereo.cas': 'DEBUG' },
    { services: 'DEBUG', http: 'DEBUG', audit: 'ERROR', '': 'DEBUG' },
  ],
  [{ 'org.apereo': 'WARN' }, { services: 'WARN', audit: 'WARN' }],
  [
    { 'org.apereo.cas': 'WARN', 'org.apereo.cas.services': 'DEBUG' },
    { services: 'DEBUG', tickets: 'WARN' },
  ],
  [{ 'org.apereo.cas.support.oauth': 'TRACE' }, { 'protocols/oauth': 'TRACE', 'protocols/cas': 'INFO' }],
  [
    { 'org.apereo.cas.web.flow': 'DEBUG', 'org.apereo.cas.web': 'ERROR' },
    { flow: 'DEBUG', http: 'ERROR' },
  ],
  [{ 'org.apereo.inspektr': 'OFF' }, { audit: 'OFF', services: 'INFO' }],
  [{ services: 'ERROR', 'org.apereo.cas.services': 'DEBUG' }, { services: 'ERROR' }],
  [
    { castellan: 'WARN', 'castellan.protocols.oauth': 'DEBUG' },
    { services: 'WARN', 'protocols/oauth': 'DEBUG', '': 'WARN' },
  ],
  [{ 'org.springframework': 'DEBUG' }, { services: 'INFO', http: 'INFO' }],
]

test('levels of the settings hold for the rooms that a logger name of CAS, or our own, means', () => {
  for (const [configured, rooms] of LEVELS) {
    const levels = logLevels(configured)
    for (const [room, level] of Object.entries(rooms)) {
      const least = { TRACE: 10, DEBUG: 20, INFO: 30, WARN: 40, ERROR: 50, FATAL: 60, OFF: Infinity }[level]
      assert.equal(levels.threshold(room).least, least, `${room} with ${JSON.stringify(configured)}`)
      if (room !== '') assert.equal(levels.effective(room), level)
    }
  }
})

test('a level that changes holds at once for logs that exist, and the announcement is written whatever the levels are', () => {
  const lines: string[] = []
  const log = createLog({ levels: { root: 'OFF' }, destination: { write: (line: string) => void lines.push(JSON.parse(line).msg) } })
  const services = log.child({ room: 'services' }).child({ request: 1 })
  services.error({}, 'one')
  log.announce({}, 'READY')
  log.levels.set('org.apereo.cas.services', 'DEBUG')
  services.debug({}, 'two')
  log.child({ room: 'tickets' }).error({}, 'three')
  log.levels.set('services', undefined)
  log.levels.set('org.apereo.cas.services', undefined)
  services.error({}, 'four')
  assert.deepEqual(lines, ['READY', 'two'])
})

test('the endpoint `loggers` shows levels and changes them', async () => {
  const { ask, log, lines } = await openWorld(OPEN)
  const services = log.child({ room: 'services' })
  const get = async (name: string) => (await ask(`/actuator/loggers${name}`, { headers: ADMIN })).json()
  const post = async (name: string, body: string) =>
    (await ask(`/actuator/loggers/${name}`, { method: 'POST', headers: ADMIN, body })).status

  const all = (await get('')) as { levels: string[]; loggers: Record<string, object> }
  assert.deepEqual(all.levels, ['OFF', 'FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE'])
  assert.deepEqual(all.loggers['ROOT'], { configuredLevel: 'DEBUG', effectiveLevel: 'DEBUG' })
  assert.deepEqual(all.loggers['protocols/oauth'], { effectiveLevel: 'DEBUG' })

  assert.equal(await post('org.apereo.cas.services', '{"configuredLevel":"ERROR"}'), 204)
  assert.deepEqual(await get('/services'), { effectiveLevel: 'ERROR' })
  assert.deepEqual(await get('/org.apereo.cas.services'), { configuredLevel: 'ERROR', effectiveLevel: 'ERROR' })
  services.warn({}, 'not written')
  assert.ok(!lines.some(({ msg }) => msg === 'not written'))
  assert.equal(await post('protocols/oauth', '{"configuredLevel":"warn"}'), 204)
  assert.deepEqual(await get('/protocols/oauth'), { configuredLevel: 'WARN', effectiveLevel: 'WARN' })
  assert.equal(await post('org.apereo.cas.services', '{"configuredLevel":null}'), 204)
  assert.deepEqual(await get('/services'), { effectiveLevel: 'DEBUG' })
  for (const body of ['{"configuredLevel":"LOUD"}', 'loud', '{"configuredLevel":7}']) assert.equal(await post('services', body), 400, body)
  assert.equal(await post('a b', '{}'), 400)
})

test('`info` says what runs, with the version of CAS whose behaviour is the reference', async () => {
  const { get } = await openWorld(OPEN)
  const info = (await (await get('/actuator/info')).json()) as Record<string, Record<string, unknown>>
  assert.match(String(info['cas']?.['version']), /^7\.\d+\.\d+$/)
  assert.deepEqual(info['build'], { name: 'castellan', version: '1.2.3' })
  assert.deepEqual(info['runtime'], { name: 'node', version: process.versions.node })
  assert.equal(info['server']?.['name'], 'https://sso.example.org')
})

test('`status` says what is wrong in its body, and answers 200 in any case', async () => {
  const good = await openWorld(OPEN)
  const { version, ...status } = (await (await good.get('/actuator/status')).json()) as Record<string, unknown>
  assert.match(String(version), /^7\./)
  assert.deepEqual(status, { status: 200, description: 'OK', health: 'UP', host: 'sso1', server: 'https://sso.example.org' })
  const bad = await openWorld(OPEN, { session: () => ({ status: 'DOWN' }) })
  const answer = await bad.get('/actuator/status')
  assert.equal(answer.status, 200)
  const body = (await answer.json()) as Record<string, unknown>
  assert.deepEqual([body['status'], body['description'], body['health']], [503, 'SERVICE_UNAVAILABLE', 'DOWN'])
})
