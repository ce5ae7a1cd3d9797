import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { CompactEncrypt, CompactSign, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { type Answer, codeFor, exchange, oauthClient, postForm, profile } from '../../support/oauth.ts'
import { openOAuth, START } from './oauth-world.ts'

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const ISSUER = 'https://cas.example.org:8443/cas'
const property = (value: string) => ({
  '@class': 'org.apereo.cas.services.DefaultRegisteredServiceProperty',
  values: ['java.util.HashSet', [value]],
})
const says = ({ status, json }: Answer) => [status, json['error']]
const NOW = START / 1000
const claims = (clientId: string, more: JWTPayload = {}): JWTPayload => ({
  iss: clientId,
  sub: clientId,
  aud: ISSUER,
  exp: NOW + 60,
  jti: crypto.randomUUID(),
  ...more,
})

test('a client with a public key authenticates by what only it can sign, once for each assertion', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const stranger = await generateKeyPair('ES256')
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' }] })
  await using world = await openOAuth({
    services: {
      'Signer-1.json': oauthClient(1, 'signer', {
        clientSecret: undefined,
        properties: { '@class': 'java.util.HashMap', jwks: property(jwks) },
      }),
      'Shop-2.json': oauthClient(2, 'shop'),
    },
  })
  const sign = (payload: JWTPayload, key = privateKey, alg = 'ES256') =>
    new SignJWT(payload).setProtectedHeader({ alg, kid: 'k1' }).sign(key)
  const ask = async (assertion: string, more = {}) =>
    says(
      await postForm(`${world.url}/oauth2.0/accessToken`, {
        grant_type: 'client_credentials',
        client_assertion_type: TYPE,
        client_assertion: assertion,
        ...more,
      }),
    )
  const good = await sign(claims('signer'))
  assert.deepEqual(await ask(good), [200, undefined])
  assert.deepEqual(await ask(good), [401, 'invalid_client'])
  assert.deepEqual(await ask(await sign(claims('signer', { aud: `${ISSUER}/oauth2.0/accessToken` })), { client_id: 'signer' }), [
    200,
    undefined,
  ])
  const { jti: _, ...withoutId } = claims('signer')
  const refused = [
    await sign(claims('signer'), stranger.privateKey),
    await sign(claims('signer', { aud: 'https://elsewhere.example.org' })),
    await sign(claims('signer', { exp: NOW - 31 })),
    await sign(claims('signer', { exp: NOW + 3600 })),
    await sign(withoutId),
    await sign(claims('signer', { sub: 'shop' })),
    await sign(claims('nobody')),
    await new SignJWT(claims('signer')).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(jwks)),
    `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims('signer'))).toString('base64url')}.`,
    'a.b.c',
    'x'.repeat(20_000),
  ]
  for (const assertion of refused) assert.deepEqual(await ask(assertion), [401, 'invalid_client'], assertion.slice(0, 40))
  assert.deepEqual(await ask(await sign(claims('signer')), { client_id: 'shop' }), [401, 'invalid_client'])
  assert.deepEqual(await ask(await sign(claims('signer')), { client_assertion_type: 'other' }), [401, 'invalid_client'])
  assert.deepEqual(await ask(await sign(claims('signer')), { client_secret: 'x' }), [400, 'invalid_request'])
  // It is no public client: its name alone is not enough.
  const nameOnly = await postForm(`${world.url}/oauth2.0/token`, {
    grant_type: 'refresh_token',
    client_id: 'signer',
    refresh_token: 'RT-1-x',
  })
  assert.deepEqual(says(nameOnly), [401, 'invalid_client'])
})

test('the keys may be found at an address', async () => {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const body = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), alg: 'RS256' }] })
  const server = createServer((_, response) => response.setHeader('content-type', 'application/json').end(body))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  assert.ok(address && typeof address === 'object')
  try {
    const jwksUri = property(`http://127.0.0.1:${address.port}/keys`)
    await using world = await openOAuth({
      services: { 'Signer-1.json': oauthClient(1, 'signer', { clientSecret: '', properties: { '@class': 'java.util.HashMap', jwksUri } }) },
    })
    const assertion = await new SignJWT(claims('signer')).setProtectedHeader({ alg: 'RS256' }).sign(privateKey)
    const answer = await postForm(`${world.url}/oauth2.0/token`, {
      grant_type: 'client_credentials',
      client_assertion_type: TYPE,
      client_assertion: assertion,
    })
    assert.equal(answer.status, 200)
  } finally {
    server.close()
  }
})

test('a secret can be the key of an assertion, and an assertion can be the only method', async () => {
  const secret = 'a secret that is long enough for a signature'
  await using world = await openOAuth({
    services: {
      'Signer-1.json': oauthClient(1, 'signer', { clientSecret: secret, tokenEndpointAuthenticationMethod: 'client_secret_jwt' }),
    },
  })
  const ask = async (fields: Readonly<Record<string, string>>) =>
    says(await postForm(`${world.url}/oauth2.0/token`, { grant_type: 'client_credentials', ...fields }))
  const sign = (key: string) => new SignJWT(claims('signer')).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(key))
  assert.deepEqual(await ask({ client_assertion_type: TYPE, client_assertion: await sign(secret) }), [200, undefined])
  assert.deepEqual(await ask({ client_assertion_type: TYPE, client_assertion: await sign(`${secret}!`) }), [401, 'invalid_client'])
  assert.deepEqual(await ask({ client_id: 'signer', client_secret: secret }), [401, 'invalid_client'])
})

