import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrowserClient, loginUrl, ticketOf } from '../support/browser-client.ts'
import { definition, startCastellan } from '../support/castellan.ts'

/**
 * A conversation too large for a page is kept in the ticket store. So was that of anybody who asked for the form with a long service, language or theme:
 * some kilobytes for half an hour, at each request, without any password.
 */
test('the form writes nothing into the ticket store, however long service, language and theme are', async () => {
  await using cas = await startCastellan({
    properties: {
      'cas.authn.accept.users': 'student1::pw',
      'castellan.ticket-registry.store': 'memory',
      'castellan.ticket-registry.memory.max-tickets': 3,
    },
    services: { 'Application-1.json': definition(1, '^https://app\\.example\\.org/.*') },
  })
  const longest = `https://app.example.org/?${'\u20ac'.repeat(7_000)};jsessionid=1#${'x'.repeat(1_000)}`
  const junk = 'x'.repeat(20_000)
  const browser = new BrowserClient()
  for (let round = 0; round < 10; round++) {
    for (const page of [
      await browser.post(`${cas.url}/login`, { service: longest }),
      await browser.get(loginUrl(cas.url, { locale: junk })),
      await browser.get(loginUrl(cas.url, { theme: junk })),
      await browser.post(`${cas.url}/login`, { locale: junk, theme: junk }),
    ]) {
      assert.equal(page.status, 200)
      assert.ok(page.execution && !page.execution.includes('.'), 'no reference to a record')
    }
  }
  const form = await browser.post(`${cas.url}/login`, { service: `https://app.example.org/?${'x'.repeat(8_000)}` })
  const done = await browser.submit(cas.url, form, { username: 'student1', password: 'pw' })
  assert.ok(ticketOf(done), 'and the conversation goes on')
})
