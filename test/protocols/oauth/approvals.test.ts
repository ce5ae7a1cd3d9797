import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { BrowserClient, type Page } from '../../support/browser-client.ts'
import { eventually } from '../../support/castellan.ts'
import { answerOf, authorizeUrl, basic, type Fields, inRedirect, oauthClient } from '../../support/oauth.ts'
import { type OAuthWorld, openOAuth } from './oauth-world.ts'

const DAY = 86_400
const asking = (id: number, clientId: string, more: object = {}) =>
  oauthClient(id, clientId, { bypassApprovalPrompt: false, scopes: ['java.util.HashSet', ['profile', 'email']], ...more })
const releasing = (...names: readonly string[]) => ({
  attributeReleasePolicy: {
    '@class': 'org.apereo.cas.services.ReturnAllowedAttributeReleasePolicy',
    allowedAttributes: ['java.util.ArrayList', names],
  },
})
const REMEMBERING = { 'castellan.oauth.approval.remember-for': 'P90D' }
const OPERATOR = {
  'spring.security.user.name': 'operator',
  'spring.security.user.password': 'of the bench',
  'management.endpoints.web.exposure.include': 'oauthApprovals',
  'management.endpoint.oauthApprovals.access': 'UNRESTRICTED',
  'cas.monitor.endpoints.endpoint.oauthApprovals.access': 'AUTHENTICATED',
}

let world: OAuthWorld
before(async () => {
  world = await openOAuth({
    services: {
      'Notes-1.json': asking(1, 'notes'),
      'Shop-2.json': asking(2, 'shop'),
      'Native-3.json': asking(3, 'native', { clientSecret: '', serviceId: '^com\\.example\\.app:/back$' }),
      'Moving-4.json': asking(4, 'moving'),
      'Telling-5.json': asking(5, 'telling', releasing('mail')),
      'Spa-6.json': asking(6, 'spa', { clientSecret: '' }),
    },
    properties: {
      ...REMEMBERING,
      ...OPERATOR,
      'cas.service-registry.json.watcher-enabled': true,
      'cas.authn.attribute-repository.stub.attributes.mail': 'ada@example.org',
      'cas.authn.attribute-repository.stub.attributes.phone': '1',
    },
  })
})
after(() => world?.[Symbol.asyncDispose]())

const signedIn = async (name = 'ada', { url } = world) => {
  const browser = new BrowserClient()
  await browser.login(url, name, 'pw')
  return browser
}
const ask = (browser: BrowserClient, clientId: string, more: Fields = {}, { url } = world) => browser.get(authorizeUrl(url, clientId, more))
const hidden = (page: Page, name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page.body)?.[1] ?? ''
const decide = (browser: BrowserClient, page: Page, decision: Fields, { url } = world) =>
  browser.post(`${url}/oauth2.0/authorize`, { transaction: hidden(page, 'transaction'), csrf: hidden(page, 'csrf'), ...decision })
const LASTING = { allow: 'true', remember: 'true' }
const allowLasting = async (browser: BrowserClient, clientId: string, more: Fields = {}) =>
  assert.ok(inRedirect(await decide(browser, await ask(browser, clientId, { prompt: 'consent', ...more }), LASTING), 'code'))
/** Whether a fresh session of this user is shown the page. */
const isAsked = async (clientId: string, user = 'ada', more: Fields = {}) => {
  const page = await ask(await signedIn(user), clientId, more)
  if (page.status === 200) assert.match(page.body, /id="allow"/)
  else assert.ok(inRedirect(page, 'code'))
  return page.status === 200
}

