import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { basic, oauthClient, postForm } from '../../support/oauth.ts'
import { type OAuthWorld, openOAuth } from './oauth-world.ts'

/** Which methods the addresses have, and what scripts of other origins hear (oauth.md 2, login-flow.md 15.4). */
const CORS = 'cas.http-web-request.cors'
const ORIGIN = 'https://spa.example.org'
let world: OAuthWorld
before(async () => {
  world = await openOAuth({
    services: { 'Shop-1.json': oauthClient(1, 'shop'), 'Spa-2.json': oauthClient(2, 'spa', { clientSecret: '' }) },
    properties: {
      [`${CORS}.enabled`]: true,
      [`${CORS}.allow-origins`]: ORIGIN,
      [`${CORS}.allow-headers`]: 'authorization,content-type',
      [`${CORS}.allow-methods`]: 'GET,POST',
    },
  })
})
after(() => world?.[Symbol.asyncDispose]())

const METHODS: Readonly<Record<string, string>> = {
  authorize: 'GET, HEAD, POST',
  callbackAuthorize: 'GET, HEAD, POST',
  device: 'GET, HEAD, POST',
  accessToken: 'GET, HEAD, POST',
  token: 'GET, HEAD, POST',
  profile: 'GET, HEAD, POST',
  introspect: 'GET, HEAD, POST',
  revoke: 'POST',
  device_authorization: 'POST',
  jwks: 'GET, HEAD',
}

test('another method is refused with those that there are; where programs ask in the words of the protocol', async () => {
  for (const [path, allow] of Object.entries(METHODS)) {
    const others = [
      'PUT',
      'DELETE',
      'PATCH',
      'OPTIONS',
      ...(allow.includes('GET') ? [] : ['GET', 'HEAD']),
      ...(allow.includes('POST') ? [] : ['POST']),
    ]
    for (const method of others) {
      const answer = await fetch(`${world.url}/oauth2.0/${path}`, { method })
      const text = await answer.text()
      assert.deepEqual([answer.status, answer.headers.get('allow')], [405, allow], `${method} ${path}`)
      assert.match(answer.headers.get('cache-control') ?? '', /no-store/)
      const isOfPrograms = !['authorize', 'callbackAuthorize', 'device', 'jwks'].includes(path)
      if (isOfPrograms && method !== 'HEAD') assert.equal(JSON.parse(text).error, 'invalid_request', `${method} ${path}`)
    }
  }
})

test('HEAD is GET without its body', async () => {
  const { json } = await postForm(`${world.url}/oauth2.0/token`, { grant_type: 'client_credentials' }, basic('shop', 'secret of shop'))
  for (const [path, authorization] of [
    ['oauth2.0/profile', `Bearer ${json['access_token']}`],
    ['oauth2.0/jwks', ''],
    ['.well-known/oauth-authorization-server', ''],
  ] as const) {
    const [head, get] = await Promise.all(
      ['HEAD', 'GET'].map((method) => fetch(`${world.url}/${path}`, { method, headers: authorization === '' ? {} : { authorization } })),
    )
    assert.deepEqual([head?.status, head?.headers.get('content-type')], [200, get?.headers.get('content-type')], path)
    assert.equal(await head?.text(), '')
  }
})

test('a script of an origin that is named gets tokens and hears errors; one of another origin cannot read the answer', async () => {
  const token = `${world.url}/oauth2.0/token`
  const asked = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' }
  const preflight = (origin: string) => fetch(token, { method: 'OPTIONS', headers: { origin, ...asked } })
  const good = await preflight(ORIGIN)
  assert.equal(good.status, 200)
  assert.equal(good.headers.get('access-control-allow-origin'), ORIGIN)
  assert.match(good.headers.get('access-control-allow-methods') ?? '', /POST/)
  assert.equal((await preflight('https://elsewhere.example.org')).status, 403)
  const body = () =>
    new URLSearchParams({ grant_type: 'authorization_code', client_id: 'spa', code: 'OC-1-x', redirect_uri: 'https://spa.example.org/cb' })
  const from = (origin: string) => fetch(token, { method: 'POST', body: body(), headers: { origin } })
  const own = await from(ORIGIN)
  assert.deepEqual([own.status, own.headers.get('access-control-allow-origin')], [400, ORIGIN])
  const foreign = await from('https://elsewhere.example.org')
  assert.deepEqual([foreign.status, foreign.headers.get('access-control-allow-origin')], [400, null])
  for (const path of ['oauth2.0/jwks', '.well-known/oauth-authorization-server', 'oauth2.0/profile']) {
    const answer = await fetch(`${world.url}/${path}`, { headers: { origin: ORIGIN } })
    assert.equal(answer.headers.get('access-control-allow-origin'), ORIGIN, path)
  }
})
