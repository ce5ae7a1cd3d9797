import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { BrowserClient, type Page } from '../support/browser-client.ts'
import { type Castellan, startCastellan } from '../support/castellan.ts'

/** Interrupts on the way to an OAuth client (interrupt.md 6.3, 15.21). */
let cas: Castellan
const REDIRECT = 'https://client.example.org/cb'
const client = (id: number, clientId: string, more: object = {}) => ({
  '@class': 'org.apereo.cas.support.oauth.services.OAuthRegisteredService',
  clientId,
  clientSecret: 'secret',
  serviceId: '^https://client\\.example\\.org/.*',
  name: `Client ${clientId}`,
  id,
  bypassApprovalPrompt: true,
  supportedGrantTypes: ['java.util.HashSet', ['authorization_code', 'password']],
  supportedResponseTypes: ['java.util.HashSet', ['code']],
  ...more,
})

before(async () => {
  cas = await startCastellan({
    properties: {
      'castellan.ticket-registry.store': 'memory',
      'cas.authn.accept.users': 'noted::pw,blocked::pw,nosso::pw,always::pw',
      'cas.interrupt.groovy.location': 'file:{dir}/interrupt.mjs',
    },
    files: {
      // The application that a source is told of is the client, not the callback of the server.
      'interrupt.mjs': `export default ({ principal, registeredService, respond }) => {
        const about = 'For ' + registeredService?.name
        if (principal.id === 'nosso') return { message: about, interrupt: true, ssoEnabled: false }
        return respond.of(about, {}, { block: principal.id === 'blocked' })
      }`,
    },
    services: {
      'Client-1.json': client(1, 'c1'),
      'Quiet-2.json': client(2, 'quiet', {
        properties: {
          skipInterrupt: { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceProperty', values: ['java.util.HashSet', ['true']] },
        },
      }),
      'Forced-3.json': client(3, 'forced', {
        webflowInterruptPolicy: {
          '@class': 'org.apereo.cas.services.DefaultRegisteredServiceWebflowInterruptPolicy',
          forceExecution: 'TRUE',
        },
      }),
    },
  })
})
after(() => cas?.[Symbol.asyncDispose]())

/** An address of the server, whatever it calls itself. */
const here = (location: string | undefined) => (location ?? '').replace('https://cas.example.org:8443/cas', cas.url)

/** Follows redirects of the server until there is a page, or a way out. */
async function follow(browser: BrowserClient, page: Page): Promise<Page> {
  let current = page
  for (let hops = 0; hops < 8; hops++) {
    const next = here(current.location)
    if (current.status !== 302 || !next.startsWith(cas.url)) return current
    current = await browser.get(next)
  }
  throw new Error('a circle')
}

const authorize = async (browser: BrowserClient, clientId: string, more: Record<string, string> = {}) =>
  follow(
    browser,
    await browser.get(
      `${cas.url}/oauth2.0/authorize?${new URLSearchParams({ response_type: 'code', client_id: clientId, redirect_uri: REDIRECT, state: 's', ...more })}`,
    ),
  )

async function login(browser: BrowserClient, user: string, clientId = 'c1'): Promise<Page> {
  const form = await authorize(browser, clientId)
  return follow(browser, await browser.submit(cas.url, form, { username: user, password: 'pw' }))
}
const proceed = async (browser: BrowserClient, page: Page) =>
  follow(browser, await browser.post(`${cas.url}/login`, { execution: page.execution, _eventId: 'proceed' }))
const isInterrupt = (page: Page) => page.status === 200 && page.body.includes('id="interruptLinks"')
const hasCode = (page: Page) => (page.location ?? '').startsWith(`${REDIRECT}?code=OC-`)

test('the page comes before the code, and knows the client; the next request of the session goes through', async () => {
  const browser = new BrowserClient()
  const page = await login(browser, 'noted')
  assert.ok(isInterrupt(page))
  assert.match(page.body, /For Client c1/)
  assert.ok(hasCode(await proceed(browser, page)))
  const again = await authorize(browser, 'c1')
  assert.ok(hasCode(again), again.location ?? again.body.slice(0, 500))
})

test('a block gives no code; a veto of the session gives one, and asks for credentials the next time', async () => {
  const blocked = new BrowserClient()
  const refused = await proceed(blocked, await login(blocked, 'blocked'))
  assert.match(refused.body, /Application Not Authorized to Use CAS/)
  assert.equal(refused.location, undefined)

  const browser = new BrowserClient()
  assert.ok(hasCode(await proceed(browser, await login(browser, 'nosso'))))
  assert.equal(browser.cookie('TGC'), undefined)
  assert.match((await authorize(browser, 'c1')).body, /id="username"/)
})

test('a client without interrupts gets its code at once; one that forces them shows the page at each request and never goes in a circle', async () => {
  const browser = new BrowserClient()
  assert.ok(hasCode(await login(browser, 'always', 'quiet')))
  for (let time = 0; time < 2; time++) {
    const page = await authorize(browser, 'forced')
    assert.ok(isInterrupt(page))
    assert.ok(hasCode(await proceed(browser, page)))
  }
})

test('prompt=none never ends on the page', async () => {
  const browser = new BrowserClient()
  await login(browser, 'noted', 'quiet')
  const told = await authorize(browser, 'c1', { prompt: 'none' })
  assert.match(told.location ?? '', /^https:\/\/client\.example\.org\/cb\?(?:.*&)?error=interaction_required(?:&|$)/)
})

test('the password grant is not interrupted, as in CAS', async () => {
  const response = await fetch(`${cas.url}/oauth2.0/accessToken`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'password', client_id: 'c1', client_secret: 'secret', username: 'noted', password: 'pw' }),
  })
  assert.equal(response.status, 200)
})
