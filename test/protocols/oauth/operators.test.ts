import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { filesBelow } from '../../support/castellan.ts'
import { answerOf, basic, codeFor, exchange, type Fields, oauthClient, postForm, profile, refresh } from '../../support/oauth.ts'
import { type OAuthWorld, openOAuth } from './oauth-world.ts'

const entry = (value: string, expiration?: number) => ({
  '@class': 'org.apereo.cas.support.oauth.services.OAuthRegisteredServiceClientSecret',
  value,
  ...(expiration === undefined ? {} : { expiration }),
})

const OVER = 1_700_000_000

const ON = {
  'spring.security.user.name': 'operator',
  'spring.security.user.password': 'of the bench',
  'management.endpoints.web.exposure.include': 'oauthTokens,oauthClientSecrets',
  'management.endpoint.oauthTokens.access': 'UNRESTRICTED',
  'management.endpoint.oauthClientSecrets.access': 'UNRESTRICTED',
  'cas.monitor.endpoints.endpoint.oauthTokens.access': 'AUTHENTICATED',
  'cas.monitor.endpoints.endpoint.oauthClientSecrets.access': 'AUTHENTICATED',
}
let world: OAuthWorld
before(async () => {
  world = await openOAuth({
    services: {
      'Shop-1.json': oauthClient(1, 'shop', { generateRefreshToken: true }),
      'Signed-2.json': oauthClient(2, 'signed', { jwtAccessToken: true }),
      'Turning-3.json': {
        ...oauthClient(3, 'turning'),
        clientSecret: undefined,
        clientSecrets: ['java.util.ArrayList', [entry('in force'), entry('over', OVER)]],
      },
    },
    properties: ON,
  })
})
after(() => world?.[Symbol.asyncDispose]())

const operator = basic('operator', 'of the bench')
const ask = async (path: string, method = 'GET', headers: Fields = operator) =>
  answerOf(await fetch(`${world.url}/actuator/${path}`, { method, headers: { accept: 'application/json', ...headers } }))
const tokensOf = async (id: string) => (await exchange(world.url, id, await codeFor(world.url, id))).json

test('operators see the living tokens, in order, and nothing in the list can be used', async () => {
  const { access_token, refresh_token } = await tokensOf('shop')
  assert.equal((await ask('oauthTokens', 'GET', {})).status, 401)
  const { status, json, text } = await ask('oauthTokens')
  assert.equal(status, 200)
  const list = json as unknown as readonly Readonly<Record<string, unknown>>[]
  const ids = list.map(({ id }) => String(id))
  assert.deepEqual(ids, ids.toSorted())
  assert.deepEqual([...new Set(list.map(({ prefix }) => prefix))], ['AT', 'RT'])
  for (const secret of [access_token, refresh_token]) assert.equal(text.includes(String(secret)), false)
  const shown = (await ask(`oauthTokens/${access_token}`)).json
  assert.ok(ids.includes(String(shown['id'])))
  const { id, ticketGrantingTicket, creationTime, lastTimeUsed, expiresAt, ...rest } = shown
  assert.match(String(id), /^AT-[0-9a-f]{16}/)
  assert.match(String(ticketGrantingTicket), /^TGT-[0-9a-f]{16}/)
  for (const instant of [creationTime, lastTimeUsed, expiresAt]) assert.match(String(instant), /^2031-03-09T/)
  assert.deepEqual(rest, {
    prefix: 'AT',
    clientId: 'shop',
    principal: 'ada',
    service: 'https://shop.example.org/cb',
    scopes: [],
    responseType: 'code',
    grantType: 'authorization_code',
    countOfUses: 0,
    expired: false,
    claims: {},
  })
  assert.deepEqual((await ask(`oauthTokens/${id}`)).json, shown)
  assert.equal((await ask('oauthTokens?count=x')).status, 400)
})

test('an operator ends a token by its text, its handle, or as a JWT; a refresh token ends with all it has brought', async () => {
  const first = await tokensOf('shop')
  assert.equal((await ask(`oauthTokens/${first['access_token']}`, 'DELETE')).status, 204)
  assert.equal((await profile(world.url, first['access_token'])).status, 401)
  assert.equal((await ask(`oauthTokens/${first['access_token']}`, 'DELETE')).status, 404)
  const again = (await refresh(world.url, 'shop', first['refresh_token'])).json
  const { id } = (await ask(`oauthTokens/${first['refresh_token']}`)).json
  assert.equal((await ask(`oauthTokens/${id}`, 'DELETE')).status, 204)
  assert.equal((await profile(world.url, again['access_token'])).status, 401)
  assert.equal((await refresh(world.url, 'shop', first['refresh_token'])).status, 400)
  const signed = await tokensOf('signed')
  assert.equal(String(signed['access_token']).split('.').length, 3)
  assert.equal((await ask(`oauthTokens/${signed['access_token']}`, 'DELETE')).status, 204)
  assert.equal((await profile(world.url, signed['access_token'])).status, 401)
  for (const none of ['AT-1-nobodyWasEverGivenThisOne', 'TGT-0123456789abcdef', 'eyJhbGciOiJub25lIn0.e30.'])
    assert.equal((await ask(`oauthTokens/${none}`)).status, 404)
})

test('new secrets take the place of the old ones, which count as long as they overlap; the definition is written', async () => {
  const works = async (secret: string) =>
    (await postForm(`${world.url}/oauth2.0/token`, { grant_type: 'client_credentials', client_id: 'turning', client_secret: secret }))
      .status
  const secretsIn = (members: Readonly<Record<string, unknown>>) => members['clientSecrets'] as { value: string; expiration?: number }[]
  assert.deepEqual([await works('in force'), await works('over')], [200, 401])

  const repaired = await ask('oauthClientSecrets/turning?expiredOnly=true&expireIn=PT1H', 'POST')
  assert.equal(repaired.status, 200, repaired.text)
  assert.equal(repaired.headers.get('cache-control'), 'no-store')
  const [kept, fresh] = secretsIn(repaired.json)
  assert.deepEqual(kept?.value, 'in force')
  assert.equal(fresh?.expiration, Math.floor(world.clock.now / 1000) + 3600)
  assert.deepEqual([await works('in force'), await works(fresh?.value ?? '')], [200, 200])

  const turned = await ask('oauthClientSecrets/turning?overlap=PT10M', 'POST')
  const values = secretsIn(turned.json).map(({ value }) => value)
  assert.equal(values.length, 4)
  for (const value of values) assert.equal(await works(value), 200)
  world.after(601)
  assert.deepEqual(await Promise.all(values.map(works)), [200, 401, 200, 401])
  const folder = join(world.directory, 'services')
  const files = await Promise.all((await filesBelow(folder, '.json')).map((name) => readFile(join(folder, name), 'utf8')))
  assert.equal(files.filter((text) => text.includes(values[0] ?? '')).length, 1)

  assert.equal((await ask('oauthClientSecrets/turning?expiredOnly=true', 'POST')).status, 200)
  assert.equal((await ask('oauthClientSecrets/turning?expiredOnly=true', 'POST')).status, 409)
  assert.equal((await ask('oauthClientSecrets/nobody', 'POST')).status, 404)
  assert.equal((await ask('oauthClientSecrets/turning?expireIn=soon', 'POST')).status, 400)
  assert.equal((await ask('oauthClientSecrets/turning', 'POST', {})).status, 401)
  const logged = world.lines.map(({ message, fields }) => message + JSON.stringify(fields)).join('\n')
  for (const value of values) assert.equal(logged.includes(value), false)
})
