import assert from 'node:assert/strict'
import { test } from 'node:test'
import { definition, eventually } from '../support/castellan.ts'
import { httpStub } from '../support/http-stub.ts'
import { APPLICATION, openServer } from './server.ts'

test('`ssoSessions` lists who is signed in, by handles that are no ids', async () => {
  await using server = await openServer()
  const alice = await server.signIn('alice', APPLICATION)
  await server.signIn('bob')
  const { status, body } = await server.ask('GET', '/ssoSessions')
  assert.equal(status, 200)
  assert.equal(body.totalSsoSessions, 2)
  const [session] = body.activeSsoSessions.filter((one: Record<string, unknown>) => one['authenticated_principal'] === 'alice')
  assert.match(session.ticket_granting_ticket, /^TGT-[0-9a-f]{16}/)
  assert.match(session.authentication_date_formatted, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  assert.equal(session.expiration_policy.timeToLive, 28_800)
  assert.equal(session.is_proxied, false)
  assert.deepEqual(session.authentication_attributes.credentialType, ['UsernamePasswordCredential'])
  const [[key, service]] = Object.entries(session.authenticated_services) as [[string, { id: string }]]
  assert.equal(service.id, APPLICATION)
  // The ticket can still be used: who reads the list must not be able to.
  assert.notEqual(key, alice.ticket)
  assert.ok(alice.ticket && !JSON.stringify(body).includes(alice.ticket))
  assert.ok(!('is_proxied' in (await server.ask('GET', '/ssoSessions?type=direct')).body.activeSsoSessions[0]))
  assert.equal((await server.ask('GET', '/ssoSessions?type=OTHER')).status, 400)
  assert.equal((await server.ask('GET', '/ssoSessions?count=-1')).status, 400)
})

test('`ssoSessions` finds the sessions of one user, and pages', async () => {
  await using server = await openServer()
  for (const username of ['alice', 'bob', 'alice', 'bob', 'alice']) await server.signIn(username)
  const names = async (path: string) => {
    const { body } = await server.ask('GET', path)
    return body.activeSsoSessions.map((session: Record<string, unknown>) => session['authenticated_principal'])
  }
  assert.deepEqual(await names('/ssoSessions/users/ALICE'), ['alice', 'alice', 'alice'])
  assert.deepEqual(await names('/sso-sessions?username=bob'), ['bob', 'bob'])
  assert.deepEqual(await names('/ssoSessions/users/nobody'), [])
  assert.deepEqual(await names('/ssoSessions?from=1&count=3'), ['bob', 'alice', 'bob'])
  assert.deepEqual(await names('/ssoSessions?from=4'), ['alice'])
  assert.deepEqual(await names('/ssoSessions?from=9'), [])
})

test('a session that an administrator ends is over for the browser, and only the endpoint takes its handle', async () => {
  await using server = await openServer()
  const { cookie } = await server.signIn('alice', APPLICATION)
  const session = (await server.ask('GET', '/ssoSessions')).body.activeSsoSessions[0]
  const handle = session.ticket_granting_ticket
  const asksForPassword = async (headers: Record<string, string>) =>
    (await (await server.request('/login', { headers })).text()).includes('name="password"')
  assert.equal(await asksForPassword({ cookie, accept: 'text/html' }), false)
  assert.equal(await asksForPassword({ cookie: `TGC=${handle}`, accept: 'text/html' }), true)
  assert.deepEqual((await server.ask('DELETE', `/ssoSessions/${handle}`)).body, {
    status: 200,
    ticketGrantingTicket: handle,
    singleLogoutRequests: [{ ticketId: Object.keys(session.authenticated_services)[0], service: APPLICATION }],
  })
  assert.equal(await asksForPassword({ cookie, accept: 'text/html' }), true)
  const again = await server.ask('DELETE', `/ssoSessions/${handle}`)
  assert.deepEqual([again.status, again.body.status], [200, 404])
})

test('the applications of a session that an administrator ends are told', async () => {
  await using application = await httpStub()
  await using server = await openServer({
    properties: { 'cas.http-client.allow-local-urls': true },
    services: { 'App-1.json': definition(1, '^http://127\\.0\\.0\\.1:.*') },
  })
  await server.signIn('alice', `${application.url}/start`)
  const ended = (await server.ask('DELETE', '/ssoSessions/users/alice')).body
  assert.equal(Object.keys(ended).length, 1)
  const call = await eventually('the logout message', () => application.calls[0], 30_000)
  assert.match(new URLSearchParams(call.body).get('logoutRequest') ?? '', /<saml:NameID[^>]*>alice</)
})

test('whose sessions end has to be said', async () => {
  await using server = await openServer()
  for (const username of ['alice', 'bob', 'alice']) await server.signIn(username)
  const total = async () => (await server.ask('GET', '/ssoSessions')).body.totalSsoSessions
  assert.equal((await server.ask('DELETE', '/ssoSessions')).status, 400)
  assert.equal((await server.ask('DELETE', '/ssoSessions?type=PROXIED')).status, 400)
  assert.equal(await total(), 3)
  const ended = (await server.ask('DELETE', '/ssoSessions/users/alice')).body
  assert.deepEqual(
    Object.values(ended).map((one) => (one as { status: number }).status),
    [200, 200],
  )
  assert.equal(await total(), 1)
  await server.signIn('alice')
  assert.equal(Object.keys((await server.ask('DELETE', '/ssoSessions?username=bob')).body).length, 1)
  assert.deepEqual((await server.ask('DELETE', '/ssoSessions?type=ALL')).body, { status: 200 })
  assert.equal(await total(), 0)
})

test('`ticketRegistry` shows kinds with their storage names, finds tickets, and cleans [S2-3]', async () => {
  await using server = await openServer({ properties: { 'cas.authn.oauth.code.storage-name': 'myCodes' } })
  const { ticket } = await server.signIn('alice', APPLICATION)
  const kinds = (await server.ask('GET', '/ticketRegistry/ticketCatalog')).body as { prefix: string; properties: { storageName: string } }[]
  const names = new Map(kinds.map(({ prefix, properties }) => [prefix, properties.storageName]))
  assert.equal(names.get('OC'), 'myCodes')
  assert.equal(names.get('TGT'), 'ticketGrantingTicketsCache')
  const [session] = (await server.ask('GET', '/ticketRegistry/query?type=TGT')).body
  assert.deepEqual([session.prefix, session.principal, session.countOfUses], ['TGT', 'alice', 1])
  assert.ok(session.content)
  const [found] = (await server.ask('GET', `/ticketRegistry/query?id=${ticket}&decode=false`)).body
  assert.equal(found.prefix, 'ST')
  assert.ok(!('content' in found))
  assert.ok(!JSON.stringify(found).includes(ticket ?? ''))
  assert.deepEqual((await server.ask('GET', `/ticketRegistry/query?id=${ticket}&type=TGT`)).body, [])
  assert.deepEqual((await server.ask('GET', '/ticketRegistry/query?id=ST-1-nothing')).body, [])
  for (const query of ['', '?type=ST', '?type=XX', '?type=TGT&count=0']) {
    assert.equal((await server.ask('GET', `/ticketRegistry/query${query}`)).status, 400, query)
  }
  server.later(60_000)
  const cleaned = (await server.ask('DELETE', '/ticketRegistry/clean')).body
  assert.deepEqual([cleaned.total, cleaned.removed], [2, 1])
})

test('`statistics` counts tickets by kind', async () => {
  await using server = await openServer()
  await server.signIn('alice', APPLICATION)
  const { body } = await server.ask('GET', '/statistics')
  assert.deepEqual([body.validTickets, body.tickets.TGT, body.tickets.ST], [2, 1, 1])
  assert.match(body.maxMemory, /^\d+ [MG]B$/)
})

test('`events` lists what happened, the latest first, counts it by hour, and forgets it', async () => {
  await using server = await openServer()
  await server.signIn('alice', undefined, 'wrong')
  await server.signIn('alice')
  const { body, headers } = await server.ask('GET', '/events')
  assert.equal(headers.get('content-type'), 'application/x-ndjson')
  assert.deepEqual(
    body.map(({ type, principalId }: { type: string; principalId: string }) => [type.slice(type.lastIndexOf('.') + 1), principalId]),
    [
      ['CasTicketGrantingTicketCreatedEvent', 'alice'],
      ['CasAuthenticationTransactionSuccessfulEvent', 'alice'],
      ['CasAuthenticationTransactionFailureEvent', 'alice'],
    ],
  )
  assert.equal(body[0].properties.clientip, '127.0.0.1')
  assert.equal(new Date(body[0].creationTime).toISOString(), body[0].creationTime)
  assert.doesNotMatch(JSON.stringify(body), /TGT-\d+-[A-Za-z0-9_-]{20}/)
  assert.equal((await server.ask('GET', '/events?limit=1')).body.length, 1)
  assert.equal((await server.ask('GET', '/events?limit=none')).status, 400)
  const counted = (await server.ask('GET', '/events/aggregate')).body
  assert.deepEqual(
    counted.map(({ count }: { count: number }) => count),
    [1, 1, 1],
  )
  assert.deepEqual((await server.ask('DELETE', '/events')).body, { deleted: 3 })
  assert.deepEqual((await server.ask('GET', '/events')).body, [])
})

test('`throttles` lists who has failed, and lets them try again', async () => {
  await using server = await openServer({
    properties: { 'cas.authn.throttle.failure.threshold': 3, 'cas.authn.throttle.failure.range-seconds': 60 },
  })
  const wrong = async () => (await server.signIn('alice', undefined, 'wrong')).status
  assert.deepEqual([await wrong(), await wrong(), await wrong()], [401, 401, 423])
  const listed = (await server.ask('GET', '/throttles')).body
  assert.deepEqual([listed.length, listed[0].username, listed[0].clientIpAddress], [1, 'alice', '127.0.0.1'])
  assert.equal((await server.signIn('alice')).status, 423)
  assert.deepEqual((await server.ask('DELETE', `/throttles?key=${listed[0].key}`)).body, [])
  assert.equal((await server.signIn('alice')).status, 200)
  await wrong()
  assert.deepEqual((await server.ask('DELETE', '/throttles?clear=true')).body, [])
  await wrong()
  server.later(61_000)
  assert.deepEqual((await server.ask('GET', '/throttles')).body, [])
})

test('`ssoSessions` is opened by settings in camel, kebab and snake case, and keeps its name in the path [P12, CF6, CF7]', async () => {
  const spellings = [
    ['management.endpoint.ssoSessions.access', 'cas.monitor.endpoints.endpoint.ssoSessions.access'],
    ['management.endpoint.sso-sessions.access', 'cas.monitor.endpoints.endpoint.sso-sessions.access'],
    ['management.endpoint.sso_sessions.enabled', 'cas.monitor.endpoints.endpoint.sso_sessions.access'],
  ] as const
  for (const [enabling, admitting] of spellings) {
    await using server = await openServer({
      properties: {
        'management.endpoints.access.default': 'NONE',
        [enabling]: enabling.endsWith('enabled') ? 'true' : 'unrestricted',
        'management.endpoints.web.exposure.include': enabling.split('.')[2],
        'cas.monitor.endpoints.endpoint.defaults.access': undefined,
        [admitting]: 'authenticated',
      },
    })
    await server.signIn('alice')
    const { status, body } = await server.ask('GET', '/ssoSessions')
    assert.equal(status, 200, enabling)
    assert.equal(body.totalSsoSessions, 1)
    // The name of earlier versions; every other spelling is another path.
    assert.equal((await server.ask('GET', '/sso-sessions')).status, 200)
    for (const path of ['/ssosessions', '/sso_sessions', '/SsoSessions']) assert.equal((await server.ask('GET', path)).status, 404, path)
    const links = (await server.ask('GET', '')).body['_links']
    assert.ok(JSON.stringify(links).includes('/actuator/ssoSessions"'), JSON.stringify(links))
    assert.deepEqual((await server.ask('DELETE', '/ssoSessions?type=ALL')).body, { status: 200 })
    assert.equal((await server.ask('GET', '/ssoSessions')).body.totalSsoSessions, 0)
  }
})

test('settings name endpoints in any spelling, paths only as they are written [CF7]', async () => {
  await using server = await openServer({
    properties: {
      'management.endpoints.access.default': 'NONE',
      'management.endpoint.sso-sessions.access': 'read-only',
      'management.endpoints.web.exposure.include': 'ssosessions',
      'cas.monitor.endpoints.endpoint.defaults.access': undefined,
      'cas.monitor.endpoints.endpoint.SSO_SESSIONS.access': 'authenticated',
    },
  })
  assert.equal((await server.ask('GET', '/ssoSessions')).status, 200)
  assert.equal((await server.ask('DELETE', '/ssoSessions?type=ALL')).status, 405)
  assert.equal((await server.ask('GET', '/ssosessions')).status, 404)
})
