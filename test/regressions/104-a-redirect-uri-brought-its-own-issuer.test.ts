import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openOAuth } from '../protocols/oauth/oauth-world.ts'
import { BrowserClient } from '../support/browser-client.ts'
import { authorizeUrl, codeFor, oauthClient, redirectOf } from '../support/oauth.ts'

/**
 * A redirect URI whose query named an issuer was accepted where the pattern of the client lets queries through. The client then read the first of two
 * `iss`, believed the answer came from another server, and sent the code there (RFC 9207 section 4, the mix-up attack).
 */
test('a redirect URI cannot bring parameters of the answer along', async () => {
  await using server = await openOAuth({ services: { 'Shop-1.json': oauthClient(1, 'shop') } })
  for (const own of ['iss=https://evil.example.org', 'error=access_denied', 'access_token=AT-1', 'id_token=x', 'code=OC-1', 'state=s']) {
    const page = await new BrowserClient().get(authorizeUrl(server.url, 'shop', { redirect_uri: `${redirectOf('shop')}?${own}` }))
    assert.equal(page.status, 401, own)
    assert.equal(page.location, undefined, own)
  }
  assert.match(await codeFor(server.url, 'shop', { redirect_uri: `${redirectOf('shop')}?tenant=1` }), /^OC-/)
})
