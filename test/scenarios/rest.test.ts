import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Castellan, definition, eventually, startCastellan } from '../support/castellan.ts'
import { type HttpStub, httpStub } from '../support/http-stub.ts'

const APP = 'https://app.example.org/'
const strategy = (more: object) => ({
  accessStrategy: { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy', ...more },
})

let server: Castellan
let application: HttpStub

before(async () => {
  application = await httpStub((_call, response) => response.writeHead(200).end())
  server = await startCastellan({
    properties: {
      'CasFeatureModule.RestProtocol.enabled': true,
      'cas.server.name': 'https://sso.example.org',
      'cas.authn.accept.users': 'student1::pw,student2::pw,clumsy::pw',
      'cas.authn.throttle.failure.threshold': 3,
      'cas.authn.throttle.failure.range-seconds': 60,
    },
    services: {
      'App-1.json': definition(1, '^https://app\\.example\\.org/.*', { logoutUrl: `${application.url}/out` }),
      'Off-2.json': definition(2, '^https://off\\.example\\.org/.*', strategy({ enabled: false })),
      'Hr-3.json': definition(3, '^https://hr\\.example\\.org/.*', strategy({ requiredAttributes: { memberOf: ['staff'] } })),
      'Fresh-4.json': definition(4, '^https://fresh\\.example\\.org/.*', strategy({ ssoEnabled: false })),
    },
  })
})
after(async () => {
  await server?.[Symbol.asyncDispose]()
  await application?.[Symbol.asyncDispose]()
})

const send = (method: string, path: string, form?: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${server.url}${path}`, { method, headers, ...(form ? { body: new URLSearchParams(form) } : {}) })
const credentials = { username: 'student1', password: 'pw' }

async function openSession(more: Readonly<Record<string, string>> = {}): Promise<string> {
  const answer = await send('POST', '/v1/tickets', { ...credentials, ...more }, { accept: 'text/plain' })
  assert.equal(answer.status, 201, await answer.clone().text())
  return answer.text()
}
async function validate(ticket: string, more = '') {
  const answer = await fetch(`${server.url}/p3/serviceValidate?service=${encodeURIComponent(APP)}&ticket=${ticket}&format=JSON${more}`)
  return JSON.parse(await answer.text()).serviceResponse
}

test('a program logs a user in and gets the address of the session, under the name of the server', async () => {
  for (const accept of ['text/html', '*/*', '']) {
    const answer = await send('POST', '/v1/tickets', credentials, { accept })
    assert.equal(answer.status, 201)
    const location = answer.headers.get('location') ?? ''
    assert.match(location, /^https:\/\/sso\.example\.org\/cas\/v1\/tickets\/TGT-\d+-[A-Za-z0-9]{68}/)
    assert.equal(answer.headers.get('content-type'), 'text/html;charset=UTF-8')
    assert.ok((await answer.text()).includes(`<form action="${location}" method="POST">`))
    assert.match(answer.headers.get('cache-control') ?? '', /no-store/)
    assert.equal(answer.headers.get('set-cookie'), null)
  }
  const plain = await send('POST', '/v1/tickets', credentials, { accept: 'application/json' })
  assert.equal(plain.headers.get('location'), `https://sso.example.org/cas/v1/tickets/${await plain.text()}`)
})

test('the session gives service tickets; the first one counts as that of a new login', async () => {
  const session = await openSession()
  const first = await send('POST', `/v1/tickets/${session}`, { service: APP })
  assert.equal(first.status, 200)
  const ticket = await first.text()
  assert.match(ticket, /^ST-\d+-/)
  const success = (await validate(ticket)).authenticationSuccess
  assert.equal(success.user, 'student1')
  assert.deepEqual(success.attributes.isFromNewLogin, [true])
  const second = await (await send('POST', `/v1/tickets/${session}`, { service: APP })).text()
  assert.deepEqual((await validate(second)).authenticationSuccess.attributes.isFromNewLogin, [false])
  const third = await (await send('POST', `/v1/tickets/${session}`, { service: APP })).text()
  assert.equal((await validate(third, '&renew=true')).authenticationFailure.code, 'INVALID_TICKET')
  const fresh = await (await send('POST', `/v1/tickets/${session}`, { service: APP, renew: 'true', ...credentials })).text()
  assert.equal((await validate(fresh, '&renew=true')).authenticationSuccess.user, 'student1')
})

test('a ticket can be asked for, and is gone when it is gone', async () => {
  const session = await openSession()
  const ticket = await (await send('POST', `/v1/tickets/${session}`, { service: APP })).text()
  for (const id of [session, ticket]) {
    const answer = await send('GET', `/v1/tickets/${id}`)
    assert.deepEqual([answer.status, await answer.text()], [200, id])
  }
  const unknown = await send('GET', '/v1/tickets/TGT-1-x')
  assert.deepEqual([unknown.status, await unknown.text()], [404, 'Ticket could not be found'])
  assert.equal((await send('GET', '/v1/tickets')).status, 405)
})

