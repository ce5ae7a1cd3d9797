import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrowserClient } from '../../support/browser-client.ts'
import { authorizeUrl, codeFor, exchange, follow, inRedirect, oauthClient, postForm, profile, refresh } from '../../support/oauth.ts'
import { type OAuthWorld, openOAuth } from './oauth-world.ts'

/** Every lifetime as it is seen from outside, at its very end (oauth.md 14); in which notations settings may be written is in all-notations.test.ts. */
const POLICY = 'org.apereo.cas.support.oauth.services.DefaultRegisteredServiceOAuth'
const refreshing = { generateRefreshToken: true }
const services = { 'Shop-1.json': oauthClient(1, 'shop', refreshing) }
const tokensOf = async ({ url }: OAuthWorld, clientId = 'shop', more = {}, browser = new BrowserClient()) =>
  (await exchange(url, clientId, await codeFor(url, clientId, more, browser))).json

test('a code may be exchanged as often as the setting says [S2-1]', async () => {
  await using world = await openOAuth({ services, properties: { 'cas.authn.oauth.code.number-of-uses': '2' } })
  const code = await codeFor(world.url, 'shop')
  const statuses = [
    await exchange(world.url, 'shop', code),
    await exchange(world.url, 'shop', code),
    await exchange(world.url, 'shop', code),
  ]
  assert.deepEqual(
    statuses.map(({ status, json }) => [status, json['error']]),
    [
      [200, undefined],
      [200, undefined],
      [400, 'invalid_grant'],
    ],
  )
})

test('a code ends after the time of the setting [S2-4]', async () => {
  await using world = await openOAuth({ services, properties: { 'cas.authn.oauth.code.time-to-kill-in-seconds': 'PT5S' } })
  const [early, late] = [await codeFor(world.url, 'shop'), await codeFor(world.url, 'shop')]
  world.after(5)
  assert.equal((await exchange(world.url, 'shop', early)).status, 200)
  world.after(0.001)
  assert.deepEqual((await exchange(world.url, 'shop', late)).json['error'], 'invalid_grant')
})

test('a refresh token ends after the time of the setting [S2-19]', async () => {
  await using world = await openOAuth({ services, properties: { 'cas.authn.oauth.refresh-token.time-to-kill-in-seconds': '100' } })
  const { refresh_token } = await tokensOf(world)
  world.after(100)
  assert.equal((await refresh(world.url, 'shop', refresh_token)).status, 200)
  world.after(0.001)
  assert.deepEqual((await refresh(world.url, 'shop', refresh_token)).json['error'], 'invalid_grant')
})

test('without any setting a code lives 30 seconds and is used once [S2-1, S2-4]', async () => {
  await using world = await openOAuth({ services })
  const [code, late] = [await codeFor(world.url, 'shop'), await codeFor(world.url, 'shop')]
  assert.equal((await exchange(world.url, 'shop', code)).status, 200)
  assert.equal((await exchange(world.url, 'shop', code)).json['error'], 'invalid_grant')
  world.after(31)
  assert.equal((await exchange(world.url, 'shop', late)).json['error'], 'invalid_grant')
})

for (const more of [
  { properties: { 'cas.authn.oauth.code.remove-related-access-tokens': true } },
  { env: { CAS_AUTHN_OAUTH_CODE_REMOVE_RELATED_ACCESS_TOKENS: 'true' } },
]) {
  test(`a code that comes again ends what it bought, set by ${Object.keys(more)} [S2-2, T2]`, async () => {
    await using world = await openOAuth({ services, ...more })
    const code = await codeFor(world.url, 'shop')
    const first = (await exchange(world.url, 'shop', code)).json
    const refreshed = (await refresh(world.url, 'shop', first['refresh_token'])).json
    assert.equal((await profile(world.url, first['access_token'])).status, 200)
    assert.equal((await exchange(world.url, 'shop', code, { redirect_uri: 'https://elsewhere.example.org/' })).status, 400)
    assert.equal((await profile(world.url, first['access_token'])).status, 200)
    assert.equal((await exchange(world.url, 'shop', code)).status, 400)
    for (const token of [first['access_token'], refreshed['access_token']]) {
      const answer = await profile(world.url, token)
      assert.deepEqual([answer.status, answer.json['error']], [401, 'expired_accessToken'])
    }
    assert.equal((await refresh(world.url, 'shop', first['refresh_token'])).status, 400)
  })
}

test('by default a code that comes again leaves what it bought', async () => {
  await using world = await openOAuth({ services })
  const code = await codeFor(world.url, 'shop')
  const { access_token } = (await exchange(world.url, 'shop', code)).json
  assert.equal((await exchange(world.url, 'shop', code)).status, 400)
  assert.equal((await profile(world.url, access_token)).status, 200)
})

