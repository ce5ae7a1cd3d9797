import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMetrics } from '../../src/base/metrics.ts'
import { ADMIN, openWorld } from './world.ts'

const RULE = { access: ['AUTHENTICATED'], requiredRoles: [], requiredAuthorities: [], requiredIpAddresses: [] }
const OPEN = {
  'management.endpoints.access.default': 'UNRESTRICTED',
  'management.endpoints.web.exposure.include': ['*'],
  'management.prometheus.metrics.export.enabled': true,
  'cas.monitor.endpoints.endpoint': { defaults: RULE },
}

async function open(overrides = {}) {
  const world = await openWorld({ ...OPEN, ...overrides })
  const read = async (path: string) => {
    const answer = await world.ask(`/actuator/${path}`, { headers: ADMIN })
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() }
  }
  return { ...world, read, metric: async (path: string) => JSON.parse((await read(`metrics/${path}`)).text) }
}

test('requests are counted by route, method and status, never by the path that was sent', async () => {
  const { ask, metric, read } = await open()
  await ask('/actuator/metrics/some.name', { headers: ADMIN })
  await ask('/actuator/metrics/another.name', { headers: ADMIN })
  for (let guess = 0; guess < 20; guess++) await ask(`/nothing/${guess}`)
  await ask('/nothing', { method: 'BREW' })
  const all = await metric('http.server.requests')
  assert.deepEqual(
    all.measurements.map(({ statistic }: { statistic: string }) => statistic),
    ['COUNT', 'TOTAL_TIME', 'MAX'],
  )
  assert.equal(all.baseUnit, 'seconds')
  const uris = all.availableTags.find(({ tag }: { tag: string }) => tag === 'uri').values
  assert.deepEqual(uris.sort(), ['/actuator/metrics/{name}', 'NOT_FOUND'])
  const some = await metric('http.server.requests?tag=uri:/actuator/metrics/%7Bname%7D&tag=status:404')
  assert.equal(some.measurements[0].value, 2)
  assert.ok(!some.availableTags.some(({ tag }: { tag: string }) => tag === 'uri' || tag === 'status'))
  assert.equal((await metric('http.server.requests?tag=uri:NOT_FOUND')).measurements[0].value, 21)
  assert.equal((await read('metrics/http.server.requests?tag=status:999')).status, 404)
  assert.equal((await read('metrics/http.server.requests?tag=status')).status, 400)
  assert.equal((await read('metrics/nothing')).status, 404)
})

test('Prometheus reads everything that is counted under the names that dashboards have', async () => {
  const { metrics, read } = await open({ 'management.metrics.tags': { site: 'one"\n' } })
  metrics.counter('cas.authentications', 'Tries.', { handler: 'Static "Credentials"\\\n', outcome: 'success' }).add(3)
  const { status, type, text } = await read('prometheus')
  assert.equal(status, 200)
  assert.match(type ?? '', /^text\/plain; version=0\.0\.4/)
  const lines = text.split('\n')
  assert.ok(lines.includes('cas_authentications_total{handler="Static \\"Credentials\\"\\\\\\n",outcome="success",site="one\\"\\n"} 3'))
  assert.ok(lines.includes('# TYPE http_server_requests_seconds histogram') || !text.includes('http_server_requests'))
  for (const name of [
    ...['process_uptime', 'process_start_time', 'process_cpu_usage', 'system_cpu_usage', 'system_cpu_count', 'process_files_open'],
    ...['process_files_max', 'cas_tickets_active', 'cas_services_loaded', 'cas_config_unknown_settings', 'log4j2_events_total'],
    ...['cas_services_expired', 'cas_notifications_total'],
    ...['process_resident_memory_bytes', 'nodejs_heap_size_used_bytes'],
  ]) {
    assert.equal(lines.filter((line) => line.startsWith(`# TYPE ${name} `)).length, 1, name)
  }
  const again = (await read('prometheus')).text
  assert.match(
    again,
    /http_server_requests_seconds_count\{exception="none",method="GET",outcome="SUCCESS",status="200",uri="\/actuator\/prometheus",site="one/,
  )
  assert.match(again, /http_server_requests_seconds_bucket\{[^}]*le="\+Inf"[^}]*\} 1\n/)
  assert.match(again, /^http_server_requests_seconds_max\{/m)
  const narrow = (await read('prometheus?includedNames=cas_tickets_active,cas_services_loaded')).text
  assert.deepEqual(
    narrow.match(/^# TYPE (\S+)/gm)?.map((line) => line.slice(7)),
    ['cas_tickets_active', 'cas_services_loaded'],
  )
  assert.match(narrow, /^cas_tickets_active\{type="TGT",site=.*\} 12$/m)
})

test('metrics can be switched off by the begin of their names', async () => {
  const { read, metric } = await open({ 'management.metrics.enable': { all: false, 'process.files': true, nodejs: true } })
  const names: string[] = (await metric('')).names
  assert.deepEqual(names, ['process.files.max', 'process.files.open'])
  const { text } = await read('prometheus')
  assert.ok(text.includes('nodejs_heap_size_used_bytes'))
  assert.ok(!text.includes('cas_services_loaded') && !text.includes('process_resident_memory'))
})

test('Prometheus has to be switched on by a setting of its own, and the log says so', async () => {
  const { read, lines } = await open({
    'management.prometheus.metrics.export.enabled': false,
    'management.endpoint.prometheus.access': 'UNRESTRICTED',
  })
  assert.equal((await read('prometheus')).status, 404)
  assert.ok(lines.some(({ msg }) => msg.includes('management.prometheus.metrics.export.enabled=true')))
})

test('a timer tells how many were how fast, and the longest of the last minutes', async () => {
  let now = 0
  const metrics = createMetrics(() => now)
  const timer = metrics.timer('t', 'Test.', { a: 'b' })
  assert.equal(metrics.timer('t', 'Test.', { a: 'b' }), timer)
  for (const seconds of [0.001, 0.002, 20, 0.3]) timer.record(seconds)
  const sample = async () => {
    const [family] = await metrics.families()
    return family?.kind === 'timer' ? family.samples[0] : undefined
  }
  assert.deepEqual((await sample())?.buckets, [1, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3])
  assert.deepEqual([(await sample())?.count, (await sample())?.max], [4, 20])
  now = 61_000
  timer.record(0.5)
  assert.equal((await sample())?.max, 20)
  now = 122_000
  assert.equal((await sample())?.max, 0.5)
  now = 400_000
  assert.equal((await sample())?.max, 0)
})

test('a metric whose source fails is left out, the others are there', async () => {
  const metrics = createMetrics()
  metrics.gauge('broken', 'Test.', async () => {
    throw new Error('the store is gone')
  })
  metrics.gauge('good', 'Test.', () => [{ value: 1 }])
  assert.deepEqual(
    (await metrics.families()).map(({ name }) => name),
    ['good'],
  )
})
