import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as oauth from 'oauth4webapi'
import type { Castellan } from '../support/castellan.ts'
import { redirectOf } from '../support/oauth.ts'
import { AWKWARD_SECRET, startOAuth, visit, visitDevice } from './oauth-server.ts'

let server: Castellan
let issuer: oauth.AuthorizationServer
const insecure = { [oauth.allowInsecureRequests]: true }

before(async () => {
  server = await startOAuth()
  const url = new URL(server.url)
  issuer = await oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...insecure }))
})
after(() => server?.[Symbol.asyncDispose]())

const web: oauth.Client = { client_id: 'web' }
const app: oauth.Client = { client_id: 'app' }
const secret = oauth.ClientSecretBasic('secret of web')

/** What the library throws for an error that stands in the body. */
const refusal =
  (error: string, status = 400) =>
  (cause: unknown) => {
    assert.ok(cause instanceof oauth.ResponseBodyError, String(cause))
    assert.deepEqual([cause.error, cause.status], [error, status])
    return true
  }

/** What it throws for a failed client authentication: the challenge of RFC 6749 section 5.2 comes first. */
const unknownClient = (cause: unknown) => {
  assert.ok(cause instanceof oauth.WWWAuthenticateChallengeError, String(cause))
  assert.deepEqual([cause.status, cause.cause[0]?.scheme], [401, 'basic'])
  return true
}

/** An authorization request from its beginning to the answer in the browser, which the library judges. */
async function authorized(client: oauth.Client, more: Readonly<Record<string, string>> = {}, says: 'allow' | 'deny' = 'allow') {
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const address = new URL(issuer.authorization_endpoint ?? '')
  address.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: redirectOf(client.client_id),
    response_type: 'code',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    ...more,
  }).toString()
  const returned = await visit(server, address, says)
  return { verifier, parameters: oauth.validateAuthResponse(issuer, client, returned, state) }
}

async function bought(client: oauth.Client, authentication: oauth.ClientAuth, parameters: URLSearchParams, verifier: string) {
  const redirect = redirectOf(client.client_id)
  const response = await oauth.authorizationCodeGrantRequest(issuer, client, authentication, parameters, redirect, verifier, insecure)
  return oauth.processAuthorizationCodeResponse(issuer, client, response)
}

async function refreshed(client: oauth.Client, authentication: oauth.ClientAuth, token: string | undefined) {
  return oauth.processRefreshTokenResponse(
    issuer,
    client,
    await oauth.refreshTokenGrantRequest(issuer, client, authentication, token ?? '', insecure),
  )
}

const profile = (token: string) =>
  oauth.protectedResourceRequest(token, 'GET', new URL(issuer.userinfo_endpoint ?? ''), undefined, null, insecure)

async function introspected(token: string, client = 'api', authentication = oauth.ClientSecretBasic('secret of api')) {
  const asks = { client_id: client }
  return oauth.processIntrospectionResponse(issuer, asks, await oauth.introspectionRequest(issuer, asks, authentication, token, insecure))
}

test('oauth4webapi: the metadata is complete and names this issuer', () => {
  assert.equal(issuer.issuer, server.url)
  assert.equal(issuer.authorization_response_iss_parameter_supported, true)
  assert.deepEqual(issuer.code_challenge_methods_supported, ['S256', 'plain'])
  for (const grant of [
    'authorization_code',
    'refresh_token',
    'client_credentials',
    'password',
    'urn:ietf:params:oauth:grant-type:device_code',
  ]) {
    assert.ok(issuer.grant_types_supported?.includes(grant), grant)
  }
})

