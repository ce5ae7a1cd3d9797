import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as oauth from 'openid-client'
import type { Castellan } from '../support/castellan.ts'
import { AWKWARD_SECRET, signerKeys, startOAuth, visit, visitDevice } from './oauth-server.ts'

let server: Castellan
before(async () => {
  server = await startOAuth()
})
after(() => server?.[Symbol.asyncDispose]())

const REDIRECT = (client: string) => `https://${client}.example.org/cb`

/** As the documentation of the library has it; plain http has to be asked for. */
const discover = (client: string, authentication?: oauth.ClientAuth, metadata: Partial<oauth.ClientMetadata> | string = {}) =>
  oauth.discovery(new URL(server.url), client, metadata, authentication, { algorithm: 'oauth2', execute: [oauth.allowInsecureRequests] })

const web = (secret = 'secret of web') => discover('web', oauth.ClientSecretBasic(secret))

/** What the library throws for an error of the protocol. */
const refusal =
  (error: string, status = 400) =>
  (cause: unknown) => {
    const { cause: body } = cause as { readonly cause?: unknown }
    assert.ok(cause instanceof oauth.ResponseBodyError, String(cause))
    assert.deepEqual([cause.error, cause.status], [error, status], JSON.stringify(body))
    assert.ok((cause.error_description ?? '').length > 5)
    return true
  }

/** The 401 of a failed client authentication: the library sees the challenge first, as RFC 6749 section 5.2 asks for one. */
const unknownClient = (cause: unknown) => {
  assert.ok(cause instanceof oauth.WWWAuthenticateChallengeError || cause instanceof oauth.ResponseBodyError, String(cause))
  assert.equal(cause.status, 401)
  return true
}

async function begin(config: oauth.Configuration, client: string, more: Readonly<Record<string, string>> = {}) {
  const verifier = oauth.randomPKCECodeVerifier()
  const state = oauth.randomState()
  const address = oauth.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT(client),
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    ...more,
  })
  return { address, checks: { pkceCodeVerifier: verifier, expectedState: state } }
}

async function tokens(config: oauth.Configuration, client: string, more = {}) {
  const { address, checks } = await begin(config, client, more)
  const returned = await visit(server, address)
  return { returned, checks, answer: await oauth.authorizationCodeGrant(config, returned, checks) }
}

test('openid-client finds the server by its issuer (RFC 8414), and what it offers', async () => {
  const metadata = (await web()).serverMetadata()
  assert.equal(metadata.issuer, server.url)
  assert.equal(metadata.token_endpoint, `${server.url}/oauth2.0/accessToken`)
  assert.ok(metadata.supportsPKCE())
  const direct = await oauth.discovery(new URL(`${server.url}/.well-known/oauth-authorization-server`), 'web', {}, undefined, {
    algorithm: 'oauth2',
    execute: [oauth.allowInsecureRequests],
  })
  assert.deepEqual(direct.serverMetadata(), metadata)
})

test('openid-client: code with PKCE, login, approval and profile [S3-2, S3-4, S3-5]', async () => {
  const config = await web()
  const { address } = await begin(config, 'web')
  const toLogin = (await fetch(address, { redirect: 'manual' })).headers.get('location') ?? ''
  assert.ok(toLogin.startsWith(`${server.url}/login?service=`), toLogin)
  assert.match(new URL(toLogin).searchParams.get('service') ?? '', /\/oauth2\.0\/callbackAuthorize\?/)
  const { returned, answer } = await tokens(config, 'web', { scope: 'orders.read' })
  assert.match(returned.searchParams.get('code') ?? '', /^OC-/)
  assert.equal(returned.searchParams.get('iss'), server.url)
  assert.equal(answer.token_type, 'bearer')
  assert.equal(answer.scope, 'orders.read')
  assert.ok((answer.expiresIn() ?? 0) > 7000)
  const profile = await oauth.fetchProtectedResource(config, answer.access_token, new URL(`${server.url}/oauth2.0/profile`), 'GET')
  const { id, attributes } = (await profile.json()) as { id: string; attributes: Record<string, unknown> }
  assert.equal(id, 'ada')
  assert.equal(attributes['mail'], 'ada@example.org')
  assert.deepEqual(attributes['affiliation'], ['student', 'member'])
  assert.equal(attributes['phone'], undefined)
  const byQuery = await fetch(`${server.url}/oauth2.0/profile?${new URLSearchParams({ access_token: answer.access_token })}`)
  assert.equal(byQuery.status, 200)
  assert.equal(((await byQuery.json()) as { id: string }).id, 'ada')
})

