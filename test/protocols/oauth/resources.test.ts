import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeJwt } from 'jose'
import { BrowserClient } from '../../support/browser-client.ts'
import {
  type Answer,
  authorizeUrl,
  basic,
  codeFor,
  exchange,
  type Fields,
  follow,
  inRedirect,
  oauthClient,
  postForm,
  refresh,
} from '../../support/oauth.ts'
import { type OAuthWorld, openOAuth } from './oauth-world.ts'

/** Resource indicators (RFC 8707): a client says what its tokens are for, among what its definition names. */
const [API, FILES, ELSEWHERE] = ['https://api.example.org/', 'https://files.example.org/', 'https://elsewhere.example.org/']
let world: OAuthWorld
before(async () => {
  const jwt = { jwtAccessToken: true, generateRefreshToken: true }
  world = await openOAuth({
    services: {
      'Shop-1.json': oauthClient(1, 'shop', { ...jwt, audience: ['java.util.HashSet', [API, FILES]] }),
      'Plain-2.json': oauthClient(2, 'plain', jwt),
    },
    properties: { 'cas.authn.oauth.access-token.crypto.encryption-enabled': false },
  })
})
after(() => world?.[Symbol.asyncDispose]())

const says = ({ status, json }: Answer) => [status, json['error']]
const audienceOf = ({ status, json }: Answer) =>
  status === 200 ? [decodeJwt(String(json['access_token'])).aud].flat() : says({ status, json } as Answer)
const own = (clientId: string, ...resources: readonly string[]) => {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: `secret of ${clientId}` })
  for (const resource of resources) body.append('resource', resource)
  return postForm(`${world.url}/oauth2.0/token`, body as unknown as Fields)
}

test('a program gets a token for the resources that it asks for, one or several, and else for all that its definition names', async () => {
  assert.deepEqual(audienceOf(await own('shop')), [API, FILES])
  assert.deepEqual(audienceOf(await own('shop', API)), [API])
  assert.deepEqual(audienceOf(await own('shop', FILES, API)), [FILES, API])
})

test('what the definition does not name, or is no resource, is no target', async () => {
  for (const wrong of [ELSEWHERE, 'api', `${API}#x`, `${API}x`]) {
    assert.deepEqual(says(await own('shop', wrong)), [400, 'invalid_target'], wrong)
    assert.deepEqual(says(await own('shop', API, wrong)), [400, 'invalid_target'], wrong)
    const page = await follow(world.url, new BrowserClient(), authorizeUrl(world.url, 'shop', { resource: wrong }))
    assert.deepEqual([inRedirect(page, 'error'), inRedirect(page, 'code')], ['invalid_target', undefined], wrong)
  }
})

test('a definition that names none gets tokens for itself, whatever it asks for', async () => {
  assert.deepEqual(audienceOf(await own('plain', ELSEWHERE)), ['plain'])
  assert.deepEqual(audienceOf(await exchange(world.url, 'plain', await codeFor(world.url, 'plain', { resource: ELSEWHERE }))), ['plain'])
})

test('a code is for the resources of its request; an exchange narrows the access token, and not the refresh token', async () => {
  const code = await codeFor(world.url, 'shop', { resource: API })
  assert.deepEqual(says(await exchange(world.url, 'shop', code, { resource: FILES })), [400, 'invalid_target'])
  const bought = await exchange(world.url, 'shop', code)
  assert.deepEqual(audienceOf(bought), [API])
  assert.deepEqual(says(await refresh(world.url, 'shop', bought.json['refresh_token'], { resource: FILES })), [400, 'invalid_target'])
  const open = await exchange(world.url, 'shop', await codeFor(world.url, 'shop'), { resource: API })
  assert.deepEqual(audienceOf(open), [API])
  assert.deepEqual(audienceOf(await refresh(world.url, 'shop', open.json['refresh_token'], { resource: FILES })), [FILES])
  assert.deepEqual(audienceOf(await refresh(world.url, 'shop', open.json['refresh_token'])), [API, FILES])
})

test('passwords, devices and tokens in the front are for resources too, and introspection names them', async () => {
  const token = `${world.url}/oauth2.0/token`
  const who = { client_id: 'shop', client_secret: 'secret of shop' }
  const password = await postForm(token, { grant_type: 'password', username: 'ada', password: 'pw', resource: FILES, ...who })
  assert.deepEqual(audienceOf(password), [FILES])
  const page = await follow(world.url, new BrowserClient(), authorizeUrl(world.url, 'shop', { response_type: 'token', resource: API }))
  const inFront = inRedirect(page, 'access_token', 'fragment') ?? ''
  assert.equal(decodeJwt(inFront).aud, API)
  const known = await postForm(`${world.url}/oauth2.0/introspect`, { token: inFront }, basic('plain', 'secret of plain'))
  assert.equal(known.json['aud'], API)
  assert.deepEqual(says(await postForm(token, { grant_type: 'password', username: 'ada', password: 'pw', resource: ELSEWHERE, ...who })), [
    400,
    'invalid_target',
  ])
})
