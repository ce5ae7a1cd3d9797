import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { BrowserClient, type Page } from '../../support/browser-client.ts'
import { type Answer, type Fields, follow, oauthClient, postForm, profile, refresh } from '../../support/oauth.ts'
import { type OAuthWorld, openOAuth } from './oauth-world.ts'

const TYPE = 'urn:ietf:params:oauth:grant-type:device_code'
const definitions = {
  'Tv-1.json': oauthClient(1, 'tv', { generateRefreshToken: true, description: 'In the lounge.' }),
  'Printer-2.json': oauthClient(2, 'printer', {
    deviceTokenExpirationPolicy: {
      '@class': 'org.apereo.cas.support.oauth.services.DefaultRegisteredServiceOAuthDeviceTokenExpirationPolicy',
      timeToKill: 'PT100S',
    },
  }),
  'Web-3.json': oauthClient(3, 'web', { supportedResponseTypes: ['java.util.HashSet', ['code']] }),
}
let world: OAuthWorld
before(async () => {
  world = await openOAuth({ services: definitions })
})
after(() => world?.[Symbol.asyncDispose]())

interface Codes {
  readonly device: string
  readonly user: string
}
const at = ({ url }: OAuthWorld, path: string) => `${url}/oauth2.0/${path}`
const says = ({ status, json }: Answer) => [status, json['error']]
const start = (w = world, fields: Fields = {}) =>
  postForm(at(w, 'accessToken'), { response_type: 'device_code', client_id: 'tv', ...fields })
async function codes(w = world, fields: Fields = {}): Promise<Codes> {
  const { json } = await start(w, fields)
  return { device: String(json['device_code']), user: String(json['user_code']) }
}
const poll = (device: string, w = world, fields: Fields = {}) =>
  postForm(at(w, 'accessToken'), { grant_type: TYPE, device_code: device, client_id: 'tv', ...fields })
const pollAsCas = (device: string, w = world, name = 'device_code') =>
  postForm(at(w, 'accessToken'), { response_type: 'device_code', client_id: 'tv', [name]: device })

const hidden = (page: Page, name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page.body)?.[1] ?? ''
async function signedIn(w = world, name = 'ada') {
  const browser = new BrowserClient()
  await browser.login(w.url, name, 'pw')
  return browser
}
const fill = (browser: BrowserClient, page: Page, fields: Fields, w = world) =>
  browser.post(at(w, 'device'), { csrf: hidden(page, 'csrf'), ...fields })
/** Enters a code and decides. */
async function decide(browser: BrowserClient, usercode: string, decision: 'allow' | 'deny' = 'allow', w = world): Promise<Page> {
  const confirm = await fill(browser, await browser.get(at(w, 'device')), { usercode }, w)
  return fill(browser, confirm, { usercode: hidden(confirm, 'usercode'), [decision]: 'true' }, w)
}

test('a device begins by the words of CAS or of the RFC, without its secret [S2-13, S2-14, S2-22]', async () => {
  for (const answer of [await start(), await postForm(at(world, 'device_authorization'), { client_id: 'tv' })]) {
    assert.equal(answer.status, 200)
    assert.equal(answer.json['interval'], 15)
    assert.equal(answer.json['expires_in'], 300)
    assert.equal(answer.json['verification_uri'], 'https://cas.example.org:8443/cas/oauth2.0/device')
    assert.match(String(answer.json['user_code']), /^ODUC-[BCDFGHJKLMNPQRSTVWXZ2-9]{8}$/)
    assert.match(String(answer.json['device_code']), /^ODT-/)
    assert.equal(answer.json['verification_uri_complete'], `${answer.json['verification_uri']}?user_code=${answer.json['user_code']}`)
  }
})

test('who may not begin', async () => {
  assert.deepEqual(says(await start(world, { client_id: 'nobody' })), [401, 'invalid_client'])
  assert.deepEqual(says(await start(world, { client_secret: 'x' })), [401, 'invalid_client'])
  assert.deepEqual(says(await start(world, { client_id: 'web' })), [400, 'unauthorized_client'])
  assert.equal((await start(world, { client_secret: 'secret of tv' })).status, 200)
})

test('a definition has its own life for device codes [S2-25]', async () => {
  const { json } = await start(world, { client_id: 'printer' })
  assert.equal(json['expires_in'], 100)
  world.after(100.001)
  const device = String(json['device_code'])
  assert.deepEqual(says(await poll(device, world, { client_id: 'printer' })), [400, 'expired_token'])
})

