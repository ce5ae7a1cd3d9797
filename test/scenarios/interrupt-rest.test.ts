import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrowserClient, loginUrl, type Page } from '../support/browser-client.ts'
import { type Castellan, definition, eventually, startCastellan } from '../support/castellan.ts'
import { answering, httpStub } from '../support/http-stub.ts'

/** Interrupts from another server (interrupt.md 9.4, 9.6). */
const S = 'https://app.example.org/a?b=c d&e=ü'
const services = { 'Application-1.json': definition(1, '^https://app\\.example\\.org/.*') }
const users = { 'cas.authn.accept.users': 'user1::pw,user2::pw,filed::pw', 'castellan.ticket-registry.store': 'memory' }

const login = (cas: Castellan, user = 'user1', browser = new BrowserClient(), service = S) =>
  browser.login(cas.url, user, 'pw', { service })
const isInterrupt = (page: Page) => page.status === 200 && page.body.includes('id="interruptLinks"')
const passed = (page: Page) => page.status === 302 && (page.location ?? '').includes('ticket=ST-')

test('the source sees one kind of request, one a login: parameters in the query, the language of the browser, Basic, headers, no body [I5, I20]', async () => {
  await using stub = await httpStub(answering({ message: 'Read this', interrupt: true, links: { News: 'https://news.example.org/' } }))
  await using cas = await startCastellan({
    services,
    properties: {
      ...users,
      'cas.interrupt.rest.url': `${stub.url}/interrupt?key=1`,
      'cas.interrupt.rest.method': ' post ',
      'cas.interrupt.rest.basicAuthUsername': 'caller',
      'cas.interrupt.rest.basic-auth-password': 'secret:1',
      'cas.interrupt.rest.headers.X-Tenant': 'north',
    },
  })
  const browser = new BrowserClient({ 'accept-language': 'de,en;q=0.5' })
  const page = await login(cas, 'user1', browser)
  assert.ok(isInterrupt(page))
  assert.match(page.body, /Read this/)
  const done = await browser.post(`${cas.url}/login`, { execution: page.execution, _eventId: 'proceed' })
  assert.ok(passed(done))
  assert.equal(stub.calls.length, 1, 'nothing is written back, nothing is asked twice')
  // A second ticket asks once more, the answer is the one that was accepted.
  assert.ok(passed(await browser.get(loginUrl(cas.url, { service: S }))))
  assert.equal(stub.calls.length, 2)
  await browser.login(cas.url, 'user2', 'pw', { renew: '' }).catch(() => {})

  const [call] = stub.calls
  assert.equal(call?.method, 'POST')
  assert.equal(call?.path, '/interrupt')
  assert.deepEqual(Object.fromEntries(call?.query ?? []), {
    key: '1',
    username: 'user1',
    service: S,
    registeredService: '^https://app\\.example\\.org/.*',
    registeredServiceId: '1',
    registeredServiceName: 'Application 1',
  })
  assert.equal(call?.body, '')
  assert.equal(call?.headers['accept-language'], 'de,en;q=0.5')
  assert.equal(call?.headers['content-type'], 'application/json')
  assert.equal(call?.headers.authorization, `Basic ${Buffer.from('caller:secret:1').toString('base64')}`)
  assert.equal(call?.headers['x-tenant'], 'north')
  assert.equal(call?.headers.cookie, undefined)
  assert.ok(new Set(stub.calls.map(({ method, path }) => `${method} ${path}`)).size === 1)
  assert.ok((await cas.logSoFar()).every((line) => !JSON.stringify(line).includes('secret:1')))
})