test('oauth4webapi: code with PKCE for clients with and without a secret, by every method of authentication', async () => {
  for (const [client, authentication] of [
    [web, secret],
    [web, oauth.ClientSecretPost('secret of web')],
    [web, oauth.ClientSecretJwt('secret of web')],
    [app, oauth.None()],
  ] as const) {
    const { parameters, verifier } = await authorized(client)
    const tokens = await bought(client, authentication, parameters, verifier)
    assert.equal(tokens.token_type, 'bearer')
    const { id, client_id, attributes } = (await (await profile(tokens.access_token)).json()) as Record<string, unknown>
    assert.deepEqual({ id, client_id }, { id: 'ada', client_id: client.client_id })
    assert.equal((attributes as Record<string, unknown>)['mail'], 'ada@example.org')
  }
})

test('oauth4webapi: the answer to a denied request, to one without a session that must be silent, and to nonsense', async () => {
  const thrown = (error: string) => (cause: unknown) => {
    assert.ok(cause instanceof oauth.AuthorizationResponseError, String(cause))
    assert.equal(cause.error, error)
    return true
  }
  await assert.rejects(authorized(web, {}, 'deny'), thrown('access_denied'))
  await assert.rejects(authorized(web, { prompt: 'none' }), thrown('login_required'))
  await assert.rejects(authorized(web, { response_type: 'nonsense' }), thrown('unsupported_response_type'))
})

test('oauth4webapi: codes are refused that come again, with a wrong verifier, or from another client', async () => {
  const first = await authorized(web)
  await bought(web, secret, first.parameters, first.verifier)
  await assert.rejects(bought(web, secret, first.parameters, first.verifier), refusal('invalid_grant'))

  const { parameters, verifier } = await authorized(web)
  await assert.rejects(bought(web, secret, parameters, oauth.generateRandomCodeVerifier()), refusal('invalid_grant'))
  await assert.rejects(bought(web, oauth.ClientSecretBasic('guessed'), parameters, verifier), unknownClient)
  await assert.rejects(bought(web, oauth.ClientSecretJwt('guessed'), parameters, verifier), unknownClient)
  await assert.rejects(bought({ client_id: 'nobody' }, secret, parameters, verifier), unknownClient)
  // The library takes the answer of another client for its own only by mistake of the application.
  const stolen = oauth.validateAuthResponse(issuer, app, parameters, oauth.skipStateCheck)
  await assert.rejects(bought(app, oauth.None(), stolen, verifier), refusal('invalid_grant'))
})

test('oauth4webapi: refresh with rotation; a spent token ends the family', async () => {
  const { parameters, verifier } = await authorized(web)
  const one = await bought(web, secret, parameters, verifier)
  const two = await refreshed(web, secret, one.refresh_token)
  const three = await refreshed(web, secret, two.refresh_token)
  assert.equal(new Set([one.refresh_token, two.refresh_token, three.refresh_token]).size, 3)
  await assert.rejects(refreshed(app, oauth.None(), three.refresh_token), refusal('invalid_grant'))
  await assert.rejects(refreshed(web, secret, one.refresh_token), refusal('invalid_grant'))
  await assert.rejects(refreshed(web, secret, three.refresh_token), refusal('invalid_grant'))
  assert.equal((await introspected(three.access_token)).active, false)
})

test('oauth4webapi: client credentials; no client goes beyond its scopes', async () => {
  const batch = { client_id: 'batch' }
  const ask = async (authentication: oauth.ClientAuth, parameters: Record<string, string>) =>
    oauth.processClientCredentialsResponse(
      issuer,
      batch,
      await oauth.clientCredentialsGrantRequest(issuer, batch, authentication, parameters, insecure),
    )
  const tokens = await ask(oauth.ClientSecretBasic(AWKWARD_SECRET), { scope: 'orders.read orders.write' })
  assert.equal(tokens.scope, 'orders.read')
  assert.equal(tokens.refresh_token, undefined)
  assert.equal((await introspected(tokens.access_token)).client_id, 'batch')
  await assert.rejects(ask(oauth.ClientSecretBasic('guessed'), {}), unknownClient)
  await assert.rejects(ask(oauth.None(), {}), unknownClient)
})