test('each way to fail has its status', async () => {
  const session = await openSession()
  const rows: readonly [string, string, Readonly<Record<string, string>>, number, RegExp][] = [
    [
      'bad password',
      '/v1/tickets',
      { username: 'student2', password: 'bad' },
      401,
      /^\{"authentication_exceptions":\["FailedLoginException"\]\}$/,
    ],
    ['unknown user', '/v1/tickets', { username: 'nobody', password: 'bad' }, 401, /"authentication_exceptions":\[/],
    ['nothing', '/v1/tickets', {}, 400, /credentials/],
    ['unknown service', '/v1/tickets', { ...credentials, service: 'https://unknown.example/' }, 403, /not authorized/],
    ['no service', `/v1/tickets/${session}`, {}, 400, /service/],
    ['unknown service', `/v1/tickets/${session}`, { service: 'https://unknown.example/' }, 403, /not authorized/],
    ['disabled service', `/v1/tickets/${session}`, { service: 'https://off.example.org/' }, 403, /not authorized/],
    ['script', `/v1/tickets/${session}`, { service: 'javascript:alert(1)' }, 400, /address/],
    ['attributes are missing', `/v1/tickets/${session}`, { service: 'https://hr.example.org/' }, 401, /PrincipalException/],
    [
      'wants fresh credentials',
      `/v1/tickets/${session}`,
      { service: 'https://fresh.example.org/' },
      401,
      /UnauthorizedSsoServiceException/,
    ],
    ['renew without credentials', `/v1/tickets/${session}`, { service: APP, renew: 'true' }, 400, /credentials/],
    [
      'renew as somebody else',
      `/v1/tickets/${session}`,
      { service: APP, renew: 'true', username: 'student2', password: 'pw' },
      401,
      /FailedLogin/,
    ],
    ['unknown session', '/v1/tickets/TGT-1-x', { service: APP }, 404, /^TGT-1-x could not be found or is considered invalid$/],
    ['nothing', '/v1/users', {}, 400, /credentials/],
    ['bad password', '/v1/users', { username: 'student2', password: 'bad' }, 401, /FailedLoginException/],
  ]
  for (const [what, path, form, status, body] of rows) {
    const answer = await send('POST', path, form)
    const text = await answer.text()
    assert.equal(answer.status, status, `${what}: ${text}`)
    assert.match(text, body, what)
  }
  assert.equal((await send('POST', '/v1/tickets?username=student1&password=pw')).status, 400, 'credentials in the query')
  assert.equal((await send('POST', '/v1/tickets', { ...credentials, x: 'y'.repeat(70_000) })).status, 413)
})

test('too many failures are refused, as at the login page', async () => {
  const statuses: number[] = []
  for (let count = 0; count < 4; count++) statuses.push((await send('POST', '/v1/users', { username: 'clumsy', password: 'bad' })).status)
  assert.deepEqual(statuses.slice(-2), [423, 423])
  assert.equal((await send('POST', '/v1/tickets', { username: 'clumsy', password: 'pw' })).status, 423)
})

test('the end of the session tells its applications', async () => {
  const session = await openSession()
  const ticket = await (await send('POST', `/v1/tickets/${session}`, { service: APP })).text()
  application.calls.length = 0
  const answer = await send('DELETE', `/v1/tickets/${session}`)
  assert.equal(answer.status, 200)
  assert.deepEqual(await answer.json(), [{ ticketId: ticket, service: { id: APP } }])
  await eventually('the application hears of it', () => application.calls.length === 1 || undefined)
  assert.ok(new URLSearchParams(application.calls[0]?.body).get('logoutRequest')?.includes(ticket))
  assert.deepEqual(await (await send('DELETE', `/v1/tickets/${session}`)).json(), [])
  assert.equal((await send('POST', `/v1/tickets/${session}`, { service: APP })).status, 404)
  assert.equal((await validate(ticket)).authenticationFailure.code, 'INVALID_TICKET')
  assert.ok(!JSON.stringify(await server.logSoFar()).includes(session), 'no usable id in the log')
})

test('a user can be checked without a session', async () => {
  const answer = await send('POST', '/v1/users', { ...credentials, service: APP })
  assert.equal(answer.status, 200)
  const body = (await answer.json()) as {
    authentication: { principal: { id: string } }
    credentialProvided: boolean
    service: { id: string }
  }
  assert.equal(body.authentication.principal.id, 'student1')
  assert.equal(body.credentialProvided, true)
  assert.equal(body.service.id, APP)
  assert.ok(!JSON.stringify(body).includes('"pw"'))
})

test('nothing answers unless it is switched on', async () => {
  await using off = await startCastellan({ services: { 'App-1.json': definition(1, '^https://app\\.example\\.org/.*') } })
  for (const path of ['/v1/tickets', '/v1/users']) {
    assert.equal((await fetch(`${off.url}${path}`, { method: 'POST', body: new URLSearchParams(credentials) })).status, 404)
  }
})
