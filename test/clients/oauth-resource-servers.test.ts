import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createRemoteJWKSet, errors, importPKCS8, jwtVerify, SignJWT } from 'jose'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import type { Castellan } from '../support/castellan.ts'
import { authorizeUrl, basic, exchange, postForm } from '../support/oauth.ts'
import { startOAuth, vaultKeys, visit } from './oauth-server.ts'

/** Libraries on the side of resource servers: they verify tokens, ask about them, and exchange them for others. */
const API = 'https://api.example.org/'
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS = 'urn:ietf:params:oauth:token-type:access_token'
const JWT = 'urn:ietf:params:oauth:token-type:jwt'
const insecure = { [oauth.allowInsecureRequests]: true }
let server: Castellan
let issuer: oauth.AuthorizationServer

before(async () => {
  server = await startOAuth()
  const url = new URL(server.url)
  issuer = await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...insecure }))
})
after(() => server?.[Symbol.asyncDispose]())

async function tokenFor(clientId: string, scope = 'orders.read'): Promise<string> {
  const code = (await visit(server, authorizeUrl(server.url, clientId, { scope }))).searchParams.get('code') ?? ''
  return String((await exchange(server.url, clientId, code)).json['access_token'])
}
const bearing = (token: string) => new Request(API, { headers: { authorization: `Bearer ${token}` } })

test('oauth4webapi verifies a JWT of RFC 9068 by the keys that the metadata names, and who it is for', async () => {
  const token = await tokenFor('jwt')
  const claims = await oauth.validateJwtAccessToken(issuer, bearing(token), API, insecure)
  assert.deepEqual([claims.iss, claims.sub, claims.client_id, claims.scope], [server.url, 'ada', 'jwt', 'orders.read'])
  assert.deepEqual([claims['mail'], claims['phone']], ['ada@example.org', undefined])
  await assert.rejects(oauth.validateJwtAccessToken(issuer, bearing(token), 'https://other.example.org/', insecure), /aud/)
  const [header, , signature] = token.split('.')
  const other = Buffer.from(JSON.stringify({ ...claims, sub: 'grace' })).toString('base64url')
  await assert.rejects(oauth.validateJwtAccessToken(issuer, bearing(`${header}.${other}.${signature}`), API, insecure), /signature/)
  await assert.rejects(oauth.validateJwtAccessToken(issuer, bearing('AT-1-x'), API, insecure))
})

test('jose verifies a JWT by the key set, and takes none of another key', async () => {
  const keys = createRemoteJWKSet(new URL(issuer.jwks_uri ?? ''))
  const claims = { issuer: server.url, audience: API, typ: 'at+jwt' }
  const { payload, protectedHeader } = await jwtVerify(await tokenFor('jwt'), keys, claims)
  assert.equal(payload.sub, 'ada')
  const foreign = await importPKCS8(vaultKeys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'RS512')
  const forged = await new SignJWT({ ...payload, sub: 'grace' }).setProtectedHeader({ ...protectedHeader, alg: 'RS512' }).sign(foreign)
  await assert.rejects(jwtVerify(forged, keys, claims), errors.JWSSignatureVerificationFailed)
  const unknown = await new SignJWT(payload).setProtectedHeader({ alg: 'RS512', kid: 'of nobody' }).sign(foreign)
  await assert.rejects(jwtVerify(unknown, keys, claims), errors.JWKSNoMatchingKey)
})

