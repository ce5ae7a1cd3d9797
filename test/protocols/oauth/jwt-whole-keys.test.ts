import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { compactDecrypt, compactVerify, createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose'
import { StartRefusal } from '../../../src/base/start-refusal.ts'
import { projectDirectory } from '../../support/castellan.ts'
import { answerOf, profile } from '../../support/oauth.ts'
import { AS_JWT, CRYPTO, newKey, program, properties, readJwt, tokenOf } from './jwt-world.ts'
import { type OAuthWorld, openOAuth, START } from './oauth-world.ts'

/** Keys of JWTs that stand in the settings as whole JWKs (oauth.md 13.4). */
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const other = generateKeyPairSync('rsa', { modulusLength: 2048 })
const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const RSA = JSON.stringify({ kid: 'mine', ...rsa.privateKey.export({ format: 'jwk' }) })
const RSA_PUBLIC = JSON.stringify(rsa.publicKey.export({ format: 'jwk' }))
const CURVE = JSON.stringify(curve.privateKey.export({ format: 'jwk' }))
const services = program(1, 'shop')
const signed = { [AS_JWT]: true, [`${CRYPTO}.encryption-enabled`]: false }
const keySet = async ({ url }: OAuthWorld) =>
  (await answerOf(await fetch(`${url}/oauth2.0/jwks`).then(async (r) => Response.json(await r.json())))).json

test('a private key signs, under its own name and its own algorithm, and its public half is in the key set', async () => {
  for (const [key, alg, kid] of [
    [RSA, 'RS512', 'mine'],
    [CURVE, 'ES256', undefined],
  ] as const) {
    await using world = await openOAuth({ services, properties: { ...signed, [`${CRYPTO}.signing.key`]: key } })
    const token = await tokenOf(world.url, 'shop')
    const set = await keySet(world)
    const { protectedHeader } = await jwtVerify(token, createLocalJWKSet(set as unknown as JSONWebKeySet), { currentDate: new Date(START) })
    assert.equal(protectedHeader.alg, alg)
    if (kid !== undefined) assert.equal(protectedHeader.kid, kid)
    // Nothing of the private half.
    for (const published of set['keys'] as readonly object[])
      assert.deepEqual(
        Object.keys(published).filter((name) => /^[dpq]|^oth$/.test(name)),
        [],
      )
    assert.equal((await profile(world.url, token)).status, 200)
  }
})

test('of several keys the first writes, whether text or JWK, and all read', async () => {
  const text = newKey(512)
  const open = (...keys: readonly string[]) =>
    openOAuth({ services, env: { CAS_AUTHN_OAUTH_ACCESS_TOKEN_CRYPTO_SIGNING_KEY: keys.join(',') }, properties: signed })
  await using world = await open(RSA, text, CURVE)
  assert.equal(decodeProtectedHeader(await tokenOf(world.url, 'shop')).alg, 'RS512')
  assert.equal(((await keySet(world))['keys'] as readonly unknown[]).length, 7)
  await using turned = await open(text, RSA)
  assert.equal(decodeProtectedHeader(await tokenOf(turned.url, 'shop')).alg, 'HS512')
})

test('a public key encrypts for who has the other half; with a private one this server reads as well', async () => {
  for (const half of [other.publicKey, other.privateKey]) {
    await using world = await openOAuth({
      services,
      properties: {
        [AS_JWT]: true,
        [`${CRYPTO}.signing.key`]: RSA,
        [`${CRYPTO}.encryption.key`]: JSON.stringify(half.export({ format: 'jwk' })),
      },
    })
    const token = await tokenOf(world.url, 'shop')
    const { payload } = await compactVerify(token, rsa.publicKey, { algorithms: ['RS512'] })
    const { plaintext, protectedHeader } = await compactDecrypt(new TextDecoder().decode(payload), other.privateKey)
    assert.deepEqual([JSON.parse(new TextDecoder().decode(plaintext)).sub, protectedHeader.alg], ['shop', 'RSA-OAEP-256'])
    assert.equal((await profile(world.url, token)).status, 200)
  }
})

test('a whole oct JWK is its k, in the settings and in a definition', async () => {
  const [signing, encryption] = [newKey(512), newKey(512)]
  const oct = (k: string) => JSON.stringify({ kty: 'oct', kid: 'x', k })
  const own = properties({ accessTokenAsJwtSigningKey: oct(encryption) })
  await using world = await openOAuth({
    services: { ...services, ...program(2, 'own', { jwtAccessToken: true, ...own }) },
    properties: { [AS_JWT]: true, [`${CRYPTO}.signing.key`]: oct(signing), [`${CRYPTO}.encryption.key`]: oct(encryption) },
  })
  assert.equal((await readJwt(await tokenOf(world.url, 'shop'), { signing, encryption })).claims.sub, 'shop')
  assert.equal((await readJwt(await tokenOf(world.url, 'own'), { signing: encryption })).claims.sub, 'own')
})

test('a JWK that cannot do it stops the start and names the setting, and no part of the key', async () => {
  const short = JSON.stringify(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ format: 'jwk' }))
  for (const [setting, value, message] of [
    ['signing.key', RSA_PUBLIC, /holds no private key/],
    ['signing.key', short, /1024 bits/],
    ['signing.key', RSA.slice(0, -1), /not a complete JWK/],
    ['signing.key', '{"kty":"OKP","d":"x"}', /must be a JWK/],
    ['encryption.key', CURVE, /no RSA key/],
  ] as const) {
    await assert.rejects(openOAuth({ services, properties: { [AS_JWT]: true, [`${CRYPTO}.${setting}`]: value } }), (cause) => {
      assert.ok(cause instanceof StartRefusal, String(cause))
      assert.match(cause.message, message)
      assert.ok(cause.message.includes(`${CRYPTO}.${setting}`), cause.message)
      assert.equal(/"[dn]"|[A-Za-z0-9_-]{40}/.test(cause.message), false)
      return true
    })
  }
})

test('the settings of the guide make tokens that a resource server reads as it says', async () => {
  const guide = readFileSync(join(projectDirectory, 'docs/guide/jwt-tokens.md'), 'utf8')
  const block = /^```properties\n([\s\S]*?)^```$/m.exec(guide)?.[1] ?? ''
  const lines = block.trim().split('\n')
  assert.equal(lines.length, 3)
  const [OAUTH_SIGN, OAUTH_ENCRYPT] = [newKey(512), newKey(512)]
  await using world = await openOAuth({
    services,
    properties: Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])),
    env: { OAUTH_SIGN, OAUTH_ENCRYPT },
  })
  const { claims } = await readJwt(await tokenOf(world.url, 'shop'), { signing: OAUTH_SIGN, encryption: OAUTH_ENCRYPT })
  assert.deepEqual([claims.iss, claims.aud, claims.sub], ['https://cas.example.org:8443/cas', 'shop', 'shop'])
})
