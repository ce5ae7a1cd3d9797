import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freePort, runCastellan, startCastellan } from '../support/castellan.ts'
import { testCertificate, trust } from '../support/certificates.ts'

const admin = { authorization: `Basic ${btoa('admin:s3cret')}` }
const PEOPLE = { 'spring.security.user.name': 'admin', 'spring.security.user.password': 's3cret' }

test('an endpoint that is switched on and has a rule answers whoever may log in, and health answers everybody', async () => {
  await using server = await startCastellan({
    properties: { ...PEOPLE, 'management.endpoint.health.show-details': 'when-authorized' },
  })
  const status = async (path: string, headers: Record<string, string> = {}) => (await fetch(`${server.url}${path}`, { headers })).status
  assert.equal(await status('/actuator/health'), 200)
  assert.equal(await status('/actuator/nothing'), 401)
  assert.equal(await status('/actuator/nothing', admin), 404)
  assert.equal(await status('/actuator', admin), 200)
  assert.equal(await status('/actuator', { authorization: `Basic ${btoa('admin:wrong')}` }), 401)
  const health = (await (await fetch(`${server.url}/actuator/health`, { headers: admin })).json()) as { components?: object }
  assert.ok(health.components)
})

test('the endpoints may have a port of their own with a certificate of their own, and are nowhere else then', async () => {
  using certificate = testCertificate()
  trust(certificate)
  const port = await freePort()
  await using server = await startCastellan({
    properties: {
      ...PEOPLE,
      'management.server.port': port,
      'management.server.address': '127.0.0.1',
      'management.server.base-path': '/manage',
      'management.server.ssl.enabled': true,
      'management.server.ssl.certificate': `file:${certificate.certificate}`,
      'management.server.ssl.certificate-private-key': `file:${certificate.key}`,
      'management.endpoint.health.probes.add-additional-paths': true,
    },
  })
  const own = `https://localhost:${port}/manage/actuator`
  assert.equal((await fetch(`${own}/health`)).status, 200)
  const list = (await (await fetch(own, { headers: admin })).json()) as { _links: Record<string, { href: string }> }
  assert.equal(list._links['health']?.href, `${own}/health`)
  for (const path of ['/', '/login', '/manage/login', '/manage']) {
    const answer = await fetch(`https://localhost:${port}${path}`, { redirect: 'manual' })
    assert.equal(answer.status, 404, path)
  }
  assert.equal((await fetch(`${server.url}/actuator/health`)).status, 404)
  assert.equal((await fetch(`${server.url}/readyz`)).status, 200)
  assert.equal(
    (await runCastellan(['healthcheck', '--config-dir', server.configDirectory])).output,
    `https://127.0.0.1:${port}/manage/actuator/health: 200\n`,
  )
  assert.equal(await server.stop(), 0)
})

test('a start whose management port is taken ends with 69 and names that setting', async () => {
  await using server = await startCastellan()
  const taken = new URL(server.url).port
  await assert.rejects(
    startCastellan({ properties: { 'management.server.port': taken, 'management.server.address': '127.0.0.1' } }),
    /management\.server\.port is \d+, and another program/,
  )
})

test('levels of rooms hold from the start, a wrong level stops it, and the line that the server is ready is always there', async () => {
  await using server = await startCastellan({
    properties: { 'logging.level.root': 'off', 'logging.level.org.apereo.cas.services': 'info' },
  })
  const others = server.logs().filter(({ msg, room }) => !msg.startsWith('READY') && room !== 'services')
  assert.deepEqual(others, [])
  assert.ok(server.logs().some(({ room }) => room === 'services'))
  await assert.rejects(startCastellan({ properties: { 'logging.level.root': 'loud' } }), /logging\.level\.root .*must be one of TRACE/)
})
