import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StartRefusal } from '../../../src/base/start-refusal.ts'
import { BrowserClient } from '../../support/browser-client.ts'
import type { StartOptions } from '../../support/castellan.ts'
import { type Answer, answerOf, basic, codeFor, exchange, oauthClient, postForm, profile, refresh } from '../../support/oauth.ts'
import { newKey, readJwt } from './jwt-world.ts'
import { type OAuthWorld, openOAuth } from './oauth-world.ts'

/**
 * Every setting of the token-expiration seed that has a value (configuration.md 1.1), and the four of access tokens that its copy lost, in every notation; each
 * is seen from outside.
 */
const [SIGNING, ENCRYPTION] = [newKey(512), newKey(256)]
const SETTINGS: Readonly<Record<string, string>> = {
  'code.number-of-uses': '2',
  'code.time-to-kill-in-seconds': '20',
  'code.remove-related-access-tokens': 'true',
  'code.storage-name': 'codesOfMine',
  'access-token.create-as-jwt': 'true',
  'access-token.crypto.alg': 'A128CBC-HS256',
  'access-token.crypto.encryption.key': ENCRYPTION,
  'access-token.crypto.encryption.key-size': '256',
  'access-token.crypto.signing.key': SIGNING,
  'access-token.max-time-to-live-in-seconds': 'PT1H',
  'access-token.time-to-kill-in-seconds': 'PT10M',
  'access-token.max-active-tokens-allowed': '3',
  'access-token.storage-name': 'accessOfMine',
  'refresh-token.create-as-jwt': 'true',
  'refresh-token.time-to-kill-in-seconds': 'PT25M',
  'refresh-token.max-active-tokens-allowed': '2',
  'refresh-token.storage-name': 'refreshOfMine',
  'device-token.max-time-to-live-in-seconds': 'PT2M',
  'device-token.refresh-interval': 'PT4S',
  'device-token.storage-name': 'devicesOfMine',
  'device-user-code.max-time-to-live-in-seconds': 'PT30S',
  'device-user-code.user-code-length': '10',
  'device-user-code.storage-name': 'userCodesOfMine',
}
const PREFIX = 'cas.authn.oauth.'
const camel = (name: string) => name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())

interface Tree {
  [name: string]: Tree | string
}
/** Nested, as one writes it by hand, every value in quotes. */
function yaml(entries: readonly (readonly [name: string, value: string])[]): string {
  const tree: Tree = {}
  for (const [name, value] of entries) {
    const path = name.split('.')
    const last = path.pop() ?? ''
    let at = tree
    for (const part of path) {
      const below = at[part] ?? {}
      if (typeof below === 'string') throw new Error(`${name} is below a value`)
      at[part] = below
      at = below
    }
    at[last] = value
  }
  const lines = (node: Tree, depth: number): string[] =>
    Object.entries(node).flatMap(([name, value]) => {
      const begin = `${'  '.repeat(depth)}${name}:`
      return typeof value === 'string' ? `${begin} "${value}"` : [begin, ...lines(value, depth + 1)]
    })
  return `${lines(tree, 0).join('\n')}\n`
}

/** The same settings in the five notations of the seed, and in the spellings that three of them allow. */
function notationsOf(settings: Readonly<Record<string, string>>): Readonly<Record<string, StartOptions>> {
  const entries = Object.entries(settings).map(([name, value]) => [PREFIX + name, value] as const)
  const written = (spell: (name: string) => string) => Object.fromEntries(entries.map(([name, value]) => [spell(name), value]))
  return {
    'a properties file': { properties: written((name) => name) },
    'a properties file, in camel case': { properties: written(camel) },
    'a properties file, with underscores': { properties: written((name) => name.replaceAll('-', '_')) },
    'a YAML file': { files: { 'cas.yml': yaml(entries) } },
    'system properties': { args: entries.map(([name, value]) => `-D${name}=${value}`) },
    'the environment': { env: written((name) => name.toUpperCase().replace(/[.-]/g, '_')) },
    'the environment, nothing for dashes': { env: written((name) => name.toUpperCase().replaceAll('-', '').replaceAll('.', '_')) },
    'options of the command line': { args: entries.map(([name, value]) => `--${name}=${value}`) },
  }
}

const OPERATOR = {
  'spring.security.user.name': 'operator',
  'spring.security.user.password': 'of the names',
  'management.endpoints.web.exposure.include': 'ticketRegistry',
  'management.endpoint.ticketRegistry.access': 'UNRESTRICTED',
  'cas.monitor.endpoints.endpoint.ticketRegistry.access': 'AUTHENTICATED',
}
const services = { 'Shop-1.json': oauthClient(1, 'shop', { generateRefreshToken: true }) }

for (const [name, options] of Object.entries(notationsOf(SETTINGS))) {
  test(`all settings of codes and tokens have their effect, written in ${name} [S2-1, S2-2, S2-3, S2-4, S2-5, S2-6, S2-7, S2-8, S2-11, S2-13, S2-14, S2-15, S2-16, S2-17, S2-18, S2-19, S2-20, S2-21, S2-22]`, async () => {
    await using world = await openOAuth({ services, ...options, properties: { ...OPERATOR, ...options.properties } })
    await formsAndCodes(world)
    await limitsAndLives(world)
    await devices(world)
    const { text } = await answerOf(
      await fetch(`${world.url}/actuator/ticketRegistry/ticketCatalog`, { headers: basic('operator', 'of the names') }),
    )
    for (const container of Object.values(SETTINGS).filter((value) => value.endsWith('OfMine')))
      assert.match(text, new RegExp(`"${container}"`))
  })
}

