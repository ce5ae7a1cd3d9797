import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hash } from '@node-rs/argon2'
import { BrowserClient, loginUrl, ticketOf, validate } from '../support/browser-client.ts'
import { definition, startCastellan } from '../support/castellan.ts'

/** People: where they are kept, in which state their accounts are, and what happens to those who guess. */
const S = 'https://app.example.org/'
const services = {
  'Application-1.json': definition(1, '^https://app\\.example\\.org/.*', {
    attributeReleasePolicy: { '@class': 'org.apereo.cas.services.ReturnAllAttributeReleasePolicy' },
  }),
}

test('the state of an account decides after the password is right: each state has its page, with 401 and no session', async () => {
  const account = (status: string) => ({
    '@class': 'org.apereo.cas.adaptors.generic.CasUserAccount',
    password: 'pw',
    status,
    attributes: { mail: ['java.util.ArrayList', ['a@example.org']] },
  })
  await using cas = await startCastellan({
    properties: { 'cas.authn.accept.enabled': false, 'cas.authn.json.location': 'file:{dir}/users.json' },
    files: {
      'users.json': JSON.stringify({
        '@class': 'java.util.LinkedHashMap',
        student1: account('OK'),
        locked1: account('LOCKED'),
        disabled1: account('DISABLED'),
        expired1: account('EXPIRED'),
        change1: account('MUST_CHANGE_PASSWORD'),
      }),
    },
    services,
  })
  const page = await new BrowserClient().login(cas.url, 'student1', 'pw', { service: S })
  assert.deepEqual((await validate(cas.url, S, ticketOf(page))).attributes.get('mail'), ['a@example.org'])
  for (const [user, text] of [
    ['locked1', /This account has been locked/],
    ['disabled1', /This account has been disabled/],
    ['expired1', /expired/i],
    ['change1', /change your password/i],
  ] as const) {
    const browser = new BrowserClient()
    const refused = await browser.login(cas.url, user, 'pw', { service: S })
    assert.equal(refused.status, 401, user)
    assert.match(refused.body, text)
    assert.equal(browser.cookie('TGC'), undefined)
    const wrong = await new BrowserClient().login(cas.url, user, 'wrong')
    assert.match(wrong.body, /Authentication attempt has failed/, 'the state is not told to somebody who does not know the password')
  }
})

test('passwords as Argon2 hashes in a JSON file', async () => {
  await using cas = await startCastellan({
    properties: {
      'cas.authn.accept.enabled': false,
      'cas.authn.json.location': 'file:{dir}/users.json',
      'cas.authn.json.password-encoder.type': 'ARGON2',
    },
    files: {
      'users.json': JSON.stringify({ student1: { password: await hash('pw', { memoryCost: 1024, timeCost: 1, parallelism: 1 }) } }),
    },
    services,
  })
  assert.equal((await new BrowserClient().login(cas.url, 'student1', 'pw')).status, 200)
  assert.equal((await new BrowserClient().login(cas.url, 'student1', 'PW')).status, 401)
})

test('who guesses is held up: 423 without asking anybody, for that user from that address only', async () => {
  await using cas = await startCastellan({
    properties: {
      'cas.authn.accept.users': 'student1::pw,staff1::pw',
      'cas.authn.throttle.failure.threshold': 3,
      'cas.authn.throttle.failure.range-seconds': 60,
    },
    services,
  })
  const browser = new BrowserClient()
  for (let failure = 0; failure < 2; failure++) assert.equal((await browser.login(cas.url, 'student1', 'wrong')).status, 401)
  const form = await browser.get(loginUrl(cas.url))
  const held = await browser.submit(cas.url, form, { username: 'student1', password: 'pw' })
  assert.equal(held.status, 423, 'the right password too')
  assert.match(held.body, /Access Denied/)
  assert.equal(held.execution, undefined)
  assert.equal(browser.cookie('TGC'), undefined)
  assert.equal((await new BrowserClient().login(cas.url, 'staff1', 'pw')).status, 200, 'another user from the same address')
  assert.equal((await browser.get(loginUrl(cas.url))).status, 200, 'a page may always be opened')
})