describe('an approval that the user wants to be remembered', () => {
  test('outlives the session; for this user, this client and these scopes, and nothing else', async () => {
    const page = await ask(await signedIn(), 'notes', { scope: 'profile' })
    assert.match(page.body, /<input type="checkbox" id="remember" name="remember" value="true"/)
    await allowLasting(await signedIn(), 'notes', { scope: 'profile' })
    assert.equal(await isAsked('notes', 'ada', { scope: 'profile' }), false)
    assert.equal(await isAsked('notes'), false)
    assert.equal(await isAsked('notes', 'ada', { prompt: 'none', scope: 'profile' }), false)
    assert.equal(await isAsked('notes', 'ada', { scope: 'profile email' }), true)
    assert.equal(await isAsked('notes', 'grace', { scope: 'profile' }), true)
    assert.equal(await isAsked('shop', 'ada', { scope: 'profile' }), true)
    assert.equal((await ask(await signedIn(), 'notes', { prompt: 'consent' })).status, 200)
    // What was allowed before stays so.
    await allowLasting(await signedIn(), 'notes', { scope: 'email' })
    assert.equal(await isAsked('notes', 'ada', { scope: 'profile email' }), false)
  })

  test('without the tick it ends with the session, and an earlier one is taken back', async () => {
    const browser = await signedIn()
    await allowLasting(browser, 'shop')
    assert.equal(await isAsked('shop'), false)
    await decide(browser, await ask(browser, 'shop', { prompt: 'consent' }), { allow: 'true' })
    assert.ok(inRedirect(await ask(browser, 'shop'), 'code'))
    assert.equal(await isAsked('shop'), true)
  })

  test('a no takes an earlier yes back, that of this session too', async () => {
    const browser = await signedIn()
    await allowLasting(browser, 'shop')
    const denied = await decide(browser, await ask(browser, 'shop', { prompt: 'consent' }), { deny: 'true', ...LASTING })
    assert.equal(inRedirect(denied, 'error'), 'access_denied')
    assert.equal((await ask(browser, 'shop')).status, 200)
    assert.equal(await isAsked('shop'), true)
  })

  test('is for what the page has shown: no field of the form, and no token of another page, makes it more', async () => {
    const browser = await signedIn('grace')
    const [notes, shop] = [await ask(browser, 'notes', { scope: 'profile' }), await ask(browser, 'shop', { scope: 'email' })]
    for (const [page, other] of [
      [notes, shop],
      [shop, notes],
    ] as const) {
      const crossed = await decide(browser, page, { ...LASTING, csrf: hidden(other, 'csrf') })
      assert.deepEqual([crossed.status, crossed.location], [401, undefined])
    }
    const forged = { client_id: 'shop', scope: 'profile email', redirect_uri: 'https://shop.example.org/cb' }
    const done = await decide(browser, notes, { ...LASTING, ...forged })
    assert.match(done.location ?? '', /^https:\/\/notes\.example\.org\/cb\?code=/)
    assert.equal(await isAsked('notes', 'grace', { scope: 'profile' }), false)
    assert.equal(await isAsked('notes', 'grace', { scope: 'profile email' }), true)
    assert.equal(await isAsked('shop', 'grace', { scope: 'profile' }), true)
    // The page is spent.
    const again = await decide(browser, notes, LASTING)
    assert.deepEqual([again.status, again.location], [401, undefined])
  })

  test('ends after the time of the setting', async () => {
    await using own = await openOAuth({ services: { 'Notes-1.json': asking(1, 'notes') }, properties: REMEMBERING })
    const shown = async () => (await ask(await signedIn('ada', own), 'notes', {}, own)).status
    const browser = await signedIn('ada', own)
    await decide(browser, await ask(browser, 'notes', {}, own), LASTING, own)
    own.after(90 * DAY - 5)
    assert.equal(await shown(), 302)
    own.after(10)
    assert.equal(await shown(), 200)
  })

  test('is not offered unless the operator wants it, and a made-up tick does not count then', async () => {
    await using own = await openOAuth({ services: { 'Notes-1.json': asking(1, 'notes') } })
    const browser = await signedIn('ada', own)
    const page = await ask(browser, 'notes', {}, own)
    assert.doesNotMatch(page.body, /name="remember"/)
    assert.ok(inRedirect(await decide(browser, page, LASTING, own), 'code'))
    assert.equal((await ask(await signedIn('ada', own), 'notes', {}, own)).status, 200)
  })

  test('is not offered to who has neither a secret nor an address of its own: another app could take its place', async () => {
    const browser = await signedIn()
    const native = { redirect_uri: 'com.example.app:/back', code_challenge: 'c'.repeat(43), code_challenge_method: 'S256' }
    const page = await ask(browser, 'native', native)
    assert.doesNotMatch(page.body, /name="remember"/)
    assert.ok((await decide(browser, page, LASTING)).location?.startsWith('com.example.app:/back?code='))
    assert.equal((await ask(await signedIn(), 'native', native)).status, 200)
    assert.match((await ask(browser, 'spa', { code_challenge: 'c'.repeat(43), code_challenge_method: 'S256' })).body, /name="remember"/)
  })
})

