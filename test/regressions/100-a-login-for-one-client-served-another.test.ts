import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openOAuth } from '../protocols/oauth/oauth-world.ts'
import { BrowserClient, loginUrl } from '../support/browser-client.ts'
import { authorizeUrl, follow, oauthClient } from '../support/oauth.ts'

/**
 * The callback of the OAuth server believed the service of the ticket as long as it named the pending request. Whoever was kept out of one client, by an
 * interrupt that blocks or by whatever else a login is asked for a client, logged in for another and went on to the first.
 */
test('a ticket for one client does not finish the pending request of another', async () => {
  await using server = await openOAuth({
    services: {
      'Strict-1.json': oauthClient(1, 'strict'),
      'Lax-2.json': oauthClient(2, 'lax', { properties: { skipInterrupt: { '@class': '', values: ['java.util.HashSet', ['true']] } } }),
    },
    properties: { 'cas.interrupt.json.location': 'file:{dir}/interrupt.json' },
    files: { 'interrupt.json': JSON.stringify({ ada: { message: 'Register your phone first.', interrupt: true, block: true } }) },
  })
  const browser = new BrowserClient()
  const hop = new URL((await browser.get(authorizeUrl(server.url, 'strict'))).location ?? '')
  const service = new URL(hop.searchParams.get('service') ?? '')
  assert.equal(service.searchParams.get('client_id'), 'strict')
  assert.equal(
    (await follow(server.url, browser, loginUrl(server.url, { service: service.href }))).status,
    200,
    'the honest way is blocked',
  )

  for (const forge of [
    (url: URL) => url.searchParams.set('client_id', 'lax'),
    (url: URL) => {
      url.searchParams.delete('client_id')
      url.searchParams.set('client_id', 'lax')
    },
    (url: URL) => {
      const txn = url.searchParams.get('txn') ?? ''
      url.search = new URLSearchParams({ client_id: 'lax', txn, client_name: 'CasOAuthClient' }).toString()
    },
  ]) {
    const forged = new URL(service)
    forge(forged)
    const page = await follow(server.url, browser, loginUrl(server.url, { service: forged.href }))
    assert.doesNotMatch(page.location ?? '', /[?&]code=/)
    assert.equal(page.status, 400)
  }
})
