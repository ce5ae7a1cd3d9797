import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Answer, codeFor, exchange, oauthClient, postForm, profile, refresh } from '../../support/oauth.ts'
import { type OAuthWorld, openOAuth } from './oauth-world.ts'

const all = { attributeReleasePolicy: { '@class': 'org.apereo.cas.services.ReturnAllAttributeReleasePolicy' } }
const users = (ada: object | undefined) => JSON.stringify(ada ? { ada: { password: 'pw', ...ada } } : { grace: { password: 'pw' } })

const open = (renew: boolean, more: object = {}) =>
  openOAuth({
    services: { 'Shop-1.json': oauthClient(1, 'shop', { ...all, generateRefreshToken: true, ...more }) },
    files: { 'users.json': users({ attributes: { role: ['student'], phone: ['1'] } }) },
    properties: {
      'cas.authn.accept.enabled': false,
      'cas.authn.json.location': 'file:{dir}/users.json',
      'castellan.oauth.refresh-token.refresh-attributes': renew,
    },
  })
const write = (world: OAuthWorld, ada: object | undefined) => writeFile(join(world.directory, 'users.json'), users(ada))
const tokens = async ({ url }: OAuthWorld) => (await exchange(url, 'shop', await codeFor(url, 'shop'))).json
async function attributesOf({ url }: OAuthWorld, { json }: Pick<Answer, 'json'>) {
  const { role, phone } = (await profile(url, json['access_token'])).json['attributes'] as Readonly<Record<string, unknown>>
  return { role, phone }
}

test('a refresh brings the attributes of today, where the operator wants it', async () => {
  for (const [renew, expected] of [
    [true, { role: 'staff', phone: undefined }],
    [false, { role: 'student', phone: '1' }],
  ] as const) {
    await using world = await open(renew)
    const first = await tokens(world)
    assert.deepEqual(await attributesOf(world, { json: first }), { role: 'student', phone: '1' })
    await write(world, { attributes: { role: ['staff'] } })
    const again = await refresh(world.url, 'shop', first['refresh_token'])
    assert.equal(again.status, 200)
    assert.deepEqual(await attributesOf(world, again), expected)
    // The first token is as it was.
    assert.deepEqual(await attributesOf(world, { json: first }), { role: 'student', phone: '1' })
  }
})

test('renewed attributes go along with a rotated token, and the tokens still end with the session', async () => {
  await using world = await open(true, { renewRefreshToken: true })
  const first = await tokens(world)
  await write(world, { attributes: { role: ['staff'] } })
  const second = await refresh(world.url, 'shop', first['refresh_token'])
  const third = await refresh(world.url, 'shop', second.json['refresh_token'])
  assert.deepEqual(await attributesOf(world, third), { role: 'staff', phone: undefined })
  world.after(2 * 3600 + 10)
  assert.equal((await profile(world.url, third.json['access_token'])).status, 401)
  assert.equal((await refresh(world.url, 'shop', third.json['refresh_token'])).status, 400)
})

test('an account that may not be used any more gets no new tokens, and the refresh token is not used up by the attempt', async () => {
  await using world = await open(true, { renewRefreshToken: true })
  const { refresh_token } = await tokens(world)
  for (const ada of [{ status: 'DISABLED' }, { status: 'LOCKED' }, { expirationDate: '2031-01-01' }, undefined]) {
    await write(world, ada)
    const refused = await refresh(world.url, 'shop', refresh_token)
    assert.deepEqual([refused.status, refused.json['error']], [400, 'invalid_grant'], JSON.stringify(ada))
  }
  await write(world, {})
  assert.equal((await refresh(world.url, 'shop', refresh_token)).status, 200)
})

test('a source that cannot be asked is no reason to throw tokens away: 503', async () => {
  await using world = await open(true)
  const { refresh_token } = await tokens(world)
  await rm(join(world.directory, 'users.json'))
  const answer = await refresh(world.url, 'shop', refresh_token)
  assert.deepEqual([answer.status, answer.json['error']], [503, 'temporarily_unavailable'])
  assert.equal(answer.headers.get('retry-after'), '5')
})

test('a token of the client itself is about nobody whom a source could know', async () => {
  await using world = await open(true)
  const { json } = await postForm(`${world.url}/oauth2.0/token`, {
    grant_type: 'client_credentials',
    client_id: 'shop',
    client_secret: 'secret of shop',
  })
  assert.equal((await refresh(world.url, 'shop', json['refresh_token'])).status, 200)
})
