import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { BrowserClient, loginUrl, type Page } from '../support/browser-client.ts'
import { type Castellan, definition, startCastellan } from '../support/castellan.ts'

/** Every way in which an application is refused, as somebody sees it who knows CAS (services.md 9). One server for all of them. */
const strategy = (members: object, type = 'DefaultRegisteredServiceAccessStrategy') => ({
  accessStrategy: { '@class': `org.apereo.cas.services.${type}`, ...members },
})
const nobody = { requiredAttributes: { '@class': 'java.util.HashMap', mail: ['java.util.HashSet', ['^nobody$']] } }
const services = {
  'App-1.json': definition(1, '^https://app\\.example\\.org/.*'),
  'Disabled-2.json': definition(2, '^https://disabled\\.example\\.org/.*', strategy({ enabled: false })),
  'Elsewhere-3.json': definition(
    3,
    '^https://elsewhere\\.example\\.org/.*',
    strategy({ enabled: false, unauthorizedRedirectUrl: 'https://go.example.org/x' }),
  ),
  'Expired-4.json': definition(4, '^https://expired\\.example\\.org/.*', {
    expirationPolicy: {
      '@class': 'org.apereo.cas.services.DefaultRegisteredServiceExpirationPolicy',
      expirationDate: '2019-09-22',
    },
  }),
  'Closed-5.json': definition(
    5,
    '^https://closed\\.example\\.org/.*',
    strategy({ endingDateTime: '2020-01-01T00:00:00Z' }, 'TimeBasedRegisteredServiceAccessStrategy'),
  ),
  'Others-6.json': definition(6, '^https://others\\.example\\.org/.*', strategy(nobody)),
  'OthersElsewhere-7.json': definition(
    7,
    '^https://others-elsewhere\\.example\\.org/.*',
    strategy({ ...nobody, unauthorizedRedirectUrl: 'https://go.example.org/x' }),
  ),
  'Browser-8.json': definition(
    8,
    '^https://browser\\.example\\.org/.*',
    strategy({ userAgent: 'Lynx' }, 'HttpRequestRegisteredServiceAccessStrategy'),
  ),
  'Unusable-9.json': definition(9, '^https://(unusable\\.example\\.org/.*'),
}

let cas: Castellan
before(async () => {
  cas = await startCastellan({
    properties: {
      'cas.authn.accept.users': 'student1::pw',
      'cas.authn.attribute-repository.stub.attributes.mail': 'student1@example.org',
    },
    services,
  })
})
after(() => cas?.[Symbol.asyncDispose]())

const serviceOf = (name: string) => `https://${name}.example.org/x`
const heading = ({ body }: Page) => /<h2[^>]*>([^<]*)<\/h2>/.exec(body)?.[1]
const NOT_AUTHORIZED = 'Application Not Authorized to Use CAS'
const PRIVILEGES = 'Service access denied due to missing privileges.'

for (const [name, forwarded] of [
  ['nowhere', undefined],
  ['disabled', undefined],
  ['elsewhere', '3; url=https://go.example.org/x'],
  ['expired', undefined],
  ['closed', undefined],
  ['browser', undefined],
  ['unusable', undefined],
] as const) {
  test(`before anybody is known, ${name} gets the page of refusal with 403, nothing to keep, and no cookie`, async () => {
    const browser = new BrowserClient()
    const page = await browser.get(loginUrl(cas.url, { service: serviceOf(name) }))
    assert.deepEqual([page.status, heading(page), page.headers.get('refresh') ?? undefined], [403, NOT_AUTHORIZED, forwarded])
    assert.match(page.headers.get('cache-control') ?? '', /no-store/)
    assert.deepEqual(page.setCookies, [])
    assert.equal(page.body.includes('https://go.example.org/x'), forwarded !== undefined)
  })
}

