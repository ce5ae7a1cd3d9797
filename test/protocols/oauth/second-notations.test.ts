import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { StartRefusal } from '../../../src/base/start-refusal.ts'
import { answerOf, basic, codeFor, exchange, oauthClient } from '../../support/oauth.ts'
import { newKey, program, readJwt, tokenOf } from './jwt-world.ts'
import { openOAuth } from './oauth-world.ts'

/** Settings of tokens and of their containers as a file does not write them: by the environment, as system properties, on the command line. */
const services = program(1, 'shop')
const ACCESS = 'cas.authn.oauth.access-token'
const AS_JWT = { CAS_AUTHN_OAUTH_ACCESSTOKEN_CREATEASJWT: 'true' }

test('keys come by the command line, the wish for JWTs by the environment [S2-5, S2-6, S2-7]', async () => {
  const [signing, encryption] = [newKey(512), newKey(512)]
  await using world = await openOAuth({
    services,
    env: AS_JWT,
    args: [`--${ACCESS}.crypto.signing.key=${signing}`, `--${ACCESS}.crypto.encryption.key=${encryption}`],
  })
  const { claims } = await readJwt(await tokenOf(world.url, 'shop'), { signing, encryption })
  assert.equal(claims.sub, 'shop')
})

test('the algorithm and the size of a key come as system properties [S2-8, S2-11]', async () => {
  const [signing, encryption] = [newKey(512), newKey(256)]
  const keys = [`--${ACCESS}.crypto.signing.key=${signing}`, `--${ACCESS}.crypto.encryption.key=${encryption}`]
  const smaller = [`-D${ACCESS}.crypto.alg=A128CBC-HS256`, `-D${ACCESS}.crypto.encryption.key-size=256`]
  await using world = await openOAuth({ services, env: AS_JWT, args: [...smaller, ...keys] })
  const { inner } = await readJwt(await tokenOf(world.url, 'shop'), { signing, encryption })
  assert.equal(inner?.enc, 'A128CBC-HS256')
  await assert.rejects(openOAuth({ services, env: AS_JWT, args: keys }), { name: StartRefusal.name })
})

test('encryption and all crypto are switched off by the environment [S2-9, S2-10]', async () => {
  const env = { ...AS_JWT, CAS_AUTHN_OAUTH_ACCESS_TOKEN_CRYPTO_ENCRYPTION_ENABLED: 'false' }
  await using world = await openOAuth({ services, env })
  const token = await tokenOf(world.url, 'shop')
  assert.deepEqual([decodeJwt(token).sub, decodeProtectedHeader(token).alg], ['shop', 'HS512'])
  const off = { ...AS_JWT, CAS_AUTHN_OAUTH_ACCESS_TOKEN_CRYPTO_ENABLED: 'false' }
  await assert.rejects(openOAuth({ services, env: off }), { name: StartRefusal.name, exitCode: 78 })
})

test('refresh tokens are JWTs by the command line [S2-16]', async () => {
  const refreshing = { 'Shop-1.json': oauthClient(1, 'shop', { generateRefreshToken: true }) }
  await using world = await openOAuth({ services: refreshing, args: ['--cas.authn.oauth.refreshToken.createAsJwt=true'] })
  const { json } = await exchange(world.url, 'shop', await codeFor(world.url, 'shop'))
  assert.equal(String(json['refresh_token']).split('.').length, 3)
  assert.match(String(json['access_token']), /^AT-/)
})

test('containers are named by the environment, as system properties and on the command line [S2-3, S2-15, S2-18, S2-21]', async () => {
  await using world = await openOAuth({
    services,
    properties: {
      'spring.security.user.name': 'operator',
      'spring.security.user.password': 'of the bench',
      'management.endpoints.web.exposure.include': 'ticketRegistry',
      'management.endpoint.ticketRegistry.access': 'UNRESTRICTED',
      'cas.monitor.endpoints.endpoint.ticketRegistry.access': 'AUTHENTICATED',
    },
    env: { CAS_AUTHN_OAUTH_CODE_STORAGE_NAME: 'codesOfMine', CAS_AUTHN_OAUTH_DEVICETOKEN_STORAGENAME: 'devicesOfMine' },
    args: ['-Dcas.authn.oauth.refresh-token.storage-name=refreshOfMine', '--cas.authn.oauth.deviceUserCode.storageName=userCodesOfMine'],
  })
  const { text } = await answerOf(
    await fetch(`${world.url}/actuator/ticketRegistry/ticketCatalog`, { headers: basic('operator', 'of the bench') }),
  )
  for (const name of ['codesOfMine', 'devicesOfMine', 'refreshOfMine', 'userCodesOfMine']) assert.match(text, new RegExp(`"${name}"`))
  for (const name of ['oauthCodesCache', 'oauthDeviceTokensCache', 'oauthRefreshTokensCache', 'oauthDeviceUserCodesCache']) {
    assert.doesNotMatch(text, new RegExp(`"${name}"`))
  }
})
