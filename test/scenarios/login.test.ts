import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { BrowserClient, loginUrl, type Page, ticketOf, validate } from '../support/browser-client.ts'
import { type Castellan, definition, startCastellan } from '../support/castellan.ts'

/** The acceptance list of login-flow.md 18, seen from outside, as far as it needs no other settings than these. */
let cas: Castellan
const S = 'https://app.example.org/portal'
const OTHER = 'https://other.example.org/'

before(async () => {
  cas = await startCastellan({
    properties: { 'cas.authn.accept.users': 'student1::pw,<b>markup</b>::pw', 'cas.ticket.st.time-to-kill-in-seconds': 60 },
    services: {
      'Application-1.json': definition(1, '^https://app\\.example\\.org/.*'),
      'Other-2.json': definition(2, '^https://other\\.example\\.org/.*'),
      'Mobile-3.json': definition(3, '^exampleapp://callback.*'),
      'Expired-4.json': definition(4, '^https://expired\\.example\\.org/.*', {
        expirationPolicy: {
          '@class': 'org.apereo.cas.services.DefaultRegisteredServiceExpirationPolicy',
          expirationDate: '2020-01-01',
          deleteWhenExpired: false,
        },
      }),
      'Disabled-5.json': definition(5, '^https://disabled\\.example\\.org/.*', {
        accessStrategy: { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy', enabled: false },
      }),
      'Staff-6.json': definition(6, '^https://staff\\.example\\.org/.*', {
        accessStrategy: {
          '@class': 'org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy',
          requiredAttributes: { '@class': 'java.util.HashMap', affiliation: ['java.util.HashSet', ['staff']] },
        },
      }),
      'StaffRedirect-7.json': definition(7, '^https://moved\\.example\\.org/.*', {
        accessStrategy: {
          '@class': 'org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy',
          unauthorizedRedirectUrl: 'https://help.example.org/why',
          requiredAttributes: { '@class': 'java.util.HashMap', affiliation: ['java.util.HashSet', ['staff']] },
        },
      }),
      'NoSso-8.json': definition(8, '^https://alone\\.example\\.org/.*', {
        accessStrategy: { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy', ssoEnabled: false },
      }),
      'Post-9.json': definition(9, '^https://post\\.example\\.org/.*', { responseType: 'POST' }),
    },
  })
})
after(() => cas?.[Symbol.asyncDispose]())

const session = async () => {
  const browser = new BrowserClient()
  await browser.login(cas.url, 'student1', 'pw')
  assert.ok(browser.cookie('TGC'))
  return browser
}
const open = (browser: BrowserClient, parameters: Readonly<Record<string, string>> = {}) => browser.get(loginUrl(cas.url, parameters))
const heading = (page: Page) =>
  /<h2[^>]*>([\s\S]*?)<\/h2>/
    .exec(page.body)?.[1]
    ?.replace(/<[^>]+>/g, '')
    .trim()
const title = (page: Page) => /<title>([^<]*)<\/title>/.exec(page.body)?.[1]?.trim()

test('GET /login shows the form with everything that scripts look for', async () => {
  const page = await open(new BrowserClient())
  assert.equal(page.status, 200)
  assert.match(page.headers.get('content-type') ?? '', /^text\/html; ?charset=utf-8$/i)
  for (const id of [
    'content',
    'main-content',
    'loginForm',
    'fm1',
    'login-form-controls',
    'username',
    'password',
    'usernameSection',
    'passwordSection',
  ]) {
    assert.match(page.body, new RegExp(`\\bid="${id}"`), id)
  }
  assert.match(page.body, /<form[^>]*id="fm1"/)
  assert.match(page.body, /name="_eventId" value="submit"/)
  assert.match(page.execution ?? '', /^[0-9a-fA-F-]{36}_[A-Za-z0-9_\-=.+/]+$/)
  assert.equal(title(page), 'CAS - Central Authentication Service Login')
  assert.match(page.body, /Enter Username (&amp;|&#38;) Password/)
  assert.equal(page.headers.get('location'), null)
  assert.ok(!page.setCookies.some((line) => line.startsWith('TGC=')), 'no session yet')
  assert.ok(!page.setCookies.some((line) => /JSESSIONID/.test(line)), 'no session of a server')
})

test('HEAD is a GET without the body; another method is 405; the root leads to the login', async () => {
  const browser = new BrowserClient()
  const head = await browser.request('HEAD', loginUrl(cas.url))
  assert.equal(head.status, 200)
  assert.equal(head.body, '')
  const put = await browser.request('PUT', loginUrl(cas.url))
  assert.equal(put.status, 405)
  const root = await browser.get(`${cas.url}/?locale=de`)
  assert.equal(root.status, 302)
  assert.match(root.location ?? '', /\/cas\/login\?locale=de$|^login\?locale=de$/)
  assert.equal((await browser.get(`${cas.url}/no-such-page`)).status, 404)
})

test('a wrong password: 401, the message, the user name kept, the password not [N12]', async () => {
  const browser = new BrowserClient()
  const page = await browser.login(cas.url, 'student1', 'not-the-password', { service: S })
  assert.equal(page.status, 401)
  assert.match(page.body, /id="loginErrorsPanel"/)
  assert.match(page.body, /Authentication attempt has failed, likely due to invalid credentials/)
  assert.match(page.body, /<input[^>]*id="username"[^>]*value="student1"|<input[^>]*value="student1"[^>]*id="username"/)
  assert.ok(!page.body.includes('not-the-password'))
  assert.equal(page.headers.get('www-authenticate'), null)
  assert.equal(browser.cookie('TGC'), undefined)
  // The conversation goes on: the second try with the right password reaches the application.
  const right = await browser.submit(cas.url, page, { username: 'student1', password: 'pw' })
  assert.equal(right.status, 302)
  assert.ok(right.location?.startsWith(`${S}?ticket=ST-`))
})

test('unknown user and wrong password look alike', async () => {
  const wrong = await new BrowserClient().login(cas.url, 'student1', 'wrong')
  const unknown = await new BrowserClient().login(cas.url, 'nobody99', 'wrong')
  assert.equal(wrong.status, unknown.status)
  const panel = (page: Page) => /id="loginErrorsPanel"[\s\S]*?<\/p>/.exec(page.body)?.[0]
  assert.equal(panel(wrong), panel(unknown))
})

test('blank fields: the form again with 200, nobody is asked', async () => {
  const page = await new BrowserClient().login(cas.url, '', '')
  assert.equal(page.status, 200)
  assert.match(page.body, /id="loginErrorsPanel"/)
  assert.ok(page.execution)
})

test('a login without an application: the success page and the cookie of the session', async () => {
  const browser = new BrowserClient()
  const page = await browser.login(cas.url, 'student1', 'pw')
  assert.equal(page.status, 200)
  assert.equal(heading(page), 'Log In Successful')
  assert.match(page.body, /id="principalId"[^>]*>student1</)
  const cookie = page.setCookies.find((line) => line.startsWith('TGC=')) ?? ''
  assert.match(cookie, /; Path=\/cas\//i)
  assert.match(cookie, /; Secure/i)
  assert.match(cookie, /; HttpOnly/i)
  assert.match(cookie, /; SameSite=None/i)
  assert.doesNotMatch(cookie, /Max-Age|Expires/i)
  assert.ok(!cookie.includes('TGT-'), 'the ticket-granting ticket does not stand in the cookie')
  const again = await open(browser)
  assert.equal(again.status, 200)
  assert.equal(heading(again), 'Log In Successful')
})

test('a login for an application: 302 with a service ticket, and with the session the next application follows at once [A4, P1]', async () => {
  const browser = new BrowserClient()
  const first = await browser.login(cas.url, 'student1', 'pw', { service: S })
  assert.equal(first.status, 302)
  assert.match(first.location ?? '', /^https:\/\/app\.example\.org\/portal\?ticket=ST-\d+-[A-Za-z0-9-]+$/)
  assert.equal((await validate(cas.url, S, ticketOf(first))).user, 'student1')
  const second = await open(browser, { service: OTHER })
  assert.equal(second.status, 302)
  assert.ok(second.location?.startsWith(`${OTHER}?ticket=ST-`))
  const older = await open(browser, { targetService: OTHER })
  assert.ok(older.location?.startsWith(`${OTHER}?ticket=ST-`))
})

test('renew asks for credentials in spite of a session, and the ticket says so', async () => {
  const browser = await session()
  const before = browser.cookie('TGC')
  const form = await open(browser, { service: S, renew: 'true' })
  assert.equal(form.status, 200)
  assert.match(form.body, /id="existingSsoMsg"/)
  const other = await open(browser, { service: OTHER })
  assert.equal(other.status, 302, 'the session lives on in other tabs')
  const done = await browser.submit(cas.url, form, { username: 'student1', password: 'pw' })
  const fresh = await validate(cas.url, S, ticketOf(done), { parameters: { renew: 'true' } })
  assert.equal(fresh.user, 'student1')
  assert.deepEqual(fresh.attributes.get('isFromNewLogin'), ['true'])
  assert.ok(browser.cookie('TGC') !== undefined && before !== undefined)
  assert.equal((await open(browser, { service: S, renew: '' })).status, 200, 'a blank renew counts too')
})

test('gateway never asks: without a session the application gets nothing, with one a ticket; a blank gateway is none', async () => {
  const nobody = await open(new BrowserClient(), { service: S, gateway: 'true' })
  assert.equal(nobody.status, 302)
  assert.equal(nobody.location, S)
  assert.deepEqual(nobody.setCookies, [])
  const browser = await session()
  assert.match((await open(browser, { service: S, gateway: 'true' })).location ?? '', /\?ticket=ST-/)
  assert.equal((await open(browser, { service: S, gateway: 'true', renew: 'true' })).status, 200, 'renew wins')
  const blank = await open(new BrowserClient(), { service: S, gateway: '' })
  assert.equal(blank.status, 200)
  assert.ok(blank.execution)
  assert.ok((await open(new BrowserClient(), { gateway: 'true' })).execution, 'without an application there is the form')
})

test('method=POST sends the ticket in a form, method=HEADER in headers; both survive the login form', async () => {
  const browser = await session()
  const posted = await open(browser, { service: `${S}?x=1&y=2`, method: 'POST' })
  assert.equal(posted.status, 200)
  assert.equal([...posted.body.matchAll(/<form\b/g)].length, 1)
  assert.match(posted.body, /action="https:\/\/app\.example\.org\/portal\?x=1&(amp|#38);y=2"/)
  assert.match(posted.body, /name="ticket" value="ST-[^"]+"/)
  assert.match(posted.body, /<noscript>/)
  const header = await open(browser, { service: S, method: 'HEADER' })
  assert.equal(header.status, 200)
  assert.match(header.headers.get('ticket') ?? '', /^ST-/)
  assert.equal(header.headers.get('service'), S)
  assert.equal(header.location, undefined)
  assert.equal((await open(browser, { service: S, method: 'nonsense' })).status, 302)
  assert.match((await open(browser, { service: 'https://post.example.org/x' })).body, /name="ticket" value="ST-/, 'as the definition says')
  assert.equal(
    (await open(browser, { service: 'https://post.example.org/x', method: 'GET' })).status,
    302,
    'the parameter beats the definition',
  )

  const stranger = new BrowserClient()
  const form = await open(stranger, { service: S, method: 'POST' })
  const done = await stranger.submit(cas.url, form, { username: 'student1', password: 'pw' })
  assert.equal(done.status, 200)
  assert.match(done.body, /name="ticket" value="ST-/)
})

test('an unknown service is refused with 403 and leads nowhere, with and without a session [A1, L6, P1]', async () => {
  for (const browser of [new BrowserClient(), await session()]) {
    const page = await open(browser, { service: 'https://unknown.example.org/"><script>alert(1)</script>' })
    assert.equal(page.status, 403)
    assert.equal(page.location, undefined)
    assert.equal(heading(page), 'Application Not Authorized to Use CAS')
    assert.ok(!page.body.includes('<script>alert'))
    assert.doesNotMatch(page.body, /href="https:\/\/unknown\.example\.org/)
    assert.equal(page.execution, undefined)
    assert.ok(!page.setCookies.some((line) => line.startsWith('TGC=')), 'the session is left alone')
  }
})

test('an expired and a disabled service are refused, the expired one says so [L8, P5]', async () => {
  const expired = await open(new BrowserClient(), { service: 'https://expired.example.org/' })
  assert.equal(expired.status, 403)
  assert.equal(heading(expired), 'Application Not Authorized to Use CAS')
  assert.match(expired.body, /expired|ended/i)
  const disabled = await open(new BrowserClient(), { service: 'https://disabled.example.org/' })
  assert.equal(disabled.status, 403)
  assert.doesNotMatch(disabled.body, /expired/i)
  const json = await new BrowserClient({ accept: 'application/json' }).get(loginUrl(cas.url, { service: 'https://expired.example.org/' }))
  assert.equal(json.status, 403)
  assert.equal(JSON.parse(json.body).code, 'screen.service.expired.message')
})

test('the address of the application is kept byte for byte; the ticket stands before the fragment', async () => {
  const browser = await session()
  for (const [service, expected] of [
    ['https://app.example.org/x?y=1#part', /^https:\/\/app\.example\.org\/x\?y=1&ticket=ST-[^#]+#part$/],
    ['https://app.example.org/x#/route', /^https:\/\/app\.example\.org\/x\?ticket=ST-[^#]+#\/route$/],
    ['https://app.example.org/x?', /^https:\/\/app\.example\.org\/x\?&ticket=ST-/],
    ['https://app.example.org/%C3%A9?q=a+b%20c', /^https:\/\/app\.example\.org\/%C3%A9\?q=a\+b%20c&ticket=ST-/],
    ['https://app.example.org/x;jsessionid=AB1?q=2', /^https:\/\/app\.example\.org\/x;jsessionid=AB1\?q=2&ticket=ST-/],
    ['exampleapp://callback?a=1', /^exampleapp:\/\/callback\?a=1&ticket=ST-/],
  ] as const) {
    const page = await open(browser, { service })
    assert.equal(page.status, 302, service)
    assert.match(page.location ?? '', expected)
  }
})

test('a POST without the conversation shows a fresh form, one with an unusable conversation is sent to one; nobody is logged in', async () => {
  const browser = new BrowserClient()
  const without = await browser.post(loginUrl(cas.url, { service: S }), { username: 'student1', password: 'pw' })
  assert.equal(without.status, 200)
  assert.ok(without.execution)
  assert.equal(browser.cookie('TGC'), undefined)

  for (const execution of ['garbage', 'e1s1', `${'0'.repeat(8)}-0000-0000-0000-${'0'.repeat(12)}_AAAA`, 'x'.repeat(20_000), '%00']) {
    const page = await browser.post(loginUrl(cas.url, { service: S }), {
      username: 'student1',
      password: 'pw',
      execution,
      _eventId: 'submit',
    })
    assert.equal(page.status, 302, execution.slice(0, 50))
    assert.equal(browser.cookie('TGC'), undefined)
    const fresh = await browser.get(new URL(page.location ?? '', `${cas.url}/login`))
    assert.equal(fresh.status, 200)
    const done = await browser.submit(cas.url, fresh, { username: 'student1', password: 'pw' })
    assert.ok(done.location?.startsWith(`${S}?ticket=ST-`), 'the service is still there')
    browser.clearCookies()
  }
  const query = await browser.get(loginUrl(cas.url, { service: S, execution: 'garbage' }))
  assert.equal(query.status, 302)
  const landed = await browser.get(new URL(query.location ?? '', `${cas.url}/login`))
  assert.equal(landed.status, 200)
})

test('a conversation belongs to the browser that began it', async () => {
  const attacker = new BrowserClient()
  const form = await open(attacker, { service: S })
  const victim = new BrowserClient()
  const page = await victim.submit(cas.url, form, { username: 'student1', password: 'pw' })
  assert.equal(page.status, 302)
  assert.doesNotMatch(page.location ?? '', /ticket=/)
  assert.equal(victim.cookie('TGC'), undefined)
  const crossSite = await attacker.post(
    `${cas.url}/login`,
    { username: 'student1', password: 'pw', execution: form.execution, _eventId: 'submit' },
    { 'sec-fetch-site': 'cross-site' },
  )
  assert.equal(attacker.cookie('TGC'), undefined, `credentials from another site: ${crossSite.status}`)
})

test('the Back button: an earlier form works again after a login', async () => {
  const browser = new BrowserClient()
  const form = await open(browser, { service: S })
  const first = await browser.submit(cas.url, form, { username: 'student1', password: 'pw' })
  const second = await browser.submit(cas.url, form, { username: 'student1', password: 'pw' })
  assert.notEqual(ticketOf(first), ticketOf(second))
})

test('two tabs are two conversations', async () => {
  const browser = new BrowserClient()
  const one = await open(browser, { service: S })
  const two = await open(browser, { service: OTHER })
  assert.notEqual(one.execution, two.execution)
  assert.ok((await browser.submit(cas.url, one, { username: 'student1', password: 'pw' })).location?.startsWith(S))
  assert.ok((await browser.submit(cas.url, two, { username: 'student1', password: 'pw' })).location?.startsWith(OTHER))
})

test('publicWorkstation: the ticket comes, no cookie, the next visit asks again', async () => {
  const browser = new BrowserClient()
  const page = await browser.login(cas.url, 'student1', 'pw', { service: S, publicWorkstation: 'true' })
  assert.equal((await validate(cas.url, S, ticketOf(page))).user, 'student1')
  assert.equal(browser.cookie('TGC'), undefined)
  assert.ok((await open(browser, { service: S })).execution)
  const off = await new BrowserClient().login(cas.url, 'student1', 'pw', { publicWorkstation: 'false' })
  assert.ok(off.setCookies.some((line) => line.startsWith('TGC=')))
})

test('warn: not at the login that asks for it, but before every later ticket, until it is taken back', async () => {
  const browser = new BrowserClient()
  const first = await browser.login(cas.url, 'student1', 'pw', { service: S, warn: 'true' })
  assert.equal(first.status, 302)
  assert.equal(browser.cookie('CASPRIVACY'), 'true')
  const line = first.setCookies.find((one) => one.startsWith('CASPRIVACY=')) ?? ''
  assert.match(line, /HttpOnly/i)
  assert.doesNotMatch(line, /SameSite/i)

  const asked = await open(browser, { service: OTHER })
  assert.equal(asked.status, 200)
  assert.match(asked.body, /You asked to be warned before logging into applications/)
  assert.doesNotMatch(asked.body, /ST-\d/, 'no ticket before the person says yes')
  const yes = await browser.post(`${cas.url}/login`, { execution: asked.execution, _eventId: 'success' })
  assert.ok(yes.location?.startsWith(`${OTHER}?ticket=ST-`))

  const again = await open(browser, { service: OTHER })
  const never = await browser.post(`${cas.url}/login`, { execution: again.execution, _eventId: 'success', ignorewarn: 'true' })
  assert.equal(never.status, 302)
  assert.equal(browser.cookie('CASPRIVACY'), undefined)
  assert.equal((await open(browser, { service: OTHER })).status, 302)
})

test('a person who may not use the application: 401 on the form, no session; with an address to go to, that page', async () => {
  const browser = new BrowserClient()
  const page = await browser.login(cas.url, 'student1', 'pw', { service: 'https://staff.example.org/' })
  assert.equal(page.status, 401)
  assert.match(page.body, /Service access denied due to missing privileges/)
  assert.equal(browser.cookie('TGC'), undefined)
  assert.doesNotMatch(page.body, /ST-\d/)

  const known = await session()
  const refused = await open(known, { service: 'https://staff.example.org/' })
  assert.equal(refused.status, 401)
  assert.ok(known.cookie('TGC'), 'the session stays')
  assert.equal((await open(known, { service: 'https://staff.example.org/', gateway: 'true' })).status, 401)

  const moved = await new BrowserClient().login(cas.url, 'student1', 'pw', { service: 'https://moved.example.org/' })
  assert.equal(moved.status, 401)
  assert.match(moved.headers.get('refresh') ?? '', /3; ?url=https:\/\/help\.example\.org\/why/i)
})

test('an application without single sign-on asks each time and leaves the session as it is', async () => {
  const browser = await session()
  const form = await open(browser, { service: 'https://alone.example.org/' })
  assert.equal(form.status, 200)
  assert.ok(form.execution)
  const done = await browser.submit(cas.url, form, { username: 'student1', password: 'pw' })
  assert.ok(done.location?.startsWith('https://alone.example.org/?ticket=ST-'))
  assert.ok((await open(browser, { service: 'https://alone.example.org/' })).execution)
  assert.equal((await open(browser, { service: S })).status, 302)
})

test('logout ends the session, says so, and may be repeated', async () => {
  const browser = await session()
  const ticket = ticketOf(await open(browser, { service: S }))
  const out = await browser.get(`${cas.url}/logout`)
  assert.equal(out.status, 200)
  assert.match(out.body, /Logout successful/)
  assert.match(out.body, /id="logoutMessage"/)
  const removal = out.setCookies.find((line) => line.startsWith('TGC=')) ?? ''
  assert.match(removal, /^TGC=;.*Path=\/cas\/.*/i)
  assert.match(removal, /Max-Age=0/i)
  assert.equal((await validate(cas.url, S, ticket)).code, 'INVALID_TICKET', 'an outstanding ticket dies with the session')
  assert.ok((await open(browser, { service: S })).execution)
  assert.equal((await browser.get(`${cas.url}/logout`)).status, 200)
  const registered = await browser.get(`${cas.url}/logout?service=${encodeURIComponent(S)}`)
  assert.equal(registered.status, 200, 'redirects are not followed by default')
  assert.equal((await browser.get(`${cas.url}/logout?url=${encodeURIComponent(S)}`)).status, 200)
})

test('logout with an unregistered target: 403, no redirect, and the session is over all the same', async () => {
  const browser = await session()
  const out = await browser.get(`${cas.url}/logout?service=${encodeURIComponent('https://evil.example.net/')}`)
  assert.equal(out.status, 403)
  assert.equal(out.location, undefined)
  assert.equal(browser.cookie('TGC'), undefined)
  assert.ok((await open(browser, { service: S })).execution)
})

test('a cookie that means nothing is taken away, and the form comes', async () => {
  for (const value of ['garbage', 'a'.repeat(4000), 'eyJhbGciOiJub25lIn0.e30.', '%00%0d%0a']) {
    const browser = new BrowserClient()
    browser.setCookie('TGC', value, cas.url, '/cas/')
    const page = await open(browser, { service: S })
    assert.equal(page.status, 200)
    assert.ok(page.execution)
    assert.ok(
      page.setCookies.some((line) => /^TGC=;.*Max-Age=0/i.test(line)),
      page.setCookies.join('\n'),
    )
  }
})

test('a stolen cookie does not work in another browser, and the thief cannot log its owner out', async () => {
  const browser = await session()
  const thief = new BrowserClient({ 'user-agent': 'another/1' })
  thief.setCookie('TGC', browser.cookie('TGC') ?? '', cas.url, '/cas/')
  assert.ok((await open(thief, { service: S })).execution)
  assert.equal((await open(browser, { service: S })).status, 302)
})

test('a user name with markup is escaped wherever it is shown', async () => {
  const failed = await new BrowserClient().login(cas.url, '"><script>alert(1)</script>', 'x')
  assert.equal(failed.status, 401)
  assert.ok(!failed.body.includes('<script>alert'))
  const browser = new BrowserClient()
  const success = await browser.login(cas.url, '<b>markup</b>', 'pw')
  assert.equal(success.status, 200)
  assert.ok(!success.body.includes('<b>markup</b>'))
  assert.match(success.body, /&lt;b&gt;markup/)
  const renewed = await open(browser, { service: S, renew: 'true' })
  assert.ok(!renewed.body.includes('<b>markup</b>'))
  const ticket = ticketOf(await open(browser, { service: S }))
  const validated = await validate(cas.url, S, ticket)
  assert.equal(validated.user, '&lt;b&gt;markup&lt;/b&gt;')
})

test('another person logs in with renew: the session becomes theirs', async () => {
  const browser = await session()
  const ticketBefore = ticketOf(await open(browser, { service: OTHER }))
  const form = await open(browser, { service: S, renew: 'true' })
  const done = await browser.submit(cas.url, form, { username: '<b>markup</b>', password: 'pw' })
  assert.equal(done.status, 302)
  assert.equal((await validate(cas.url, OTHER, ticketBefore)).code, 'INVALID_TICKET', 'the session of the first person has ended')
  assert.equal((await validate(cas.url, OTHER, ticketOf(await open(browser, { service: OTHER })))).user, '&lt;b&gt;markup&lt;/b&gt;')
})

test('every answer says that it is not to be kept, and carries the security headers', async () => {
  const browser = new BrowserClient()
  const pages = [
    await open(browser),
    await open(browser, { service: 'https://unknown.example.org/' }),
    await browser.get(`${cas.url}/logout`),
    await browser.get(`${cas.url}/serviceValidate`),
    await browser.get(`${cas.url}/no-such-page`),
    await open(await session(), { service: S }),
  ]
  for (const page of pages) {
    assert.match(page.headers.get('cache-control') ?? '', /no-store/)
    assert.equal(page.headers.get('x-content-type-options'), 'nosniff')
    assert.equal(page.headers.get('x-frame-options'), 'DENY')
    const policy = page.headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src 'none'|script-src/)
    assert.ok(!policy.includes("'unsafe-inline'") && !policy.includes("'unsafe-eval'"), policy)
    assert.equal(page.headers.get('strict-transport-security'), null, 'not over plain http')
    assert.equal(page.headers.get('x-powered-by'), null)
  }
  const css = /href="([^"]+\.css[^"]*)"/.exec(pages[0]?.body ?? '')?.[1]
  assert.ok(css)
  const style = await browser.get(new URL(css, `${cas.url}/login`))
  assert.equal(style.status, 200)
  assert.match(style.headers.get('content-type') ?? '', /^text\/css/)
  assert.doesNotMatch(style.headers.get('cache-control') ?? '', /no-store/)
})

test('languages: parameter, cookie, header; five are spoken, one of them from right to left', async () => {
  const browser = new BrowserClient()
  const german = await open(browser, { locale: 'de' })
  assert.match(german.body, /<html[^>]*lang="de"/)
  assert.match(german.body, /Anmelden/)
  assert.ok(german.setCookies.some((line) => line.includes('LOCALE=de')))
  assert.match((await open(browser)).body, /<html[^>]*lang="de"/, 'the cookie keeps it')
  assert.match((await new BrowserClient({ 'accept-language': 'de-AT,de;q=0.9' }).get(loginUrl(cas.url))).body, /<html[^>]*lang="de"/)
  assert.match((await open(new BrowserClient(), { locale: 'fr' })).body, /Se connecter/)
  assert.match((await open(new BrowserClient(), { locale: 'es' })).body, /<html[^>]*lang="es"/)
  assert.match(
    (await open(new BrowserClient(), { locale: 'ar' })).body,
    /<html[^>]*lang="ar"[^>]*dir="rtl"|<html[^>]*dir="rtl"[^>]*lang="ar"/,
  )
  for (const locale of ['xx', '../../etc/passwd', '"><script>', 'a'.repeat(5000)]) {
    const page = await open(new BrowserClient(), { locale })
    assert.equal(page.status, 200, locale.slice(0, 20))
    assert.match(page.body, /<html[^>]*lang="en"/)
  }
})