test('somebody with a session is refused in the same way, and keeps it', async () => {
  const browser = new BrowserClient()
  await browser.login(cas.url, 'student1', 'pw')
  for (const name of ['nowhere', 'disabled', 'expired', 'closed']) {
    const page = await browser.get(loginUrl(cas.url, { service: serviceOf(name) }))
    assert.deepEqual([page.status, heading(page), page.location], [403, NOT_AUTHORIZED, undefined], name)
  }
  assert.ok(browser.cookieNames().includes('TGC'))
  const page = await browser.get(loginUrl(cas.url, { service: serviceOf('app') }))
  assert.match(page.location ?? '', /^https:\/\/app\.example\.org\/x\?ticket=ST-/)
})

test('a user whom the application does not want is told so with 401, by a login and by a session, also as a gateway', async () => {
  const fresh = new BrowserClient()
  const login = await fresh.login(cas.url, 'student1', 'pw', { service: serviceOf('others') })
  assert.equal(login.status, 401)
  assert.ok(login.body.includes(PRIVILEGES))
  assert.ok(!fresh.cookieNames().includes('TGC'), 'such a login makes no session')
  const browser = new BrowserClient()
  await browser.login(cas.url, 'student1', 'pw')
  for (const more of [{}, { gateway: 'true' }]) {
    const page = await browser.get(loginUrl(cas.url, { service: serviceOf('others'), ...more }))
    assert.deepEqual([page.status, page.location, page.body.includes(PRIVILEGES)], [401, undefined, true])
  }
  const forwarded = await browser.get(loginUrl(cas.url, { service: serviceOf('others-elsewhere') }))
  assert.deepEqual(
    [forwarded.status, heading(forwarded), forwarded.headers.get('refresh')],
    [401, NOT_AUTHORIZED, '3; url=https://go.example.org/x'],
  )
})

test('programs get the refusal as JSON, and an address cannot become markup', async () => {
  const service = `${serviceOf('nowhere')}?<script>alert(1)</script>`
  const answer = await fetch(loginUrl(cas.url, { service }), { headers: { Accept: 'application/json' } })
  assert.equal(answer.status, 403)
  const { status, error, code } = (await answer.json()) as Record<string, unknown>
  assert.deepEqual({ status, error, code }, { status: 403, error: NOT_AUTHORIZED, code: 'screen.service.error.message' })
  const page = await new BrowserClient().get(loginUrl(cas.url, { service }))
  assert.ok(!page.body.includes('<script>alert'))
})

test('addresses that are too long, or have control characters, are no request', async () => {
  for (const service of [
    serviceOf('app').padEnd(8193, 'x'),
    `${serviceOf('app')}\n`,
    `${serviceOf('app')}\u0000`,
    `${serviceOf('app')}\r\nX: y`,
  ])
    assert.equal((await new BrowserClient().get(loginUrl(cas.url, { service }))).status, 400, JSON.stringify(service.slice(0, 40)))
  assert.equal((await new BrowserClient().get(loginUrl(cas.url, { service: serviceOf('app').padEnd(8192, 'x') }))).status, 200)
})

test('a logout leads to no application that is refused, and ends the session all the same', async () => {
  for (const name of ['nowhere', 'disabled', 'expired']) {
    const browser = new BrowserClient()
    await browser.login(cas.url, 'student1', 'pw')
    const page = await browser.get(`${cas.url}/logout?${new URLSearchParams({ service: serviceOf(name) })}`)
    assert.deepEqual([page.status, heading(page), page.location], [403, NOT_AUTHORIZED, undefined], name)
    assert.ok(!browser.cookieNames().includes('TGC'), name)
  }
})

test('refusals of a host are in the log, ten a minute at most', async () => {
  for (let turn = 0; turn < 14; turn++) await new BrowserClient().get(loginUrl(cas.url, { service: `https://noisy.example.org/${turn}` }))
  const lines = (await cas.logSoFar()).filter((line) => line.level === 40 && JSON.stringify(line).includes('noisy.example.org'))
  assert.equal(lines.length, 10)
})