test('openid-client: whoever denies sends the client back with access_denied', async () => {
  const config = await web()
  const { address, checks } = await begin(config, 'web')
  const returned = await visit(server, address, 'deny')
  await assert.rejects(oauth.authorizationCodeGrant(config, returned, checks), (cause) => {
    assert.ok(cause instanceof oauth.AuthorizationResponseError, String(cause))
    assert.equal(cause.error, 'access_denied')
    return true
  })
})

test('openid-client: a code that comes again, a wrong verifier and a wrong secret are refused', async () => {
  const config = await web()
  const spent = await tokens(config, 'web')
  await assert.rejects(oauth.authorizationCodeGrant(config, spent.returned, spent.checks), refusal('invalid_grant'))

  const { address, checks } = await begin(config, 'web')
  const returned = await visit(server, address)
  const wrong = { ...checks, pkceCodeVerifier: oauth.randomPKCECodeVerifier() }
  await assert.rejects(oauth.authorizationCodeGrant(config, returned, wrong), refusal('invalid_grant'))
  await assert.rejects(oauth.authorizationCodeGrant(await web('guessed'), returned, checks), unknownClient)
  const post = await discover('web', oauth.ClientSecretPost('guessed'))
  await assert.rejects(oauth.authorizationCodeGrant(post, returned, checks), unknownClient)
  // None of these tries has spent the code.
  assert.match((await oauth.authorizationCodeGrant(config, returned, checks)).access_token, /^AT-/)
})

test('openid-client: a client without a secret needs nothing but PKCE', async () => {
  const config = await discover('app', oauth.None())
  const { answer } = await tokens(config, 'app')
  assert.ok(answer.refresh_token)
  assert.match((await oauth.refreshTokenGrant(config, answer.refresh_token)).access_token, /^AT-/)
})

test('openid-client: refresh tokens rotate, and a spent one ends the family', async () => {
  const config = await web()
  const { answer } = await tokens(config, 'web')
  const first = answer.refresh_token ?? ''
  const second = await oauth.refreshTokenGrant(config, first)
  assert.ok(second.refresh_token && second.refresh_token !== first)
  assert.notEqual(second.access_token, answer.access_token)
  await assert.rejects(oauth.refreshTokenGrant(config, first), refusal('invalid_grant'))
  await assert.rejects(oauth.refreshTokenGrant(config, second.refresh_token), refusal('invalid_grant'))
})

test('openid-client: client credentials, whatever characters the secret has', async () => {
  for (const authentication of [
    oauth.ClientSecretBasic(AWKWARD_SECRET),
    oauth.ClientSecretPost(AWKWARD_SECRET),
    oauth.ClientSecretJwt(AWKWARD_SECRET),
  ]) {
    const config = await discover('batch', authentication)
    const answer = await oauth.clientCredentialsGrant(config, { scope: 'orders.read' })
    assert.match(answer.access_token, /^AT-/)
    assert.equal(answer.scope, 'orders.read')
  }
  await assert.rejects(oauth.clientCredentialsGrant(await discover('batch', oauth.ClientSecretJwt('guessed'))), unknownClient)
  await assert.rejects(oauth.clientCredentialsGrant(await discover('app', oauth.None())), refusal('unauthorized_client'))
})

test('openid-client: a client that signs with its own key has no secret to lose', async () => {
  const config = await discover('signer', oauth.PrivateKeyJwt(signerKeys.privateKey))
  const { answer } = await tokens(config, 'signer')
  assert.equal((await profileOf(config, answer.access_token))['id'], 'ada')
  assert.match((await oauth.clientCredentialsGrant(config)).access_token, /^AT-/)
  const other = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  await assert.rejects(oauth.clientCredentialsGrant(await discover('signer', oauth.PrivateKeyJwt(other.privateKey))), unknownClient)
  // Whoever only says that they are this client is not.
  const { address, checks } = await begin(config, 'signer')
  const returned = await visit(server, address)
  await assert.rejects(oauth.authorizationCodeGrant(await discover('signer', oauth.None()), returned, checks), unknownClient)
})