test('remember me: a cookie that lasts, and the application is told', async () => {
  await using cas = await startCastellan({
    properties: { 'cas.authn.accept.users': 'student1::pw', 'cas.ticket.tgt.remember-me.enabled': true },
    services,
  })
  const browser = new BrowserClient()
  const form = await browser.get(loginUrl(cas.url, { service: S }))
  assert.match(form.body, /id="rememberMe"/)
  assert.doesNotMatch(form.body, /id="rememberMe"[^>]*checked/)
  const page = await browser.submit(cas.url, form, { username: 'student1', password: 'pw', rememberMe: 'true' })
  assert.match(page.setCookies.find((line) => line.startsWith('TGC=')) ?? '', /Max-Age=1209600/i)
  assert.deepEqual((await validate(cas.url, S, ticketOf(page))).attributes.get('longTermAuthenticationRequestTokenUsed'), ['true'])
})

test('logout with a confirmation, and back to a registered application', async () => {
  await using cas = await startCastellan({
    properties: {
      'cas.authn.accept.users': 'student1::pw',
      'cas.logout.confirm-logout': true,
      'cas.logout.follow-service-redirects': true,
    },
    services,
  })
  const browser = new BrowserClient()
  await browser.login(cas.url, 'student1', 'pw')
  const asked = await browser.get(`${cas.url}/logout?service=${encodeURIComponent(S)}`)
  assert.equal(asked.status, 200)
  assert.match(asked.body, /id="logoutButton"/)
  assert.ok(browser.cookie('TGC'), 'nothing has ended yet')
  const done = await browser.get(`${cas.url}/logout?service=${encodeURIComponent(S)}&LogoutRequestConfirmed=true`)
  assert.equal(done.status, 302)
  assert.equal(done.location, S)
  assert.equal(browser.cookie('TGC'), undefined)
})

test('an expiration by the server: a ticket that is too old and a session that is too old are over', async () => {
  await using cas = await startCastellan({
    properties: {
      'cas.authn.accept.users': 'student1::pw',
      'cas.ticket.st.time-to-kill-in-seconds': 1,
      'cas.ticket.tgt.primary.max-time-to-live-in-seconds': 3,
      'cas.ticket.tgt.primary.time-to-kill-in-seconds': 3,
    },
    services,
  })
  const browser = new BrowserClient()
  const old = ticketOf(await browser.login(cas.url, 'student1', 'pw', { service: S }))
  await new Promise((resolve) => setTimeout(resolve, 1_200))
  assert.equal((await validate(cas.url, S, old)).code, 'INVALID_TICKET')
  await new Promise((resolve) => setTimeout(resolve, 2_200))
  const page = await browser.get(loginUrl(cas.url, { service: S }))
  assert.ok(page.execution)
  assert.equal(browser.cookie('TGC'), undefined, 'the cookie of a session that is over is removed')
})

test('a theme and the language of a definition', async () => {
  await using cas = await startCastellan({
    properties: { 'cas.authn.accept.users': 'student1::pw' },
    services: { 'German-1.json': definition(1, '^https://german\\.example\\.org/.*', { locale: 'de', description: 'Für alle' }) },
  })
  const page = await new BrowserClient().get(loginUrl(cas.url, { service: 'https://german.example.org/' }))
  assert.match(page.body, /<html[^>]*lang="de"/)
  assert.match(page.body, /Für alle/)
  assert.match(
    (await new BrowserClient().get(loginUrl(cas.url, { service: 'https://german.example.org/', locale: 'fr' }))).body,
    /<html[^>]*lang="fr"/,
  )
  assert.equal((await new BrowserClient().get(loginUrl(cas.url, { theme: '../../etc' }))).status, 200)
})

test('cross-origin requests are answered only when that is switched on', async () => {
  const origin = { origin: 'https://app.example.org' }
  await using off = await startCastellan({ services })
  assert.equal((await new BrowserClient().get(`${off.url}/serviceValidate`, origin)).headers.get('access-control-allow-origin'), null)
  await using on = await startCastellan({
    properties: {
      'cas.http-web-request.cors.enabled': true,
      'cas.http-web-request.cors.allow-origins[0]': 'https://app.example.org',
      'cas.http-web-request.cors.allow-methods[0]': 'GET',
    },
    services,
  })
  assert.equal(
    (await new BrowserClient().get(`${on.url}/serviceValidate`, origin)).headers.get('access-control-allow-origin'),
    'https://app.example.org',
  )
  assert.equal(
    (await new BrowserClient().get(`${on.url}/serviceValidate`, { origin: 'https://evil.example.net' })).headers.get(
      'access-control-allow-origin',
    ),
    null,
  )
})