test('an access token ends when nobody uses it, and at its hard end however much it is used [T5]', async () => {
  await using world = await openOAuth({
    services,
    properties: {
      'cas.authn.oauth.access-token.time-to-kill-in-seconds': 'PT30S',
      'cas.authn.oauth.accessToken.maxTimeToLiveInSeconds': '80',
    },
  })
  const idle = await tokensOf(world)
  const used = await tokensOf(world)
  assert.equal(used['expires_in'], 80)
  for (const elapsed of [25, 50, 75]) {
    world.after(25)
    assert.equal((await profile(world.url, used['access_token'])).status, 200, `after ${elapsed} seconds`)
  }
  assert.equal((await profile(world.url, idle['access_token'])).status, 401)
  world.after(5.001)
  assert.equal((await profile(world.url, used['access_token'])).status, 401)
})

test('a refresh works after the access token has ended, and gives another one [S3-10]', async () => {
  await using world = await openOAuth({ services, properties: { 'cas.authn.oauth.access-token.max-time-to-live-in-seconds': 10 } })
  const { access_token, refresh_token } = await tokensOf(world)
  world.after(11)
  assert.equal((await profile(world.url, access_token)).status, 401)
  const again = await refresh(world.url, 'shop', refresh_token)
  assert.equal(again.status, 200)
  assert.notEqual(again.json['access_token'], access_token)
  assert.equal('refresh_token' in again.json, false)
  assert.equal((await profile(world.url, again.json['access_token'])).json['id'], 'ada')
})

test('a definition has its own life and number of uses for codes [S2-23]', async () => {
  const codeExpirationPolicy = { '@class': `${POLICY}CodeExpirationPolicy`, numberOfUses: 2, timeToLive: 'PT10S' }
  await using world = await openOAuth({ services: { 'Shop-1.json': oauthClient(1, 'shop', { codeExpirationPolicy }) } })
  const code = await codeFor(world.url, 'shop')
  assert.equal((await exchange(world.url, 'shop', code)).status, 200)
  world.after(10)
  assert.equal((await exchange(world.url, 'shop', code)).status, 200)
  assert.equal((await exchange(world.url, 'shop', code)).status, 400)
  const late = await codeFor(world.url, 'shop')
  world.after(10.001)
  assert.equal((await exchange(world.url, 'shop', late)).status, 400)
})

test('a definition has its own limits for access tokens [S2-24, T5]', async () => {
  const accessTokenExpirationPolicy = {
    '@class': `${POLICY}AccessTokenExpirationPolicy`,
    maxTimeToLive: '1000',
    timeToKill: 'PT100S',
    maxActiveTokens: 1,
  }
  await using world = await openOAuth({ services: { 'Shop-1.json': oauthClient(1, 'shop', { accessTokenExpirationPolicy }) } })
  const first = await tokensOf(world)
  assert.equal(first['expires_in'], 1000)
  const beyond = await exchange(world.url, 'shop', await codeFor(world.url, 'shop'))
  assert.deepEqual([beyond.status, beyond.json['error']], [400, 'invalid_grant'])
  assert.match(String(beyond.json['error_description']), /limit/)
  world.after(100.001)
  assert.equal((await profile(world.url, first['access_token'])).status, 401)
  assert.equal((await exchange(world.url, 'shop', await codeFor(world.url, 'shop'))).status, 200)
})

test('a definition has its own life and limit for refresh tokens [S2-26]', async () => {
  const refreshTokenExpirationPolicy = { '@class': `${POLICY}RefreshTokenExpirationPolicy`, timeToKill: '100', maxActiveTokens: 1 }
  await using world = await openOAuth({
    services: { 'Shop-1.json': oauthClient(1, 'shop', { ...refreshing, refreshTokenExpirationPolicy }) },
  })
  const { refresh_token } = await tokensOf(world)
  assert.equal((await exchange(world.url, 'shop', await codeFor(world.url, 'shop'))).status, 400)
  world.after(100)
  assert.equal((await refresh(world.url, 'shop', refresh_token)).status, 200)
  world.after(0.001)
  assert.equal((await refresh(world.url, 'shop', refresh_token)).status, 400)
})

