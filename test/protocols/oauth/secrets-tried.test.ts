import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, answerOf, basic, codeFor, exchange, oauthClient, postForm, redirectOf } from '../../support/oauth.ts'
import { openOAuth } from './oauth-world.ts'

/** Ways around what keeps secrets of clients from being tried, or their answers from being lost. */
const says = ({ status, json }: Answer) => [status, json['error']]
const OWN = 'grant_type=client_credentials'

test('a secret that is tried by GET counts like one that is tried by POST', async () => {
  for (const wrong of [
    (url: string, secret: string) => fetch(`${url}/oauth2.0/token?${OWN}&client_id=shop&client_secret=${secret}`),
    (url: string, secret: string) => fetch(`${url}/oauth2.0/introspect?token=x`, { headers: basic('shop', secret) }),
  ]) {
    await using world = await openOAuth({
      services: { 'Shop-1.json': oauthClient(1, 'shop') },
      properties: { 'cas.authn.throttle.failure.threshold': 3, 'cas.authn.throttle.failure.range-seconds': 30 },
    })
    for (const secret of ['x', 'y']) assert.equal((await wrong(world.url, secret)).status, 401)
    const refused = await answerOf(await wrong(world.url, encodeURIComponent('secret of shop')))
    assert.deepEqual(says(refused), [423, 'temporarily_unavailable'])
    // Whoever asks with tokens alone has no secret to try.
    for (let turn = 0; turn < 4; turn++) assert.equal((await fetch(`${world.url}/oauth2.0/profile?access_token=AT-1-x`)).status, 401)
  }
})

test('HEAD uses up no code and makes no token, in any profile', async () => {
  const strict = { properties: { '@class': 'java.util.HashMap', oauthSecurityProfile: property('rfc9700') } }
  await using world = await openOAuth({
    services: { 'Shop-1.json': oauthClient(1, 'shop'), 'Strict-2.json': oauthClient(2, 'strict', strict) },
  })
  const code = await codeFor(world.url, 'shop')
  const query = new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: redirectOf('shop') })
  for (const path of ['token', 'accessToken']) {
    const answer = await fetch(`${world.url}/oauth2.0/${path}?${query}`, { method: 'HEAD', headers: basic('shop', 'secret of shop') })
    assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'POST'])
    for (const method of ['GET', 'HEAD']) {
      const headers = basic('strict', 'secret of strict')
      const refused = await fetch(`${world.url}/oauth2.0/${path}?${OWN}`, { method, headers })
      assert.deepEqual([refused.status, refused.headers.get('allow')], [405, 'POST'], method)
    }
  }
  assert.equal((await exchange(world.url, 'shop', code)).status, 200)
})

test('a definition that names its method of authentication means it, also where others may leave out their secret', async () => {
  const named = (method: string) => ({ tokenEndpointAuthenticationMethod: method })
  await using world = await openOAuth({
    services: {
      'Basic-1.json': oauthClient(1, 'basic', named('client_secret_basic')),
      'Tls-2.json': oauthClient(2, 'tls', { clientSecret: '', ...named('tls_client_auth') }),
      'Any-3.json': oauthClient(3, 'any'),
    },
  })
  const token = `${world.url}/oauth2.0/token`
  const password = { grant_type: 'password', username: 'ada', password: 'pw' }
  assert.equal((await postForm(token, { ...password, client_id: 'any' })).status, 200)
  assert.equal((await postForm(token, password, basic('basic', 'secret of basic'))).status, 200)
  for (const client_id of ['basic', 'tls']) {
    assert.deepEqual(says(await postForm(token, { ...password, client_id })), [401, 'invalid_client'], client_id)
    const { json } = await postForm(token, { response_type: 'device_code', client_id })
    const poll = { response_type: 'device_code', client_id, device_code: String(json['device_code']) }
    assert.deepEqual(says(await postForm(token, poll)), [401, 'invalid_client'], client_id)
  }
})

function property(value: string) {
  return { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceProperty', values: ['java.util.HashSet', [value]] }
}
