import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serviceReference } from '../../src/services/index.ts'
import { BrowserClient, loginUrl } from '../support/browser-client.ts'
import { definition, startCastellan } from '../support/castellan.ts'

/**
 * What was cut off as a session id (`;jsession…`) was not looked at by the registry, but sent to the browser: `https://app.example.org;jsessionid=x@evil.net/`
 * matched the definition of app.example.org and led, with a ticket, to evil.net.
 */
const HOSTILE = [
  'https://app.example.org;jsessionid=x@evil.net/',
  'https://app.example.org;jsessionid=x@evil.net',
  'https://app.example.org;jsession.evil.net/',
  'https://app.example.org;jsessionid=1:x@evil.net/?a=b',
  'https://app.example.org;JSESSIONID=x\\@evil.net/',
  'https://app.example.org/~alice;jsessionid=1/../~evil/',
  'https://app.example.org/~alice;jsessionid=1\\..\\~evil/',
  'https://app.example.org/~alice?a=1;jsessionid=2&next=https://evil.net/',
]

test('only a session id at the end of the path is left out of what the registry sees', () => {
  for (const url of HOSTILE) assert.deepEqual(serviceReference(url), { id: url, originalUrl: url })
  // A letter that becomes two in lower case must not move the cut.
  const url = 'https://a.example.org/\u0130\u0130;jsessionid=1'
  assert.deepEqual(serviceReference(url), { id: 'https://a.example.org/\u0130\u0130', originalUrl: url })
})

test('no ticket and no redirect goes to a host that hides in a session id', async () => {
  await using cas = await startCastellan({
    properties: { 'cas.authn.accept.users': 'student1::pw', 'cas.logout.follow-service-redirects': true },
    services: {
      'Application-1.json': definition(1, '^https://app\\.example\\.org(\\?.*)?$'),
      'Home-2.json': definition(2, '^https://app\\.example\\.org/~alice(\\?a=1)?$'),
    },
  })
  const browser = new BrowserClient()
  await browser.login(cas.url, 'student1', 'pw')
  for (const service of HOSTILE) {
    for (const page of [
      await browser.get(loginUrl(cas.url, { service })),
      await new BrowserClient().get(loginUrl(cas.url, { service, gateway: 'true' })),
      await new BrowserClient().get(`${cas.url}/logout?${new URLSearchParams({ service })}`),
    ]) {
      assert.equal(page.status, 403, service)
      assert.equal(page.location, undefined, service)
    }
  }
})
