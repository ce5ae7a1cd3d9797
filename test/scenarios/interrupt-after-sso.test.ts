import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { BrowserClient, loginUrl, type Page, ticketOf, validate } from '../support/browser-client.ts'
import { type Castellan, definition, startCastellan } from '../support/castellan.ts'

/** Interrupts once the SSO session exists (interrupt.md 6.2). */
let cas: Castellan
const S = 'https://app.example.org/portal'
const OTHER = 'https://other.example.org/'

before(async () => {
  cas = await startCastellan({
    properties: {
      'castellan.ticket-registry.store': 'memory',
      'cas.authn.accept.users': 'noted::pw,blocked::pw,nosso::pw',
      'cas.interrupt.core.triggerMode': 'after_sso',
      'cas.interrupt.json.location': 'file:{dir}/interrupt.json',
    },
    files: {
      'interrupt.json': JSON.stringify({
        noted: { message: 'Read this.', links: { 'Other application': OTHER }, interrupt: true },
        blocked: { message: 'No.', links: { Help: 'https://help.example.org/' }, interrupt: true, block: true },
        nosso: { message: 'x', interrupt: true, ssoEnabled: false },
      }),
    },
    services: {
      'Application-1.json': definition(1, '^https://app\\.example\\.org/.*'),
      'Other-2.json': definition(2, '^https://other\\.example\\.org/.*', {
        properties: {
          skipInterrupt: { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceProperty', values: ['java.util.HashSet', ['true']] },
        },
      }),
    },
  })
})
after(() => cas?.[Symbol.asyncDispose]())

const login = (browser: BrowserClient, user: string, service = S) => browser.login(cas.url, user, 'pw', { service })
const send = (browser: BrowserClient, page: Page, event: string, more: Record<string, string> = {}) =>
  browser.post(`${cas.url}/login`, { execution: page.execution, _eventId: event, ...more })
const isInterrupt = (page: Page) => page.status === 200 && page.body.includes('id="interruptLinks"')
const setsSession = (page: Page) => page.setCookies.some((line) => line.startsWith('TGC='))

test('the session comes with the page, and the source cannot prevent it; the mode is a setting [I15, I18, CF20, P10]', async () => {
  for (const user of ['noted', 'nosso', 'blocked']) {
    const browser = new BrowserClient()
    const page = await login(browser, user)
    assert.ok(isInterrupt(page), user)
    assert.ok(setsSession(page), user)
    assert.match((await browser.get(loginUrl(cas.url))).body, /Log In Successful/)
  }
})

test('proceed gives the ticket of the session that is there, which knows that it was accepted', async () => {
  const browser = new BrowserClient()
  const page = await login(browser, 'nosso')
  const tgc = browser.cookie('TGC')
  const done = await send(browser, page, 'proceed')
  const { user, attributes } = await validate(cas.url, S, ticketOf(done))
  assert.equal(user, 'nosso')
  assert.deepEqual(attributes.get('finalizedInterrupt'), ['true'])
  assert.equal(browser.cookie('TGC'), tgc)
  assert.ok(browser.cookie('CASINTERRUPT'))
  assert.match((await browser.get(loginUrl(cas.url, { service: S }))).location ?? '', /ticket=ST-/)
})

test('a link to a CAS application is single sign-on [I19]', async () => {
  const browser = new BrowserClient()
  const left = await send(browser, await login(browser, 'noted'), 'redirect', { link: OTHER })
  assert.equal(left.location, OTHER)
  assert.match((await browser.get(loginUrl(cas.url, { service: OTHER }))).location ?? '', /^https:\/\/other\.example\.org\/\?ticket=ST-/)
})

test('a block stops the ticket, not the session: the button leads to the page of the session [P11]', async () => {
  const browser = new BrowserClient()
  const page = await login(browser, 'blocked')
  assert.match(page.body, /<a id="cancel"[^>]*href="\/cas\/login">Proceed<\/a>/)
  const refused = await send(browser, page, 'proceed')
  assert.match(refused.body, /Application Not Authorized to Use CAS/)
  assert.equal(refused.location, undefined)
  assert.match((await browser.get(loginUrl(cas.url))).body, /Log In Successful/)
  assert.ok(isInterrupt(await browser.get(loginUrl(cas.url, { service: S }))), 'each ticket is asked for anew')
  assert.match((await browser.get(loginUrl(cas.url, { service: OTHER }))).location ?? '', /ticket=ST-/, 'an application without interrupts')
})

test('without a service the page comes once, then the page of the session', async () => {
  const browser = new BrowserClient()
  const page = await browser.login(cas.url, 'noted', 'pw')
  assert.ok(isInterrupt(page))
  assert.match((await send(browser, page, 'proceed')).body, /Log In Successful/)
})

test('gateway with a session that would have to see the page goes back without a ticket', async () => {
  const browser = new BrowserClient()
  await login(browser, 'noted')
  assert.equal((await browser.get(loginUrl(cas.url, { service: S, gateway: 'true' }))).location, S)
})

test('a page that is sent after the session has ended gives nothing: no ticket, no new session', async () => {
  const fresh = new BrowserClient()
  const page = await login(fresh, 'noted')
  await fresh.get(`${cas.url}/logout`)
  for (const event of ['proceed', 'whatever']) {
    const answer = await send(fresh, page, event)
    assert.doesNotMatch(answer.location ?? '', /ticket=/)
    assert.equal(fresh.cookie('TGC'), undefined, event)
  }

  // The session of an earlier login, interrupted on the way to the next application.
  const browser = new BrowserClient()
  await login(browser, 'noted', OTHER)
  const later = await browser.get(loginUrl(cas.url, { service: S }))
  assert.ok(isInterrupt(later))
  await browser.get(`${cas.url}/logout`)
  const answer = await send(browser, later, 'proceed')
  assert.doesNotMatch(answer.location ?? '', /ticket=/)
  assert.match(answer.body, /id="username"/)
  // Somebody else logs in: the page of the one before says nothing about them.
  await login(browser, 'nosso', OTHER)
  assert.ok(isInterrupt(await send(browser, later, 'proceed')))
})
