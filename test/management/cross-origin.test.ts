import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ADMIN, openWorld } from './world.ts'

const CORS = 'management.endpoints.web.cors'
const preflight = (origin: string, method = 'GET') => ({
  method: 'OPTIONS',
  headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': 'authorization' },
})

test('scripts of the origins that are named for endpoints may call those and nothing else', async () => {
  const { ask, app } = await openWorld({
    [`${CORS}.allowedOrigins`]: ['https://console.example.org'],
    [`${CORS}.allowedHeaders`]: ['authorization'],
  })
  const allowed = await ask('/actuator/health', preflight('https://console.example.org'))
  assert.equal(allowed.status, 200)
  assert.equal(allowed.headers.get('access-control-allow-origin'), 'https://console.example.org')
  assert.equal(allowed.headers.get('access-control-allow-methods'), 'GET')
  assert.equal(allowed.headers.get('access-control-max-age'), '1800')
  assert.equal(allowed.headers.get('access-control-allow-credentials'), null)
  assert.equal((await ask('/actuator/health', preflight('https://console.example.org', 'DELETE'))).status, 403)
  assert.equal((await ask('/actuator/health', preflight('https://evil.example.org'))).status, 403)
  assert.equal((await ask('/actuator/nothing', preflight('https://console.example.org'))).status, 200)
  const elsewhere = await app.request('/cas/livez', preflight('https://console.example.org'))
  assert.equal(elsewhere.headers.get('access-control-allow-origin'), null)
  const neighbour = await app.request('/cas/actuators', preflight('https://console.example.org'))
  assert.equal(neighbour.headers.get('access-control-allow-origin'), null)
})

test('a preflight lets nobody in', async () => {
  const { ask } = await openWorld({ [`${CORS}.allowedOrigins`]: ['https://console.example.org'] })
  const answer = await ask('/actuator/env', { headers: { origin: 'https://console.example.org' } })
  assert.equal(answer.status, 401)
})

test('all origins and credentials exclude each other, and the refusal names the setting', async () => {
  await assert.rejects(openWorld({ [`${CORS}.allowedOrigins`]: ['*'], [`${CORS}.allowCredentials`]: true }), {
    message: /^management\.endpoints\.web\.cors\.allowed-origins must not be \*/,
  })
})

test('any method asks for credentials first', async () => {
  const { ask } = await openWorld()
  for (const method of ['OPTIONS', 'PATCH', 'PROPFIND']) {
    for (const path of ['/actuator', '/actuator/env', '/actuator/nothing/at/all']) {
      const answer = await ask(path, { method })
      assert.equal(answer.status, 401, `${method} ${path}`)
      assert.equal(answer.headers.get('www-authenticate'), 'Basic realm="Realm"')
    }
    assert.equal((await ask('/actuator/nothing', { method, headers: ADMIN })).status, 404)
    const known = await ask('/actuator/health', { method, headers: ADMIN })
    assert.deepEqual([known.status, known.headers.get('allow')], [405, 'GET, HEAD'])
  }
})

test('an attempt costs as many hashes for a name that nobody has, or whose password is plain, as for another', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'castellan-operators-'))
  const location = join(folder, 'people.json')
  const people = [
    { username: 'hashed', password: '{bcrypt}one' },
    { username: 'hashed', password: '{bcrypt}two' },
    { username: 'plain', password: 'p' },
    { username: 'noop', password: '{noop}p' },
  ]
  try {
    await writeFile(location, JSON.stringify(people))
    const asked: string[] = []
    const matchesHash = async (_raw: string, stored: string) => asked.push(stored) < 0
    const { ask, close } = await openWorld({ 'cas.monitor.endpoints.json.location': location }, {}, undefined, { matchesHash })
    try {
      for (const name of ['hashed', 'plain', 'noop', 'nobody', 'admin']) {
        asked.length = 0
        const answer = await ask('/actuator/env', { headers: { authorization: `Basic ${btoa(`${name}:wrong`)}` } })
        assert.equal(answer.status, 401)
        assert.equal(asked.filter((stored) => stored.startsWith('{bcrypt}')).length, 2, name)
      }
    } finally {
      await close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