for (const more of [
  { properties: { 'cas.authn.oauth.device-token.refresh-interval': 'PT2S', 'cas.authn.oauth.device-user-code.user-code-length': 10 } },
  { env: { CAS_AUTHN_OAUTH_DEVICE_TOKEN_REFRESH_INTERVAL: '2', CAS_AUTHN_OAUTH_DEVICE_USER_CODE_USER_CODE_LENGTH: '10' } },
]) {
  test(`interval and length of the code are as the settings say, by ${Object.keys(more)} [S2-14, S2-22]`, async () => {
    await using own = await openOAuth({ services: definitions, ...more })
    const { json } = await start(own)
    assert.equal(json['interval'], 2)
    assert.match(String(json['user_code']), /^ODUC-\w{10}$/)
    const device = String(json['device_code'])
    assert.deepEqual(says(await poll(device, own)), [400, 'slow_down'])
    own.after(2)
    assert.deepEqual(says(await poll(device, own)), [400, 'authorization_pending'])
    assert.deepEqual(says(await poll(device, own)), [400, 'slow_down'])
  })
}

for (const more of [
  {
    properties: {
      'cas.authn.oauth.device-token.max-time-to-live-in-seconds': 20,
      'cas.authn.oauth.device-user-code.max-time-to-live-in-seconds': 'PT5S',
    },
  },
  { args: ['--cas.authn.oauth.deviceToken.maxTimeToLiveInSeconds=PT20S', '--cas.authn.oauth.deviceUserCode.maxTimeToLiveInSeconds=5'] },
]) {
  test(`codes end as the settings say, by ${Object.keys(more)} [S2-13, S2-20]`, async () => {
    await using own = await openOAuth({ services: definitions, ...more })
    const late = await codes(own)
    const early = await codes(own)
    const browser = await signedIn(own)
    assert.match((await decide(browser, early.user, 'allow', own)).body, /Code Approved/)
    own.after(5.001)
    const page = await fill(browser, await browser.get(at(own, 'device')), { usercode: late.user }, own)
    assert.equal(page.status, 200)
    assert.match(page.body, /id="loginErrorsPanel"[\s\S]*This code is not known/)
    // The decision outlives the code of the person.
    assert.equal((await poll(early.device, own)).status, 200)
    own.after(15)
    assert.deepEqual(says(await poll(late.device, own)), [400, 'expired_token'])
    assert.deepEqual(says(await pollAsCas(late.device, own)), [400, 'access_denied'])
  })
}

test('after a minute a user code is not known any more, after five the device code has expired; who asks too often is told so [S2-20, S2-13, L9, T3]', async () => {
  const { device, user } = await codes()
  assert.deepEqual(says(await poll(device)), [400, 'slow_down'])
  world.after(15)
  assert.deepEqual(says(await poll(device)), [400, 'authorization_pending'])
  world.after(14)
  assert.deepEqual(says(await poll(device)), [400, 'slow_down'])
  world.after(-29)
  const browser = await signedIn()
  world.after(60.001)
  const page = await fill(browser, await browser.get(at(world, 'device')), { usercode: user })
  assert.match(page.body, /This code is not known/)
  world.after(240)
  assert.deepEqual(says(await poll(device)), [400, 'expired_token'])
})

test('approved: tokens of who approved, with the scopes that were asked for, once', async () => {
  const { device, user } = await codes(world, { scope: 'watch' })
  const confirm = await (async () => {
    const browser = await signedIn(world, 'grace')
    const form = await browser.get(`${at(world, 'device')}?user_code=${user}`)
    assert.match(form.body, new RegExp(`value="${user.slice(5, 9)}-${user.slice(9)}"`))
    const page = await fill(browser, form, { usercode: ` ${user.slice(5).toLowerCase().replace(/(...)/, '$1-')} ` })
    for (const part of [/Client tv/, /watch/, /127\.0\.0\.1|::1/, /id="allow"/, /id="deny"/]) assert.match(page.body, part)
    assert.deepEqual(says(await poll(device)), [400, 'slow_down'])
    return fill(browser, page, { usercode: hidden(page, 'usercode'), allow: 'true' })
  })()
  assert.match(confirm.body, /Code Approved[\s\S]*Return to your device/)
  const answer = await poll(device)
  assert.deepEqual([answer.status, answer.json['scope']], [200, 'watch'])
  assert.equal((await profile(world.url, answer.json['access_token'])).json['id'], 'grace')
  assert.equal((await refresh(world.url, 'tv', answer.json['refresh_token'])).status, 200)
  assert.deepEqual(says(await poll(device)), [400, 'invalid_grant'])
  assert.deepEqual(says(await pollAsCas(device)), [400, 'access_denied'])
})

test('the words of CAS: an approved code is paid out at once, named device_code or code', async () => {
  const browser = await signedIn()
  for (const name of ['device_code', 'code']) {
    const { device, user } = await codes()
    assert.deepEqual(says(await pollAsCas(device, world, name)), [400, 'slow_down'])
    await decide(browser, user)
    assert.equal((await pollAsCas(device, world, name)).status, 200)
  }
})

