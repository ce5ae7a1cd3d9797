import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { CompactEncrypt, CompactSign, compactVerify, decodeProtectedHeader, UnsecuredJWT } from 'jose'
import { silentLog } from '../../../src/base/log.ts'
import { type JwtConfig, jwtConfig } from '../../../src/protocols/oauth/index.ts'
import { jwtTokens } from '../../../src/protocols/oauth/jwt/jwt-tokens.ts'
import { basic, postForm, profile } from '../../support/oauth.ts'
import { processorMs } from '../../support/processor-time.ts'
import { settingsOf } from '../../support/settings.ts'
import { AS_JWT, bytes, CRYPTO, ENCRYPTION, keysConfigured, newKey, program, properties, readJwt, SIGNING, tokenOf } from './jwt-world.ts'
import { type OAuthWorld, openOAuth } from './oauth-world.ts'

/** Tokens that others made, or changed. Whoever makes one knows a living ticket here, so that only the form can be what refuses it. */
let world: OAuthWorld
let token = ''
let jti = ''
let outer: Readonly<Record<string, unknown>> = {}
let inner: Readonly<Record<string, unknown>> = {}
let jwe = ''
const THEIRS = newKey(512)

before(async () => {
  world = await openOAuth({
    services: {
      ...program(1, 'shop'),
      ...program(2, 'own', { jwtAccessToken: true, ...properties({ accessTokenAsJwtSigningKey: THEIRS }) }),
    },
    properties: { ...keysConfigured, [AS_JWT]: true },
  })
  token = await tokenOf(world.url, 'shop')
  const read = await readJwt(token, { signing: SIGNING, encryption: ENCRYPTION })
  outer = { ...read.header }
  inner = { ...read.inner }
  jti = read.claims.jti
  jwe = new TextDecoder().decode((await compactVerify(token, bytes(SIGNING))).payload)
})
after(() => world?.[Symbol.asyncDispose]())

const part = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
/** A signature by hand, for headers that no library would make. */
function signed(header: unknown, payload: string, key = SIGNING, hash = 'sha512'): string {
  const content = `${part(header)}.${part(payload)}`
  return `${content}.${createHmac(hash, key).update(content).digest('base64url')}`
}
const encrypted = (header: object, clear: string | Uint8Array, key = ENCRYPTION) =>
  new CompactEncrypt(typeof clear === 'string' ? bytes(clear) : clear)
    .setProtectedHeader({ alg: 'dir', enc: 'A256CBC-HS512', ...header })
    .encrypt(Buffer.from(key, 'base64url'))
const claims = () => JSON.stringify({ jti })

const forgeries: readonly [string, () => string | Promise<string>][] = [
  ['with another signature', () => `${token.slice(0, -4)}AAAA`],
  ['without a signature', () => `${token.split('.').slice(0, 2).join('.')}.`],
  ['unsecured', () => new UnsecuredJWT({ jti }).encode()],
  ['with alg none and the kid of ours', () => `${part({ ...outer, alg: 'none' })}.${part(jwe)}.`],
  ['signed with another key', () => signed(outer, jwe, newKey(512))],
  [
    'signed with the decoded bytes of the key',
    async () => new CompactSign(bytes(jwe)).setProtectedHeader({ ...outer, alg: 'HS512' }).sign(Buffer.from(SIGNING, 'base64url')),
  ],
  ['signed with another algorithm of the same key', () => signed({ ...outer, alg: 'HS256' }, jwe, SIGNING, 'sha256')],
  ['with an unknown kid', () => signed({ ...outer, kid: 'other' }, jwe)],
  ['without a kid', () => signed({ ...outer, kid: undefined }, jwe)],
  ['with a kid that is no text', () => signed({ ...outer, kid: { toString: 1 } }, jwe)],
  ['with a critical header', () => signed({ ...outer, crit: ['b64'], b64: false }, jwe)],
  ['with a header that brings its key', () => signed({ ...outer, jwk: { kty: 'oct', k: SIGNING } }, jwe)],
  ['signed and not encrypted', () => signed(outer, claims())],
  ['encrypted and not signed', async () => encrypted(inner, claims())],
  ['encrypted with another key', async () => signed(outer, await encrypted(inner, claims(), newKey(512)))],
  ['encrypted with another algorithm', async () => signed(outer, await encrypted({ ...inner, enc: 'A256GCM' }, claims(), newKey(256)))],
  ['compressed', async () => signed(outer, await compressed())],
  ['with claims that are no object', async () => signed(outer, await encrypted(inner, 'null'))],
  ['with claims that are no JSON', async () => signed(outer, await encrypted(inner, '{"jti"'))],
  ['without a ticket', async () => signed(outer, await encrypted(inner, '{}'))],
  ['with the ticket of a session', async () => signed(outer, await encrypted(inner, '{"jti":"TGT-1-abc"}'))],
  ['with a ticket that is too long', async () => signed(outer, await encrypted(inner, JSON.stringify({ jti: `AT-${'a'.repeat(600)}` })))],
  ['of a definition that has other keys', () => signed({ ...outer, 'org.apereo.cas.services.RegisteredService': '2' }, jwe)],
  ['of a definition that does not exist', () => signed({ ...outer, 'org.apereo.cas.services.RegisteredService': '99' }, jwe)],
  ['of a definition that is a list', () => signed({ ...outer, 'org.apereo.cas.services.RegisteredService': ['2'] }, jwe)],
  ['by a client that has keys of its own, in the name of the server', () => signed(outer, claims(), THEIRS)],
  ['with blanks', () => `${token.slice(0, 40)} ${token.slice(40)}`],
  ['with more parts', () => `${token}.${token}`],
  ['with a header that is no JSON', () => `eyJhb.${token.split('.').slice(1).join('.')}`],
  ['with a header that is too long', () => signed({ ...outer, more: 'a'.repeat(4000) }, jwe)],
  ['too long', () => `${token}${'A'.repeat(61_000)}`],
]

