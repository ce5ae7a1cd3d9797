import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import type { Castellan } from '../support/castellan.ts'
import { redirectOf } from '../support/oauth.ts'
import { AWKWARD_SECRET, startOAuth, visit } from './oauth-server.ts'

/** What this test uses of the library; it brings no types. */
interface Token {
  readonly token: Readonly<Record<string, unknown>>
  expired(windowInSeconds?: number): boolean
  refresh(parameters?: object): Promise<Token>
  revoke(which: 'access_token' | 'refresh_token'): Promise<void>
  revokeAll(): Promise<void>
}
interface Grant {
  authorizeURL(parameters: object): string
  getToken(parameters: object): Promise<Token>
}
type GrantClass = new (options: object) => Grant
const { AuthorizationCode, ClientCredentials, ResourceOwnerPassword } = createRequire(import.meta.url)('simple-oauth2') as Readonly<
  Record<'AuthorizationCode' | 'ClientCredentials' | 'ResourceOwnerPassword', GrantClass>
>

let server: Castellan
before(async () => {
  server = await startOAuth()
})
after(() => server?.[Symbol.asyncDispose]())

const options = (id: string, secret = `secret of ${id}`, more: object = {}) => ({
  client: { id, secret },
  auth: {
    tokenHost: new URL(server.url).origin,
    tokenPath: '/cas/oauth2.0/accessToken',
    revokePath: '/cas/oauth2.0/revoke',
    ...(id === 'web' ? { authorizePath: '/cas/oauth2.0/authorize' } : {}),
  },
  options: more,
})

/** Errors of the library carry the answer of the server. */
const refusal = (status: number, error: string) => (cause: unknown) => {
  const { output, data } = cause as {
    readonly output?: { readonly statusCode: number }
    readonly data?: { readonly payload?: { readonly error?: string } }
  }
  assert.deepEqual([output?.statusCode, data?.payload?.error], [status, error], String(cause))
  return true
}

const idOf = async ({ token }: Token) => {
  const response = await fetch(`${server.url}/oauth2.0/profile`, { headers: { authorization: `Bearer ${token['access_token']}` } })
  return ((await response.json()) as Readonly<Record<string, unknown>>)['id']
}

async function codeOf(grant: Grant, says: 'allow' | 'deny' = 'allow'): Promise<URL> {
  const address = grant.authorizeURL({
    redirect_uri: redirectOf('web'),
    scope: ['orders.read', 'orders.write'],
    state: 'of the application',
  })
  const returned = await visit(server, address, says)
  assert.equal(returned.searchParams.get('state'), 'of the application')
  return returned
}

test('simple-oauth2: code, by header and by body, and its error paths', async () => {
  for (const authorizationMethod of ['header', 'body']) {
    const grant = new AuthorizationCode(options('web', undefined, { authorizationMethod }))
    const code = (await codeOf(grant)).searchParams.get('code')
    const redirect_uri = redirectOf('web')
    const guessing = new AuthorizationCode(options('web', 'guessed', { authorizationMethod }))
    await assert.rejects(guessing.getToken({ code, redirect_uri }), refusal(401, 'invalid_client'))
    await assert.rejects(grant.getToken({ code, redirect_uri: `${redirect_uri}?other` }), refusal(400, 'invalid_grant'))
    const token = await grant.getToken({ code, redirect_uri })
    assert.equal(await idOf(token), 'ada')
    assert.equal(token.token['scope'], 'orders.read orders.write')
    assert.equal(token.expired(), false)
    assert.equal(token.expired(3 * 3600 + 8 * 3600), true)
    await assert.rejects(grant.getToken({ code, redirect_uri }), refusal(400, 'invalid_grant'))
  }
  const denied = await codeOf(new AuthorizationCode(options('web')), 'deny')
  assert.deepEqual([denied.searchParams.get('error'), denied.searchParams.get('code')], ['access_denied', null])
})

test('simple-oauth2: refresh with rotation, spent tokens, revocation', async () => {
  const grant = new AuthorizationCode(options('web'))
  const buy = async () => grant.getToken({ code: (await codeOf(grant)).searchParams.get('code'), redirect_uri: redirectOf('web') })
  const first = await buy()
  const second = await first.refresh()
  assert.notEqual(second.token['access_token'], first.token['access_token'])
  assert.notEqual(second.token['refresh_token'], first.token['refresh_token'])
  await assert.rejects(first.refresh(), refusal(400, 'invalid_grant'))
  await assert.rejects(second.refresh(), refusal(400, 'invalid_grant'))
  const other = await buy()
  await other.revoke('access_token')
  assert.equal(await idOf(other), undefined)
  const renewed = await other.refresh()
  assert.equal(await idOf(renewed), 'ada')
  await renewed.revokeAll()
  assert.equal(await idOf(renewed), undefined)
  await assert.rejects(renewed.refresh(), refusal(400, 'invalid_grant'))
})

test('simple-oauth2: client credentials, whichever way the library encodes an awkward secret', async () => {
  for (const credentialsEncodingMode of ['strict', 'loose']) {
    for (const bodyFormat of ['form', 'json']) {
      const grant = new ClientCredentials(options('batch', AWKWARD_SECRET, { credentialsEncodingMode, bodyFormat }))
      assert.equal(await idOf(await grant.getToken({ scope: 'orders.read' })), 'batch', `${credentialsEncodingMode} ${bodyFormat}`)
    }
  }
  await assert.rejects(new ClientCredentials(options('batch', 'guessed')).getToken({}), refusal(401, 'invalid_client'))
})

test('simple-oauth2: password grant', async () => {
  const grant = new ResourceOwnerPassword(options('old'))
  assert.equal(await idOf(await grant.getToken({ username: 'ada', password: 'pw' })), 'ada')
  await assert.rejects(grant.getToken({ username: 'ada', password: 'wrong' }), refusal(400, 'invalid_grant'))
  await assert.rejects(
    new ResourceOwnerPassword(options('old', 'guessed')).getToken({ username: 'ada', password: 'pw' }),
    refusal(401, 'invalid_client'),
  )
})
