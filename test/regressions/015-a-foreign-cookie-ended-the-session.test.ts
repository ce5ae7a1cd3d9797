import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrowserClient, loginUrl } from '../support/browser-client.ts'
import { definition, startCastellan } from '../support/castellan.ts'

/** Another host of the domain could set a `TGC` that browsers send first: the session behind the true one was not found, and its cookie removed. */
test('a cookie of the same name that was not made here does not end the session', async () => {
  await using cas = await startCastellan({
    properties: { 'cas.authn.accept.users': 'student1::pw' },
    services: { 'Application-1.json': definition(1, '^https://app\\.example\\.org/.*') },
  })
  const browser = new BrowserClient()
  await browser.login(cas.url, 'student1', 'pw')
  const own = browser.cookie('TGC')
  const ask = (cookie: string) =>
    new BrowserClient().get(loginUrl(cas.url, { service: 'https://app.example.org/', gateway: '1' }), { cookie })
  for (const cookie of [`TGC=junk; TGC=${own}`, `TGC=${own}; TGC=junk`, `TGC=a; TGC="b"; x=y; TGC=${own}`]) {
    const page = await ask(cookie)
    assert.match(page.location ?? '', /ticket=ST-/, cookie.slice(0, 30))
    assert.deepEqual(page.setCookies, [])
  }
  const junk = await ask(`${'TGC=junk; '.repeat(1000)}TGC=${own}`)
  assert.equal(junk.location, 'https://app.example.org/', 'but nobody looks through a thousand of them')
  assert.match(junk.setCookies.join(), /^TGC=; /)
})
