import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openOAuth } from '../protocols/oauth/oauth-world.ts'
import { BrowserClient, loginUrl } from '../support/browser-client.ts'
import { authorizeUrl, follow, oauthClient } from '../support/oauth.ts'

/**
 * A login that was done for an authorization request counted for whatever session the browser had when the request went on: the one who had passed the
 * interrupt was not the one who got the code.
 */
test('who has not passed the login of a request does not go on with it', async () => {
  await using server = await openOAuth({
    services: {
      'Shop-1.json': oauthClient(1, 'shop', { bypassApprovalPrompt: false }),
      'Lax-2.json': oauthClient(2, 'lax', { properties: { skipInterrupt: { '@class': '', values: ['java.util.HashSet', ['true']] } } }),
    },
    properties: { 'cas.interrupt.json.location': 'file:{dir}/interrupt.json' },
    files: { 'interrupt.json': JSON.stringify({ ada: { message: 'Register your phone first.', interrupt: true, block: true } }) },
  })
  const browser = new BrowserClient()
  const approval = await follow(server.url, browser, authorizeUrl(server.url, 'shop'), ['grace', 'pw'])
  const transaction = /name="transaction" value="([^"]+)"/.exec(approval.body)?.[1] ?? ''
  assert.match(transaction, /^\w{32}$/)

  await browser.get(`${server.url}/logout`)
  assert.match((await follow(server.url, browser, authorizeUrl(server.url, 'lax'), ['ada', 'pw'])).location ?? '', /[?&]code=/)
  const page = await follow(server.url, browser, `${server.url}/oauth2.0/authorize?txn=${transaction}`, ['ada', 'pw'])
  assert.equal(page.status, 200)
  assert.match(page.body, /Register your phone first/)
  assert.doesNotMatch(page.body, /name="transaction"/)
  assert.equal((await browser.get(loginUrl(server.url))).status, 200)
})
