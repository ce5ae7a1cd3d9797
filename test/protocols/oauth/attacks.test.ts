import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { BrowserClient } from '../../support/browser-client.ts'
import {
  type Answer,
  answerOf,
  authorizeUrl,
  basic,
  codeFor,
  exchange,
  type Fields,
  follow,
  inRedirect,
  oauthClient,
  postForm,
  profile,
  redirectOf,
} from '../../support/oauth.ts'
import { type OAuthWorld, openOAuth } from './oauth-world.ts'

/** The attacks of RFC 9700 section 4 that concern a server, by its sections. */
const S256 = (verifier: string) => createHash('sha256').update(verifier).digest('base64url')
const [MINE, THEIRS] = ['m'.repeat(43), 't'.repeat(43)]
const ISSUER = 'https://cas.example.org:8443/cas'
let world: OAuthWorld
before(async () => {
  world = await openOAuth({
    services: {
      'Shop-1.json': oauthClient(1, 'shop', { generateRefreshToken: true }),
      'Evil-2.json': oauthClient(2, 'evil', { generateRefreshToken: true }),
      'Spa-3.json': oauthClient(3, 'spa', { clientSecret: '' }),
      'Asks-4.json': oauthClient(4, 'asks', { bypassApprovalPrompt: false }),
      'Ada-6.json': oauthClient(6, 'ada'),
      'Loose-5.json': oauthClient(5, 'loose', { serviceId: '^https://app.example.org.*' }),
    },
  })
})
after(() => world?.[Symbol.asyncDispose]())
const pkce = (verifier: string) => ({ code_challenge: S256(verifier), code_challenge_method: 'S256' })

test('4.1 redirect tricks: what a pattern takes by mistake is still judged by what a browser makes of it', async () => {
  for (const redirect_uri of [
    'https://app.example.org@evil.example/',
    'https://app.example.org\\.evil.example/',
    'https://app.example.org/#@evil.example',
    'https://app.example.org%00.evil.example/',
    'https://app.example.org\t.evil.example/',
    'https://app.example.org/cb?code=stolen',
    'https://app.example.org/oauth/../open?to=https://evil.example/',
  ]) {
    const page = await new BrowserClient().get(authorizeUrl(world.url, 'loose', { redirect_uri }))
    assert.deepEqual([page.status, page.location], [401, undefined], redirect_uri)
  }
  assert.ok(
    world.lines.some(({ level, message }) => level === 'warn' && /other hosts/.test(message)),
    'the pattern is warned about',
  )
})

test('4.1.1 the code is exchanged for exactly the address it was sent to', async () => {
  const code = await codeFor(world.url, 'shop', { redirect_uri: `${redirectOf('shop')}?a=1` })
  for (const redirect_uri of [redirectOf('shop'), `${redirectOf('shop')}?a=2`, `${redirectOf('shop')}?A=1`]) {
    assert.equal((await exchange(world.url, 'shop', code, { redirect_uri })).status, 400)
  }
  assert.equal((await exchange(world.url, 'shop', code, { redirect_uri: `${redirectOf('shop')}?a=1` })).status, 200)
})

test('4.2 no address with a code or token in it is told to other sites', async () => {
  const browser = new BrowserClient()
  for (const page of [
    await follow(world.url, browser, authorizeUrl(world.url, 'shop')),
    await browser.get(authorizeUrl(world.url, 'shop', { response_mode: 'form_post' })),
    await browser.get(authorizeUrl(world.url, 'asks')),
  ]) {
    assert.equal(page.headers.get('referrer-policy'), 'no-referrer')
    assert.equal(page.headers.get('cache-control'), 'no-store')
  }
})

test('4.4 mix-up: every answer says whose it is, errors too', async () => {
  const browser = new BrowserClient()
  assert.equal(inRedirect(await follow(world.url, browser, authorizeUrl(world.url, 'shop')), 'iss'), ISSUER)
  assert.equal(inRedirect(await browser.get(authorizeUrl(world.url, 'shop', { response_type: 'x' })), 'iss'), ISSUER)
  const { json } = await answerOf(await fetch(`${world.url}/.well-known/oauth-authorization-server`))
  assert.equal(json['issuer'], ISSUER)
})

