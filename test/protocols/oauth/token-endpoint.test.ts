import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { hashPassword } from '../../../src/authentication/index.ts'
import { BrowserClient } from '../../support/browser-client.ts'
import {
  type Answer,
  answerOf,
  authorizeUrl,
  basic,
  codeFor,
  exchange,
  type Fields,
  inRedirect,
  oauthClient,
  postForm,
  profile,
  redirectOf,
  refresh,
} from '../../support/oauth.ts'
import { type OAuthWorld, openOAuth, START } from './oauth-world.ts'

const set = (...words: string[]) => ['java.util.HashSet', words]
const secretEntry = (value: string, expiration?: string | number) => ({
  '@class': 'org.apereo.cas.support.oauth.services.OAuthRegisteredServiceClientSecret',
  value,
  ...(expiration === undefined ? {} : { expiration }),
})
const second = START / 1000
const SECRETS = /secret of (shop|notes|basic)|(AT|RT|OC)-\d+-[A-Za-z0-9]{20}/
let world: OAuthWorld

before(async () => {
  world = await openOAuth({
    services: {
      'Shop-1.json': oauthClient(1, 'shop', { generateRefreshToken: true }),
      'Notes-2.json': oauthClient(2, 'notes', { generateRefreshToken: true, renewRefreshToken: true }),
      'Spa-3.json': oauthClient(3, 'spa', { clientSecret: undefined, generateRefreshToken: true }),
      'Only-4.json': oauthClient(4, 'only', { supportedGrantTypes: set('authorization_code') }),
      'Basic-5.json': oauthClient(5, 'basic', { tokenEndpointAuthenticationMethod: 'client_secret_basic' }),
      'Old-6.json': oauthClient(6, 'old', { jsonFormat: false, generateRefreshToken: true }),
      'Off-7.json': oauthClient(7, 'off', {
        accessStrategy: { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy', enabled: false },
      }),
      'Many-8.json': oauthClient(8, 'many', {
        clientSecret: 'first',
        clientSecrets: [
          'java.util.ArrayList',
          [
            secretEntry('living', second + 60),
            secretEntry('dead', second - 1),
            secretEntry('dated', '2031-03-10T00:00:00'),
            secretEntry('slip', 'soon'),
          ],
        ],
      }),
      'Hashed-9.json': oauthClient(9, 'hashed', { clientSecret: `{cas-hash}{bcrypt}${await hashPassword('bcrypt', 'in the hash')}` }),
      'Odd-10.json': oauthClient(10, 'odd:id', { serviceId: '^https://odd\\.example\\.org/cb$', clientSecret: 'p+q %:ä' }),
      'Scoped-11.json': oauthClient(11, 'scoped', { scopes: set('orders.read', 'profile'), generateRefreshToken: true }),
      'Strict-12.json': oauthClient(12, 'strict', {
        generateRefreshToken: true,
        properties: {
          '@class': 'java.util.HashMap',
          oauthSecurityProfile: { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceProperty', values: set('rfc9700') },
        },
      }),
    },
  })
})
after(() => world?.[Symbol.asyncDispose]())

const at = (path = 'accessToken') => `${world.url}/oauth2.0/${path}`
const ask = (fields: Fields, headers: Fields = {}) => postForm(at(), fields, headers)
const credentials = (clientId: string) => ({ client_id: clientId, client_secret: `secret of ${clientId}` })
const own = { grant_type: 'client_credentials' }
const says = ({ status, json }: Answer) => [status, json['error']]

describe('the request', () => {
  test('everything may stand in the query, with an empty body of whatever type [S3-6]', async () => {
    for (const contentType of [undefined, 'application/json', 'application/x-www-form-urlencoded', 'text/plain']) {
      const query = new URLSearchParams({
        grant_type: 'authorization_code',
        ...credentials('shop'),
        code: await codeFor(world.url, 'shop'),
        redirect_uri: redirectOf('shop'),
      })
      const headers = contentType === undefined ? {} : { 'content-type': contentType }
      const answer = await answerOf(await fetch(`${at()}?${query}`, { method: 'POST', headers }))
      assert.equal(answer.status, 200, contentType)
      assert.match(String(answer.json['access_token']), /^AT-/)
      assert.match(String(answer.json['refresh_token']), /^RT-/)
      assert.equal(answer.json['token_type'], 'Bearer')
      assert.equal(answer.json['expires_in'], 28_800)
    }
  })

  test('answers are JSON that nobody keeps, at both addresses, with or without a slash [S3-3]', async () => {
    for (const path of ['accessToken', 'token', 'accessToken/', 'token/']) {
      const answer = await postForm(at(path), { ...own, ...credentials('shop') })
      assert.equal(answer.status, 200)
      assert.equal(answer.headers.get('content-type'), 'application/json;charset=UTF-8')
      assert.equal(answer.headers.get('cache-control'), 'no-store')
      assert.equal(answer.headers.get('pragma'), 'no-cache')
      assert.equal(answer.headers.get('set-cookie'), null)
    }
  })

  test('plain text comes where Accept prefers it, or the definition is of old [S3-3]', async () => {
    for (const [accept, clientId, isText] of [
      ['text/plain', 'shop', true],
      ['text/plain, application/json;q=0.5', 'shop', true],
      ['text/plain, application/json', 'shop', false],
      ['text/plain, */*', 'shop', false],
      ['*/*', 'shop', false],
      ['*/*', 'old', true],
    ] as const) {
      const answer = await ask({ ...own, ...credentials(clientId) }, { accept })
      assert.equal(answer.status, 200)
      if (!isText) assert.match(String(answer.json['access_token']), /^AT-/, accept)
      else {
        assert.match(answer.headers.get('content-type') ?? '', /^text\/plain/)
        assert.match(answer.text, /^access_token=AT-[\w-]+&expires_in=28800&refresh_token=RT-[\w-]+$/)
      }
    }
    const refused = await ask({ ...credentials('old') })
    assert.deepEqual([refused.status, refused.text], [400, 'error=invalid_request'])
  })

  test('a JSON object in the body is read, anything else there is no error', async () => {
    const json = async (body: string) =>
      says(await answerOf(await fetch(at(), { method: 'POST', headers: { 'content-type': 'application/json' }, body })))
    assert.deepEqual(await json(JSON.stringify({ ...own, ...credentials('shop') })), [200, undefined])
    for (const body of ['', '[]', '{"a":', 'null', '"x"']) assert.deepEqual(await json(body), [401, 'invalid_client'], body)
  })

  test('a parameter with one value may come twice, with two it may not', async () => {
    assert.equal((await postForm(`${at()}?grant_type=client_credentials`, { ...own, ...credentials('shop') })).status, 200)
    assert.deepEqual(says(await postForm(`${at()}?grant_type=password`, { ...own, ...credentials('shop') })), [400, 'invalid_request'])
  })

  test('too large a body and too long a query are refused in the words of the protocol', async () => {
    const large = await ask({ ...own, filler: 'x'.repeat(70_000) })
    assert.deepEqual(says(large), [413, 'invalid_request'])
    const long = await postForm(`${at()}?x=${'y'.repeat(9000)}`, own)
    assert.deepEqual(says(long), [414, 'invalid_request'])
  })

  test('by GET as in CAS, unless the profile says no', async () => {
    const query = new URLSearchParams(own)
    const get = async (clientId: string) => answerOf(await fetch(`${at()}?${query}`, { headers: basic(clientId, `secret of ${clientId}`) }))
    assert.equal((await get('shop')).status, 200)
    const strict = await get('strict')
    assert.deepEqual([strict.status, strict.headers.get('allow')], [405, 'POST'])
  })

  test('what is missing or unknown', async () => {
    const rows: readonly (readonly [Fields, number, string])[] = [
      [{}, 401, 'invalid_client'],
      [{ ...credentials('shop') }, 400, 'invalid_request'],
      [{ grant_type: 'magic', ...credentials('shop') }, 400, 'unsupported_grant_type'],
      [{ grant_type: 'urn:ietf:params:oauth:grant-type:uma-ticket', ...credentials('shop') }, 400, 'unsupported_grant_type'],
      [{ grant_type: 'password', ...credentials('only'), username: 'ada', password: 'pw' }, 400, 'unauthorized_client'],
      [{ ...own, ...credentials('only') }, 400, 'unauthorized_client'],
      [{ grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', ...credentials('shop') }, 400, 'unauthorized_client'],
      [{ ...own, ...credentials('off') }, 400, 'unauthorized_client'],
      [{ grant_type: 'authorization_code', ...credentials('shop') }, 400, 'invalid_request'],
      [{ grant_type: 'authorization_code', ...credentials('shop'), code: 'OC-1-x' }, 400, 'invalid_request'],
      [
        { grant_type: 'authorization_code', ...credentials('shop'), code: 'OC-1-x', redirect_uri: redirectOf('shop') },
        400,
        'invalid_grant',
      ],
      [
        { grant_type: 'authorization_code', ...credentials('shop'), code: '\u0000', redirect_uri: redirectOf('shop') },
        400,
        'invalid_grant',
      ],
      [{ grant_type: 'refresh_token', ...credentials('shop') }, 400, 'invalid_request'],
      [{ grant_type: 'refresh_token', ...credentials('shop'), refresh_token: 'RT-1-x' }, 400, 'invalid_grant'],
      [{ grant_type: 'password', ...credentials('shop'), username: 'ada' }, 400, 'invalid_request'],
      [{ ...own, ...credentials('shop'), scope: 'a"b' }, 400, 'invalid_scope'],
    ]
    for (const [fields, status, error] of rows) {
      const answer = await ask(fields)
      assert.deepEqual(says(answer), [status, error], JSON.stringify(fields))
      assert.equal(typeof answer.json['error_description'], 'string')
      assert.equal(answer.headers.get('cache-control'), 'no-store')
    }
  })
})

describe('who asks', () => {
  test('a client authenticates by Basic, in the body, or in the query; case counts', async () => {
    assert.equal((await ask(own, basic('shop', 'secret of shop'))).status, 200)
    assert.equal((await ask({ ...own, ...credentials('shop') })).status, 200)
    assert.equal((await postForm(`${at()}?${new URLSearchParams({ ...own, ...credentials('shop') })}`, {})).status, 200)
    for (const fields of [
      { ...credentials('shop'), client_secret: 'SECRET OF SHOP' },
      { ...credentials('shop'), client_id: 'Shop' },
      { client_id: 'shop' },
      { client_id: 'nobody', client_secret: 'x' },
    ]) {
      const answer = await ask({ ...own, ...fields })
      assert.deepEqual(says(answer), [401, 'invalid_client'])
      assert.equal(answer.headers.get('www-authenticate'), 'Basic realm="cas"')
    }
  })

  test('an unknown client and a wrong secret look alike', async () => {
    const [unknown, wrong] = [
      await ask({ ...own, client_id: 'nobody', client_secret: 'x' }),
      await ask({ ...own, client_id: 'shop', client_secret: 'x' }),
    ]
    assert.equal(unknown.text, wrong.text)
  })

  test('ids and secrets in Basic are decoded as form fields, and taken as they came where they are not encoded', async () => {
    const encoded = (text: string) => encodeURIComponent(text).replaceAll('%20', '+')
    for (const [user, password] of [
      [encoded('odd:id'), encoded('p+q %:ä')],
      [encodeURIComponent('odd:id'), encodeURIComponent('p+q %:ä')],
      [encodeURIComponent('odd:id'), 'p+q %:ä'],
    ] as const) {
      assert.equal((await ask(own, basic(user, password))).status, 200, `${user}:${password}`)
    }
  })

  test('a Basic header that is none is refused', async () => {
    for (const header of [
      'Basic',
      'Basic !!!',
      `Basic ${Buffer.from('nocolon').toString('base64')}`,
      `Basic ${Buffer.from(':x').toString('base64')}`,
    ]) {
      assert.deepEqual(says(await ask({ ...own, ...credentials('shop') }, { authorization: header })), [401, 'invalid_client'], header)
    }
  })

  test('two methods at once, or two clients, are an invalid request', async () => {
    assert.deepEqual(says(await ask({ ...own, ...credentials('shop') }, basic('shop', 'secret of shop'))), [400, 'invalid_request'])
    assert.deepEqual(says(await ask({ ...own, client_id: 'notes' }, basic('shop', 'secret of shop'))), [400, 'invalid_request'])
    assert.equal((await ask({ ...own, client_id: 'shop' }, basic('shop', 'secret of shop'))).status, 200)
  })

  test('a definition that names its method takes no other', async () => {
    assert.equal((await ask(own, basic('basic', 'secret of basic'))).status, 200)
    assert.deepEqual(says(await ask({ ...own, ...credentials('basic') })), [401, 'invalid_client'])
  })

  test('of several secrets those count that are in force', async () => {
    for (const [secret, status] of [
      ['first', 200],
      ['living', 200],
      ['dated', 200],
      ['dead', 401],
      ['slip', 401],
    ] as const) {
      assert.equal((await ask({ ...own, client_id: 'many', client_secret: secret })).status, status, secret)
    }
  })

  test('a secret may be kept as a hash', async () => {
    for (const secret of ['in the hash', 'in the hash', 'not in the hash']) {
      assert.equal((await ask({ ...own, client_id: 'hashed', client_secret: secret })).status, secret.startsWith('in') ? 200 : 401)
    }
  })

  test('a client without a secret may not be its own principal, whatever it sends', async () => {
    for (const fields of [{ client_id: 'spa' }, { client_id: 'spa', client_secret: 'anything' }]) {
      assert.deepEqual(says(await ask({ ...own, ...fields })), [400, 'unauthorized_client'])
    }
  })

  test('no secret and no token stands in the log', () => {
    const found = world.lines.map((line) => JSON.stringify(line)).filter((line) => SECRETS.test(line))
    assert.deepEqual(found, [])
  })
})

describe('codes', () => {
  const S256 = (verifier: string) => createHash('sha256').update(verifier).digest('base64url')
  const VERIFIER = 'v'.repeat(43)
  const spaExchange = (code: string, more: Fields) =>
    ask({ grant_type: 'authorization_code', client_id: 'spa', code, redirect_uri: redirectOf('spa'), ...more })

  test('a failed try does not use the code up; another client, another address get nothing', async () => {
    const code = await codeFor(world.url, 'shop')
    assert.deepEqual(says(await exchange(world.url, 'shop', code, { client_secret: 'x' })), [401, 'invalid_client'])
    assert.deepEqual(says(await exchange(world.url, 'notes', code, { redirect_uri: redirectOf('shop') })), [400, 'invalid_grant'])
    // The pattern of the definition takes this address too; it is not the one of the request.
    assert.deepEqual(says(await exchange(world.url, 'shop', code, { redirect_uri: `${redirectOf('shop')}?x` })), [400, 'invalid_grant'])
    assert.equal((await exchange(world.url, 'shop', code)).status, 200)
  })

  test('a code that is tried in vain five times is gone', async () => {
    const code = await codeFor(world.url, 'shop')
    for (let turn = 0; turn < 5; turn++) await exchange(world.url, 'shop', code, { redirect_uri: `${redirectOf('shop')}?x` })
    assert.deepEqual(says(await exchange(world.url, 'shop', code)), [400, 'invalid_grant'])
  })

  test('of two exchanges at once exactly one gives tokens', async () => {
    const code = await codeFor(world.url, 'shop')
    const answers = await Promise.all(Array.from({ length: 8 }, () => exchange(world.url, 'shop', code)))
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
  })

  test('PKCE: the right verifier, in both methods, and nothing else', async () => {
    for (const challenge of [
      { code_challenge: S256(VERIFIER), code_challenge_method: 'S256' },
      { code_challenge: VERIFIER, code_challenge_method: 'plain' },
      { code_challenge: VERIFIER },
    ]) {
      const code = await codeFor(world.url, 'spa', challenge)
      assert.deepEqual(says(await spaExchange(code, { code_verifier: VERIFIER.toUpperCase() })), [400, 'invalid_grant'])
      assert.deepEqual(says(await spaExchange(code, {})), [401, 'invalid_client'])
      assert.equal((await spaExchange(code, { code_verifier: VERIFIER })).status, 200)
    }
  })

  test('PKCE of a client with a secret: both have to be right', async () => {
    const code = await codeFor(world.url, 'shop', { code_challenge: S256(VERIFIER), code_challenge_method: 'S256' })
    assert.deepEqual(says(await exchange(world.url, 'shop', code)), [400, 'invalid_grant'])
    assert.deepEqual(says(await exchange(world.url, 'shop', code, { code_verifier: VERIFIER, client_secret: 'x' })), [
      401,
      'invalid_client',
    ])
    assert.equal((await exchange(world.url, 'shop', code, { code_verifier: VERIFIER })).status, 200)
  })

  test('refresh tokens come only where the definition generates them [S3-13]', async () => {
    assert.ok('refresh_token' in (await exchange(world.url, 'shop', await codeFor(world.url, 'shop'))).json)
    assert.equal('refresh_token' in (await exchange(world.url, 'only', await codeFor(world.url, 'only'))).json, false)
  })

  test('scopes: filtered by the definition, narrowed by the exchange, sorted in the answer', async () => {
    const code = () => codeFor(world.url, 'scoped', { scope: 'profile orders.read admin' })
    assert.equal((await exchange(world.url, 'scoped', await code())).json['scope'], 'orders.read profile')
    assert.equal((await exchange(world.url, 'scoped', await code(), { scope: 'profile' })).json['scope'], 'profile')
    assert.deepEqual(says(await exchange(world.url, 'scoped', await code(), { scope: 'admin' })), [400, 'invalid_scope'])
  })
})

describe('refreshing', () => {
  const first = async (clientId: string, more: Fields = {}) =>
    (await exchange(world.url, clientId, await codeFor(world.url, clientId, more))).json

  test('a narrower scope narrows the access token alone, a wider one is refused', async () => {
    const { refresh_token } = await first('scoped', { scope: 'profile orders.read' })
    assert.equal((await refresh(world.url, 'scoped', refresh_token, { scope: 'profile' })).json['scope'], 'profile')
    assert.equal((await refresh(world.url, 'scoped', refresh_token)).json['scope'], 'orders.read profile')
    assert.deepEqual(says(await refresh(world.url, 'scoped', refresh_token, { scope: 'profile admin' })), [400, 'invalid_scope'])
  })

  test('of another client, or in the place of an access token, it is worth nothing', async () => {
    const { refresh_token } = await first('shop')
    assert.deepEqual(says(await refresh(world.url, 'notes', refresh_token)), [400, 'invalid_grant'])
    assert.deepEqual(says(await profile(world.url, refresh_token)), [401, 'expired_accessToken'])
    assert.deepEqual(says(await refresh(world.url, 'shop', refresh_token, { client_secret: '' })), [401, 'invalid_client'])
    assert.equal((await refresh(world.url, 'shop', refresh_token)).status, 200)
  })

  test('rotation: each refresh token is used once, and one that comes again ends the family', async () => {
    const one = await first('notes')
    const two = (await refresh(world.url, 'notes', one['refresh_token'])).json
    const three = (await refresh(world.url, 'notes', two['refresh_token'])).json
    assert.equal((await profile(world.url, one['access_token'])).status, 200)
    assert.deepEqual(says(await refresh(world.url, 'notes', one['refresh_token'])), [400, 'invalid_grant'])
    assert.deepEqual(says(await refresh(world.url, 'notes', three['refresh_token'])), [400, 'invalid_grant'])
    for (const { access_token } of [one, two, three]) assert.equal((await profile(world.url, access_token)).status, 401)
  })

  test('of several rotations at once exactly one gives tokens', async () => {
    const { refresh_token } = await first('notes')
    const answers = await Promise.all(Array.from({ length: 6 }, () => refresh(world.url, 'notes', refresh_token)))
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
  })

  test('within the grace the same successor is given again', async () => {
    await using own = await openOAuth({
      services: { 'Notes-1.json': oauthClient(1, 'notes', { generateRefreshToken: true, renewRefreshToken: true }) },
      properties: { 'castellan.oauth.refresh-token.reuse-grace': 'PT10S' },
    })
    const { refresh_token } = (await exchange(own.url, 'notes', await codeFor(own.url, 'notes'))).json
    const one = await refresh(own.url, 'notes', refresh_token)
    own.after(10)
    const again = await refresh(own.url, 'notes', refresh_token)
    assert.equal(again.status, 200)
    assert.equal(again.json['refresh_token'], one.json['refresh_token'])
    assert.notEqual(again.json['access_token'], one.json['access_token'])
    own.after(0.001)
    assert.equal((await refresh(own.url, 'notes', refresh_token)).status, 400)
    assert.equal((await refresh(own.url, 'notes', one.json['refresh_token'])).status, 400)
  })
})

describe('passwords', () => {
  const password = { grant_type: 'password', username: 'ada', password: 'pw' }

  test('as the seed shows it: without the secret; a wrong one is refused, a wrong password too [S3-8]', async () => {
    const answer = await ask({ ...password, client_id: 'shop' })
    assert.equal(answer.status, 200)
    assert.equal((await profile(world.url, answer.json['access_token'])).json['id'], 'ada')
    assert.deepEqual(says(await ask({ ...password, client_id: 'shop', client_secret: 'x' })), [401, 'invalid_client'])
    assert.deepEqual(says(await ask({ ...password, client_id: 'shop', password: 'x' })), [400, 'invalid_grant'])
    assert.equal(world.lines.filter(({ level, message }) => level === 'warn' && /leaves out its secret/.test(message)).length, 1)
  })

  test('an unknown user and a wrong password look alike', async () => {
    const answers = [
      await ask({ ...password, client_id: 'shop', username: 'nobody' }),
      await ask({ ...password, client_id: 'shop', password: 'x' }),
    ]
    assert.equal(answers[0]?.text, answers[1]?.text)
  })

  test('cas7 wants the secret', async () => {
    await using own = await openOAuth({
      services: { 'Shop-1.json': oauthClient(1, 'shop') },
      properties: { 'castellan.oauth.profile': 'cas7' },
    })
    assert.deepEqual(says(await postForm(`${own.url}/oauth2.0/token`, { ...password, client_id: 'shop' })), [401, 'invalid_client'])
    assert.equal((await postForm(`${own.url}/oauth2.0/token`, { ...password, ...credentials('shop') })).status, 200)
  })

  test('a header service or X-service must match the definition, and is the service of the token [S3-9]', async () => {
    for (const name of ['service', 'X-service']) {
      const good = await ask({ ...password, ...credentials('shop') }, { [name]: redirectOf('shop') })
      assert.equal(good.status, 200)
      assert.equal((await profile(world.url, good.json['access_token'])).json['service'], redirectOf('shop'))
      assert.deepEqual(says(await ask({ ...password, ...credentials('shop') }, { [name]: 'https://evil.example.org/' })), [
        400,
        'invalid_request',
      ])
    }
    const without = await ask({ ...password, ...credentials('shop') })
    assert.equal((await profile(world.url, without.json['access_token'])).json['service'], 'shop')
    await using own = await openOAuth({
      services: { 'Shop-1.json': oauthClient(1, 'shop') },
      properties: { 'cas.authn.oauth.grants.resourceOwner.requireServiceHeader': true },
    })
    const fields = { ...password, ...credentials('shop') }
    assert.deepEqual(says(await postForm(`${own.url}/oauth2.0/token`, fields)), [400, 'invalid_request'])
    assert.equal((await postForm(`${own.url}/oauth2.0/token`, fields, { service: redirectOf('shop') })).status, 200)
  })

  test('passwords go the way of the login form: the same handlers, the same records, the same count of failures [AU3]', async () => {
    await using own = await openOAuth({
      services: { 'Shop-1.json': oauthClient(1, 'shop') },
      properties: { 'cas.authn.throttle.failure.threshold': 3, 'cas.authn.throttle.failure.range-seconds': 30 },
    })
    const recorded = () => own.lines.map(({ fields }) => fields['action']).filter((action) => /^AUTHENTICATION_/.test(String(action)))
    const by = (grant: Fields) => postForm(`${own.url}/oauth2.0/token`, { ...password, ...credentials('shop'), ...grant })
    assert.equal((await by({})).status, 200)
    assert.deepEqual(recorded(), ['AUTHENTICATION_SUCCESS'])
    assert.deepEqual(says(await by({ password: 'x' })), [400, 'invalid_grant'])
    assert.deepEqual(says(await by({ password: 'y' })), [400, 'invalid_grant'])
    assert.deepEqual(recorded().slice(1), ['AUTHENTICATION_FAILED', 'AUTHENTICATION_FAILED'])
    assert.equal((await by({})).status, 423)
    const browser = new BrowserClient()
    const form = await browser.get(`${own.url}/login`)
    assert.equal((await browser.submit(own.url, form, { username: 'ada', password: 'pw' })).status, 423)
    assert.equal((await browser.submit(own.url, form, { username: 'grace', password: 'pw' })).status, 200)
    assert.deepEqual(recorded().slice(3), ['AUTHENTICATION_SUCCESS'])
  })

  test('its tokens hang on a session of their own, without a cookie', async () => {
    await using own = await openOAuth({
      services: { 'Shop-1.json': oauthClient(1, 'shop') },
      properties: { 'cas.ticket.tgt.primary.time-to-kill-in-seconds': 60 },
    })
    const answer = await postForm(`${own.url}/oauth2.0/token`, { ...password, client_id: 'shop' })
    assert.equal(answer.headers.get('set-cookie'), null)
    own.after(61)
    assert.equal((await profile(own.url, answer.json['access_token'])).status, 401)
  })
})

describe('the profile rfc9700', () => {
  test('a definition can have it for itself: no password, no token in the front, PKCE by S256, secrets not in the query', async () => {
    assert.deepEqual(says(await ask({ grant_type: 'password', ...credentials('strict'), username: 'ada', password: 'pw' })), [
      400,
      'unauthorized_client',
    ])
    const browser = new BrowserClient()
    assert.equal(
      inRedirect(await browser.get(authorizeUrl(world.url, 'strict', { response_type: 'token' })), 'error', 'fragment'),
      'unauthorized_client',
    )
    for (const more of [{}, { code_challenge: 'p'.repeat(43) }]) {
      assert.equal(inRedirect(await browser.get(authorizeUrl(world.url, 'strict', more)), 'error'), 'invalid_request')
    }
    assert.deepEqual(says(await postForm(`${at()}?${new URLSearchParams({ ...own, ...credentials('strict') })}`, {})), [
      400,
      'invalid_request',
    ])
    const machine = await ask({ ...own, ...credentials('strict') })
    assert.deepEqual([machine.status, 'refresh_token' in machine.json], [200, false])
    assert.deepEqual(says(await profile(world.url, machine.json['access_token'])), [401, 'invalid_request'])
    const bearer = await fetch(at('profile'), { headers: { authorization: `Bearer ${machine.json['access_token']}` } })
    assert.equal(bearer.status, 200)
  })

  test('a code that comes again ends what it bought', async () => {
    const verifier = 'w'.repeat(50)
    const challenge = { code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' }
    const code = await codeFor(world.url, 'strict', challenge)
    const { access_token } = (await exchange(world.url, 'strict', code, { code_verifier: verifier })).json
    assert.equal((await exchange(world.url, 'strict', code, { code_verifier: verifier })).status, 400)
    const answer = await fetch(at('profile'), { headers: { authorization: `Bearer ${access_token}` } })
    assert.equal(answer.status, 401)
  })
})

test('who fails too often is refused for a while, whatever the credentials; a waiting device is not', async () => {
  await using own = await openOAuth({
    services: { 'Shop-1.json': oauthClient(1, 'shop') },
    properties: { 'cas.authn.throttle.failure.threshold': 3, 'cas.authn.throttle.failure.range-seconds': 30 },
  })
  const token = `${own.url}/oauth2.0/accessToken`
  const ownGrant = { grant_type: 'client_credentials' }
  const device = (await postForm(token, { response_type: 'device_code', client_id: 'shop' })).json
  for (let turn = 0; turn < 4; turn++) {
    const answer = await postForm(token, { response_type: 'device_code', client_id: 'shop', device_code: String(device['device_code']) })
    assert.equal(answer.status, 400)
  }
  for (const secret of ['x', 'y'])
    assert.equal((await postForm(token, { ...ownGrant, client_id: 'shop', client_secret: secret })).status, 401)
  const refused = await postForm(token, { ...ownGrant, ...credentials('shop') })
  assert.equal(refused.status, 423)
  assert.ok(Number(refused.headers.get('retry-after')) > 0)
  own.after(31)
  assert.equal((await postForm(token, { ...ownGrant, ...credentials('shop') })).status, 200)
})