test('encryption and all crypto can be switched off in every notation [S2-9, S2-10]', async () => {
  const asJwt = { 'access-token.create-as-jwt': 'true', 'access-token.crypto.signing.key': SIGNING }
  for (const [name, options] of Object.entries(notationsOf({ ...asJwt, 'access-token.crypto.encryption-enabled': 'false' }))) {
    await using world = await openOAuth({ services, ...options })
    const { json } = await exchange(world.url, 'shop', await codeFor(world.url, 'shop'))
    const { claims } = await readJwt(String(json['access_token']), { signing: SIGNING })
    assert.equal(claims.sub, 'ada', name)
  }
  for (const [name, options] of Object.entries(
    notationsOf({ 'access-token.create-as-jwt': 'true', 'access-token.crypto.enabled': 'false' }),
  )) {
    await assert.rejects(openOAuth({ services, ...options }), { name: StartRefusal.name, exitCode: 78 }, name)
  }
})

const says = ({ status, json }: Answer) => [status, json['error']]
const described = ({ json }: Answer) => String(json['error_description'])

async function formsAndCodes({ url, after }: OAuthWorld): Promise<void> {
  const code = await codeFor(url, 'shop')
  const [first, second] = [await exchange(url, 'shop', code), await exchange(url, 'shop', code)]
  assert.deepEqual([first.status, second.status, first.json['expires_in']], [200, 200, 3600])
  const { inner, claims } = await readJwt(String(first.json['access_token']), { signing: SIGNING, encryption: ENCRYPTION })
  assert.deepEqual([inner?.enc, String(claims.jti).slice(0, 3)], ['A128CBC-HS256', 'AT-'])
  const refreshed = await readJwt(String(first.json['refresh_token']), { signing: SIGNING, encryption: ENCRYPTION })
  assert.equal(String(refreshed.claims.jti).slice(0, 3), 'RT-')
  // It comes a third time: what it has bought ends.
  assert.equal((await profile(url, first.json['access_token'])).status, 200)
  assert.deepEqual(says(await exchange(url, 'shop', code)), [400, 'invalid_grant'])
  for (const { json } of [first, second]) assert.equal((await profile(url, json['access_token'])).status, 401)
  const late = await codeFor(url, 'shop')
  after(20.001)
  assert.deepEqual(says(await exchange(url, 'shop', late)), [400, 'invalid_grant'])
}

async function limitsAndLives({ url, after }: OAuthWorld): Promise<void> {
  const tokens = await exchange(url, 'shop', await codeFor(url, 'shop'))
  assert.equal((await exchange(url, 'shop', await codeFor(url, 'shop'))).status, 200)
  const tooMany = await exchange(url, 'shop', await codeFor(url, 'shop'))
  assert.deepEqual([...says(tooMany), /refresh tokens/.test(described(tooMany))], [400, 'invalid_grant', true])
  const { refresh_token, access_token } = tokens.json
  assert.equal((await refresh(url, 'shop', refresh_token)).status, 200)
  const noMore = await refresh(url, 'shop', refresh_token)
  assert.deepEqual([...says(noMore), /access tokens/.test(described(noMore))], [400, 'invalid_grant', true])
  after(600)
  assert.equal((await profile(url, access_token)).status, 200)
  after(600.001)
  assert.equal((await profile(url, access_token)).status, 401)
  assert.equal((await refresh(url, 'shop', refresh_token)).status, 200)
  after(300)
  assert.deepEqual(says(await refresh(url, 'shop', refresh_token)), [400, 'invalid_grant'])
}

async function devices(world: OAuthWorld): Promise<void> {
  const { url, after } = world
  const { json } = await postForm(`${url}/oauth2.0/device_authorization`, { client_id: 'shop' })
  assert.deepEqual([json['interval'], json['expires_in'], String(json['user_code']).length], [4, 120, 'ODUC-'.length + 10])
  const poll = { response_type: 'device_code', client_id: 'shop', device_code: String(json['device_code']) }
  const asked = async () => says(await postForm(`${url}/oauth2.0/token`, poll))
  after(3.999)
  assert.deepEqual(await asked(), [400, 'slow_down'])
  after(0.001)
  assert.deepEqual(await asked(), [400, 'authorization_pending'])
  const browser = new BrowserClient()
  await browser.login(url, 'ada', 'pw')
  const enter = async () => {
    const page = await browser.get(`${url}/oauth2.0/device`)
    const csrf = /name="csrf" value="([^"]*)"/.exec(page.body)?.[1] ?? ''
    return browser.post(`${url}/oauth2.0/device`, { csrf, usercode: String(json['user_code']) })
  }
  assert.match((await enter()).body, /name="allow"/)
  after(26.001)
  assert.match((await enter()).body, /This code is not known/)
  after(90)
  const { device_code } = poll
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
  assert.deepEqual(says(await postForm(`${url}/oauth2.0/token`, { grant_type, client_id: 'shop', device_code })), [400, 'expired_token'])
}
