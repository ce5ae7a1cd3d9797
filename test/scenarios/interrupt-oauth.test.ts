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
const device = (id: number, clientId: string, more: object = {}) =>
  client(id, clientId, { supportedGrantTypes: ['java.util.HashSet', ['urn:ietf:params:oauth:grant-type:device_code']], ...more })
const skipping = {
  properties: {
    skipInterrupt: { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceProperty', values: ['java.util.HashSet', ['true']] },
  },
}
const forcing = {
  webflowInterruptPolicy: {
    '@class': 'org.apereo.cas.services.DefaultRegisteredServiceWebflowInterruptPolicy',
    forceExecution: 'TRUE',
  },
}

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
      'Quiet-2.json': client(2, 'quiet', skipping),
      'Forced-3.json': client(3, 'forced', forcing),
      'Tv-4.json': device(4, 'tv'),
      'Quiet-5.json': device(5, 'quiettv', skipping),
      'Forced-6.json': device(6, 'forcedtv', forcing),
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

/** Enters the code of a device; whatever page comes then. */
async function connect(browser: BrowserClient, user: string, clientId: string) {
  const answer = await fetch(`${cas.url}/oauth2.0/device_authorization`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: clientId }),
  })
  const { user_code } = (await answer.json()) as { readonly user_code: string }
  let form = await follow(browser, await browser.get(`${cas.url}/oauth2.0/device`))
  // No interrupt yet: nobody knows on the way to which application this login is.
  if (/id="username"/.test(form.body)) form = await follow(browser, await browser.submit(cas.url, form, { username: user, password: 'pw' }))
  assert.match(form.body, /id="usercode"/)
  return enterCode(browser, form, { usercode: user_code })
}
const field = (page: Page, name: string) => new RegExp(`name="${name}"[^>]* value="([^"]*)"`).exec(page.body)?.[1]
const enterCode = async (browser: BrowserClient, form: Page, more: Record<string, string> = {}) =>
  follow(
    browser,
    await browser.post(`${cas.url}/oauth2.0/device`, {
      csrf: field(form, 'csrf'),
      transaction: field(form, 'transaction'),
      usercode: field(form, 'usercode'),
      ...more,
    }),
  )

test('a device is asked what a login for its client would be, as soon as its code says which one that is', async () => {
  for (const clientId of ['tv', 'forcedtv']) {
    const browser = new BrowserClient()
    const page = await connect(browser, 'noted', clientId)
    assert.ok(isInterrupt(page))
    assert.match(page.body, new RegExp(`For Client ${clientId}`))
    const form = await proceed(browser, page)
    assert.match(form.body, /id="usercode"/)
    const confirm = await enterCode(browser, form)
    assert.match(confirm.body, new RegExp(`Client ${clientId}`))
    assert.match((await enterCode(browser, confirm, { allow: 'true' })).body, /Code Approved/)
  }
  const blocked = new BrowserClient()
  const refused = await proceed(blocked, await connect(blocked, 'blocked', 'tv'))
  assert.match(refused.body, /Application Not Authorized to Use CAS/)
  assert.match((await connect(new BrowserClient(), 'noted', 'quiettv')).body, /id="allow"/)
})
