import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { compactDecrypt, compactVerify, createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { StartRefusal } from '../../../src/base/start-refusal.ts'
import { answerOf, basic, codeFor, exchange, oauthClient, postForm, profile, refresh } from '../../support/oauth.ts'
import { AS_JWT, CRYPTO, ENCRYPTION, keysConfigured, newKey, program, properties, readJwt, SIGNING, tokenOf } from './jwt-world.ts'
import { openOAuth, START } from './oauth-world.ts'

const shop = program(1, 'shop')
const variable = (name: string) => `\${#environmentVars['${name}']}`

test('an access token is signed over the text of the key, and the encrypted claims name the ticket [S2-6, S2-7]', async () => {
  await using world = await openOAuth({ services: shop, properties: { ...keysConfigured, [AS_JWT]: true } })
  const token = await tokenOf(world.url, 'shop', { scope: 'read' })
  assert.equal(token.split('.').length, 3)
  const { header, inner, claims } = await readJwt(token, { signing: SIGNING, encryption: ENCRYPTION })
  assert.deepEqual({ alg: header.alg, typ: header.typ, kid: typeof header.kid }, { alg: 'HS512', typ: 'JWT', kid: 'string' })
  assert.deepEqual({ ...inner, kid: undefined }, { alg: 'dir', enc: 'A256CBC-HS512', cty: 'JWT', typ: 'JWT', kid: undefined })
  const { iss, sub, aud, client_id, scope, iat, nbf, exp, jti, grant_type, oauthClientId } = claims
  const issuedAt = START / 1000
  assert.deepEqual(
    { iss, sub, aud, client_id, scope, iat, nbf, exp, grant_type, oauthClientId },
    {
      iss: 'https://cas.example.org:8443/cas',
      sub: 'shop',
      aud: 'shop',
      client_id: 'shop',
      scope: 'read',
      iat: issuedAt,
      nbf: issuedAt,
      exp: issuedAt + 28_800,
      grant_type: 'client_credentials',
      oauthClientId: 'shop',
    },
  )
  assert.match(jti, /^AT-/)
  // Without it the token is the id of the ticket.
  await using plain = await openOAuth({ services: shop })
  assert.match(await tokenOf(plain.url, 'shop'), /^AT-[^.]+$/)
})

test('profile, introspection and revocation take the JWT for its ticket', async () => {
  await using world = await openOAuth({ services: shop, properties: { ...keysConfigured, [AS_JWT]: true } })
  const token = await tokenOf(world.url, 'shop')
  assert.equal((await profile(world.url, token)).json['id'], 'shop')
  const ask = () => postForm(`${world.url}/oauth2.0/introspect`, { token }, basic('shop', 'secret of shop'))
  const { claims } = await readJwt(token, { signing: SIGNING, encryption: ENCRYPTION })
  const { json } = await ask()
  assert.deepEqual([json['active'], json['token'], json['jti'], json['exp']], [true, token, claims.jti, claims.exp])
  assert.equal((await postForm(`${world.url}/oauth2.0/revoke`, { token }, basic('shop', 'secret of shop'))).status, 200)
  assert.equal((await ask()).json['active'], false)
  assert.equal((await profile(world.url, token)).status, 401)
})

test('a JWT ends with its ticket when nobody uses it, whatever its exp says', async () => {
  await using world = await openOAuth({ services: shop, properties: { ...keysConfigured, [AS_JWT]: true } })
  const token = await tokenOf(world.url, 'shop')
  world.after(7200)
  assert.equal((await profile(world.url, token)).status, 200)
  world.after(7201)
  assert.equal((await profile(world.url, token)).status, 401)
})

for (const { what, settings, enc, key } of [
  { what: 'empty, 256 bits', settings: { 'encryption.key-size': 256 }, enc: 'A128CBC-HS256', key: newKey(256) },
  { what: 'empty, 384 bits', settings: { 'encryption.key-size': 384 }, enc: 'A192CBC-HS384', key: newKey(384) },
  { what: 'empty, 512 bits', settings: {}, enc: 'A256CBC-HS512', key: newKey(512) },
  { what: 'that of CAS 6', settings: { alg: 'A128CBC-HS256', 'encryption.key-size': 256 }, enc: 'A128CBC-HS256', key: newKey(256) },
  { what: 'A256GCM', settings: { alg: 'A256GCM', 'encryption.key-size': 256 }, enc: 'A256GCM', key: newKey(256) },
  { what: 'of a signature', settings: { alg: 'HS256' }, enc: 'A256CBC-HS512', alg: 'HS256', key: newKey(512) },
].map((row) => ({ alg: 'HS512', ...row }))) {
  test(`the algorithm is ${what}: the JWE says ${enc} [S2-5, S2-8]`, async () => {
    const own = Object.fromEntries(Object.entries(settings).map(([name, value]) => [`${CRYPTO}.${name}`, value]))
    await using world = await openOAuth({
      services: shop,
      properties: { ...keysConfigured, [AS_JWT]: true, [`${CRYPTO}.encryption.key`]: key, ...own },
    })
    const token = await tokenOf(world.url, 'shop')
    const alg = what === 'of a signature' ? 'HS256' : 'HS512'
    const { inner } = await readJwt(token, { signing: SIGNING, encryption: key, alg })
    assert.equal(inner?.['enc'], enc)
    assert.equal((await profile(world.url, token)).status, 200)
  })
}

test('without encryption the payload is plain JSON; a configured key switches it on again [S2-10]', async () => {
  const off = { [AS_JWT]: true, [`${CRYPTO}.signing.key`]: SIGNING, [`${CRYPTO}.encryption-enabled`]: false }
  await using world = await openOAuth({ services: shop, properties: off })
  const token = await tokenOf(world.url, 'shop')
  assert.equal((await readJwt(token, { signing: SIGNING })).claims.client_id, 'shop')
  assert.equal((await profile(world.url, token)).status, 200)
  await using again = await openOAuth({ services: shop, properties: { ...off, [`${CRYPTO}.encryption.key`]: ENCRYPTION } })
  const { claims } = await readJwt(await tokenOf(again.url, 'shop'), { signing: SIGNING, encryption: ENCRYPTION })
  assert.equal(claims.client_id, 'shop')
})

test('the strategy SIGN_AND_ENCRYPT encrypts a signed token', async () => {
  await using world = await openOAuth({
    services: shop,
    properties: { ...keysConfigured, [AS_JWT]: true, [`${CRYPTO}.strategy-type`]: 'SIGN_AND_ENCRYPT' },
  })
  const token = await tokenOf(world.url, 'shop')
  const { plaintext } = await compactDecrypt(token, Buffer.from(ENCRYPTION, 'base64url'))
  const { claims } = await readJwt(new TextDecoder().decode(plaintext), { signing: SIGNING })
  assert.equal(claims.sub, 'shop')
  assert.equal((await profile(world.url, token)).status, 200)
})

test('a start with JWTs and without their crypto is refused, unless unsigned ones are allowed [S2-9]', async () => {
  for (const [name, value] of [
    ['enabled', false],
    ['signing-enabled', false],
  ] as const) {
    const off = { [AS_JWT]: true, [`${CRYPTO}.${name}`]: value }
    await assert.rejects(openOAuth({ services: shop, properties: off }), (error) => {
      assert.ok(error instanceof StartRefusal)
      assert.deepEqual([error.setting, error.exitCode], [`${CRYPTO}.${name}`, 78])
      return true
    })
    await using world = await openOAuth({ services: shop, properties: { ...off, 'castellan.oauth.allow-unsigned-jwt': true } })
    const token = await tokenOf(world.url, 'shop')
    assert.equal(decodeProtectedHeader(token).alg, 'none')
    assert.equal((await profile(world.url, token)).status, 200)
    assert.ok(world.lines.some(({ level, message }) => level === 'warn' && message.includes('without a signature')))
  }
})

for (const { what, settings, setting, message } of [
  { what: 'of 256 bits where 512 are configured', settings: {}, setting: 'encryption.key', message: /has 256 bits.*needs 512/ },
  {
    what: 'that the algorithm cannot use',
    settings: { 'encryption.key-size': 256, alg: 'A256CBC-HS512' },
    setting: 'encryption.key',
    message: /has 256 bits, and A256CBC-HS512 needs 512/,
  },
  { what: 'beside an unknown algorithm', settings: { 'encryption.key-size': 256, alg: 'ROT13' }, setting: 'alg', message: /must be empty/ },
  {
    what: 'that is a text, for RS256',
    settings: { 'encryption.key-size': 256, alg: 'RS256' },
    setting: 'signing.key',
    message: /private key/,
  },
]) {
  test(`a key ${what} ends the start with 78, naming the setting [S2-11]`, async () => {
    const own = Object.fromEntries(Object.entries(settings).map(([name, value]) => [`${CRYPTO}.${name}`, value]))
    const key = newKey(256)
    await assert.rejects(
      openOAuth({ services: shop, properties: { ...keysConfigured, [`${CRYPTO}.encryption.key`]: key, ...own } }),
      (error) => {
        assert.ok(error instanceof StartRefusal)
        assert.deepEqual([error.setting, error.exitCode], [`${CRYPTO}.${setting}`, 78])
        assert.match(error.message, message)
        assert.doesNotMatch(error.message, new RegExp(key))
        return true
      },
    )
  })
}

test('keys come from the environment by an expression [CF13, S2-5, S2-6]', async () => {
  await using world = await openOAuth({
    services: shop,
    properties: {
      [AS_JWT]: true,
      [`${CRYPTO}.signing.key`]: variable('OAUTH_SIGN'),
      [`${CRYPTO}.encryption.key`]: variable('OAUTH_ENCRYPT'),
    },
    env: { OAUTH_SIGN: SIGNING, OAUTH_ENCRYPT: ENCRYPTION },
  })
  const { claims } = await readJwt(await tokenOf(world.url, 'shop'), { signing: SIGNING, encryption: ENCRYPTION })
  assert.equal(claims.sub, 'shop')
})

test('without keys the server makes them, names them in the log, and its JWTs work', async () => {
  await using world = await openOAuth({ services: shop, properties: { [AS_JWT]: true } })
  const token = await tokenOf(world.url, 'shop')
  assert.equal(token.split('.').length, 3)
  assert.equal((await profile(world.url, token)).status, 200)
  assert.ok(world.lines.some(({ level, message }) => level === 'warn' && message.includes(`${CRYPTO}.signing.key`)))
})

test('of several keys the first writes and all read', async () => {
  const [old, fresh] = [newKey(512), newKey(512)]
  const at = (key: string) => ({ [AS_JWT]: true, [`${CRYPTO}.encryption.key`]: ENCRYPTION, [`${CRYPTO}.signing.key`]: key })
  await using before = await openOAuth({ services: shop, properties: at(old) })
  await using after = await openOAuth({ services: shop, properties: at(`${fresh},${old}`) })
  const [one, other] = [await tokenOf(before.url, 'shop'), await tokenOf(after.url, 'shop')]
  await readJwt(other, { signing: fresh, encryption: ENCRYPTION })
  // The ticket is one of another server, but the signature is good: it has ended, it is not forged.
  assert.equal((await profile(after.url, one)).json['error'], 'expired_accessToken')
  assert.equal((await profile(before.url, other)).json['error'], 'invalid_request')
})

test('a definition has JWTs for itself, with keys of its own and no encryption unless it says so', async () => {
  const [mine, secret] = [newKey(512), newKey(256)]
  await using world = await openOAuth({
    services: {
      ...shop,
      ...program(17, 'own', { jwtAccessToken: true, ...properties({ accessTokenAsJwtSigningKey: mine }) }),
      ...program(18, 'both', {
        jwtAccessToken: true,
        audience: ['java.util.HashSet', ['orders', 'stock']],
        ...properties({
          accessTokenAsJwtSigningKey: mine,
          accessTokenAsJwtEncryptionKey: secret,
          accessTokenAsJwtEncryptionEnabled: 'true',
        }),
      }),
      ...program(19, 'weak', { jwtAccessToken: true, jwtAccessTokenSigningAlg: 'HS256' }),
      ...program(20, 'broken', { jwtAccessToken: true, ...properties({ accessTokenAsJwtEncryptionEnabled: 'true' }) }),
    },
    properties: keysConfigured,
  })
  assert.match(await tokenOf(world.url, 'shop'), /^AT-/)
  const own = await tokenOf(world.url, 'own')
  const { header, claims } = await readJwt(own, { signing: mine })
  assert.equal(header['org.apereo.cas.services.RegisteredService'], '17')
  assert.equal(claims.aud, 'own')
  const both = await readJwt(await tokenOf(world.url, 'both'), { signing: mine, encryption: secret })
  assert.deepEqual([both.inner?.['enc'], both.claims.aud], ['A128CBC-HS256', ['orders', 'stock']])
  const weak = await tokenOf(world.url, 'weak')
  await readJwt(weak, { signing: SIGNING, encryption: ENCRYPTION, alg: 'HS256' })
  for (const token of [own, weak]) assert.equal((await profile(world.url, token)).status, 200)
  // A definition that cannot be followed gives away nothing: its tokens are opaque, and the log says why.
  assert.match(await tokenOf(world.url, 'broken'), /^AT-/)
  assert.ok(world.lines.some(({ level, fields }) => level === 'error' && fields['service'] === 'Client broken'))
})

test('refresh tokens are JWTs where the setting or the definition says so, and are taken as such [S2-16]', async () => {
  const refreshing = { generateRefreshToken: true, renewRefreshToken: true }
  const services = {
    'shop-1.json': oauthClient(1, 'shop', refreshing),
    'own-2.json': oauthClient(2, 'own', { ...refreshing, jwtRefreshToken: true }),
  }
  for (const [all, clientId, form] of [
    [true, 'shop', 'jwt'],
    [false, 'shop', 'opaque'],
    [false, 'own', 'jwt'],
  ] as const) {
    await using world = await openOAuth({
      services,
      properties: { ...keysConfigured, 'cas.authn.oauth.refresh-token.create-as-jwt': all },
    })
    const { json } = await exchange(world.url, clientId, await codeFor(world.url, clientId))
    const token = String(json['refresh_token'])
    assert.match(String(json['access_token']), /^AT-/)
    if (form === 'opaque') {
      assert.match(token, /^RT-/)
      continue
    }
    const { claims } = await readJwt(token, { signing: SIGNING, encryption: ENCRYPTION })
    assert.deepEqual(Object.keys(claims).sort(), ['aud', 'client_id', 'exp', 'iat', 'iss', 'jti', 'nbf', 'scope', 'sub'])
    assert.match(claims.jti, /^RT-/)
    assert.equal((await refresh(world.url, clientId, token)).status, 200)
    // Rotated out.
    assert.equal((await refresh(world.url, clientId, token)).json['error'], 'invalid_grant')
  }
})

test('claims are what /profile shows, single values single; an attribute never takes the place of a claim of ours', async () => {
  await using world = await openOAuth({
    services: {
      'shop-1.json': oauthClient(1, 'shop', {
        attributeReleasePolicy: { '@class': 'org.apereo.cas.services.ReturnAllAttributeReleasePolicy' },
      }),
    },
    properties: {
      ...keysConfigured,
      [AS_JWT]: true,
      'cas.authn.attribute-repository.stub.attributes.mail': 'one@example.org,two@example.org',
      'cas.authn.attribute-repository.stub.attributes.cn': 'Ada',
      'cas.authn.attribute-repository.stub.attributes.iss': 'https://evil.example',
      'cas.authn.attribute-repository.stub.attributes.act': 'evil',
      'cas.authn.attribute-repository.stub.attributes.cnf': 'evil',
    },
  })
  const { json } = await exchange(world.url, 'shop', await codeFor(world.url, 'shop', { state: 's-1' }))
  const { claims } = await readJwt(String(json['access_token']), { signing: SIGNING, encryption: ENCRYPTION })
  assert.deepEqual(
    [claims.sub, claims.cn, claims.mail, claims.iss, claims.act, claims.cnf, claims.response_type, claims.grant_type],
    [
      'ada',
      'Ada',
      ['one@example.org', 'two@example.org'],
      'https://cas.example.org:8443/cas',
      undefined,
      undefined,
      'none',
      'authorization_code',
    ],
  )
  assert.equal(claims.authenticationDate, new Date(START).toISOString())
  await using bare = await openOAuth({
    services: shop,
    properties: { ...keysConfigured, [AS_JWT]: true, 'cas.authn.oauth.access-token.include-claims-in-jwt': false },
  })
  const few = await readJwt(await tokenOf(bare.url, 'shop'), { signing: SIGNING, encryption: ENCRYPTION })
  assert.deepEqual(Object.keys(few.claims).sort(), ['aud', 'client_id', 'exp', 'iat', 'iss', 'jti', 'nbf', 'scope', 'sub'])
})

test('a token exchange may ask for a JWT, also where tokens are opaque', async () => {
  const grants = { supportedGrantTypes: ['java.util.HashSet', ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange']] }
  await using world = await openOAuth({ services: program(1, 'shop', grants), properties: keysConfigured })
  const subject = await tokenOf(world.url, 'shop', { scope: 'read' })
  const TYPE = 'urn:ietf:params:oauth:token-type'
  const { json } = await postForm(`${world.url}/oauth2.0/accessToken`, {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    client_id: 'shop',
    client_secret: 'secret of shop',
    subject_token: subject,
    subject_token_type: `${TYPE}:access_token`,
    requested_token_type: `${TYPE}:jwt`,
    audience: 'orders',
  })
  const { claims } = await readJwt(String(json['access_token']), { signing: SIGNING, encryption: ENCRYPTION })
  assert.deepEqual([claims.aud, json['issued_token_type']], ['orders', `${TYPE}:jwt`])
})

test('a signing key in a file signs with RS512, and its public half is at /oauth2.0/jwks', async () => {
  const signing = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const sealing = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const files = {
    'sign.pem': signing.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    'seal.pem': sealing.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  }
  const sign = { [AS_JWT]: true, [`${CRYPTO}.signing.key`]: 'file:{dir}/sign.pem' }
  await using world = await openOAuth({ services: shop, files, properties: { ...sign, [`${CRYPTO}.encryption-enabled`]: false } })
  const token = await tokenOf(world.url, 'shop')
  const { json } = await answerOf(await fetch(`${world.url}/oauth2.0/jwks`).then(async (r) => Response.json(await r.json())))
  const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(json as never), { currentDate: new Date(START) })
  assert.deepEqual([payload.sub, protectedHeader.alg], ['shop', 'RS512'])
  const { json: metadata } = await answerOf(await fetch(`${world.url}/.well-known/oauth-authorization-server`))
  assert.equal(metadata['jwks_uri'], 'https://cas.example.org:8443/cas/oauth2.0/jwks')
  assert.deepEqual(
    (json['keys'] as { alg: string }[]).map((key) => [key.alg, ...Object.keys(key).sort()]),
    // The same key once for each algorithm that a definition may want: a name stands for one of them.
    ['RS512', 'RS256', 'RS384', 'PS256', 'PS384', 'PS512'].map((alg) => [alg, 'alg', 'e', 'kid', 'kty', 'n', 'use']),
  )
  assert.equal((await profile(world.url, token)).status, 200)
  // Encrypted for whoever has the private half; the server finds the ticket in the signed header.
  await using sealed = await openOAuth({ services: shop, files, properties: { ...sign, [`${CRYPTO}.encryption.key`]: '{dir}/seal.pem' } })
  const other = await tokenOf(sealed.url, 'shop')
  const verified = await compactVerify(other, signing.publicKey, { algorithms: ['RS512'] })
  const { plaintext, protectedHeader: inner } = await compactDecrypt(new TextDecoder().decode(verified.payload), sealing.privateKey)
  assert.deepEqual([JSON.parse(new TextDecoder().decode(plaintext)).sub, inner.alg], ['shop', 'RSA-OAEP-256'])
  assert.equal((await profile(sealed.url, other)).status, 200)
})

test('access tokens have the form of RFC 9068 where that is wanted: its type, its claims, and the released attributes alone', async () => {
  const definition = {
    ...oauthClient(1, 'shop', { generateRefreshToken: true, jwtRefreshToken: true, scopes: ['java.util.HashSet', ['read', 'write']] }),
    attributeReleasePolicy: {
      '@class': 'org.apereo.cas.services.ReturnAllowedAttributeReleasePolicy',
      allowedAttributes: ['java.util.ArrayList', ['mail']],
    },
  }
  await using world = await openOAuth({
    services: { 'Shop-1.json': definition },
    properties: {
      ...keysConfigured,
      [AS_JWT]: true,
      [`${CRYPTO}.encryption-enabled`]: false,
      [`${CRYPTO}.encryption.key`]: '',
      'castellan.oauth.access-token.rfc9068': true,
      'cas.authn.attribute-repository.stub.attributes.mail': 'ada@example.org',
    },
  })
  const { json } = await exchange(world.url, 'shop', await codeFor(world.url, 'shop', { scope: 'read', state: 's', nonce: 'n' }))
  const { header, claims } = await readJwt(String(json['access_token']), { signing: SIGNING })
  assert.equal(header.typ, 'at+jwt')
  assert.deepEqual(Object.keys(claims).sort(), ['aud', 'client_id', 'exp', 'iat', 'iss', 'jti', 'mail', 'nbf', 'scope', 'sub'])
  assert.deepEqual([claims.mail, claims.scope, claims.sub, claims.client_id], ['ada@example.org', 'read', 'ada', 'shop'])
  assert.equal((await profile(world.url, json['access_token'])).json['id'], 'ada')
  const refreshToken = await readJwt(String(json['refresh_token']), { signing: SIGNING })
  assert.equal(refreshToken.header.typ, 'JWT')
})

test('keys that are texts are not at /oauth2.0/jwks', async () => {
  await using world = await openOAuth({ services: shop, properties: keysConfigured })
  const response = await fetch(`${world.url}/oauth2.0/jwks`)
  assert.equal(response.headers.get('content-type'), 'application/jwk-set+json')
  assert.deepEqual(await response.json(), { keys: [] })
  const { json: metadata } = await answerOf(await fetch(`${world.url}/.well-known/oauth-authorization-server`))
  assert.equal('jwks_uri' in metadata, false)
})
