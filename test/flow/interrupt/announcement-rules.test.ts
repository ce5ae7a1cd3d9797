import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAnnouncements } from '../../../src/flow/steps/interrupt/sources/announcement-rules.ts'
import { inquiry, NOW, service } from './world.ts'

const rules = { linkSchemes: new Set(['https']), extended: true }
const read = (...announcements: unknown[]) => readAnnouncements({ announcements }, rules)

function concerns(rule: object, who: Parameters<typeof inquiry>[1] & { name?: string } = {}, atMs = NOW): boolean {
  const { rules: found, problems } = read({ id: 'x', payload: {}, ...rule })
  assert.deepEqual(problems, [])
  return found[0]?.passesOver(inquiry(who.name ?? 'user1', who), atMs) === undefined
}

test('all parts of an audience have to hold, one of each list', () => {
  const audience = { usernames: ['user1', 'user2'], attributes: { affiliation: '^(staff|faculty)$' } }
  assert.equal(concerns({ audience }, { attributes: { affiliation: ['x', 'staff'] } }), true)
  assert.equal(concerns({ audience }, { attributes: { affiliation: ['x'] } }), false)
  assert.equal(concerns({ audience }, { name: 'user3', attributes: { affiliation: ['staff'] } }), false)
  assert.equal(concerns({ audience: { usernamePattern: 'user\\d' } }), true)
  assert.equal(concerns({ audience: { usernamePattern: 'user' } }), false, 'patterns match as a whole')
  assert.equal(concerns({ audience: { not: { attributes: { memberOf: 'it' } } } }, { attributes: { memberOf: ['it'] } }), false)
  assert.equal(concerns({ audience: { not: { attributes: { memberOf: 'it' } } } }, { attributes: { memberOf: ['security'] } }), true)
  assert.equal(concerns({}), true)
})

test('an audience by application and by network', () => {
  const services = { audience: { services: ['^https://mail\\.example\\.org/.*'] } }
  assert.equal(concerns(services, { url: 'https://MAIL.example.org/x' }), true)
  assert.equal(concerns(services, { url: 'https://other.example.org/' }), false)
  assert.equal(concerns(services), false)
  assert.equal(concerns({ audience: { serviceIds: [1] } }, { registeredService: service({}) }), true)
  assert.equal(concerns({ audience: { serviceIds: [2] } }, { registeredService: service({}) }), false)
  const networks = { audience: { networks: ['10.0.0.0/8', '2001:db8::/32', '192.0.2.7'] } }
  for (const [address, expected] of [
    ['10.1.2.3', true],
    ['11.1.2.3', false],
    ['2001:db8::1', true],
    ['2001:db9::1', false],
    ['192.0.2.7', true],
    ['192.0.2.8', false],
    ['unknown', false],
  ] as const)
    assert.equal(concerns(networks, { address }), expected, address)
})

test('a window opens and closes on time, in its zone', () => {
  const window = { from: '2026-11-24T12:00:00Z', until: '2026-11-24T13:00:00+00:00' }
  assert.equal(concerns({ window }, {}, NOW - 1), false)
  assert.equal(concerns({ window }, {}, NOW), true)
  assert.equal(concerns({ window }, {}, NOW + 3_600_000), false)
  // 2026-11-24 is a Tuesday; 12:00 UTC is 13:00 in Paris.
  assert.equal(concerns({ window: { weekdays: ['TUE'] } }), true)
  assert.equal(concerns({ window: { weekdays: ['mon', 'fri'] } }), false)
  assert.equal(concerns({ window: { hours: '08:00-12:30', zone: 'UTC' } }), true)
  assert.equal(concerns({ window: { hours: '08:00-12:30', zone: 'Europe/Paris' } }), false)
  assert.equal(concerns({ window: { hours: '22:00-13:30', zone: 'Europe/Paris' } }), true, 'over midnight')
  assert.equal(concerns({ window: { weekdays: ['WED'], zone: 'Pacific/Auckland' } }), true, 'already tomorrow there')
})

test('a rule that cannot be read is off and says why, the others work', () => {
  const good = { id: 'good', payload: { message: 'x' } }
  const bad: readonly (readonly [unknown, RegExp])[] = [
    [7, /no object/],
    [{ payload: {} }, /"id"/],
    [{ id: 'a b', payload: {} }, /"id"/],
    [{ id: 'good', payload: {} }, /same id/],
    [{ id: 'b', payload: { interrupt: false } }, /does not interrupt/],
    [{ id: 'b' }, /does not interrupt/],
    [{ id: 'b', payload: { message: 7 } }, /"message"/],
    [{ id: 'b', payload: {}, audence: {} }, /"audence" is not known/],
    [{ id: 'b', payload: {}, audience: { usernamePattern: '(' } }, /cannot be used/],
    [{ id: 'b', payload: {}, audience: { networks: ['10.0.0.0/99'] } }, /no network/],
    [{ id: 'b', payload: {}, audience: { networks: ['x'] } }, /no network/],
    [{ id: 'b', payload: {}, window: { from: '2026-01-01' } }, /a moment with its zone/],
    [{ id: 'b', payload: {}, window: { hours: '8-9' } }, /"hours"/],
    [{ id: 'b', payload: {}, window: { weekdays: ['DAY'] } }, /"weekdays"/],
    [{ id: 'b', payload: {}, window: { zone: 'Mars/Olympus' } }, /"zone"/],
    [{ id: 'b', payload: {}, frequency: 'EVERY:soon' }, /"frequency"/],
    [{ id: 'b', payload: {}, priority: 'high' }, /"priority"/],
  ]
  for (const [rule, reason] of bad) {
    const { rules: found, problems } = read(good, rule)
    assert.deepEqual(
      found.map(({ id }) => id),
      ['good'],
    )
    assert.match(problems[0] ?? '', reason)
  }
  assert.throws(() => readAnnouncements([], rules), /a list "announcements"/)
  assert.throws(() => readAnnouncements({ announcements: {} }, rules), /a list "announcements"/)
})

test('every frequency has its memory', () => {
  const of = (frequency: string) => read({ id: 'x', payload: {}, frequency }).rules[0]?.frequency
  assert.deepEqual(of('EVERY_LOGIN'), { kind: 'every-login' })
  assert.deepEqual(of('ONCE_PER_SESSION'), { kind: 'session' })
  assert.deepEqual(of('ONCE'), { kind: 'record', seconds: Number.POSITIVE_INFINITY, acknowledged: false })
  assert.deepEqual(of('EVERY:P7D'), { kind: 'record', seconds: 604_800, acknowledged: false })
  assert.deepEqual(of('UNTIL_ACKNOWLEDGED'), { kind: 'record', seconds: Number.POSITIVE_INFINITY, acknowledged: true })
})