test('openid-client: password grant [S3-8]', async () => {
  const config = await discover('old', oauth.ClientSecretPost('secret of old'))
  const answer = await oauth.genericGrantRequest(config, 'password', { username: 'ada', password: 'pw' })
  assert.match(answer.access_token, /^AT-/)
  // As applications of old do it: without the secret.
  const bare = await discover('old', oauth.None())
  assert.match((await oauth.genericGrantRequest(bare, 'password', { username: 'ada', password: 'pw' })).access_token, /^AT-/)
  await assert.rejects(oauth.genericGrantRequest(config, 'password', { username: 'ada', password: 'no' }), refusal('invalid_grant'))
  const wrong = await discover('old', oauth.ClientSecretPost('guessed'))
  await assert.rejects(oauth.genericGrantRequest(wrong, 'password', { username: 'ada', password: 'pw' }), unknownClient)
})

test('openid-client: a device waits until somebody allows or denies', async () => {
  const config = await discover('tv', oauth.None())
  const [allowed, denied] = [await oauth.initiateDeviceAuthorization(config, {}), await oauth.initiateDeviceAuthorization(config, {})]
  assert.equal(allowed.interval, 1)
  const asked = Promise.withResolvers<string>()
  config[oauth.customFetch] = async (url, options) => {
    const response = await fetch(url, options as RequestInit)
    asked.resolve(await response.clone().text())
    return response
  }
  const polled = oauth.pollDeviceAuthorizationGrant(config, allowed)
  // Nobody has decided yet: the library takes that for an answer, and asks again later.
  assert.match(await asked.promise, /"authorization_pending"/)
  assert.match((await visitDevice(server, allowed.verification_uri_complete ?? '', 'allow')).body, /Approved/)
  const answer = await polled
  assert.match(answer.access_token, /^AT-/)
  assert.equal((await profileOf(config, answer.access_token))['id'], 'ada')
  await visitDevice(server, denied.verification_uri_complete ?? '', 'deny')
  await assert.rejects(oauth.pollDeviceAuthorizationGrant(config, denied), refusal('access_denied'))
  await assert.rejects(oauth.pollDeviceAuthorizationGrant(config, allowed), refusal('invalid_grant'))
})

const profileOf = async (config: oauth.Configuration, token: string) =>
  (await (await oauth.fetchProtectedResource(config, token, new URL(`${server.url}/oauth2.0/profile`), 'GET')).json()) as Readonly<
    Record<string, unknown>
  >

test('openid-client: a resource server asks about tokens, and their client revokes them', async () => {
  const config = await web()
  const api = await discover('api', oauth.ClientSecretBasic('secret of api'))
  const { answer } = await tokens(config, 'web', { scope: 'orders.read' })
  const { active, client_id, sub, scope } = await oauth.tokenIntrospection(api, answer.access_token)
  assert.deepEqual({ active, client_id, sub, scope }, { active: true, client_id: 'web', sub: 'ada', scope: 'orders.read' })
  assert.equal((await oauth.tokenIntrospection(api, 'AT-1-guessed')).active, false)
  await assert.rejects(oauth.tokenIntrospection(await web('guessed'), answer.access_token), unknownClient)

  await assert.rejects(oauth.tokenRevocation(api, answer.access_token), refusal('invalid_request'))
  await assert.rejects(oauth.tokenRevocation(await web('guessed'), answer.access_token), unknownClient)
  await oauth.tokenRevocation(config, answer.refresh_token ?? '')
  assert.equal((await oauth.tokenIntrospection(api, answer.access_token)).active, false)
  await oauth.tokenRevocation(config, 'AT-1-guessed')
  await assert.rejects(profileOf(config, answer.access_token), (cause) => {
    assert.ok(cause instanceof oauth.WWWAuthenticateChallengeError, String(cause))
    assert.equal(cause.cause[0]?.parameters.error, 'invalid_token')
    return true
  })
})
