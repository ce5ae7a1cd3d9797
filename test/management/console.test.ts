import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { masked } from '../../src/management/console/service.ts'
import type { StartOptions } from '../support/castellan.ts'
import { definition } from '../support/castellan.ts'
import { openServer } from './server.ts'

const OAUTH = {
  '@class': 'org.apereo.cas.support.oauth.services.OAuthRegisteredService',
  serviceId: '^https://notes\\.example\\.org/cb$',
  clientId: 'notes',
  clientSecret: 'v3ry-secret',
  name: 'Shared <b>Notes</b>',
  id: 2,
  ofOurOwn: { kept: true },
}

/** The server with its console, and a browser without scripts. */
async function openConsole(options: StartOptions = {}) {
  const server = await openServer({
    services: { 'App-1.json': definition(1, '^https://app\\.example\\.org/.*'), 'Notes-2.json': OAUTH },
    ...options,
    properties: { 'CasFeatureModule.Palantir.enabled': true, ...options.properties },
  })
  const jar = new Map<string, string>()
  async function go(
    method: string,
    path: string,
    fields?: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ) {
    const answer = await server.request(path, {
      method,
      headers: { accept: 'text/html', cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '), ...headers },
      ...(fields === undefined ? {} : { body: new URLSearchParams(fields) }),
    })
    const cookies = answer.headers.getSetCookie()
    for (const cookie of cookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      if (/Max-Age=0/.test(cookie)) jar.delete(name)
      else jar.set(name, value)
    }
    const body = await answer.text()
    const hidden = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(body)?.[1]?.replaceAll('&quot;', '"') ?? ''
    return {
      status: answer.status,
      headers: answer.headers,
      location: answer.headers.get('location'),
      body,
      cookies,
      csrf: hidden('csrf'),
      hidden,
    }
  }
  const logIn = async (username = 'admin', password = 's3cret') => {
    const { csrf } = await go('GET', '/admin/login')
    return go('POST', '/admin/login', { username, password, csrf })
  }
  return { ...server, go, logIn, jar, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

test("without its switch there is no console; with it, CAS's address leads there", async () => {
  await using off = await openServer()
  assert.equal((await off.request('/admin')).status, 404)
  await using on = await openConsole()
  assert.deepEqual(
    [(await on.go('GET', '/palantir')).location, (await on.go('GET', '/palantir/dashboard')).location],
    ['/cas/admin', '/cas/admin'],
  )
})

test('operators log in with a form of their own; users of the server are nobody there [AU9]', async () => {
  await using server = await openConsole()
  assert.equal((await server.go('GET', '/admin/services')).location, '/cas/admin/login')
  for (const [username, password] of [
    ['alice', 'pw'],
    ['admin', 'wrong'],
    ['admin:s3cret', ''],
    ['nobody', 's3cret'],
  ] as const) {
    const refused = await server.logIn(username, password)
    assert.equal(refused.status, 401, username)
    assert.match(refused.body, /Username or password is not right/)
    assert.doesNotMatch(refused.body, /value="(?:wrong|pw|s3cret)"/)
  }
  const { location, cookies, headers } = await server.logIn()
  assert.equal(location, '/cas/admin')
  assert.match(cookies.join('\n'), /^CASTELLAN_CONSOLE=[\w-]{43}; Path=\/cas\/admin; SameSite=Strict; Secure; HttpOnly$/m)
  assert.equal(cookies.filter((cookie) => cookie.startsWith('CASTELLAN_CONSOLE=')).length, 1, 'one cookie of a name')
  assert.equal(headers.get('cache-control'), 'no-store')
  const page = await server.go('GET', '/admin')
  assert.equal(page.status, 200)
  assert.match(page.body, /<h1>Overview<\/h1>/)
  assert.equal(
    page.headers.get('content-security-policy'),
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  )
  assert.doesNotMatch(page.body, /<script|style=|\son\w+=/)
  // What is kept is no id that a browser could use.
  assert.equal((await server.go('POST', '/admin/logout', { csrf: page.csrf })).location, '/cas/admin/login')
  server.jar.set('CASTELLAN_CONSOLE', /CASTELLAN_CONSOLE=([\w-]+)/.exec(cookies.join())?.[1] ?? '')
  assert.equal((await server.go('GET', '/admin')).location, '/cas/admin/login')
})

test('wrong passwords at the form count as failed logins, and too many of them are refused', async () => {
  await using server = await openConsole({
    properties: { 'cas.authn.throttle.failure.threshold': 3, 'cas.authn.throttle.failure.range-seconds': 60 },
  })
  const statuses = []
  for (let at = 0; at < 4; at++) statuses.push((await server.logIn('admin', `guess${at}`)).status)
  assert.equal(statuses.at(-1), 423)
  const locked = await server.logIn()
  assert.deepEqual([locked.status, /Too many wrong passwords/.test(locked.body)], [423, true])
})

test('a login ends when its account is another, when nobody uses it, and after eight hours at the latest', async () => {
  const people = (password: string) => JSON.stringify([{ username: 'ops', password, authorities: ['ROLE_OPS'] }])
  await using server = await openConsole({
    properties: { 'cas.monitor.endpoints.json.location': 'file:{dir}/people.json' },
    files: { 'people.json': people('one') },
  })
  const isIn = async () => (await server.go('GET', '/admin')).status === 200
  await server.logIn('ops', 'one')
  assert.ok(await isIn())
  server.later(31 * 60_000)
  assert.equal(await isIn(), false)
  await server.logIn('ops', 'one')
  for (let at = 0; at < 19; at++) {
    server.later(25 * 60_000)
    assert.ok(await isIn(), String(at))
  }
  server.later(25 * 60_000)
  assert.equal(await isIn(), false)
  await server.logIn('ops', 'one')
  assert.ok(await isIn())
  writeFileSync(join(server.directory, 'people.json'), people('two'))
  const end = performance.now() + 30_000
  while ((await isIn()) && performance.now() < end) {
    server.later(2000)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  assert.equal(await isIn(), false)
})

test('a page of another site changes nothing, and logs nobody in', async () => {
  await using server = await openConsole()
  const { csrf } = await server.go('GET', '/admin/login')
  const fields = { username: 'admin', password: 's3cret', csrf }
  assert.equal((await server.go('POST', '/admin/login', fields, { 'sec-fetch-site': 'cross-site' })).status, 403)
  assert.equal((await server.go('POST', '/admin/login', { ...fields, csrf: 'x' })).status, 403)
  server.jar.clear()
  assert.equal((await server.go('POST', '/admin/login', fields)).status, 403)
  await server.logIn()
  const before = readdirSync(join(server.directory, 'services')).sort()
  for (const [path, more, headers] of [
    ['/admin/services/1/delete', { sure: 'yes' }, {}],
    ['/admin/services/1/delete', { sure: 'yes', csrf: 'x' }, {}],
    ['/admin/services/1/edit', { text: '{}', csrf: '' }, {}],
    ['/admin/services/1/delete', { sure: 'yes', csrf: (await server.go('GET', '/admin')).csrf }, { 'sec-fetch-site': 'same-site' }],
    ['/admin/sessions/end', { session: 'TGT-0123456789abcdef' }, {}],
    ['/admin/logout', {}, {}],
  ] as const)
    assert.equal((await server.go('POST', path, more, headers)).status, 403, path)
  assert.deepEqual(readdirSync(join(server.directory, 'services')).sort(), before)
  assert.equal((await server.go('GET', '/admin')).status, 200)
})

test('services are listed, searched and shown; a whole address is explained; secrets and markup stay where they are [AU9]', async () => {
  await using server = await openConsole()
  await server.logIn()
  const list = await server.go('GET', '/admin/services')
  assert.match(list.body, /Application 1/)
  assert.match(list.body, /Shared &lt;b&gt;Notes&lt;\/b&gt;/)
  for (const words of ['notes', 'NOTES-2.json', '2', 'example\\.org/cb']) {
    const { body } = await server.go('GET', `/admin/services?q=${encodeURIComponent(words)}`)
    assert.match(body, /Shared &lt;b&gt;Notes/, words)
    assert.doesNotMatch(body, /Application 1/, words)
  }
  const none = await server.go('GET', `/admin/services?q=${encodeURIComponent('"><script>x</script>')}`)
  assert.match(none.body, /There is none/)
  assert.doesNotMatch(none.body, /<script>/)
  const matched = await server.go('GET', `/admin/services?q=${encodeURIComponent('https://app.example.org/x')}`)
  assert.match(matched.body, /<strong><bdi>Application 1<\/bdi><\/strong> takes this address/)
  const unmatched = await server.go('GET', `/admin/services/1?url=${encodeURIComponent('https://other.example.org/')}`)
  assert.match(unmatched.body, /<strong>No definition<\/strong> takes this address/)
  const { body } = await server.go('GET', '/admin/services/2')
  assert.match(body, /&quot;kept&quot;: true/)
  assert.match(body, /&quot;clientSecret&quot;: &quot;\*{6}&quot;/)
  assert.doesNotMatch(body, /v3ry-secret/)
  for (const path of [
    '/admin/services/77',
    '/admin/services/x',
    '/admin/services/99999999999999999999999',
    '/admin/services?page=x&state=toString',
  ])
    assert.ok([200, 404].includes((await server.go('GET', path)).status), path)
})

test('whatever bears the name of a secret, or is one, is hidden where a definition is shown', () => {
  const shown = masked({
    '@class': 'org.apereo.cas.TokenCredentialPolicy',
    clientSecret: { '@class': 'java.util.HashMap', value: 's1' },
    basicAuthPassword: 's2',
    headers: { Authorization: 'Bearer s3', 'X-Api-Key': 's4', Accept: 'text/plain' },
    properties: { jwtAccessTokenSigningKey: { values: ['s5', 's6'] }, audience: { values: ['a'] } },
    jwks: '{"keys":[{"kty":"oct","k":"s7"}]}',
    expiresIn: 5,
  })
  assert.doesNotMatch(JSON.stringify(shown), /s\d/)
  assert.deepEqual(JSON.parse(JSON.stringify(shown)).properties.audience, { values: ['a'] })
  assert.match(JSON.stringify(shown), /TokenCredentialPolicy.*java\.util\.HashMap.*text\/plain/)
})

test("a definition is edited as text: unknown members stay, mistakes are named, nobody's change is lost [AU9, CF22]", async () => {
  await using server = await openConsole()
  await server.logIn()
  const file = join(server.directory, 'services', 'Notes-2.json')
  const page = await server.go('GET', '/admin/services/2/edit')
  const text = readFileSync(file, 'utf8')
  const save = (changed: string, version = page.hidden('version')) =>
    server.go('POST', '/admin/services/2/edit', { csrf: page.csrf, version, text: changed.replaceAll('\n', '\r\n') })

  const broken = await save('{ "@class": "x"')
  assert.equal(broken.status, 422)
  assert.match(broken.body, /End of input/)
  const refused = await save(text.replace('^https://notes', '^https://(notes'))
  assert.equal(refused.status, 422)
  assert.match(refused.body, /serviceId/)
  assert.match((await save(text.replace('"id": 2', '"id": 3'))).body, /The id has to stay 2/)
  assert.equal(readFileSync(file, 'utf8'), text)

  const saved = await save(text.replace('"clientId": "notes"', '"clientId": "notes2"'))
  assert.equal(saved.location, '/cas/admin/services/2')
  const stored = readdirSync(join(server.directory, 'services')).find((name) => name.endsWith('-2.json')) ?? ''
  const after = JSON.parse(readFileSync(join(server.directory, 'services', stored), 'utf8'))
  assert.deepEqual([after.clientId, after.clientSecret, after.ofOurOwn], ['notes2', 'v3ry-secret', { kept: true }])
  // Who had the page open before comes too late.
  const late = await save(text.replace('Notes', 'Remarks'))
  assert.equal(late.status, 409)
  assert.match(late.body, /Somebody has changed this definition/)
  const earlier = await server.go('GET', '/admin/services/2')
  assert.match(earlier.body, /Earlier versions[\s\S]*edit\?version=0/)
  assert.match((await server.go('GET', '/admin/services/2/edit?version=0')).body, /&quot;clientId&quot;: &quot;notes&quot;/)
})

test('a definition is made and deleted; deleting wants a tick', async () => {
  await using server = await openConsole()
  await server.logIn()
  const form = await server.go('GET', '/admin/services/new')
  const text = JSON.stringify(definition(1, '^https://new\\.example\\.org/.*'))
  const made = await server.go('POST', '/admin/services/new', { csrf: form.csrf, text })
  const id = /^\/cas\/admin\/services\/(\d+)$/.exec(made.location ?? '')?.[1] ?? ''
  // It has not taken the place of the one with that id.
  assert.notEqual(id, '1')
  const { csrf } = await server.go('GET', `/admin/services/${id}/edit`)
  assert.equal((await server.go('POST', `/admin/services/${id}/delete`, { csrf })).status, 422)
  assert.equal((await server.go('GET', `/admin/services/${id}`)).status, 200)
  assert.equal((await server.go('POST', `/admin/services/${id}/delete`, { csrf, sure: 'yes' })).location, '/cas/admin/services')
  assert.equal((await server.go('GET', `/admin/services/${id}`)).status, 404)
})

test('sessions are listed and ended', async () => {
  await using server = await openConsole()
  const alice = await server.signIn('alice')
  await server.signIn('bob')
  await server.logIn()
  const page = await server.go('GET', '/admin/sessions')
  assert.match(page.body, /<bdi>alice<\/bdi>[\s\S]*<bdi>bob<\/bdi>|<bdi>bob<\/bdi>[\s\S]*<bdi>alice<\/bdi>/)
  assert.doesNotMatch(page.body, /TGT-\d+-/)
  const own = await server.go('GET', '/admin/sessions?q=alice')
  assert.doesNotMatch(own.body, /<bdi>bob<\/bdi>/)
  const handle = /name="session" value="(TGT-[0-9a-f]{16}[^"]*)"/.exec(own.body)?.[1] ?? ''
  assert.equal((await server.go('POST', '/admin/sessions/end', { csrf: own.csrf, session: handle })).location, '/cas/admin/sessions')
  assert.doesNotMatch((await server.go('GET', '/admin/sessions')).body, /<bdi>alice<\/bdi>/)
  const again = await server.request('/login', { headers: { accept: 'text/html', cookie: alice.cookie } })
  assert.match(await again.text(), /name="password"/)
  assert.equal((await server.go('POST', '/admin/sessions/end', { csrf: own.csrf, session: handle })).status, 404)
  for (const from of ['x', '-1', 'TGT.zz', '%00']) assert.equal((await server.go('GET', `/admin/sessions?from=${from}`)).status, 200, from)
})

test('the console shows what the endpoints would show to the same operator, and nothing else', async () => {
  await using server = await openConsole({
    properties: {
      'management.endpoints.access.default': 'NONE',
      'management.endpoints.web.exposure.include': 'registeredServices,ssoSessions',
      'management.endpoint.registeredServices.access': 'read-only',
      'management.endpoint.ssoSessions.access': 'unrestricted',
      'cas.monitor.endpoints.endpoint.defaults.access': 'DENY',
      'cas.monitor.endpoints.endpoint.registeredServices.access': 'AUTHENTICATED',
      'cas.monitor.endpoints.endpoint.ssoSessions.access': 'ROLE',
      'cas.monitor.endpoints.endpoint.ssoSessions.required-roles': 'SUPPORT',
    },
  })
  await server.logIn()
  const page = await server.go('GET', '/admin')
  assert.match(page.body, /href="\/cas\/admin\/services"/)
  assert.doesNotMatch(page.body, /href="\/cas\/admin\/sessions"|Tickets|sessions now/)
  const service = await server.go('GET', '/admin/services/1')
  assert.doesNotMatch(service.body, /\/edit/)
  for (const [method, path] of [
    ['GET', '/admin/sessions'],
    ['GET', '/admin/services/1/edit'],
    ['GET', '/admin/services/new'],
    ['POST', '/admin/services/1/edit'],
    ['POST', '/admin/services/1/delete'],
    ['POST', '/admin/sessions/end'],
  ] as const)
    assert.equal((await server.go(method, path, method === 'GET' ? undefined : { csrf: page.csrf, sure: 'yes' })).status, 403, path)
})

test('who may do nothing is told which settings open a screen', async () => {
  await using server = await openConsole({
    properties: { 'management.endpoints.access.default': 'NONE', 'management.endpoint.health.enabled': false },
  })
  await server.logIn()
  assert.match((await server.go('GET', '/admin')).body, /management\.endpoint\.registeredServices\.access=unrestricted/)
})
