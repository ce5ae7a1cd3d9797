import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrowserClient, loginUrl } from '../support/browser-client.ts'
import { definition, startCastellan } from '../support/castellan.ts'

/**
 * With `gateway` a user who may not use an application is shown the form. That conversation stayed passive: a wrong password on it was answered with 302
 * to the application, which no throttle counts, so that any user with a session could guess at the passwords of others without end.
 */
test('a wrong password on a form that a refused gateway has shown is 401 and counts against the throttle', async () => {
  await using cas = await startCastellan({
    properties: {
      'cas.authn.accept.users': 'student1::pw,victim::secret',
      'cas.authn.throttle.failure.threshold': 4,
      'cas.authn.throttle.failure.range-seconds': 60,
    },
    services: {
      'Staff-1.json': definition(1, '^https://staff\\.example\\.org/.*', {
        accessStrategy: {
          '@class': 'org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy',
          requiredAttributes: { '@class': 'java.util.HashMap', affiliation: ['java.util.HashSet', ['staff']] },
        },
      }),
    },
  })
  const browser = new BrowserClient()
  await browser.login(cas.url, 'student1', 'pw')
  const form = await browser.get(loginUrl(cas.url, { service: 'https://staff.example.org/', gateway: 'true' }))
  assert.equal(form.status, 401)
  const statuses: number[] = []
  for (const password of ['1', '2', '3', '4', 'secret']) {
    statuses.push((await browser.submit(cas.url, form, { username: 'victim', password })).status)
  }
  assert.deepEqual(statuses, [401, 401, 401, 423, 423])
})