test('what a definition says of its codes and tokens beats the settings, and what it does not say is as they have it [T6]', async () => {
  const own = {
    codeExpirationPolicy: { '@class': `${POLICY}CodeExpirationPolicy`, numberOfUses: 2, timeToLive: 'PT40S' },
    accessTokenExpirationPolicy: { '@class': `${POLICY}AccessTokenExpirationPolicy`, maxTimeToLive: 'PT50S', maxActiveTokens: 0 },
    refreshTokenExpirationPolicy: { '@class': `${POLICY}RefreshTokenExpirationPolicy`, timeToKill: 'PT60S', maxActiveTokens: 0 },
    deviceTokenExpirationPolicy: { '@class': `${POLICY}DeviceTokenExpirationPolicy`, timeToKill: 'PT70S' },
  }
  await using world = await openOAuth({
    services: { 'Own-1.json': oauthClient(1, 'own', { ...refreshing, ...own }), 'Plain-2.json': oauthClient(2, 'plain', refreshing) },
    properties: {
      'cas.authn.oauth.code.time-to-kill-in-seconds': 10,
      'cas.authn.oauth.access-token.max-time-to-live-in-seconds': 20,
      'cas.authn.oauth.access-token.time-to-kill-in-seconds': 45,
      'cas.authn.oauth.access-token.max-active-tokens-allowed': 1,
      'cas.authn.oauth.refresh-token.time-to-kill-in-seconds': 30,
      'cas.authn.oauth.refresh-token.max-active-tokens-allowed': 1,
      'cas.authn.oauth.device-token.max-time-to-live-in-seconds': 25,
    },
  })
  const { url } = world
  const device = async (id: string) =>
    (await postForm(`${url}/oauth2.0/device_authorization`, { client_id: id, client_secret: `secret of ${id}` })).json['expires_in']
  assert.deepEqual([await device('own'), await device('plain')], [70, 25])
  const codes = { own: await codeFor(url, 'own'), plain: await codeFor(url, 'plain'), late: await codeFor(url, 'plain') }
  const plain = await exchange(url, 'plain', codes.plain)
  assert.equal(plain.json['expires_in'], 20)
  assert.match(String((await exchange(url, 'plain', codes.late)).json['error_description']), /limit/)
  world.after(35)
  assert.equal((await exchange(url, 'plain', codes.plain)).status, 400)
  assert.equal((await refresh(url, 'plain', plain.json['refresh_token'])).status, 400)
  const first = await exchange(url, 'own', codes.own)
  const second = await exchange(url, 'own', codes.own)
  assert.deepEqual([first.status, first.json['expires_in'], second.status], [200, 50, 200])
  assert.equal((await exchange(url, 'own', codes.own)).status, 400)
  // The idle limit is nowhere in the definition.
  world.after(45)
  assert.equal((await profile(url, first.json['access_token'])).status, 200)
  assert.equal((await refresh(url, 'own', first.json['refresh_token'])).status, 200)
  world.after(5.001)
  assert.equal((await profile(url, first.json['access_token'])).status, 401)
  world.after(10)
  assert.equal((await refresh(url, 'own', first.json['refresh_token'])).status, 400)
})

for (const more of [
  { properties: { 'cas.authn.oauth.refresh-token.max-active-tokens-allowed': 1 } },
  { args: ['-Dcas.authn.oauth.refreshToken.maxActiveTokensAllowed=1'] },
]) {
  test(`beyond the limit of refresh tokens there is no access token either, set by ${Object.keys(more)} [S2-17, T4]`, async () => {
    await using world = await openOAuth({ services, ...more })
    const first = await tokensOf(world)
    const code = await codeFor(world.url, 'shop')
    const beyond = await exchange(world.url, 'shop', code)
    assert.deepEqual([beyond.status, beyond.json['error'], beyond.json['access_token']], [400, 'invalid_grant', undefined])
    // Nothing was used up for it: once there is room the same code does.
    await postForm(`${world.url}/oauth2.0/revoke`, {
      client_id: 'shop',
      client_secret: 'secret of shop',
      token: String(first['refresh_token']),
    })
    assert.equal((await exchange(world.url, 'shop', code)).status, 200)
  })
}

test('a rotation needs no place of its own under the limit', async () => {
  await using world = await openOAuth({
    services: { 'Shop-1.json': oauthClient(1, 'shop', { ...refreshing, renewRefreshToken: true }) },
    properties: { 'cas.authn.oauth.refresh-token.max-active-tokens-allowed': 1 },
  })
  let { refresh_token } = await tokensOf(world)
  for (let turn = 0; turn < 3; turn++) {
    const answer = await refresh(world.url, 'shop', refresh_token)
    assert.equal(answer.status, 200)
    assert.notEqual(answer.json['refresh_token'], refresh_token)
    refresh_token = answer.json['refresh_token']
  }
})

