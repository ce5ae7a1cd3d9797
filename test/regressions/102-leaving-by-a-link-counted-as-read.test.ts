import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrowserClient, loginUrl } from '../support/browser-client.ts'
import { definition, startCastellan } from '../support/castellan.ts'

/** Whoever left a page with the box "I have read this" by one of its links had accepted it, and never had to tick the box. */
test('a page that asks to be ticked is not accepted by following its link', async () => {
  const S = 'https://app.example.org/'
  const links = [{ text: 'Terms', href: 'https://terms.example.org/' }]
  const rule = (id: string, frequency: string, user: string) => ({
    id,
    frequency,
    audience: { usernames: [user] },
    payload: { message: 'New terms.', acknowledge: true, links },
  })
  await using cas = await startCastellan({
    services: { 'Application-1.json': definition(1, '^https://app\\.example\\.org/.*') },
    properties: {
      'castellan.ticket-registry.store': 'memory',
      'cas.authn.accept.users': 'once::pw,session::pw',
      'castellan.interrupt.announcements.location': 'file:{dir}/board.json',
    },
    files: {
      'board.json': JSON.stringify({ announcements: [rule('a', 'ONCE', 'once'), rule('b', 'ONCE_PER_SESSION', 'session')] }),
    },
  })
  for (const user of ['once', 'session']) {
    const browser = new BrowserClient()
    const page = await browser.login(cas.url, user, 'pw', { service: S })
    const left = await browser.post(`${cas.url}/login`, {
      execution: page.execution,
      _eventId: 'redirect',
      link: 'https://terms.example.org/',
    })
    assert.equal(left.location, 'https://terms.example.org/')
    const again = await browser.login(cas.url, user, 'pw', { service: S })
    assert.match(again.body, /id="acknowledge"/, user)
    const done = await browser.post(`${cas.url}/login`, { execution: again.execution, _eventId: 'proceed', acknowledge: 'true' })
    assert.match(done.location ?? '', /ticket=ST-/)
    assert.match((await browser.get(loginUrl(cas.url, { service: S }))).location ?? '', /ticket=ST-/)
  }
})
