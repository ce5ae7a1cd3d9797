import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeBudget } from '../../../src/protocols/oauth/write-budget.ts'
import { BrowserClient } from '../../support/browser-client.ts'
import { authorizeUrl, basic, oauthClient, postForm, redirectOf } from '../../support/oauth.ts'
import { openOAuth } from './oauth-world.ts'

/** Who has not logged in can have little stored: requests too large for a cookie, and codes of devices. */
test('requests too large for a cookie are kept for sixty of an address in a minute, small ones without end', async () => {
  await using world = await openOAuth({ services: { 'Shop-1.json': oauthClient(1, 'shop') } })
  const large = (more = 'x'.repeat(5000)) =>
    new BrowserClient().post(`${world.url}/oauth2.0/authorize`, {
      response_type: 'code',
      client_id: 'shop',
      redirect_uri: redirectOf('shop'),
      more,
    })
  assert.equal((await large('x'.repeat(30_000))).status, 400)
  for (let time = 0; time < 60; time++) assert.equal((await large()).status, 302)
  assert.equal((await large()).status, 429)
  assert.equal((await new BrowserClient().get(authorizeUrl(world.url, 'shop'))).status, 302)
  world.after(60)
  assert.equal((await large()).status, 302)
})

test('devices that begin without a secret are six hundred of an address in a minute', async () => {
  await using world = await openOAuth({
    services: { 'Tv-1.json': oauthClient(1, 'tv') },
    properties: { 'cas.authn.throttle.failure.threshold': 3, 'cas.authn.throttle.failure.range-seconds': 3 },
  })
  const begin = (headers = {}) => postForm(`${world.url}/oauth2.0/device_authorization`, { client_id: 'tv' }, headers)
  for (let time = 0; time < 600; time++) assert.equal((await begin()).status, 200)
  for (let time = 0; time < 4; time++) {
    const refused = await begin()
    // Nobody has tried anything in vain.
    assert.deepEqual([refused.status, refused.json['error'], refused.headers.get('retry-after')], [429, 'temporarily_unavailable', '60'])
  }
  assert.equal((await begin(basic('tv', 'secret of tv'))).status, 200)
  world.after(60)
  assert.equal((await begin()).status, 200)
})

test('each address has its own share; beyond ten thousand of them all others have one', () => {
  let now = 0
  const budget = writeBudget(() => now, 2)
  assert.deepEqual([budget.take('a'), budget.take('a'), budget.take('a'), budget.take('b')], [true, true, false, true])
  now = 60_000
  assert.equal(budget.take('a'), true)
  for (let at = 0; at < 9_999; at++) assert.equal(budget.take(`x${at}`), true)
  assert.deepEqual([budget.take('y'), budget.take('z'), budget.take('w'), budget.take('a')], [true, true, false, true])
  now = -1
  assert.equal(budget.take('w'), true)
})