/** A JWE by hand whose clear text is a million blanks, deflated. */
async function compressed(): Promise<string> {
  const bomb = deflateRawSync(`{"jti":"${jti}"${' '.repeat(1_000_000)}}`)
  const plain = await encrypted(inner, bomb)
  const [, ...rest] = plain.split('.')
  return [part({ ...decodeProtectedHeader(plain), zip: 'DEF' }), ...rest].join('.')
}

test('the token that the forgeries are made of is good', async () => {
  assert.equal((await profile(world.url, token)).status, 200)
  assert.equal((await profile(world.url, signed(outer, await encrypted(inner, claims())))).status, 200)
})

for (const [what, make] of forgeries) {
  test(`a token ${what} is refused`, async () => {
    const forged = await make()
    const asked = await postForm(`${world.url}/oauth2.0/introspect`, { token: forged }, basic('shop', 'secret of shop'))
    assert.deepEqual([asked.status, asked.json['active']], [200, false])
    const used = await fetch(`${world.url}/oauth2.0/profile`, { method: 'POST', body: new URLSearchParams({ access_token: forged }) })
    assert.equal(used.status, 401)
  })
}

test('a public key is no secret for HS512', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  await using other = await openOAuth({
    services: program(1, 'shop'),
    files: { 'sign.pem': privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() },
    properties: { [AS_JWT]: true, [`${CRYPTO}.signing.key`]: '{dir}/sign.pem', [`${CRYPTO}.encryption-enabled`]: false },
  })
  const good = await tokenOf(other.url, 'shop')
  const header = decodeProtectedHeader(good)
  const payload = Buffer.from(good.split('.')[1] ?? '', 'base64url').toString()
  for (const pem of [
    publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    publicKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
  ]) {
    for (const alg of ['HS512', 'RS512']) {
      assert.equal((await profile(other.url, signed({ ...header, alg }, payload, pem))).status, 401)
    }
  }
})

test('no text at all makes the format throw, or take long', async () => {
  const settings = settingsOf<JwtConfig>(jwtConfig, {})
  const format = jwtTokens({ settings, keys: [[ENCRYPTION, SIGNING]], serviceById: () => undefined, log: silentLog })
  const dots = 'eyJ'.padEnd(59_000, '.')
  const texts = [
    '',
    'ey',
    'ey.',
    'ey..',
    'ey....',
    'eyJ9.\u0000.',
    dots,
    `${part({ alg: 'HS512', typ: 'JWT' })}.${'A'.repeat(50_000)}.AA`,
    `${part('['.repeat(1500))}.A.A`,
    `${part('{"__proto__":{"kid":"x"}}')}.A.A`,
    'e'.repeat(1_000_000),
    `ey${'J'.repeat(1_000_000)}`,
    ...Array.from({ length: 200 }, (_, length) => `ey${randomBytes(length * 20).toString('base64url')}`),
  ]
  for (const text of texts) {
    const { kind } = await format.resolve(text)
    assert.equal(kind, text.startsWith('ey') ? 'forged' : 'ticket')
  }
  const spent = await processorMs(async () => {
    for (const text of texts) await format.resolve(text)
  })
  assert.ok(spent < 1_000, `${spent} ms for ${texts.length} texts`)
})
