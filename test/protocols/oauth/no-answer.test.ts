import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrowserClient } from '../../support/browser-client.ts'
import { authorizeUrl, codeFor, exchange, follow, inRedirect, oauthClient, postForm } from '../../support/oauth.ts'
import { openOAuth } from './oauth-world.ts'

const POLICY = 'org.apereo.cas.support.oauth.services.DefaultRegisteredServiceOAuth'

test('a store that takes nothing more is told as such, and for how long to wait', async () => {
  await using world = await openOAuth({
    services: { 'Shop-1.json': oauthClient(1, 'shop') },
    properties: { 'castellan.ticket-registry.memory.max-tickets': 1 },
  })
  const token = `${world.url}/oauth2.0/token`
  const own = { grant_type: 'client_credentials', client_id: 'shop', client_secret: 'secret of shop' }
  assert.equal((await postForm(token, own)).status, 200)
  for (const fields of [own, { response_type: 'device_code', client_id: 'shop' }]) {
    const answer = await postForm(token, fields)
    assert.deepEqual([answer.status, answer.json['error']], [503, 'temporarily_unavailable'])
    assert.ok(Number(answer.headers.get('retry-after')) > 0)
    assert.equal(answer.headers.get('cache-control'), 'no-store')
  }
})

test('a client whose access tokens have no life gets none: by a code only the refresh token, in the front an error', async () => {
  await using world = await openOAuth({
    services: {
      'Zero-1.json': oauthClient(1, 'zero', {
        generateRefreshToken: true,
        accessTokenExpirationPolicy: { '@class': `${POLICY}AccessTokenExpirationPolicy`, maxTimeToLive: '0', timeToKill: 'PT2H' },
      }),
      'Ever-2.json': oauthClient(2, 'ever', {
        accessTokenExpirationPolicy: { '@class': `${POLICY}AccessTokenExpirationPolicy`, maxTimeToLive: '-1', timeToKill: 'INFINITE' },
      }),
    },
  })
  const { json } = await exchange(world.url, 'zero', await codeFor(world.url, 'zero'))
  assert.deepEqual(Object.keys(json), ['refresh_token', 'token_type'])
  const page = await follow(world.url, new BrowserClient(), authorizeUrl(world.url, 'zero', { response_type: 'token' }))
  assert.deepEqual([inRedirect(page, 'error', 'fragment'), inRedirect(page, 'access_token', 'fragment')], ['access_denied', undefined])
  const ever = await exchange(world.url, 'ever', await codeFor(world.url, 'ever'))
  assert.deepEqual(Object.keys(ever.json), ['access_token', 'token_type'])
})
