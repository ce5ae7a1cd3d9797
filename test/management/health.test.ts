import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HealthSource } from '../../src/management/index.ts'
import { openWorld } from './world.ts'

const open = openWorld
const always = {
  'management.endpoint.health.showDetails': 'always',
  'management.health.memoryHealthIndicator.enabled': false,
  'management.health.systemHealthIndicator.enabled': false,
}

test('the health is open to everybody and says no more than up', async () => {
  const { get } = await open()
  const answer = await get('/actuator/health')
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('content-type'), 'application/json')
  assert.equal(await answer.text(), '{"status":"UP"}')
  assert.equal((await get('/actuator/health/session')).status, 404)
})

test('every other path below the base path asks for credentials, whether something is there or not', async () => {
  const { app, get } = await open()
  for (const path of ['', '/', '/env', '/ssoSessions', '/nowhere/at/all', '/info', '/%65nv', '/healthz']) {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE']) {
      const answer = await app.request(`/cas/actuator${path}`, { method, headers: { authorization: 'Basic eDp5' } })
      assert.equal(answer.status, 401, `${method} ${path}`)
      assert.equal(answer.headers.get('www-authenticate'), 'Basic realm="Realm"')
    }
  }
  const body = (await (await get('/actuator/env')).json()) as Record<string, unknown>
  assert.deepEqual(
    [body['status'], body['error'], body['message'], body['path']],
    [401, 'Unauthorized', 'Unauthorized', '/cas/actuator/env'],
  )
})

test('the health can be switched off', async () => {
  const { get } = await open({ 'management.endpoint.health.enabled': false })
  for (const path of ['/actuator/health', '/actuator/health/liveness']) assert.equal((await get(path)).status, 401)
})

test('where a setting wants it, the parts and what they say are shown', async () => {
  const sources: Record<string, HealthSource> = {
    mail: async () => ({ status: 'WARN', details: { waiting: 3 } }),
  }
  assert.deepEqual(await (await (await open(always, sources)).get('/actuator/health')).json(), {
    status: 'WARN',
    components: {
      ping: { status: 'UP' },
      session: { status: 'UP', details: { name: 'TicketRegistryHealthIndicator', sessionCount: 12, ticketCount: 3, message: 'OK' } },
      serviceRegistry: { status: 'UP', details: { services: 2 } },
      mail: { status: 'WARN', details: { waiting: 3 } },
      readinessState: { status: 'UP' },
    },
    groups: ['liveness', 'readiness'],
  })
  const { get } = await open({ 'management.endpoint.health.showComponents': 'always' }, sources)
  assert.deepEqual(await (await get('/actuator/health/session')).json(), { status: 'UP' })
  assert.equal((await get('/actuator/health/constructor')).status, 404)
})

test('a part that is down, fails or is out of service makes the answer 503', async () => {
  for (const source of [
    () => ({ status: 'DOWN' }) as const,
    () => ({ status: 'OUT_OF_SERVICE' }) as const,
    async () => {
      throw new Error('no connection to secret.example')
    },
  ] satisfies HealthSource[]) {
    const answer = await (await open({}, { session: source })).get('/actuator/health')
    assert.equal(answer.status, 503)
    assert.doesNotMatch(await answer.text(), /secret/)
  }
})

test('which state wins and which status it has are settings', async () => {
  const sources: Record<string, HealthSource> = { a: () => ({ status: 'DOWN' }), b: () => ({ status: 'WARN' }) }
  assert.deepEqual(await (await (await open({}, sources)).get('/actuator/health')).json(), { status: 'DOWN' })
  const { get } = await open(
    { 'management.endpoint.health.status.order': ['WARN', 'DOWN'], 'management.endpoint.health.status.httpMapping': { warn: 518 } },
    sources,
  )
  const answer = await get('/actuator/health')
  assert.equal(answer.status, 518)
  assert.deepEqual(await answer.json(), { status: 'WARN' })
})