test('4.5 code injection: a code of another login, put into a client in the middle of its own, gives nothing', async () => {
  const stolen = await codeFor(world.url, 'shop', pkce(THEIRS))
  assert.equal((await exchange(world.url, 'shop', stolen, { code_verifier: MINE })).json['error'], 'invalid_grant')
  // And not at a client of the attacker's own.
  assert.equal(
    (await exchange(world.url, 'evil', stolen, { code_verifier: THEIRS, redirect_uri: redirectOf('shop') })).json['error'],
    'invalid_grant',
  )
})

test('4.5 replay: a code is worth nothing a second time', async () => {
  const code = await codeFor(world.url, 'shop')
  assert.equal((await exchange(world.url, 'shop', code)).status, 200)
  assert.equal((await exchange(world.url, 'shop', code)).json['error'], 'invalid_grant')
})

test('4.8 PKCE downgrade: a challenge cannot be taken away, nor a verifier be shown for a code without one', async () => {
  const without = await codeFor(world.url, 'shop')
  assert.equal((await exchange(world.url, 'shop', without, { code_verifier: MINE })).json['error'], 'invalid_grant')
  const withOne = await codeFor(world.url, 'shop', pkce(MINE))
  assert.equal((await exchange(world.url, 'shop', withOne)).json['error'], 'invalid_grant')
  // The challenge itself is no verifier.
  assert.equal((await exchange(world.url, 'shop', withOne, { code_verifier: S256(MINE) })).json['error'], 'invalid_grant')
  const page = await new BrowserClient().get(authorizeUrl(world.url, 'spa'))
  assert.equal(inRedirect(page, 'error'), 'invalid_request')
})

test('4.7 CSRF: the state comes back as it went, and a login that began elsewhere does not count', async () => {
  const state = '{"a":"b c","%":"+&=#"} ä'
  const page = await follow(world.url, new BrowserClient(), authorizeUrl(world.url, 'shop', { state }))
  assert.equal(inRedirect(page, 'state'), state)
})

test('4.11 open redirector: an address is followed only once it is known to be of a client, and never from the login', async () => {
  const evil = encodeURIComponent('https://evil.example/')
  const browser = new BrowserClient()
  await browser.login(world.url, 'ada', 'pw')
  for (const path of [
    `/oauth2.0/authorize?client_id=shop&response_type=x&redirect_uri=${evil}`,
    `/oauth2.0/authorize?client_id=nobody&response_type=code&redirect_uri=${evil}`,
    `/oauth2.0/callbackAuthorize?client_id=shop&redirect_uri=${evil}`,
    `/oauth2.0/callbackAuthorize?client_id=shop&redirect_uri=${evil}&ticket=ST-1-x`,
    `/login?service=${encodeURIComponent(`${ISSUER}/oauth2.0/callbackAuthorizeX?client_id=shop`)}`,
    `/login?service=${encodeURIComponent(`${ISSUER}/oauth2.0/callbackAuthorize?client_id=nobody`)}`,
    `/login?service=${encodeURIComponent(`${ISSUER}/oauth2.0/callbackAuthorize?client_id=shop&client_id=evil`)}`,
  ]) {
    const page = await browser.get(world.url + path)
    assert.equal(page.location, undefined, path)
    assert.ok(page.status >= 400, path)
  }
})

test('4.12 307: what a user types into a form here is never sent on to a client', async () => {
  const browser = new BrowserClient()
  const form = await browser.get((await browser.get(authorizeUrl(world.url, 'asks'))).location?.replace(ISSUER, world.url) ?? '')
  const back = await browser.submit(world.url, form, { username: 'ada', password: 'pw' })
  assert.equal(back.status, 302)
  const approval = await follow(world.url, browser, back.location?.replace(ISSUER, world.url) ?? '')
  const field = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(approval.body)?.[1] ?? ''
  const done = await browser.post(`${world.url}/oauth2.0/authorize`, {
    transaction: field('transaction'),
    csrf: field('csrf'),
    allow: 'true',
  })
  assert.equal(done.status, 302)
})

test('4.14 refresh tokens belong to their client, and come in no address', async () => {
  const { json } = await exchange(world.url, 'shop', await codeFor(world.url, 'shop'))
  const theirs = {
    grant_type: 'refresh_token',
    client_id: 'evil',
    client_secret: 'secret of evil',
    refresh_token: String(json['refresh_token']),
  }
  assert.equal((await postForm(`${world.url}/oauth2.0/token`, theirs)).json['error'], 'invalid_grant')
  const page = await follow(world.url, new BrowserClient(), authorizeUrl(world.url, 'shop', { response_type: 'token' }))
  assert.doesNotMatch(page.location ?? '', /refresh_token|RT-/)
})