test('of polls at once exactly one gets the tokens', async () => {
  const { device, user } = await codes()
  await decide(await signedIn(), user)
  const answers = await Promise.all(Array.from({ length: 6 }, () => poll(device)))
  assert.equal(answers.filter(({ status }) => status === 200).length, 1)
})

test('denied: the device is told, and the code is used', async () => {
  const { device, user } = await codes()
  const browser = await signedIn()
  assert.match((await decide(browser, user, 'deny')).body, /Device turned away/)
  assert.deepEqual(says(await poll(device)), [400, 'access_denied'])
  const again = await fill(browser, await browser.get(at(world, 'device')), { usercode: user })
  assert.match(again.body, /This code has been used already/)
})

test('another client gets nothing for the code, and neither does a wrong secret', async () => {
  const { device, user } = await codes()
  await decide(await signedIn(), user)
  assert.deepEqual(says(await poll(device, world, { client_id: 'printer' })), [400, 'invalid_grant'])
  assert.deepEqual(says(await poll(device, world, { client_secret: 'x' })), [401, 'invalid_client'])
  assert.deepEqual(says(await poll('ODT-1-x')), [400, 'invalid_grant'])
  assert.deepEqual(says(await pollAsCas('ODT-1-x')), [400, 'access_denied'])
  assert.equal((await poll(device)).status, 200)
})

test('the page wants a login first, and keeps the code that came with the address', async () => {
  const { user } = await codes()
  const browser = new BrowserClient()
  const first = await browser.get(`${at(world, 'device')}?user_code=${user}`)
  const service = new URL(new URL(first.location ?? '').searchParams.get('service') ?? '')
  assert.equal(service.pathname, '/cas/oauth2.0/callbackAuthorize')
  assert.deepEqual([...service.searchParams.keys()], ['txn', 'client_name'])
  const page = await follow(world.url, browser, `${at(world, 'device')}?user_code=${user}`)
  assert.equal(page.status, 200)
  assert.match(page.body, /<h2>Connect Device<\/h2>/)
  assert.match(page.body, new RegExp(`value="${user.slice(5, 9)}-`))
})

test('a blank code, an unknown one, and a form of another page', async () => {
  const browser = await signedIn()
  const form = await browser.get(at(world, 'device'))
  for (const usercode of ['', 'ODUC-NOBODY22', '<b>']) {
    const page = await fill(browser, form, { usercode })
    assert.deepEqual([page.status, /This code is not known/.test(page.body)], [200, true])
    assert.doesNotMatch(page.body, /value="<b>"/)
  }
  const { device, user } = await codes()
  await browser.post(at(world, 'device'), { usercode: user, allow: 'true', csrf: 'made up' })
  // Nobody approves who has not been shown what; and what was shown for one code approves no other.
  assert.match((await fill(browser, form, { usercode: user, allow: 'true' })).body, /id="allow"/)
  const other = await fill(browser, form, { usercode: (await codes()).user })
  assert.match((await fill(browser, other, { usercode: user, allow: 'true' })).body, /id="usercode"/)
  assert.deepEqual(says(await poll(device)), [400, 'slow_down'])
})

test('five wrong codes in a minute, and nobody looks any more', async () => {
  await using own = await openOAuth({ services: definitions })
  const browser = await signedIn(own)
  const form = await browser.get(at(own, 'device'))
  for (let turn = 0; turn < 5; turn++) assert.equal((await fill(browser, form, { usercode: `WRNG222${turn + 2}` }, own)).status, 200)
  const { user } = await codes(own)
  assert.equal((await fill(browser, form, { usercode: user }, own)).status, 423)
  own.after(50)
  const next = await codes(own)
  own.after(11)
  assert.match((await fill(browser, form, { usercode: next.user }, own)).body, /id="allow"/)
})

test("a device's tokens end with the session of who approved, or are free where that is wanted", async () => {
  for (const [bind, status] of [
    [true, 401],
    [false, 200],
  ] as const) {
    await using own = await openOAuth({ services: definitions, properties: { 'castellan.oauth.device.bind-to-sso': bind } })
    const { device, user } = await codes(own)
    const browser = await signedIn(own)
    await decide(browser, user, 'allow', own)
    const { access_token } = (await poll(device, own)).json
    await browser.get(`${own.url}/logout`)
    assert.equal((await profile(own.url, access_token)).status, status)
  }
})

test('rfc9700 wants the secret of a client that has one', async () => {
  await using own = await openOAuth({ services: definitions, properties: { 'castellan.oauth.profile': 'rfc9700' } })
  const { device, user } = await codes(own)
  await decide(await signedIn(own), user, 'allow', own)
  assert.deepEqual(says(await poll(device, own)), [401, 'invalid_client'])
  assert.equal((await poll(device, own, { client_secret: 'secret of tv' })).status, 200)
})