test('a secret may be encrypted as CAS does it', async () => {
  const [signing, encryption] = ['k'.repeat(86), Buffer.alloc(64, 7).toString('base64url')]
  const sealed = await new CompactEncrypt(new TextEncoder().encode('in the cipher'))
    .setProtectedHeader({ alg: 'dir', enc: 'A256CBC-HS512' })
    .encrypt(Buffer.from(encryption, 'base64url'))
  const value = await new CompactSign(new TextEncoder().encode(sealed))
    .setProtectedHeader({ alg: 'HS512' })
    .sign(new TextEncoder().encode(signing))
  await using world = await openOAuth({
    services: {
      'Shop-1.json': oauthClient(1, 'shop', { clientSecret: `{cas-cipher}${value}` }),
      'Lost-2.json': oauthClient(2, 'lost', { clientSecret: '{cas-cipher}not.of.ours' }),
    },
    properties: { 'cas.authn.oauth.crypto.signing.key': signing, 'cas.authn.oauth.crypto.encryption.key': encryption },
  })
  const code = await codeFor(world.url, 'shop')
  assert.deepEqual(says(await exchange(world.url, 'shop', code, { client_secret: 'x' })), [401, 'invalid_client'])
  assert.deepEqual(says(await exchange(world.url, 'shop', code, { client_secret: 'in the cipher' })), [200, undefined])
  for (const client_secret of ['', '{cas-cipher}not.of.ours', 'not.of.ours']) {
    const answer = await postForm(`${world.url}/oauth2.0/token`, { grant_type: 'client_credentials', client_id: 'lost', client_secret })
    assert.deepEqual(says(answer), [401, 'invalid_client'])
  }
  assert.equal(world.lines.filter(({ level, message }) => level === 'error' && /cas-cipher/.test(message)).length, 1)
})

test('what a client says of itself can be exchanged by one that may, once, and for no longer than it says', async () => {
  const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
  const [own, stranger] = [await generateKeyPair('ES256'), await generateKeyPair('ES256')]
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(own.publicKey)), kid: 'k1', alg: 'ES256' }] })
  const scopes = { scopes: ['java.util.HashSet', ['read', 'write']] }
  await using world = await openOAuth({
    services: {
      'Signer-1.json': oauthClient(1, 'signer', {
        clientSecret: undefined,
        properties: { '@class': 'java.util.HashMap', jwks: property(jwks) },
      }),
      'Broker-2.json': oauthClient(2, 'broker', { ...scopes, supportedGrantTypes: ['java.util.HashSet', [EXCHANGE]] }),
      'Other-3.json': oauthClient(3, 'other'),
      'Spa-4.json': oauthClient(4, 'spa', { clientSecret: '' }),
    },
  })
  const sign = (payload: JWTPayload, key = own.privateKey) => new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(key)
  const about = (clientId: string, more: JWTPayload = {}) => claims(clientId, { iat: NOW, nbf: NOW, ...more })
  const swap = (subject_token: string, more = {}) =>
    postForm(`${world.url}/oauth2.0/token`, {
      grant_type: EXCHANGE,
      client_id: 'broker',
      client_secret: 'secret of broker',
      subject_token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      scope: 'read admin',
      ...more,
    })
  const text = await sign(about('signer'))
  const answer = await swap(text)
  assert.deepEqual([answer.status, answer.json['scope'], answer.json['expires_in']], [200, 'read', 60])
  const { json } = await profile(world.url, answer.json['access_token'])
  assert.deepEqual([json['id'], json['client_id']], ['signer', 'broker'])
  const { nbf: _, ...withoutBeginning } = about('signer')
  const used = await sign(about('signer'))
  const login = { grant_type: 'client_credentials', client_assertion_type: TYPE, client_assertion: used }
  assert.equal((await postForm(`${world.url}/oauth2.0/token`, login)).status, 200)
  for (const [why, token] of [
    ['a second time', text],
    ['an assertion that was used to authenticate', used],
    ['by another key', await sign(about('signer'), stranger.privateKey)],
    ['without its beginning', await sign(withoutBeginning)],
    ['before its beginning', await sign(about('signer', { nbf: NOW + 300 }))],
    ['over', await sign(about('signer', { exp: NOW - 60 }))],
    ['for somebody else', await sign(about('signer', { aud: 'https://elsewhere.example.org' }))],
    ['of another issuer', await sign(about('signer', { iss: 'https://elsewhere.example.org' }))],
    ['about a client that has no keys', await sign(about('other'))],
    ['about a public client', await sign(about('spa'))],
    ['about nobody', await sign(about('nobody'))],
  ] as const) {
    assert.deepEqual(says(await swap(token)), [400, 'invalid_request'], why)
  }
  const asAccessToken = { subject_token_type: 'urn:ietf:params:oauth:token-type:access_token' }
  assert.deepEqual(says(await swap(await sign(about('signer')), asAccessToken)), [400, 'invalid_request'])
})