test('a server that is told to stop is not ready but alive', async () => {
  const { get, world } = await open({ 'management.endpoint.health.probes.addAdditionalPaths': true })
  for (const path of ['/actuator/health/liveness', '/actuator/health/readiness', '/livez', '/readyz']) {
    assert.equal((await get(path)).status, 200, path)
  }
  world.ready = false
  assert.equal((await get('/actuator/health/liveness')).status, 200)
  assert.equal((await get('/livez')).status, 200)
  for (const path of ['/actuator/health/readiness', '/readyz', '/actuator/health']) {
    const answer = await get(path)
    assert.equal(answer.status, 503, path)
    assert.deepEqual(await answer.json(), { status: 'OUT_OF_SERVICE' })
  }
})

test('the parts are not asked more than once a second', async () => {
  let asked = 0
  const { get, world } = await open(
    {},
    {
      session: () => {
        asked++
        return { status: 'UP' }
      },
    },
  )
  await Promise.all([get('/actuator/health'), get('/actuator/health')])
  assert.equal(asked, 1)
  world.nowMs = 1000
  await get('/actuator/health')
  assert.equal(asked, 2)
})

test('the base path is a setting, and the media type of Spring is given to whoever asks for it', async () => {
  const { get } = await open({ 'management.endpoints.web.basePath': '/manage/' })
  const answer = await get('/manage/health', 'application/vnd.spring-boot.actuator.v3+json')
  assert.equal(answer.headers.get('content-type'), 'application/vnd.spring-boot.actuator.v3+json')
  assert.equal((await get('/manage/env')).status, 401)
  assert.equal((await get('/actuator/health')).status, 404)
})

test('groups of parts have a state of their own', async () => {
  const group = { stores: { include: ['session', 'serviceRegistry'], exclude: [] }, rest: { include: ['*'], exclude: ['session'] } }
  const sources: Record<string, HealthSource> = { session: () => ({ status: 'DOWN' }) }
  const { get } = await open({ 'management.endpoint.health.group': group }, sources)
  const stores = await get('/actuator/health/stores')
  assert.deepEqual([stores.status, await stores.json()], [503, { status: 'DOWN' }])
  assert.equal((await get('/actuator/health/rest')).status, 200)
  assert.equal((await get('/actuator/health/constructor')).status, 404)
  const shown = await open({ ...always, 'management.endpoint.health.group': group }, sources)
  const body = (await (await shown.get('/actuator/health/stores')).json()) as { components: object }
  assert.deepEqual(Object.keys(body.components), ['session', 'serviceRegistry'])
  const all = (await (await shown.get('/actuator/health')).json()) as { groups: string[] }
  assert.deepEqual(all.groups, ['liveness', 'readiness', 'rest', 'stores'])
})

test('too many sessions or tickets are a warning that names count and limit, and too little memory takes the server down', async () => {
  const details = { 'management.endpoint.health.showDetails': 'always' }
  const { get } = await open({ ...details, 'cas.monitor.tgt.warn.threshold': 11, 'cas.monitor.st.warn.threshold': 2 })
  const health = (await (await get('/actuator/health')).json()) as {
    status: string
    components: Record<string, { details: { message: string } }>
  }
  assert.equal(health.status, 'WARN')
  assert.equal(
    health.components['session']?.details.message,
    'Session count (12) is above threshold 11. Service ticket count (3) is above threshold 2.',
  )
  const short = await open({ ...details, 'cas.monitor.memory.freeMemThreshold': 100 })
  const memory = await short.get('/actuator/health/memory')
  assert.equal(memory.status, 503)
  const said = (await memory.json()) as { details: Record<string, string> }
  assert.match(said.details['freeMemoryPercentage'] ?? '', /^\d+\.\d\d%$/)
  assert.match(said.details['maxMemory'] ?? '', /^\d+ (MB|GB)$/)
  assert.equal((await short.get('/actuator/health')).status, 503)
})
