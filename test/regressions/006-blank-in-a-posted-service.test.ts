import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrowserClient, loginUrl } from '../support/browser-client.ts'
import { definition, startCastellan } from '../support/castellan.ts'

/** A service with a blank in it could not be the target of a form, and the login ended in 500 after the ticket had been made. */
test('a ticket is posted to an address with a blank in it, and to one that no browser can read it is not posted', async () => {
  await using cas = await startCastellan({
    properties: { 'cas.authn.accept.users': 'student1::pw' },
    services: { 'Open-1.json': definition(1, 'https?://.*') },
  })
  const browser = new BrowserClient()
  const page = await browser.login(cas.url, 'student1', 'pw', { service: 'https://app.example.org/a b?c=d e', method: 'POST' })
  const posted = await browser.get(loginUrl(cas.url, { service: 'https://app.example.org/a b?c=d e', method: 'POST' }))
  assert.equal(page.status, 302)
  assert.equal(posted.status, 200)
  assert.match(posted.body, /action="https:\/\/app\.example\.org\/a%20b\?c=d%20e"/)
  const unreadable = await browser.get(loginUrl(cas.url, { service: 'https://app.example.org:99999/', method: 'POST' }))
  assert.equal(unreadable.status, 302)
})
