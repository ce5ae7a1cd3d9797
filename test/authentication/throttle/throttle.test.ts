import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryAudit } from '../../../src/audit/index.ts'
import { createThrottle, type HitStore, type Suspect } from '../../../src/authentication/index.ts'
import { throttledAddress } from '../../../src/authentication/throttle/address.ts'
import { Unavailable } from '../../../src/base/errors.ts'
import { linesLog, NOW, settingsOf } from '../support.ts'

/** The smallest store of hits: what the ticket registry promises, in a map. */
function hitStore(clock: () => number) {
  const hits = new Map<string, { readonly atMs: number; readonly untilMs: number }[]>()
  let calls = 0
  const store: HitStore = {
    async addHit(key, atMs, untilMs) {
      hits.set(key, [...(hits.get(key) ?? []), { atMs, untilMs }])
    },
    async hitsSince(key, sinceMs) {
      calls++
      return (hits.get(key) ?? []).filter(({ atMs, untilMs }) => atMs > sinceMs && untilMs > clock()).length
    },
    async clearHits(key) {
      hits.delete(key)
    },
  }
  return { store, hits, calls: () => calls }
}

function throttleWith(threshold: number, rangeSeconds: number, more: Readonly<Record<string, string>> = {}) {
  let now = NOW
  const clock = () => now
  const audit = memoryAudit()
  const { log, lines } = linesLog()
  const { store, hits, calls } = hitStore(clock)
  const settings = settingsOf({
    'cas.authn.throttle.failure.threshold': String(threshold),
    'cas.authn.throttle.failure.rangeSeconds': String(rangeSeconds),
    ...more,
  })
  const throttle = createThrottle({ settings, store, clock, audit, log })
  const pass = (seconds: number) => {
    now += seconds * 1000
  }
  const attempt = async (suspect: Suspect, outcome: 'failed' | 'succeeded' | 'neither' = 'failed') =>
    (await throttle.attempt(suspect, async () => ({ value: outcome, outcome }))).kind === 'answered' ? 'open' : 'throttled'
  return { throttle, attempt, pass, audit, lines, hits, calls, now: clock }
}

const user1 = { address: '192.0.2.7', username: 'user1' }

test('without settings nothing is throttled and no store is asked', async () => {
  const { throttle, attempt, calls } = throttleWith(-1, -1)
  assert.equal(throttle.enabled, false)
  for (let time = 0; time < 20; time++) assert.equal(await attempt(user1), 'open')
  assert.equal(calls(), 0)
  for (const [threshold, range] of [
    [3, -1],
    [-1, 30],
    [0, 30],
  ] as const) {
    assert.equal(throttleWith(threshold, range).throttle.enabled, false)
  }
})

const FIRST_REFUSED: readonly (readonly [threshold: number, attempt: number])[] = [
  [1, 2],
  [2, 2],
  [3, 3],
  [4, 4],
  [100, 100],
]
for (const [threshold, refused] of FIRST_REFUSED) {
  test(`with threshold ${threshold} attempt ${refused} is the first that is refused`, async () => {
    const { attempt } = throttleWith(threshold, 60)
    for (let time = 1; time < refused; time++) assert.equal(await attempt(user1), 'open', `attempt ${time}`)
    assert.equal(await attempt(user1), 'throttled')
  })
}

test('threshold 3 in 60 s: the third attempt is refused, another name or address is not, and the window slides', async () => {
  const { attempt, pass, audit, throttle, now } = throttleWith(3, 60)
  await attempt(user1)
  pass(40)
  await attempt(user1)
  pass(1)
  const refusal = await throttle.check({ ...user1, client: { address: '192.0.2.7', userAgent: 'x', serverAddress: 'y', secure: true } })
  assert.ok(refusal.kind === 'throttled')
  // The first failure leaves the window 19 s from now.
  assert.ok(refusal.untilMs >= now() + 19_000 && refusal.untilMs <= now() + 22_000, `${(refusal.untilMs - now()) / 1000} s`)
  assert.equal(await attempt({ ...user1, username: 'user2' }), 'open')
  assert.equal(await attempt({ ...user1, address: '192.0.2.8' }), 'open')
  assert.deepEqual(
    audit.records.map(({ action, who, client }) => [action, who, client?.address]),
    [['THROTTLED_LOGIN_ATTEMPT', 'user1', '192.0.2.7']],
  )
  pass(20)
  assert.equal(await attempt(user1), 'open')
  assert.equal(await attempt(user1), 'throttled')
})

