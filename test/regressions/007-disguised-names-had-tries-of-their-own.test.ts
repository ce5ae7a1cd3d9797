import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryAudit } from '../../src/audit/index.ts'
import { createThrottle } from '../../src/authentication/index.ts'
import { silentLog } from '../../src/base/log.ts'
import { settingsOf } from '../authentication/support.ts'
import { BrowserClient, loginUrl } from '../support/browser-client.ts'
import { startCastellan } from '../support/castellan.ts'

function throttle() {
  const hits = new Map<string, number>()
  return createThrottle({
    settings: settingsOf({ 'cas.authn.throttle.failure.threshold': '4', 'cas.authn.throttle.failure.rangeSeconds': '60' }),
    store: {
      addHit: async (key) => void hits.set(key, (hits.get(key) ?? 0) + 1),
      hitsSince: async (key) => hits.get(key) ?? 0,
      clearHits: async (key) => void hits.delete(key),
    },
    clock: () => 0,
    audit: memoryAudit(),
    log: silentLog,
  })
}
const address = '192.0.2.7'

/** Databases that compare without accents or width take all of these for `strauss`; each had tries of its own. */
test('all disguises of a name share their tries', async () => {
  const { check, failed } = throttle()
  for (const username of [' str\u00e4uss', 'stra\u200buss', '\uff53trauss']) {
    assert.equal((await check({ address, username })).kind, 'open', username)
    await failed({ address, username })
  }
  for (const username of ['\uff33TRAUSS', 'strau\u0301ss', 'strau\u017fs', 's\u00adtrauss']) {
    assert.equal((await check({ address, username })).kind, 'throttled', username)
  }
  assert.equal((await check({ address, username: 'strauss' })).kind, 'open', 'the plain name is not locked by them')
})

test('a success under a similar name does not make the tries forgotten', async () => {
  const { check, failed, succeeded } = throttle()
  for (let time = 0; time < 3; time++) await failed({ address, username: 'admin' })
  await succeeded({ address, username: 'adm\u00edn' })
  assert.equal((await check({ address, username: 'admin' })).kind, 'throttled')
  await succeeded({ address, username: 'Admin ' })
  assert.equal((await check({ address, username: 'admin' })).kind, 'open')
})

/** The name that is throttled was looked for in the address first; the password went with the one in the form. */
test('a name in the address does not count in place of that in the form', async () => {
  await using cas = await startCastellan({
    properties: {
      'cas.authn.accept.users': 'student1::pw',
      'cas.authn.throttle.failure.threshold': 3,
      'cas.authn.throttle.failure.range-seconds': 60,
      'cas.http-web-request.allow-multi-value-parameters': true,
    },
  })
  const browser = new BrowserClient()
  const { execution } = await browser.get(loginUrl(cas.url))
  const statuses: number[] = []
  for (const password of ['1', '2', '3', 'pw']) {
    const form = { execution, _eventId: 'submit', username: 'student1', password }
    statuses.push((await browser.post(loginUrl(cas.url, { username: `other${password}` }), form)).status)
  }
  assert.deepEqual(statuses, [401, 401, 423, 423])
})
