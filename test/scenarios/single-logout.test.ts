import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import { BrowserClient } from '../support/browser-client.ts'
import { definition, eventually, type StartOptions, startCastellan } from '../support/castellan.ts'
import { httpStub, type StubCall } from '../support/http-stub.ts'

const PORTAL = 'https://portal.example.org/home?x=1'
const MAIL = 'https://mail.example.org/'

/** Two applications whose sessions end at a stub, and one that wants to hear nothing. */
async function world(more: StartOptions = {}, definitions: Record<string, object> = {}) {
  const stub = await httpStub((_call, response) => response.writeHead(200).end())
  const options: StartOptions = {
    ...more,
    properties: {
      'cas.authn.accept.users': 'student1::pw',
      'cas.server.name': 'https://sso.example.org',
      'cas.tgc.secure': false,
      ...more.properties,
    },
    services: {
      'Portal-1.json': definition(1, '^https://portal\\.example\\.org/.*', { logoutUrl: `${stub.url}/portal` }),
      'Mail-2.json': definition(2, '^https://mail\\.example\\.org/.*', {
        logoutUrl: `${stub.url}/mail,${stub.url}/mail-too`,
        usernameAttributeProvider: {
          '@class': 'org.apereo.cas.services.PrincipalAttributeRegisteredServiceUsernameProvider',
          usernameAttribute: 'mail',
        },
      }),
      'Quiet-3.json': definition(3, '^https://quiet\\.example\\.org/.*', { logoutType: 'NONE', logoutUrl: `${stub.url}/quiet` }),
      ...definitions,
    },
  }
  const server = await startCastellan({
    ...options,
    properties: { 'cas.authn.attribute-repository.stub.attributes.mail': 'student1@example.org', ...options.properties },
  })
  const browser = new BrowserClient()
  await browser.login(server.url, 'student1', 'pw')
  async function ticketFor(service: string): Promise<string> {
    const { location } = await browser.get(`${server.url}/login?service=${encodeURIComponent(service)}`)
    return new URL(location ?? '').searchParams.get('ticket') ?? ''
  }
  return {
    stub,
    server,
    browser,
    ticketFor,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await stub[Symbol.asyncDispose]()
    },
  }
}

const xmlOf = (call: StubCall | undefined) => new URLSearchParams(call?.body).get('logoutRequest') ?? ''
const member = (xml: string, name: string) => new RegExp(`<(?:saml|samlp):${name}[^>]*>([^<]*)<`).exec(xml)?.[1]

test('logout tells each application that got a ticket, once, with the ticket it knows the session by', async () => {
  await using w = await world()
  const portal = await w.ticketFor(PORTAL)
  const mail = await w.ticketFor(MAIL)
  await w.ticketFor('https://quiet.example.org/')
  assert.equal((await w.browser.get(`${w.server.url}/logout`)).status, 200)
  await eventually('three messages', () => w.stub.calls.length >= 3 || undefined)
  const byPath = new Map(w.stub.calls.map((call) => [call.path, call]))
  assert.deepEqual([...byPath.keys()].sort(), ['/mail', '/mail-too', '/portal'])
  const call = byPath.get('/portal')
  assert.equal(call?.method, 'POST')
  assert.equal(call?.headers['content-type'], 'application/x-www-form-urlencoded')
  assert.match(
    xmlOf(call),
    /^<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2\.0:protocol" ID="LR-\d+-[A-Za-z0-9]{25}" Version="2\.0" IssueInstant="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"><saml:NameID /,
  )
  assert.equal(member(xmlOf(call), 'SessionIndex'), portal)
  assert.equal(member(xmlOf(call), 'NameID'), 'student1')
  assert.equal(member(xmlOf(byPath.get('/mail')), 'SessionIndex'), mail)
  assert.equal(member(xmlOf(byPath.get('/mail')), 'NameID'), 'student1@example.org', 'the name that this application knows')
  const log = JSON.stringify(await w.server.logSoFar())
  assert.ok(!log.includes(portal) && !log.includes(mail))
})

test('an application that is down is told later; with asynchronous=false the answer waits for the first attempt', async () => {
  await using w = await world({ properties: { 'cas.slo.asynchronous': false } })
  w.stub.answer = (call, response) =>
    response.writeHead(w.stub.calls.filter(({ path }) => path === call.path).length === 1 ? 503 : 200).end()
  await w.ticketFor(PORTAL)
  await w.browser.get(`${w.server.url}/logout`)
  assert.equal(w.stub.calls.length, 1, 'tried before the answer')
  await eventually('the second attempt', () => w.stub.calls.length === 2 || undefined, 30_000)
})

test('a session that expires is told of', async () => {
  await using w = await world({
    properties: {
      'cas.ticket.tgt.primary.max-time-to-live-in-seconds': 3,
      'cas.ticket.tgt.primary.time-to-kill-in-seconds': 3,
      'cas.ticket.registry.cleaner.schedule.start-delay': 'PT1S',
      'cas.ticket.registry.cleaner.schedule.repeat-interval': 'PT1S',
    },
  })
  const ticket = await w.ticketFor(PORTAL)
  await eventually('the message', () => w.stub.calls.length === 1 || undefined, 30_000)
  assert.equal(member(xmlOf(w.stub.calls[0]), 'SessionIndex'), ticket)
})

test('nobody is told where single logout is off, or an application is no longer registered', async () => {
  await using off = await world({ properties: { 'cas.slo.disabled': true, 'cas.slo.asynchronous': false } })
  await off.ticketFor(PORTAL)
  await off.browser.get(`${off.server.url}/logout`)
  assert.equal(off.stub.calls.length, 0)
})

test('the browser tells applications of the front channel, from a page that goes on when its user does', async () => {
  await using w = await world(
    { properties: { 'cas.logout.follow-service-redirects': true } },
    {
      'Front-4.json': definition(4, '^https://front\\.example\\.org/.*', {
        logoutType: 'FRONT_CHANNEL',
        logoutUrl: 'https://front.example.org/out?a=b',
      }),
    },
  )
  const ticket = await w.ticketFor('https://front.example.org/')
  const page = await w.browser.get(`${w.server.url}/logout?service=${encodeURIComponent(PORTAL)}`)
  assert.equal(page.status, 200)
  assert.match(page.body, /<kbd>front\.example\.org<\/kbd>/)
  assert.match(page.body, /id="service0"/)
  assert.match(page.body, /id="logoutRedirectButton"[^>]*href="https:\/\/portal\.example\.org\/home\?x=1"/)
  const source = /<img src="(https:\/\/front[^"]+)"/.exec(page.body)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const url = new URL(source)
  assert.equal(url.searchParams.get('a'), 'b')
  const xml = inflateRawSync(Buffer.from(url.searchParams.get('logoutRequest') ?? '', 'base64')).toString()
  assert.equal(member(xml, 'SessionIndex'), ticket)
  assert.match(page.headers.get('content-security-policy') ?? '', /img-src [^;]*https:\/\/front\.example\.org/)

  // An address that nobody registered is refused, and the applications are told all the same.
  await w.browser.login(w.server.url, 'student1', 'pw')
  await w.ticketFor('https://front.example.org/')
  const refused = await w.browser.get(`${w.server.url}/logout?service=${encodeURIComponent('https://elsewhere.example.com/')}`)
  assert.equal(refused.status, 403)
  assert.match(refused.body, /<img src="https:\/\/front[^"]+logoutRequest=/)
  assert.match(refused.body, /<code dir="ltr">https:\/\/elsewhere\.example\.com\/<\/code>/)
  assert.doesNotMatch(refused.body, /href="https:\/\/elsewhere/)
})
