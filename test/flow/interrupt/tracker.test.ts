import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { StartRefusal } from '../../../src/base/start-refusal.ts'
import { interruptTracker } from '../../../src/flow/steps/interrupt/tracker.ts'
import type { Call } from '../../../src/http/index.ts'
import type { Overrides } from '../../support/settings.ts'
import { key, listeningLog, NOW, settings } from './world.ts'

const DIGEST = randomBytes(32).toString('base64url')

/** As much of a call as a cookie needs: who asks, with which cookies. */
function call(cookie = '', more: { address?: string; userAgent?: string } = {}): Call & { readonly sent: string[] } {
  const sent: string[] = []
  const client = { address: '192.0.2.1', userAgent: 'browser/1', serverAddress: '', secure: true, ...more }
  const values: Record<string, unknown> = { client, cookies: sent }
  return { sent, get: (name: string) => values[name], req: { header: () => cookie || undefined }, env: {} } as unknown as Call & {
    readonly sent: string[]
  }
}
const tracker = (overrides: Overrides = {}, keys = [key], log = listeningLog()) =>
  interruptTracker({ settings: settings(overrides), keys, contextPath: '/cas', clock: () => NOW, log: log.log })

function recorded(overrides: Overrides = {}, keys = [key]): string {
  const answer = call()
  tracker(overrides, keys).record(answer, 'user1', DIGEST)
  return answer.sent[0]?.split(';')[0] ?? ''
}

test('what a user has accepted is known again in the same browser, and to nobody else', () => {
  const cookie = recorded()
  assert.equal(tracker().isRemembered(call(cookie), 'user1', DIGEST), true)
  assert.equal(tracker().isRemembered(call(cookie), 'user1', randomBytes(32).toString('base64url')), false)
  assert.equal(tracker().isRemembered(call(cookie), 'user2', DIGEST), false)
  assert.equal(tracker().isRemembered(call(cookie, { address: '192.0.2.2' }), 'user1', DIGEST), false)
  assert.equal(tracker().isRemembered(call(cookie, { userAgent: 'browser/2' }), 'user1', DIGEST), false)
  assert.equal(tracker().isRemembered(call(), 'user1', DIGEST), false)
  for (const forged of ['CASINTERRUPT=x', `${cookie}A`, cookie.slice(0, -2), 'CASINTERRUPT=AQ'])
    assert.equal(tracker().isRemembered(call(forged), 'user1', DIGEST), false, forged)
})

test('the cookie has always the same length, and its settings', () => {
  const long = call()
  tracker().record(long, 'x'.repeat(500), DIGEST)
  assert.equal(recorded().length, long.sent[0]?.split(';')[0]?.length)
  const shaped = call()
  tracker({
    'cas.interrupt.cookie.name': 'SEEN',
    'cas.interrupt.cookie.path': '/other',
    'cas.interrupt.cookie.domain': 'example.org',
    'cas.interrupt.cookie.maxAge': 3600,
    'cas.interrupt.cookie.sameSitePolicy': 'lax',
    'cas.interrupt.cookie.secure': false,
    'cas.interrupt.cookie.httpOnly': false,
  }).record(shaped, 'user1', DIGEST)
  assert.match(shaped.sent[0] ?? '', /^SEEN=[\w-]+; Max-Age=3600; Domain=example\.org; Path=\/other; SameSite=Lax$/)
})

test('pinning can be switched off, and new addresses can be tolerated', () => {
  const elsewhere = { address: '10.1.2.3', userAgent: 'browser/2' }
  assert.equal(tracker({ 'cas.interrupt.cookie.pinToSession': false }).isRemembered(call(recorded(), elsewhere), 'user1', DIGEST), true)
  const tolerant = tracker({ 'cas.interrupt.cookie.allowedIpAddressesPattern': '^10\\.' })
  assert.equal(tolerant.isRemembered(call(recorded(), { address: '10.1.2.3' }), 'user1', DIGEST), true)
  assert.equal(tolerant.isRemembered(call(recorded(), { address: '11.1.2.3' }), 'user1', DIGEST), false)
  assert.throws(() => tracker({ 'cas.interrupt.cookie.allowedIpAddressesPattern': '(' }), StartRefusal)
})

test('keys can be exchanged: what an older key wrote is still known', () => {
  const other = randomBytes(32)
  assert.equal(tracker({}, [other, key]).isRemembered(call(recorded()), 'user1', DIGEST), true)
  assert.equal(tracker({}, [other]).isRemembered(call(recorded()), 'user1', DIGEST), false)
})

test('without sealing nobody can still make the mark of a user; with both keys set it is sealed all the same', () => {
  const off = { 'cas.interrupt.cookie.crypto.enabled': false }
  const cookie = recorded(off)
  assert.equal(tracker(off).isRemembered(call(cookie), 'user1', DIGEST), true)
  const bytes = Buffer.from(cookie.slice('CASINTERRUPT='.length), 'base64url')
  const other = interruptTracker({
    settings: settings(off),
    keys: [randomBytes(32)],
    contextPath: '/cas',
    clock: () => NOW,
    log: listeningLog().log,
  })
  assert.equal(other.isRemembered(call(`CASINTERRUPT=${bytes.toString('base64url')}`), 'user1', DIGEST), false)
  const log = listeningLog()
  const both = { ...off, 'cas.interrupt.cookie.crypto.encryption.key': ['a'], 'cas.interrupt.cookie.crypto.signing.key': ['b'] }
  assert.equal(tracker(both, [key], log).isRemembered(call(recorded()), 'user1', DIGEST), true)
  assert.equal(log.lines[0]?.level, 'warn')
})

test('forgetting removes the cookie', () => {
  const answer = call()
  tracker().forget(answer, 'user1')
  assert.match(answer.sent[0] ?? '', /^CASINTERRUPT=; Path=\/cas\/; Max-Age=0;/)
})
