import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayBeRemembered, sessionLimitOf, sessionPolicy, ticketRules, usePolicy } from '../../src/tickets/index.ts'
import { ticketSettings } from './settings.ts'

const found = (pattern: string, text: string) => new RegExp(pattern).test(text)
const rules = (given: Readonly<Record<string, string>> = {}) =>
  ticketRules(ticketSettings(Object.fromEntries(Object.entries(given).map(([name, value]) => [`cas.ticket.${name}`, value]))))
const client = { userAgent: 'Browser/1', address: '192.0.2.7' }

test('the defaults are those of CAS', () => {
  const { warnings, ...all } = rules()
  assert.deepEqual(all.ticketGrantingTicket(false), { timeToLiveInSeconds: 28_800, timeToIdleInSeconds: 7200 })
  assert.deepEqual(all.serviceTicket, { numberOfUses: 1, timeToLiveInSeconds: 10 })
  assert.deepEqual(all.proxyTicket, { numberOfUses: 1, timeToLiveInSeconds: 10 })
  assert.deepEqual(all.transientSessionTicket, { numberOfUses: 1, timeToLiveInSeconds: 900 })
  assert.equal(all.rememberMe.enabled, false)
  assert.equal(all.onlyTrackMostRecentSession, true)
  assert.deepEqual(warnings, [])
})

test('the first rule of the list that is given decides about sessions', () => {
  const primary = { 'tgt.primary.max-time-to-live-in-seconds': 'PT4S', 'tgt.primary.time-to-kill-in-seconds': 'PT2S' }
  const hard = { ...primary, 'tgt.hard-timeout.time-to-kill-in-seconds': '60' }
  const throttled = { 'tgt.throttled-timeout.time-to-kill-in-seconds': '50', 'tgt.throttled-timeout.time-in-between-uses-in-seconds': '5' }
  const idle = { 'tgt.timeout.max-time-to-live-in-seconds': '40' }
  const never = { 'tgt.primary.max-time-to-live-in-seconds': '-1', 'tgt.primary.time-to-kill-in-seconds': 'INFINITE' }
  const rows: readonly (readonly [settings: Record<string, string>, policy: object])[] = [
    [primary, { timeToLiveInSeconds: 4, timeToIdleInSeconds: 2 }],
    [hard, { timeToLiveInSeconds: 60 }],
    [
      { ...hard, ...throttled },
      { timeToIdleInSeconds: 50, timeBetweenUsesInSeconds: 5 },
    ],
    [{ ...hard, ...throttled, ...idle }, { timeToIdleInSeconds: 40 }],
    [{ ...hard, ...throttled, ...idle, ...never }, {}],
    [{ ...hard, 'tgt.throttled-timeout.time-to-kill-in-seconds': '50' }, { timeToLiveInSeconds: 60 }],
    [
      { ...primary, 'tgt.hard-timeout.time-to-kill-in-seconds': '0' },
      { timeToLiveInSeconds: 4, timeToIdleInSeconds: 2 },
    ],
    [{ 'tgt.primary.max-time-to-live-in-seconds': '-1' }, { timeToIdleInSeconds: 7200 }],
    [{ 'tgt.primary.time-to-kill-in-seconds': '-1' }, { timeToLiveInSeconds: 28_800 }],
  ]
  for (const [settings, policy] of rows) assert.deepEqual(rules(settings).ticketGrantingTicket(false), policy)
  assert.equal(rules(never).warnings.length, 1)
})

test('sessions that nobody could use refuse the start, with the setting', () => {
  const rows: readonly (readonly [settings: Record<string, string>, setting: string])[] = [
    [{ 'tgt.primary.max-time-to-live-in-seconds': '0', 'tgt.primary.time-to-kill-in-seconds': 'NEVER' }, 'max-time-to-live-in-seconds'],
    [{ 'tgt.primary.max-time-to-live-in-seconds': '0' }, 'max-time-to-live-in-seconds'],
    [{ 'tgt.primary.time-to-kill-in-seconds': '0' }, 'time-to-kill-in-seconds'],
    [{ 'tgt.primary.max-time-to-live-in-seconds': '7199' }, 'time-to-kill-in-seconds'],
  ]
  for (const [settings, setting] of rows) {
    assert.throws(() => rules(settings), { name: 'StartRefusal', setting: `cas.ticket.tgt.primary.${setting}` })
  }
  assert.doesNotThrow(() => rules({ 'tgt.primary.max-time-to-live-in-seconds': '7200' }))
})