test('oauth4webapi is told about tokens by a statement that is signed, and encrypted for it (RFC 9701)', async () => {
  const token = await tokenFor('web')
  const asked = async (client: oauth.Client, name: string) => {
    const authentication = oauth.ClientSecretBasic(`secret of ${name}`)
    return oauth.introspectionRequest(issuer, client, authentication, token, { ...insecure, requestJwtResponse: true })
  }
  const plain: oauth.Client = { client_id: 'api', introspection_signed_response_alg: 'RS512' }
  const signed = await asked(plain, 'api')
  assert.match(signed.headers.get('content-type') ?? '', /token-introspection\+jwt/)
  const known = await oauth.processIntrospectionResponse(issuer, plain, signed)
  await oauth.validateApplicationLevelSignature(issuer, signed, insecure)
  assert.deepEqual([known.active, known.client_id, known.sub], [true, 'web', 'ada'])
  const vault: oauth.Client = { client_id: 'vault', introspection_signed_response_alg: 'PS256' }
  const sealed = await asked(vault, 'vault')
  const { compactDecrypt } = await import('jose')
  const opened = await oauth.processIntrospectionResponse(issuer, vault, sealed, {
    [oauth.jweDecrypt]: async (jwe) => new TextDecoder().decode((await compactDecrypt(jwe, vaultKeys.privateKey)).plaintext),
  })
  await oauth.validateApplicationLevelSignature(issuer, sealed, insecure)
  assert.deepEqual([opened.active, opened.client_id], [true, 'web'])
  // What it expects by another algorithm it does not believe.
  await assert.rejects(
    async () =>
      oauth.processIntrospectionResponse(issuer, { ...plain, introspection_signed_response_alg: 'PS512' }, await asked(plain, 'api')),
    /alg/,
  )
})

test('oauth4webapi exchanges a token for one of another target, and hears why not', async () => {
  const subject = await tokenFor('web')
  const broker: oauth.Client = { client_id: 'broker' }
  const ask = async (fields: Readonly<Record<string, string>>, client = broker) => {
    const authentication = oauth.ClientSecretBasic(`secret of ${client.client_id}`)
    const given = { subject_token: subject, subject_token_type: ACCESS, ...fields }
    const response = await oauth.genericTokenEndpointRequest(issuer, client, authentication, EXCHANGE, given, insecure)
    return oauth.processGenericTokenEndpointResponse(issuer, client, response)
  }
  const refused = (error: string) => (cause: unknown) => {
    assert.ok(cause instanceof oauth.ResponseBodyError, String(cause))
    assert.deepEqual([cause.status, cause.error], [400, error])
    return true
  }
  const opaque = await ask({})
  assert.deepEqual([opaque['issued_token_type'], opaque.scope, opaque.refresh_token], [ACCESS, 'orders.read', undefined])
  const jwt = await ask({ requested_token_type: JWT, resource: `${API}orders` })
  assert.equal(jwt['issued_token_type'], JWT)
  const claims = await oauth.validateJwtAccessToken(issuer, bearing(jwt.access_token), `${API}orders`, insecure)
  assert.deepEqual([claims.sub, claims.client_id], ['ada', 'broker'])
  await assert.rejects(ask({ resource: 'https://elsewhere.example.org/' }), refused('invalid_target'))
  await assert.rejects(ask({ subject_token: 'AT-1-guessed' }), refused('invalid_request'))
  await assert.rejects(ask({ requested_token_type: 'urn:ietf:params:oauth:token-type:saml2' }), refused('invalid_request'))
  await assert.rejects(ask({}, { client_id: 'api' }), refused('unauthorized_client'))
  await postForm(`${server.url}/oauth2.0/revoke`, { token: subject }, basic('web', 'secret of web'))
  await assert.rejects(ask({}), refused('invalid_request'))
})

test('openid-client exchanges a token, and hears why not', async () => {
  const asks = (client: string) =>
    openid.discovery(new URL(server.url), client, undefined, openid.ClientSecretBasic(`secret of ${client}`), {
      algorithm: 'oauth2',
      execute: [openid.allowInsecureRequests],
    })
  const [broker, api] = [await asks('broker'), await asks('api')]
  const subject = await tokenFor('web')
  const ask = (fields: Readonly<Record<string, string>>) =>
    openid.genericGrantRequest(broker, EXCHANGE, { subject_token: subject, subject_token_type: ACCESS, ...fields })
  const given = await ask({})
  assert.equal(given['issued_token_type'], ACCESS)
  const known = await openid.tokenIntrospection(api, given.access_token)
  assert.deepEqual([known.active, known.sub, known.client_id], [true, 'ada', 'broker'])
  const refused = (error: string) => (cause: unknown) => cause instanceof openid.ResponseBodyError && cause.error === error
  await assert.rejects(ask({ audience: 'x', resource: 'https://elsewhere.example.org/' }), refused('invalid_target'))
  await assert.rejects(ask({ subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' }), refused('invalid_request'))
})