test('a zero in the definition takes the global limit away, and the limit can count users or make room', async () => {
  const none = { '@class': `${POLICY}RefreshTokenExpirationPolicy`, maxActiveTokens: 0 }
  const definitions = {
    'Shop-1.json': oauthClient(1, 'shop', { ...refreshing, refreshTokenExpirationPolicy: none }),
    'Notes-2.json': oauthClient(2, 'notes', refreshing),
  }
  const limit = { 'cas.authn.oauth.refresh-token.max-active-tokens-allowed': 1 }
  await using world = await openOAuth({
    services: definitions,
    properties: {
      ...limit,
      'castellan.oauth.max-active-tokens.scope': 'client-and-user',
      'castellan.oauth.max-active-tokens.on-exceed': 'evict-oldest',
    },
  })
  await tokensOf(world)
  assert.ok((await tokensOf(world))['refresh_token'])
  const first = await tokensOf(world, 'notes')
  const second = await tokensOf(world, 'notes')
  assert.equal((await refresh(world.url, 'notes', first['refresh_token'])).status, 400)
  const grace = await follow(world.url, new BrowserClient(), authorizeUrl(world.url, 'notes'), ['grace', 'pw'])
  assert.ok((await exchange(world.url, 'notes', inRedirect(grace, 'code') ?? '')).json['refresh_token'])
  assert.equal((await refresh(world.url, 'notes', second['refresh_token'])).status, 200)
})

test('tokens end with the SSO session, by its idle end and by logout [S2-27, S3-15, L10, P7, AU10, T7]', async () => {
  await using world = await openOAuth({
    services,
    properties: {
      'cas.ticket.tgt.primary.max-time-to-live-in-seconds': 1000,
      'cas.ticket.tgt.primary.time-to-kill-in-seconds': 100,
    },
  })
  const browser = new BrowserClient()
  const mine = await tokensOf(world, 'shop', {}, browser)
  assert.equal((await profile(world.url, mine['access_token'])).status, 200)
  await browser.get(`${world.url}/logout`)
  const afterLogout = await profile(world.url, mine['access_token'])
  assert.deepEqual([afterLogout.status, afterLogout.json['error']], [401, 'expired_accessToken'])
  assert.equal((await refresh(world.url, 'shop', mine['refresh_token'])).json['error'], 'invalid_grant')

  const idle = await tokensOf(world)
  world.after(99)
  // Using the token is using the session.
  assert.equal((await profile(world.url, idle['access_token'])).status, 200)
  world.after(99)
  assert.equal((await profile(world.url, idle['access_token'])).status, 200)
  world.after(100.001)
  assert.equal((await refresh(world.url, 'shop', idle['refresh_token'])).status, 400)
})

test('offline_access outlives the session, unless everything is bound', async () => {
  for (const [track, status] of [
    [undefined, 200],
    [true, 400],
  ] as const) {
    await using world = await openOAuth({ services, properties: { 'cas.ticket.track-descendant-tickets': track } })
    const browser = new BrowserClient()
    const offline = await tokensOf(world, 'shop', { scope: 'offline_access profile' }, browser)
    const online = await tokensOf(world, 'shop', { scope: 'profile' }, browser)
    await browser.get(`${world.url}/logout`)
    assert.equal((await refresh(world.url, 'shop', offline['refresh_token'])).status, status)
    assert.equal((await refresh(world.url, 'shop', online['refresh_token'])).status, 400)
  }
})

for (const key of ['cas.ticket.track-descendant-tickets', 'cas.logout.remove-descendant-tickets']) {
  test(`with ${key}=false tokens live on without the session, to their own ends`, async () => {
    await using world = await openOAuth({ services, properties: { [key]: false } })
    const browser = new BrowserClient()
    const { access_token, refresh_token } = await tokensOf(world, 'shop', {}, browser)
    await browser.get(`${world.url}/logout`)
    assert.equal((await profile(world.url, access_token)).json['id'], 'ada')
    world.after(13 * 86_400)
    assert.equal((await refresh(world.url, 'shop', refresh_token)).status, 200)
    world.after(86_401)
    assert.equal((await refresh(world.url, 'shop', refresh_token)).status, 400)
  })
}

test('a token of the client itself knows no session', async () => {
  await using world = await openOAuth({ services })
  const { access_token } = (
    await postForm(`${world.url}/oauth2.0/token`, { grant_type: 'client_credentials', client_id: 'shop', client_secret: 'secret of shop' })
  ).json
  world.after(7199)
  const answer = await profile(world.url, access_token)
  assert.deepEqual([answer.status, answer.json['id'], answer.json['service']], [200, 'shop', 'shop'])
})

test('a chain of rotations can have an end of its own', async () => {
  await using world = await openOAuth({
    services: { 'Shop-1.json': oauthClient(1, 'shop', { ...refreshing, renewRefreshToken: true }) },
    properties: { 'castellan.oauth.refresh-token.family-max-time-to-live': 'PT1H', 'cas.ticket.track-descendant-tickets': false },
  })
  const first = await tokensOf(world)
  world.after(1800)
  const second = await refresh(world.url, 'shop', first['refresh_token'])
  assert.equal(second.status, 200)
  world.after(1800.001)
  assert.equal((await refresh(world.url, 'shop', second.json['refresh_token'])).status, 400)
})
