import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrowserClient, ticketOf } from '../../support/browser-client.ts'
import { authorizeUrl, inRedirect, oauthClient } from '../../support/oauth.ts'
import { type OAuthWorld, openOAuth } from './oauth-world.ts'

const PREFIX = 'cas.authn.oauth.session-replication.cookie'
const open = (properties: Readonly<Record<string, string | boolean>>) =>
  openOAuth({ services: { 'Shop-1.json': oauthClient(1, 'shop') }, properties })
const cookieOf = async ({ url }: OAuthWorld) =>
  (await new BrowserClient().get(authorizeUrl(url, 'shop'))).setCookies.find((cookie) => cookie.startsWith('OATX_')) ?? ''

test('the cookie of a pending request is what the settings of both cookies of CAS say, the anti-CSRF one first', async () => {
  await using world = await open({
    [`${PREFIX}.domain`]: 'example.org',
    [`${PREFIX}.path`]: '/cas/',
    [`${PREFIX}.same-site-policy`]: 'strict',
    [`${PREFIX}.secure`]: true,
    [`${PREFIX}.name`]: 'DISSESSION',
    'cas.authn.oauth.session-replication.replicate-sessions': true,
  })
  for (const part of [/; Path=\/cas\/(?:;|$)/, /; Domain=example\.org/, /; SameSite=Strict/, /; Secure/, /; HttpOnly/]) {
    assert.match(await cookieOf(world), part)
  }
  await using first = await open({
    [`${PREFIX}.domain`]: 'example.org',
    [`${PREFIX}.same-site-policy`]: 'strict',
    'cas.authn.oauth.csrf-cookie.domain': 'sso.example.org',
    'cas.authn.oauth.csrf-cookie.same-site-policy': 'Lax',
  })
  assert.match(await cookieOf(first), /; Domain=sso\.example\.org/)
  assert.match(await cookieOf(first), /; SameSite=Lax/)
})

test('a path to which no browser would bring it back is not taken', async () => {
  await using world = await open({ [`${PREFIX}.path`]: '/elsewhere' })
  assert.match(await cookieOf(world), /; Path=\/cas\/oauth2\.0(?:;|$)/)
  assert.ok(world.lines.some(({ level, message }) => level === 'warn' && message.includes(`${PREFIX}.path`)))
})

test('keys for that cookie seal the request, so that another server with the same keys goes on with it', async () => {
  const key = { [`${PREFIX}.crypto.encryption.key`]: 'k'.repeat(86) }
  await using one = await open(key)
  await using other = await open(key)
  await using stranger = await open({})
  const browser = new BrowserClient()
  const service = inRedirect(await browser.get(authorizeUrl(one.url, 'shop')), 'service') ?? ''
  const { search } = new URL(service)
  /** The login takes place at that server, and the browser comes back to it. */
  const backFrom = async (server: OAuthWorld) => {
    const ticket = ticketOf(await new BrowserClient().login(server.url, 'ada', 'pw', { service }))
    return browser.get(`${server.url}/oauth2.0/callbackAuthorize${search}&ticket=${ticket}`)
  }
  const onward = (await backFrom(other)).location?.replace(/^https:\/\/cas\.example\.org:8443\/cas/, other.url) ?? ''
  assert.ok(inRedirect(await browser.get(onward), 'code'))
  assert.equal((await backFrom(stranger)).status, 401)
})