describe('a definition that changes', () => {
  const write = (name: string, definition: object) => writeFile(join(world.directory, 'services', name), JSON.stringify(definition))

  test('to other addresses is asked for anew, in the same session too, and a page from before allows nothing', async () => {
    const browser = await signedIn()
    await allowLasting(browser, 'moving')
    const [same, before] = [await signedIn('grace'), await signedIn('grace')]
    assert.ok(inRedirect(await decide(same, await ask(same, 'moving'), { allow: 'true' }), 'code'))
    const page = await ask(before, 'moving')
    await write('Moving-4.json', asking(4, 'moving', { serviceId: '^https://(moving|evil)\\.example\\.org/cb$' }))
    const there = { redirect_uri: 'https://evil.example.org/cb' }
    await eventually('the new address', async () => ((await ask(browser, 'moving', there)).status === 200 ? true : undefined))
    assert.equal((await ask(browser, 'moving')).status, 200)
    assert.equal((await ask(same, 'moving')).status, 200)
    const late = await decide(before, page, LASTING)
    assert.deepEqual([late.status, late.location], [401, undefined])
    assert.equal(await isAsked('moving'), true)
  })

  test('to tell more of the user is asked for anew', async () => {
    await allowLasting(await signedIn(), 'telling')
    assert.equal(await isAsked('telling'), false)
    await write('Telling-5.json', asking(5, 'telling', releasing('mail', 'phone')))
    await eventually('the new attribute', async () => ((await isAsked('telling')) ? true : undefined))
  })
})

describe('taking back', () => {
  const page = (browser: BrowserClient) => browser.get(`${world.url}/oauth2.0/approvals`)
  const actuator = async (path: string, method = 'GET', headers: Fields = basic('operator', 'of the bench')) =>
    answerOf(await fetch(`${world.url}/actuator/oauthApprovals/${path}`, { method, headers }))

  test('a user sees what was allowed, and takes it back by a button; nobody else does', async () => {
    const browser = await signedIn('grace')
    await allowLasting(browser, 'notes', { scope: 'email' })
    const list = await page(browser)
    assert.equal(list.status, 200)
    assert.match(list.body, /Client notes/)
    assert.doesNotMatch(list.body, /Client shop/)
    assert.equal(list.headers.get('cache-control'), 'no-store')
    const other = await signedIn('ada')
    assert.match((await page(new BrowserClient())).location ?? '', /\/login\?service=/)
    const take = (who: BrowserClient, csrf: string) => who.post(`${world.url}/oauth2.0/approvals`, { client: 'notes', csrf })
    await take(browser, 'made up')
    await take(other, hidden(list, 'csrf'))
    assert.equal(await isAsked('notes', 'grace', { scope: 'email' }), false)
    assert.doesNotMatch((await take(browser, hidden(list, 'csrf'))).body, /Client notes/)
    assert.equal(await isAsked('notes', 'grace', { scope: 'email' }), true)
  })

  test('an operator sees the approvals of a user, takes back one of them, or all', async () => {
    const browser = await signedIn('grace')
    for (const clientId of ['shop', 'notes']) await allowLasting(browser, clientId, { scope: 'profile' })
    assert.equal((await actuator('grace', 'GET', {})).status, 401)
    const list = (await actuator('grace')).json as unknown as readonly Readonly<Record<string, unknown>>[]
    assert.deepEqual(
      list.map(({ clientId, scopes }) => [clientId, scopes]),
      [
        ['notes', ['profile']],
        ['shop', ['profile']],
      ],
    )
    for (const name of ['approvedAt', 'expiresAt']) assert.match(String(list[0]?.[name]), /^2031-0\d-/)
    assert.deepEqual((await actuator('Grace')).json, [])
    assert.equal((await actuator('grace/shop', 'DELETE')).status, 204)
    assert.equal((await actuator('grace/shop', 'DELETE')).status, 404)
    assert.deepEqual([await isAsked('shop', 'grace'), await isAsked('notes', 'grace')], [true, false])
    assert.equal((await actuator('grace', 'DELETE')).status, 204)
    assert.equal((await actuator('grace', 'DELETE')).status, 404)
    assert.equal(await isAsked('notes', 'grace'), true)
  })

  test('what is allowed in several tabs at once is all in the list', async () => {
    const browser = await signedIn('grace')
    const clients = ['notes', 'shop', 'telling']
    const pages: Page[] = []
    for (const clientId of clients) pages.push(await ask(browser, clientId, { prompt: 'consent' }))
    await Promise.all(pages.map((shown) => decide(browser, shown, LASTING)))
    const list = (await actuator('grace')).json as unknown as readonly { readonly clientId: string }[]
    assert.deepEqual(
      list.map(({ clientId }) => clientId),
      clients.toSorted(),
    )
  })
})
