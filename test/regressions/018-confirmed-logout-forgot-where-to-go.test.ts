import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrowserClient } from '../support/browser-client.ts'
import { definition, startCastellan } from '../support/castellan.ts'

/** The page that asks before a logout sent the target on as `service`, which nobody reads where another parameter is configured. */
test('a logout that was confirmed leads where it was to lead, whatever the parameter is called', async () => {
  await using cas = await startCastellan({
    properties: {
      'cas.logout.follow-service-redirects': true,
      'cas.logout.confirm-logout': true,
      'cas.logout.redirect-parameter': 'url',
    },
    services: { 'Application-1.json': definition(1, '^https://app\\.example\\.org/.*') },
  })
  const browser = new BrowserClient()
  const target = 'https://app.example.org/bye?a="b"'
  const page = await browser.get(`${cas.url}/logout?${new URLSearchParams({ url: target, service: 'https://other.example.org/' })}`)
  assert.match(page.body, /<input type="hidden" name="url" value="https:\/\/app\.example\.org\/bye\?a=&quot;b&quot;">/)
  const long = await browser.post(`${cas.url}/logout`, { url: '"'.repeat(200_000) })
  assert.ok(long.body.length < 30_000, 'and what no browser can be sent to is not given back')
  const done = await browser.post(`${cas.url}/logout`, { url: target, LogoutRequestConfirmed: 'true' })
  assert.equal(done.location, 'https://app.example.org/bye?a="b"')
})