test('oauth4webapi: password grant; a wrong password and a wrong secret are different errors [S3-8]', async () => {
  const old = { client_id: 'old' }
  const ask = async (authentication: oauth.ClientAuth, password: string) =>
    oauth.processGenericTokenEndpointResponse(
      issuer,
      old,
      await oauth.genericTokenEndpointRequest(issuer, old, authentication, 'password', { username: 'ada', password }, insecure),
    )
  for (const authentication of [oauth.ClientSecretPost('secret of old'), oauth.None()]) {
    assert.match((await ask(authentication, 'pw')).access_token, /^AT-/)
    await assert.rejects(ask(authentication, 'wrong'), refusal('invalid_grant'))
  }
  await assert.rejects(ask(oauth.ClientSecretPost('guessed'), 'pw'), unknownClient)
})

test('oauth4webapi: a device hears that it has to wait, that it is too fast, and what was decided', async () => {
  const tv = { client_id: 'tv' }
  const start = async () =>
    oauth.processDeviceAuthorizationResponse(
      issuer,
      tv,
      await oauth.deviceAuthorizationRequest(issuer, tv, oauth.None(), { scope: 'tv' }, insecure),
    )
  const ask = async (code: string) =>
    oauth.processDeviceCodeResponse(issuer, tv, await oauth.deviceCodeGrantRequest(issuer, tv, oauth.None(), code, insecure))
  const [allowed, denied] = [await start(), await start()]
  // The beginning counts as the first question.
  await assert.rejects(ask(allowed.device_code), refusal('slow_down'))
  await visitDevice(server, allowed.verification_uri_complete ?? '', 'allow')
  await visitDevice(server, denied.verification_uri_complete ?? '', 'deny')
  const tokens = await ask(allowed.device_code)
  assert.equal(tokens.scope, 'tv')
  assert.equal(((await (await profile(tokens.access_token)).json()) as { id: string }).id, 'ada')
  assert.match((await refreshed(tv, oauth.None(), tokens.refresh_token)).access_token, /^AT-/)
  await assert.rejects(ask(allowed.device_code), refusal('invalid_grant'))
  await assert.rejects(ask(denied.device_code), refusal('access_denied'))
  await assert.rejects(ask('ODT-1-guessed'), refusal('invalid_grant'))
})

test('oauth4webapi: introspection and revocation', async () => {
  const { parameters, verifier } = await authorized(web, { scope: 'orders.read orders.write' })
  const tokens = await bought(web, secret, parameters, verifier)
  const known = await introspected(tokens.access_token)
  assert.equal(known.active, true)
  assert.equal(known.scope, 'orders.read orders.write')
  assert.equal(known.token_type, 'Bearer')
  assert.ok((known.exp ?? 0) > Date.now() / 1000)
  await assert.rejects(introspected(tokens.access_token, 'api', oauth.ClientSecretBasic('guessed')), unknownClient)

  const revoke = async (token: string, client = web, authentication = secret) =>
    oauth.processRevocationResponse(await oauth.revocationRequest(issuer, client, authentication, token, insecure))
  await assert.rejects(revoke(tokens.access_token, web, oauth.ClientSecretBasic('guessed')), unknownClient)
  await assert.rejects(revoke(tokens.access_token, app, oauth.None()), refusal('invalid_request'))
  await revoke(tokens.access_token)
  await revoke(tokens.access_token)
  assert.equal((await introspected(tokens.access_token)).active, false)
  assert.equal((await introspected(tokens.refresh_token ?? '')).active, true)
  await assert.rejects(profile(tokens.access_token), (cause) => {
    assert.ok(cause instanceof oauth.WWWAuthenticateChallengeError, String(cause))
    assert.deepEqual([cause.status, cause.cause[0]?.scheme, cause.cause[0]?.parameters.error], [401, 'bearer', 'invalid_token'])
    return true
  })
})
