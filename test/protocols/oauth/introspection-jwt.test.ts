import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { compactDecrypt, createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose'
import { answerOf, basic } from '../../support/oauth.ts'
import { CRYPTO, program, properties, tokenOf } from './jwt-world.ts'
import { type OAuthWorld, openOAuth, START } from './oauth-world.ts'

const JWT = 'application/token-introspection+jwt'
const ISSUER = 'https://cas.example.org:8443/cas'
const signing = generateKeyPairSync('rsa', { modulusLength: 2048 })
const sealing = generateKeyPairSync('rsa', { modulusLength: 2048 })
const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const otherUse = generateKeyPairSync('rsa', { modulusLength: 2048 })
const jwks = JSON.stringify({
  keys: [
    { ...otherUse.publicKey.export({ format: 'jwk' }), use: 'sig', kid: 's' },
    { ...otherUse.publicKey.export({ format: 'jwk' }) },
    { ...sealing.publicKey.export({ format: 'jwk' }), use: 'enc', kid: 'e' },
    { ...curve.publicKey.export({ format: 'jwk' }), use: 'enc', alg: 'ECDH-ES+A256KW' },
  ],
})
const LONG_SECRET = 'a secret that is as long as the digest of SHA-256'
const asked = { count: 0, status: 200 }
const keyServer = createServer((_, response) => {
  asked.count++
  response.writeHead(asked.status, { 'content-type': 'application/json' }).end(jwks)
})
let world: OAuthWorld
before(async () => {
  await new Promise<void>((resolve) => keyServer.listen(0, '127.0.0.1', resolve))
  const address = keyServer.address()
  assert.ok(address && typeof address === 'object')
  const jwksUri = `http://127.0.0.1:${address.port}/keys`
  world = await openOAuth({
    files: { 'sign.pem': signing.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() },
    properties: { [`${CRYPTO}.signing.key`]: 'file:{dir}/sign.pem', [`${CRYPTO}.encryption-enabled`]: false },
    services: {
      ...program(1, 'shop'),
      ...program(2, 'api'),
      ...program(3, 'pss', { introspectionSignedResponseAlg: 'PS256' }),
      ...program(8, 'same', { introspectionSignedResponseAlg: 'RS512' }),
      ...program(4, 'curve', { introspectionSignedResponseAlg: 'ES256' }),
      ...program(5, 'none', { introspectionSignedResponseAlg: 'none' }),
      ...program(6, 'sealed', { ...properties({ jwks }), introspectionEncryptedResponseAlg: 'RSA-OAEP-256' }),
      ...program(9, 'elliptic', {
        ...properties({ jwks }),
        introspectionEncryptedResponseAlg: 'ECDH-ES+A256KW',
        introspectionEncryptedResponseEncoding: 'A256GCM',
      }),
      ...program(10, 'afar', { ...properties({ jwksUri }), introspectionEncryptedResponseAlg: 'RSA-OAEP-256' }),
      ...program(11, 'away', { ...properties({ jwksUri: `${jwksUri}/away` }), introspectionEncryptedResponseAlg: 'RSA-OAEP-256' }),
      ...program(12, 'long', { clientSecret: LONG_SECRET, introspectionSignedResponseAlg: 'HS256' }),
      ...program(13, 'short', { introspectionSignedResponseAlg: 'HS256' }),
      ...program(14, 'tokens', { jwtAccessToken: true, jwtAccessTokenSigningAlg: 'PS256' }),
      ...program(7, 'keyless', { introspectionEncryptedResponseAlg: 'RSA-OAEP-256' }),
    },
  })
})
after(async () => {
  await world?.[Symbol.asyncDispose]()
  keyServer.close()
})

const introspect = async (caller: string, token: string, accept: string, { url } = world) =>
  answerOf(
    await fetch(`${url}/oauth2.0/introspect`, {
      method: 'POST',
      body: new URLSearchParams({ token }),
      headers: { ...basic(caller, caller === 'long' ? LONG_SECRET : `secret of ${caller}`), accept },
    }),
  )
const verified = async (text: string) => {
  const keys = createLocalJWKSet((await (await fetch(`${world.url}/oauth2.0/jwks`)).json()) as JSONWebKeySet)
  return jwtVerify(text, keys, { currentDate: new Date(START), issuer: ISSUER, typ: 'token-introspection+jwt' })
}

test('who asks for a JWT gets the answer signed, for itself, with the members of the JSON', async () => {
  const token = await tokenOf(world.url, 'shop')
  const { json } = await introspect('api', token, 'application/json')
  const answer = await introspect('api', token, JWT)
  assert.deepEqual([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')], [200, JWT, 'no-store'])
  const { payload, protectedHeader } = await verified(answer.text)
  assert.equal(protectedHeader.alg, 'RS512')
  assert.deepEqual(Object.keys(payload).sort(), ['aud', 'iat', 'iss', 'token_introspection'])
  assert.deepEqual([payload.aud, payload.iat], ['api', START / 1000])
  assert.deepEqual(payload['token_introspection'], json)
})

test('an inactive token is said to be one by a signature too', async () => {
  const { payload } = await verified((await introspect('api', 'AT-1-nobodyWasEverGivenThisOne', JWT)).text)
  assert.deepEqual(payload['token_introspection'], { active: false, scope: 'CAS', cnf: {} })
})

test('JSON comes where it is wanted as much, or more', async () => {
  const token = await tokenOf(world.url, 'shop')
  for (const accept of ['*/*', 'application/json', `${JWT};q=0.5, application/json`, `${JWT};q=0`]) {
    assert.equal((await introspect('api', token, accept)).json['active'], true, accept)
  }
  for (const accept of [`${JWT}, */*;q=0.1`, `${JWT}, application/json`]) {
    assert.equal((await introspect('api', token, accept)).headers.get('content-type'), JWT, accept)
  }
})

test('a definition has its own algorithm; one that no key can do gives no JWT, and never an unsigned one', async () => {
  const token = await tokenOf(world.url, 'shop')
  assert.equal((await verified((await introspect('same', token, JWT)).text)).protectedHeader.alg, 'RS512')
  assert.equal((await verified((await introspect('pss', token, JWT)).text)).protectedHeader.alg, 'PS256')
  for (const caller of ['curve', 'none', 'short']) {
    const answer = await introspect(caller, token, JWT)
    assert.deepEqual([answer.status, answer.json['error']], [406, 'invalid_request'])
    assert.equal((await introspect(caller, token, `${JWT}, */*;q=0.1`)).json['active'], true)
  }
})

test('a definition may have its answers encrypted with its own key; without a key there is none', async () => {
  const token = await tokenOf(world.url, 'shop')
  const { text } = await introspect('sealed', token, JWT)
  const { plaintext, protectedHeader } = await compactDecrypt(text, sealing.privateKey)
  assert.deepEqual([protectedHeader.alg, protectedHeader.cty], ['RSA-OAEP-256', 'JWT'])
  assert.equal((await verified(new TextDecoder().decode(plaintext))).payload.aud, 'sealed')
  assert.equal((await introspect('keyless', token, JWT)).status, 406)
})

test('a definition may have its answers signed with its own secret, if that is long enough for it', async () => {
  const { text } = await introspect('long', await tokenOf(world.url, 'shop'), JWT)
  const { payload } = await jwtVerify(text, new TextEncoder().encode(LONG_SECRET), {
    currentDate: new Date(START),
    algorithms: ['HS256'],
    typ: 'token-introspection+jwt',
    audience: 'long',
  })
  assert.equal((payload['token_introspection'] as { active?: unknown }).active, true)
})

test('a key is taken that is for the algorithm, and for encryption before one of any use', async () => {
  const token = await tokenOf(world.url, 'shop')
  const { protectedHeader, plaintext } = await compactDecrypt((await introspect('elliptic', token, JWT)).text, curve.privateKey)
  assert.deepEqual([protectedHeader.alg, protectedHeader.enc], ['ECDH-ES+A256KW', 'A256GCM'])
  assert.equal((await verified(new TextDecoder().decode(plaintext))).payload.aud, 'elliptic')
})

test('keys for encryption may be at the address of the definition; they are kept, and a failure is not tried again at once', async () => {
  const token = await tokenOf(world.url, 'shop')
  const before = asked.count
  for (let time = 0; time < 3; time++) {
    const { protectedHeader } = await compactDecrypt((await introspect('afar', token, JWT)).text, sealing.privateKey)
    assert.equal(protectedHeader.kid, 'e')
  }
  assert.equal(asked.count - before, 1)
  asked.status = 500
  for (let time = 0; time < 3; time++) assert.equal((await introspect('away', token, JWT)).status, 406)
  assert.equal(asked.count - before, 2)
  asked.status = 200
  world.after(11)
  assert.equal((await introspect('away', token, JWT)).status, 200)
})

test('a definition has its own algorithm for tokens too, and a verifier finds the key by its name', async () => {
  const keys = createLocalJWKSet((await (await fetch(`${world.url}/oauth2.0/jwks`)).json()) as JSONWebKeySet)
  const token = await tokenOf(world.url, 'tokens')
  const { protectedHeader } = await jwtVerify(token, keys, { currentDate: new Date(world.clock.now), issuer: ISSUER })
  assert.equal(protectedHeader.alg, 'PS256')
  assert.equal((await fetch(`${world.url}/oauth2.0/profile`, { headers: { authorization: `Bearer ${token}` } })).status, 200)
})

test('where keys are texts nobody could verify a statement, so there is none but with the secret of the caller', async () => {
  await using own = await openOAuth({ services: program(1, 'shop') })
  const token = await tokenOf(own.url, 'shop')
  assert.equal((await introspect('shop', token, JWT, own)).status, 406)
  assert.deepEqual((await metadataOf(own))['introspection_signing_alg_values_supported'], ['HS256', 'HS384', 'HS512'])
  assert.ok(((await metadataOf(world))['introspection_signing_alg_values_supported'] as readonly string[]).includes('RS512'))
})

test('an answer is no access token', async () => {
  const { text } = await introspect('api', await tokenOf(world.url, 'shop'), JWT)
  assert.ok(decodeJwt(text))
  const answer = await fetch(`${world.url}/oauth2.0/profile`, { headers: { authorization: `Bearer ${text}` } })
  assert.equal(answer.status, 401)
})

async function metadataOf({ url }: OAuthWorld) {
  return (await answerOf(await fetch(`${url}/.well-known/oauth-authorization-server`))).json
}
