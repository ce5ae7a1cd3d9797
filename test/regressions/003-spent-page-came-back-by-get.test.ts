import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrowserClient, loginUrl, ticketOf } from '../support/browser-client.ts'
import { definition, startCastellan } from '../support/castellan.ts'

/** A page with a user in it counts once. Asked for by GET, a page that had been sent already was shown again, with a fresh conversation in it. */
test('a page with a user in it that has been sent cannot be had again by its execution in the address', async () => {
  await using cas = await startCastellan({
    properties: { 'cas.authn.accept.enabled': false, 'cas.authn.json.location': 'file:{dir}/users.json' },
    services: { 'Application-1.json': definition(1, '^https://app\\.example\\.org/.*') },
    files: { 'users.json': JSON.stringify({ student1: { password: 'pw', warnings: ['password.expiration.loginsRemaining'] } }) },
  })
  const browser = new BrowserClient()
  const page = await browser.login(cas.url, 'student1', 'pw', { service: 'https://app.example.org/', publicWorkstation: 'true' })
  assert.match(page.body, /value="proceed"/)
  assert.ok(page.execution)
  ticketOf(await browser.post(`${cas.url}/login`, { execution: page.execution, _eventId: 'proceed' }))
  const again = await browser.get(loginUrl(cas.url, { execution: page.execution }))
  assert.equal(again.status, 302)
  assert.equal(again.execution, undefined)
  assert.doesNotMatch(again.location ?? '', /execution|ticket/)
})