test('a long-term session has a life of its own, if there are any', () => {
  assert.deepEqual(rules().ticketGrantingTicket(true), { timeToLiveInSeconds: 28_800, timeToIdleInSeconds: 7200 })
  assert.deepEqual(rules({ 'tgt.remember-me.enabled': 'true' }).ticketGrantingTicket(true), { timeToLiveInSeconds: 1_209_600 })
  const long = rules({ 'tgt.remember-me.enabled': 'true', 'tgt.remember-me.time-to-kill-in-seconds': 'P91D' })
  assert.match(long.warnings[0] ?? '', /three months/)
})

test('a long-term session is for the clients that the patterns name', () => {
  const on = { 'tgt.remember-me.enabled': 'true' }
  assert.equal(mayBeRemembered(rules(), client, found), false)
  assert.equal(mayBeRemembered(rules(on), client, found), true)
  const agents = rules({ ...on, 'tgt.remember-me.supported-user-agents': '^Browser' })
  const addresses = rules({ ...on, 'tgt.remember-me.supported-ip-addresses': '^10\\.' })
  assert.equal(mayBeRemembered(agents, client, found), true)
  assert.equal(mayBeRemembered(agents, { ...client, userAgent: 'Robot' }, found), false)
  assert.equal(mayBeRemembered(addresses, client, found), false)
  assert.equal(mayBeRemembered(addresses, { ...client, address: '10.1.2.3' }, found), true)
})

test('the user comes before the service, the service before the settings', () => {
  const all = rules({ 'tgt.remember-me.enabled': 'true' })
  const service = { maxTimeToLiveInSeconds: 300 }
  const policy = (more: object) => sessionPolicy(all, { longTerm: false, ...client, ...more }, found)
  assert.deepEqual(policy({}), { timeToLiveInSeconds: 28_800, timeToIdleInSeconds: 7200 })
  assert.deepEqual(policy({ longTerm: true }), { timeToLiveInSeconds: 1_209_600 })
  assert.deepEqual(policy({ longTerm: true, service }), { timeToLiveInSeconds: 300 })
  assert.deepEqual(policy({ service, sessionTimeout: 'PT1M' }), { timeToLiveInSeconds: 60 })
  assert.deepEqual(policy({ service, sessionTimeout: 90 }), { timeToLiveInSeconds: 90 })
  assert.deepEqual(policy({ service, sessionTimeout: 'soon' }), { timeToLiveInSeconds: 300 })
  assert.deepEqual(policy({ service: { maxTimeToLiveInSeconds: 0 } }), { timeToLiveInSeconds: 28_800, timeToIdleInSeconds: 7200 })
})

test('of a service, the user agent comes before the address, and both before the plain maximum', () => {
  const limits = {
    maxTimeToLiveInSeconds: 300,
    userAgents: { '^Nothing': 1, '^Browser': -1, Browser: 20, '.*': 30 },
    ipAddresses: { '^192\\.': 0, '.*': 50 },
  }
  assert.equal(sessionLimitOf(limits, client, found), 20)
  assert.equal(sessionLimitOf({ ...limits, userAgents: { '^Nothing': 1 } }, client, found), 0)
  assert.equal(sessionLimitOf({ ...limits, userAgents: {}, ipAddresses: { '^10': 1 } }, client, found), 300)
  assert.equal(sessionLimitOf({}, client, found), undefined)
})

test('the limits of a definition for its tickets beat the settings, in every notation', () => {
  const { serviceTicket } = rules()
  const rows: readonly (readonly [limits: { numberOfUses?: number; timeToLive?: string | number }, policy: object])[] = [
    [{}, { numberOfUses: 1, timeToLiveInSeconds: 10 }],
    [
      { numberOfUses: 2, timeToLive: '20' },
      { numberOfUses: 2, timeToLiveInSeconds: 20 },
    ],
    [{ timeToLive: 20 }, { numberOfUses: 1, timeToLiveInSeconds: 20 }],
    [{ timeToLive: 'PT20S' }, { numberOfUses: 1, timeToLiveInSeconds: 20 }],
    [
      { numberOfUses: 0, timeToLive: 'gibberish' },
      { numberOfUses: 1, timeToLiveInSeconds: 10 },
    ],
    [{ timeToLive: '-1' }, { numberOfUses: 1 }],
  ]
  for (const [limits, policy] of rows) assert.deepEqual(usePolicy(serviceTicket, limits), policy)
})

test('ids that could be guessed are said', () => {
  assert.match(rules({ 'st.max-length': '8' }).warnings[0] ?? '', /cas\.ticket\.st\.max-length/)
})
