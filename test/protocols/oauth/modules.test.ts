import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeJwt } from 'jose'
import { BrowserClient } from '../../support/browser-client.ts'
import { authorizeUrl, codeFor, exchange, inRedirect, oauthClient, profile } from '../../support/oauth.ts'
import { AS_JWT, CRYPTO, program, tokenOf } from './jwt-world.ts'
import { type OAuthWorld, openOAuth } from './oauth-world.ts'

const MODULES = 'castellan.oauth.modules'
const asking = { 'Notes-1.json': oauthClient(1, 'notes', { bypassApprovalPrompt: false }) }
const withModule = (name: string, text: string, more: { services: object; properties?: object; location?: string }) =>
  openOAuth({
    services: more.services as Readonly<Record<string, object>>,
    files: { 'oauth.mjs': text },
    properties: { [`${MODULES}.${name}`]: more.location ?? 'file:{dir}/oauth.mjs', ...more.properties },
  })
const first = async (world: OAuthWorld, user: string, more: Readonly<Record<string, string>> = {}) => {
  const browser = new BrowserClient()
  await browser.login(world.url, user, 'pw')
  return browser.get(authorizeUrl(world.url, 'notes', more))
}

test('a module makes the body of /profile, out of what it would be and without the token', async () => {
  const text = `export const renderProfile = ({ model, accessToken, service }) =>
    ({ sub: model.id, via: service.clientId, grant: accessToken.grantType, token: JSON.stringify(accessToken).includes('AT-') })`
  await using world = await withModule('render-profile', text, { services: program(1, 'shop') })
  const { json } = await profile(world.url, await tokenOf(world.url, 'shop'))
  assert.deepEqual(json, { sub: 'shop', via: 'shop', grant: 'client_credentials', token: false })
})

test('a module adds members to answers of the token address, and changes none of them', async () => {
  const text = `export const customizeTokenResponse = ({ response, client, grant }) =>
    ({ tenant: client.name, grant, access_token: 'mine', token_type: response.token_type + '!' })`
  await using world = await withModule('token-response', text, {
    services: asking,
    properties: { 'cas.authn.oauth.core.bypass-approval-prompt': true },
  })
  const { json } = await exchange(world.url, 'notes', await codeFor(world.url, 'notes'))
  assert.deepEqual([json['tenant'], json['grant'], json['token_type']], ['Client notes', 'authorization_code', 'Bearer'])
  assert.match(String(json['access_token']), /^AT-/)
})

test('a module adds claims to a JWT, and none that the server sets or that a verifier believes', async () => {
  const text = `export const accessTokenClaims = ({ claims, principal }) => ({ tenant: 'north of ' + principal, sub: 'root', exp: claims.exp + 1000, act: { sub: 'root' } })`
  await using world = await withModule('access-token-claims', text, {
    services: program(1, 'shop'),
    properties: { [AS_JWT]: true, [`${CRYPTO}.encryption-enabled`]: false },
  })
  const claims = decodeJwt(await tokenOf(world.url, 'shop'))
  assert.deepEqual(
    [claims['tenant'], claims.sub, claims['act'], (claims.exp ?? 0) - (claims.iat ?? 0)],
    ['north of shop', 'shop', undefined, 28_800],
  )
})

test('a module decides whether the page of approval is shown, who is let through, and who never is', async () => {
  const text = `export const consent = ({ principal, scopes }) => principal.id === 'grace' ? 'deny' : scopes.includes('profile') ? 'ask' : 'skip'`
  await using world = await withModule('consent', text, { services: asking })
  assert.match(inRedirect(await first(world, 'ada'), 'code') ?? '', /^OC-/)
  assert.match((await first(world, 'ada', { scope: 'profile' })).body, /id="allow"/)
  assert.equal(inRedirect(await first(world, 'grace'), 'error'), 'access_denied')
})

test('a module that throws, takes too long, or answers with something else refuses what it was asked for', async () => {
  const short = { 'castellan.scripts.timeout': 'PT0.3S' }
  for (const body of ['{ throw new Error("x") }', '"maybe"', 'new Promise(() => {})', '{ for (;;); }']) {
    await using world = await withModule('consent', `export const consent = () => ${body}`, { services: asking, properties: short })
    assert.equal(inRedirect(await first(world, 'ada'), 'error'), 'access_denied', body)
    assert.ok(world.lines.some(({ level, message }) => level === 'error' && /has not decided/.test(message)))
  }
  for (const body of ['{ throw new Error("x") }', '"text"', '[]', 'null']) {
    await using world = await withModule('render-profile', `export const renderProfile = () => ${body}`, { services: program(1, 'shop') })
    const answer = await profile(world.url, await tokenOf(world.url, 'shop'))
    assert.deepEqual([answer.status, answer.json['error']], [500, 'server_error'], body)
  }
})

test('a Groovy script has to be written as a module: the log says which, and until then what it should do is refused', async () => {
  await using world = await withModule('consent', '', { services: asking, location: 'file:{dir}/consent.groovy' })
  const told = world.lines.find(({ level, message }) => level === 'error' && message.includes('consent.mjs'))
  assert.equal(told?.fields['setting'], `${MODULES}.consent`)
  assert.equal(inRedirect(await first(world, 'ada'), 'error'), 'access_denied')
})