test('4.16 clickjacking: no page of this server stands in a frame', async () => {
  const browser = new BrowserClient()
  await browser.login(world.url, 'ada', 'pw')
  for (const url of [authorizeUrl(world.url, 'asks'), `${world.url}/oauth2.0/device`]) {
    const page = await browser.get(url)
    assert.equal(page.status, 200)
    assert.equal(page.headers.get('x-frame-options'), 'DENY')
  }
})

test('hostile input is answered in the words of the protocol, and never with 500', async () => {
  const garbage = [
    '\u0000',
    '%',
    '%00',
    '%c0%af',
    "' or 1=1 --",
    '../../etc/passwd',
    '<script>',
    'x'.repeat(5000),
    '😀',
    'TGT-1-x',
    '__proto__',
    '$\u007bjndi:ldap://x}',
  ]
  const names = [
    'grant_type',
    'client_id',
    'client_secret',
    'code',
    'redirect_uri',
    'refresh_token',
    'scope',
    'code_verifier',
    'device_code',
    'token',
    'username',
    'subject_token',
  ]
  const ends = ['accessToken', 'profile', 'introspect', 'revoke', 'device_authorization']
  const base: Fields = { client_id: 'shop', client_secret: 'secret of shop' }
  for (const value of garbage) {
    for (const name of names) {
      for (const end of ends) {
        for (const grant_type of end === 'accessToken' ? ['authorization_code', 'refresh_token', 'password'] : ['']) {
          const answer = await postForm(`${world.url}/oauth2.0/${end}`, { grant_type, ...base, [name]: value })
          assert.ok([200, 400, 401].includes(answer.status), `${end} ${name}=${value.slice(0, 20)}: ${answer.status}`)
          assert.doesNotMatch(answer.text, /<script>|at \w+ \(|node:/)
        }
      }
    }
    for (const name of ['client_id', 'redirect_uri', 'state', 'scope', 'nonce', 'prompt', 'txn', 'code_challenge', 'response_mode']) {
      const page = await new BrowserClient().get(authorizeUrl(world.url, 'shop', { [name]: value }))
      assert.ok([302, 400, 401].includes(page.status), `authorize ${name}: ${page.status}`)
      assert.doesNotMatch(page.body, /<script>(?!<)/)
    }
  }
  assert.deepEqual(
    world.lines.filter(({ level }) => level === 'error'),
    [],
  )
})

const ENDS = [
  'authorize',
  'callbackAuthorize',
  'accessToken',
  'token',
  'profile',
  'introspect',
  'revoke',
  'device_authorization',
  'device',
  'approvals',
]
const PROGRAMS = ENDS.filter((end) => !['authorize', 'callbackAuthorize', 'device', 'approvals'].includes(end))
/** Asks each address, with a body if there is one, and says of an answer whose it is. */
async function everywhere(
  ends: readonly string[],
  ask: (url: string, end: string) => Promise<Response>,
  look: (answer: Answer, end: string) => void,
) {
  for (const end of ends) look(await answerOf(await ask(`${world.url}/oauth2.0/${end}`, end)), end)
}
const isOurs = (answer: Answer, end: string, ...statuses: readonly number[]) => {
  assert.ok(statuses.includes(answer.status), `${end}: ${answer.status} ${answer.text.slice(0, 200)}`)
  assert.doesNotMatch(answer.text, /at \w+ \(|node:/, end)
  if (PROGRAMS.includes(end) && answer.status >= 400)
    assert.equal(typeof answer.json['error'], 'string', `${end} ${answer.text.slice(0, 100)}`)
}

test('a body of ten megabytes is refused everywhere, in the words of the protocol where programs ask', async () => {
  const body = new URLSearchParams({ client_id: 'shop', filler: 'x'.repeat(10_000_000) }).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  await everywhere(
    ENDS,
    (url) => fetch(url, { method: 'POST', body, headers, redirect: 'manual' }),
    (answer, end) => isOurs(answer, end, 413),
  )
})

test('a body of another type is none: what is missing is said, and nothing breaks', async () => {
  for (const type of [
    'application/json',
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/xml',
    'application/octet-stream',
    ';;;',
    '\u00e4',
  ]) {
    for (const body of ['{"grant_type":', '<grant/>', '--x\r\nContent-Disposition: form-data; name="token"\r\n\r\nv', '\u0000\u0001']) {
      await everywhere(
        ENDS,
        (url) => fetch(url, { method: 'POST', body, headers: { 'content-type': type }, redirect: 'manual' }),
        (answer, end) => isOurs(answer, end, 200, 302, 400, 401, 415),
      )
    }
  }
})

test('a parameter that is missing, blank, or there twice with two values is the mistake of the caller everywhere', async () => {
  const headers = basic('shop', 'secret of shop')
  const REQUIRED: Fields = {
    accessToken: 'grant_type',
    token: 'grant_type',
    introspect: 'token',
    revoke: 'token',
    device_authorization: 'client_id',
    profile: 'access_token',
  }
  for (const [end, name] of Object.entries(REQUIRED)) {
    const own = end === 'device_authorization' ? {} : headers
    for (const query of ['', `${name}=`, `${name}=a&${name}=b`]) {
      const answer = await answerOf(await fetch(`${world.url}/oauth2.0/${end}?${query}`, { method: 'POST', headers: own }))
      isOurs(answer, end, 400, 401)
      assert.match(String(answer.json['error']), /^(?:invalid_request|missing_accessToken|invalid_client)$/, `${end} ${query}`)
    }
    // In query and body at once, two values are two values.
    const both = await answerOf(
      await fetch(`${world.url}/oauth2.0/${end}?${name}=a`, { method: 'POST', headers: own, body: new URLSearchParams({ [name]: 'b' }) }),
    )
    assert.deepEqual([both.status, both.json['error']], [400, 'invalid_request'], end)
  }
})

test('a Basic header that cannot be read is a failed authentication wherever clients authenticate, and a challenge', async () => {
  const wrong = [
    'Basic',
    'Basic ',
    'Basic =',
    'Basic %%%',
    `Basic ${'A'.repeat(20_000)}`,
    'Basic c2hvcA==',
    'Basic OnNlY3JldA==',
    'Basic //79/A==',
  ]
  for (const authorization of wrong) {
    await everywhere(
      ['accessToken', 'token', 'introspect', 'revoke'],
      (url) =>
        fetch(url, {
          method: 'POST',
          headers: { authorization },
          body: new URLSearchParams({ grant_type: 'client_credentials', token: 'AT-1-x' }),
        }),
      (answer, end) => {
        // A longer header than servers take is refused before anybody reads it.
        isOurs(answer, end, ...(authorization.length > 16_000 ? [401, 431] : [401]))
        if (answer.status === 401)
          assert.match(answer.headers.get('www-authenticate') ?? '', /^Basic realm=/, `${end} ${authorization.slice(0, 20)}`)
      },
    )
  }
})

test('a token is of use to its client alone where it is exchanged or ended', async () => {
  const { json } = await exchange(world.url, 'shop', await codeFor(world.url, 'shop'))
  const theirs = { client_id: 'evil', client_secret: 'secret of evil', token: String(json['access_token']) }
  assert.equal((await postForm(`${world.url}/oauth2.0/revoke`, theirs)).status, 400)
  assert.equal((await profile(world.url, json['access_token'])).status, 200)
})

test('a client authenticates by one method alone, so that no second identity comes along', async () => {
  const fields = { grant_type: 'client_credentials', client_id: 'evil', client_secret: 'secret of evil' }
  const answer = await postForm(`${world.url}/oauth2.0/token`, fields, basic('shop', 'secret of shop'))
  assert.deepEqual([answer.status, answer.json['error']], [400, 'invalid_request'])
})

test('4.15 no client may take the name of a person by its id', async () => {
  const { json } = await postForm(`${world.url}/oauth2.0/token`, {
    grant_type: 'client_credentials',
    client_id: 'ada',
    client_secret: 'secret of ada',
  })
  const { json: shown } = await profile(world.url, json['access_token'])
  assert.deepEqual([shown['id'], shown['client_id']], ['ada', 'ada'])
  assert.equal((shown['attributes'] as Fields)['grant_type'], 'client_credentials')
})