test('what the answers mean: statuses, empty bodies, nothing that is no payload', async () => {
  await using stub = await httpStub()
  await using cas = await startCastellan({
    services,
    properties: {
      ...users,
      'cas.interrupt.rest.url': stub.url,
      'castellan.interrupt.rest.read-timeout': 'PT0.3S',
      'castellan.interrupt.rest.send-extended-parameters': false,
    },
  })
  const good: readonly (readonly [string, Parameters<typeof answering>, boolean])[] = [
    ['an empty object', [{}], true],
    ['interrupt', [{ interrupt: true }], true],
    ['Human JSON', ['message: hello // text\ninterrupt: true'], true],
    ['no interrupt', [{ interrupt: false, block: true }], false],
    ['an empty list', ['[]'], false],
    ['null', ['null'], false],
    ['an empty body', [''], false],
    ['204', ['', 204], false],
    ['404', [{ interrupt: true }, 404], false],
  ]
  for (const [name, answer, interrupted] of good) {
    stub.answer = answering(...answer)
    const page = await login(cas)
    assert.equal(isInterrupt(page), interrupted, name)
    assert.equal(passed(page), !interrupted, name)
  }
  assert.deepEqual([...(stub.calls[0]?.query.keys() ?? [])], ['username', 'service', 'registeredService'])
  // Failures let the login go on; fewer than would open the circuit at a time.
  const bad: readonly (readonly [string, (typeof stub)['answer']])[] = [
    ['500', answering({ interrupt: true }, 500)],
    ['a text', answering('no payload at all')],
    ['a list', answering('[1, 2]')],
    ['another server', answering('', 302, { location: 'http://127.0.0.2:1/elsewhere' })],
  ]
  for (const [name, answer] of bad) {
    stub.answer = answer
    assert.ok(passed(await login(cas)), name)
    stub.answer = answering({ interrupt: false })
    await login(cas)
  }
  stub.answer = answering(`{"message": "${'x'.repeat(100_000)}"}`)
  assert.ok(passed(await login(cas)), 'more than is read')
  stub.answer = () => {}
  assert.ok(passed(await login(cas)), 'no answer')
  stub.answer = (call, response) =>
    call.path === '/moved' ? answering({ interrupt: true })(call, response) : answering('', 307, { location: '/moved' })(call, response)
  assert.ok(isInterrupt(await login(cas)), 'a redirect within the same server')
})

test('a source that must answer and does not stops the login with 503; gateway goes back instead', async () => {
  await using stub = await httpStub(answering('', 500))
  await using cas = await startCastellan({
    services,
    properties: { ...users, 'cas.interrupt.rest.url': stub.url, 'castellan.interrupt.rest.failure-mode': 'closed' },
  })
  const browser = new BrowserClient()
  const page = await login(cas, 'user1', browser)
  assert.equal(page.status, 503)
  assert.equal(browser.cookie('TGC'), undefined)
  stub.answer = answering({ interrupt: false })
  assert.ok(passed(await login(cas, 'user1', browser)))
  stub.answer = answering('', 500)
  assert.equal(
    (await browser.get(loginUrl(cas.url, { service: 'https://app.example.org/x', gateway: 'true' }))).location,
    'https://app.example.org/x',
  )
})

test('a source that hangs holds no other login; after five failures nobody waits for it any more', async () => {
  await using stub = await httpStub((call, response) => {
    if (call.query.get('username') !== 'user1') response.writeHead(204).end()
  })
  await using cas = await startCastellan({
    services,
    properties: { ...users, 'cas.interrupt.rest.url': stub.url, 'castellan.interrupt.rest.read-timeout': 'PT1S' },
  })
  const hanging = Array.from({ length: 4 }, () => login(cas, 'user1'))
  await eventually('all four wait', () => (stub.calls.length === 4 ? true : undefined))
  let anyEnded = false
  for (const one of hanging) {
    void one.finally(() => {
      anyEnded = true
    })
  }
  assert.ok(passed(await login(cas, 'user2')))
  assert.equal(anyEnded, false, 'another login waits')
  assert.ok((await Promise.all(hanging)).every(passed))
  await Promise.all(Array.from({ length: 5 }, () => login(cas, 'user1')))
  await cas.logged((line) => /left alone for 30 seconds/.test(line.msg))
  const calls = stub.calls.length
  assert.ok(passed(await login(cas, 'user1')))
  assert.equal(stub.calls.length, calls)
})

test('an answer is used again for the same user and application as long as cache-ttl says', async () => {
  await using stub = await httpStub(answering({ interrupt: false }))
  await using cas = await startCastellan({
    services,
    properties: { ...users, 'cas.interrupt.rest.url': stub.url, 'castellan.interrupt.rest.cache-ttl': 60 },
  })
  await login(cas)
  await login(cas)
  assert.equal(stub.calls.length, 1)
  await login(cas, 'user2')
  assert.equal(stub.calls.length, 2)
})

test('of file and REST the file is asked first, and REST is not asked when the file interrupts', async () => {
  await using stub = await httpStub(answering({ message: 'from REST', interrupt: true }))
  await using cas = await startCastellan({
    services,
    properties: { ...users, 'cas.interrupt.rest.url': stub.url, 'cas.interrupt.json.location': 'file:{dir}/interrupt.json' },
    files: { 'interrupt.json': '{ filed: { message: "from the file", interrupt: true } }' },
  })
  assert.match((await login(cas, 'filed')).body, /from the file/)
  assert.equal(stub.calls.length, 0)
  assert.match((await login(cas, 'user1')).body, /from REST/)
})