test('a refused attempt does not count as a failure', async () => {
  const { attempt, pass } = throttleWith(2, 10)
  await attempt(user1)
  for (let second = 0; second < 9; second++) {
    pass(1)
    assert.equal(await attempt(user1), 'throttled')
  }
  pass(2)
  assert.equal(await attempt(user1), 'open')
})

test('a right password forgets the failures of this name and address', async () => {
  const { attempt } = throttleWith(3, 60)
  await attempt(user1)
  await attempt({ ...user1, address: '192.0.2.8' })
  await attempt(user1, 'succeeded')
  await attempt(user1)
  assert.equal(await attempt(user1), 'open')
  assert.equal(await attempt(user1), 'throttled')
  assert.equal(await attempt({ ...user1, address: '192.0.2.8' }), 'open')
})

test('an attempt in which nothing was checked counts for nothing', async () => {
  const { attempt } = throttleWith(2, 60)
  for (let time = 0; time < 5; time++) assert.equal(await attempt(user1, 'neither'), 'open')
})

test('with throttle-window-seconds who was refused once stays so for that long, from the first refusal', async () => {
  const { attempt, pass, throttle, now } = throttleWith(2, 10, { 'cas.authn.throttle.failure.throttleWindowSeconds': 'PT5M' })
  await attempt(user1)
  const first = await throttle.check(user1)
  assert.deepEqual(first, { kind: 'throttled', untilMs: now() + 300_000 })
  pass(200)
  const second = await throttle.check(user1)
  assert.ok(second.kind === 'throttled' && second.untilMs >= now() + 100_000 && second.untilMs <= now() + 112_000)
  pass(101)
  assert.equal(await attempt(user1), 'open')
})

test('a hundred attempts at once are no hundred tries', async () => {
  const { throttle } = throttleWith(6, 60)
  let tried = 0
  const answers = await Promise.all(
    Array.from({ length: 100 }, () =>
      throttle.attempt(user1, async () => {
        tried++
        await new Promise(setImmediate)
        return { value: 401, outcome: 'failed' as const }
      }),
    ),
  )
  assert.equal(tried, 5)
  assert.equal(answers.filter(({ kind }) => kind === 'throttled').length, 95)
})

test('an attempt that ends with an error of the server is over', async () => {
  const { throttle, attempt } = throttleWith(1, 60)
  const broken = throttle.attempt(user1, async () => {
    throw new Unavailable('password-queue-full', 'busy')
  })
  await assert.rejects(broken, Unavailable)
  assert.equal(await attempt(user1), 'open')
})

test('names count without case and blanks around them; without a name the address counts', async () => {
  const { attempt } = throttleWith(2, 60)
  await attempt(user1)
  assert.equal(await attempt({ ...user1, username: '  USER1 ' }), 'throttled')
  await attempt({ address: '198.51.100.1' })
  assert.equal(await attempt({ address: '198.51.100.1', username: ' ' }), 'throttled')
  assert.equal(await attempt({ address: '198.51.100.1', username: 'user1' }), 'open')
})

test('the field of the name is a setting', () => {
  assert.equal(throttleWith(2, 60).throttle.usernameParameter, 'username')
  assert.equal(throttleWith(2, 60, { 'cas.authn.throttle.core.usernameParameter': 'email' }).throttle.usernameParameter, 'email')
})

test('the store sees neither names nor addresses, and keys of one length', async () => {
  const { attempt, hits } = throttleWith(2, 60)
  await attempt({ address: '2001:db8::1', username: 'x'.repeat(60_000) })
  await attempt(user1)
  assert.deepEqual(
    [...hits.keys()].map((key) => key.length),
    [52, 52],
  )
  assert.doesNotMatch(JSON.stringify([...hits.keys()]), /user1|192\.0\.2/)
})

test('a store that cannot answer is not taken for "no failures"', async () => {
  const store: HitStore = {
    addHit: async () => {},
    hitsSince: async () => {
      throw new Unavailable('store', 'not now')
    },
    clearHits: async () => {},
  }
  const settings = settingsOf({ 'cas.authn.throttle.failure.threshold': '3', 'cas.authn.throttle.failure.rangeSeconds': '30' })
  const throttle = createThrottle({ settings, store, clock: () => NOW, audit: memoryAudit(), log: linesLog().log })
  await assert.rejects(throttle.check(user1), Unavailable)
})

test('IPv6 addresses count by their first 64 bits, IPv4 ones within them as IPv4', () => {
  const ADDRESSES: readonly (readonly [string, string])[] = [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002:ffff::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['unknown', 'unknown'],
  ]
  for (const [address, counted] of ADDRESSES) assert.equal(throttledAddress(address), counted, address)
})
