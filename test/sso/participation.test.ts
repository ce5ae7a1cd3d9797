import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '../../src/base/json.ts'
import { silentLog } from '../../src/base/log.ts'
import type { PolicyDefinition, RegisteredService } from '../../src/services/index.ts'
import { sessionAgeLimit } from '../../src/sso/lifetime.ts'
import { createsCookieOnRenewal, participation } from '../../src/sso/participation.ts'
import { foundIn } from '../../src/sso/pattern.ts'
import type { Ticket } from '../../src/tickets/index.ts'
import { authenticationOf, START, serviceOf } from './sso-parts.ts'

const found = foundIn(silentLog)
const SECOND = 1000
const MINUTE = 60 * SECOND

const policy = (name: string, members: Readonly<Record<string, Json>> = {}): PolicyDefinition => ({
  type: `${name}RegisteredServiceSingleSignOnParticipationPolicy`,
  members,
})
const chainOf = (chain: readonly PolicyDefinition[], members: Readonly<Record<string, Json>> = {}): PolicyDefinition => ({
  ...policy('Chaining', members),
  chain,
})

interface Circumstances {
  readonly createdAgoMs?: number
  readonly usedAgoMs?: number
  readonly authenticatedAgoMs?: number
  readonly limitInSeconds?: number
}

async function counts(service: Partial<RegisteredService>, circumstances: Circumstances = {}): Promise<boolean> {
  const { createdAgoMs = 0, usedAgoMs = 0, authenticatedAgoMs = 0, limitInSeconds } = circumstances
  const ticket: Ticket = {
    kind: 'TGT',
    createdAtMs: START - createdAgoMs,
    lastUsedAtMs: START - usedAgoMs,
    countOfUses: 1,
    policy: {},
    expiresAtMs: Number.POSITIVE_INFINITY,
    principalId: 'casuser',
    body: null,
    handle: 'TGT-0000-sso1',
  }
  const authentication = authenticationOf('casuser', {
    authenticatedAtMs: START - authenticatedAgoMs,
    of: { memberOf: ['staff', 'vpn'] },
  })
  const answer = await participation(serviceOf(service), { ticket, authentication, nowMs: START, found }, limitInSeconds)
  if (!answer.yes) assert.ok(answer.why.length > 0)
  return answer.yes
}

test('a session counts for a service that says nothing', async () => assert.equal(await counts({}), true))

test('a session does not count for a service without single sign-on', async () => assert.equal(await counts({ ssoEnabled: false }), false))

test('a policy on the date of the authentication admits a login of exactly that age and no older', async () => {
  const minutes = { singleSignOnParticipation: policy('AuthenticationDate', { timeUnit: 'MINUTES', timeValue: 5 }) }
  assert.equal(await counts(minutes, { authenticatedAgoMs: 5 * MINUTE, usedAgoMs: 9 * MINUTE }), true)
  assert.equal(await counts(minutes, { authenticatedAgoMs: 5 * MINUTE + 1 }), false)
})

test('a policy on the last use admits a session that was used within its time', async () => {
  const seconds = { singleSignOnParticipation: policy('LastUsedTime', { timeUnit: 'SECONDS', timeValue: '30' }) }
  assert.equal(await counts(seconds, { usedAgoMs: 30 * SECOND, authenticatedAgoMs: 60 * MINUTE }), true)
  assert.equal(await counts(seconds, { usedAgoMs: 30 * SECOND + 1 }), false)
})

test('a time of zero or less admits every age', async () => {
  for (const timeValue of [0, -1]) {
    assert.equal(
      await counts({ singleSignOnParticipation: policy('AuthenticationDate', { timeValue }) }, { authenticatedAgoMs: 9e9 }),
      true,
    )
  }
})

test('a time or a unit that cannot be read admits nobody', async () => {
  assert.equal(await counts({ singleSignOnParticipation: policy('AuthenticationDate', { timeValue: 'soon' }) }), false)
  assert.equal(await counts({ singleSignOnParticipation: policy('AuthenticationDate', { timeUnit: 'FORTNIGHTS', timeValue: 9 }) }), false)
})

test('a policy on attributes searches its patterns in the values of the user or of the login', async () => {
  const wants = (attributes: Json, more = {}) => counts({ singleSignOnParticipation: policy('AttributeBased', { attributes, ...more }) })
  assert.equal(await wants({ memberOf: ['^staff$'] }), true)
  assert.equal(await wants({ memberOf: ['taf'] }), true)
  assert.equal(await wants({ memberOf: ['^taf'] }), false)
  assert.equal(await wants({ memberOf: 'vpn' }), true)
  assert.equal(await wants({ authenticationMethod: ['Static'] }), true)
  assert.equal(await wants({ memberOf: ['staff'], missing: ['.*'] }), true)
  assert.equal(await wants({ memberOf: ['staff'], missing: ['.*'] }, { requireAllAttributes: true }), false)
  assert.equal(
    await wants({ memberOf: ['staff'], authenticationMethod: ['.*'] }, { requireAllAttributes: true }),
    false,
    'each set for itself',
  )
  assert.equal(await wants({}), false)
  assert.equal(await wants(null), false)
  assert.equal(await wants({ constructor: ['.*'], __proto__: ['.*'] }), false)
})

test('a hostile or broken pattern admits nobody and takes no time', async () => {
  const wants = (pattern: string) =>
    counts({ singleSignOnParticipation: policy('AttributeBased', { attributes: { memberOf: [pattern] } }) })
  assert.equal(await wants('^(s+)+$'), false)
  assert.equal(await wants('('), false)
})

test('a chain admits whom all its members admit, or one where it says so', async () => {
  const chain = (operator: string | undefined, ...chain: PolicyDefinition[]) =>
    counts({ singleSignOnParticipation: chainOf(chain, operator === undefined ? {} : { operator }) })
  const vpn = policy('AttributeBased', { attributes: { memberOf: ['vpn'] } })
  assert.equal(await chain(undefined, policy('Default'), vpn), true)
  assert.equal(await chain('AND', policy('Default'), policy('Never')), false)
  assert.equal(await chain('or', policy('Never'), vpn), true)
  assert.equal(await chain('OR', policy('Never'), policy('Never')), false)
  assert.equal(await chain('OR', chainOf([policy('Default'), policy('Never')]), policy('Never')), false)
  assert.equal(await chain(undefined), true)
  assert.equal(await chain('OR'), false)
  assert.equal(await counts({ singleSignOnParticipation: policy('Chaining') }), false)
})

test('a script is told of user and session, and only its true admits', async () => {
  const asked: unknown[] = []
  const says = (answer: Json | Error) =>
    counts({
      singleSignOnParticipation: {
        ...policy('Groovy'),
        async ask(input) {
          asked.push(input)
          if (answer instanceof Error) throw answer
          return answer
        },
      },
    })
  assert.equal(await says(true), true)
  assert.deepEqual(asked[0], {
    context: {
      principalId: 'casuser',
      attributes: { memberOf: ['staff', 'vpn'] },
      authenticationAttributes: authenticationOf('casuser').attributes,
      authenticatedAt: new Date(START).toISOString(),
      createdAt: new Date(START).toISOString(),
      lastUsedAt: new Date(START).toISOString(),
    },
  })
  for (const answer of [false, 'true', 1, null, new Error('it threw')]) assert.equal(await says(answer), false)
})

test('a policy that is not known, and a script that cannot be run, admit nobody', async () => {
  for (const name of ['Groovy', 'toString', 'constructor', '']) {
    assert.equal(await counts({ singleSignOnParticipation: policy(name, { groovyScript: 'file:/x.groovy' }) }), false, name)
  }
  assert.equal(await counts({ singleSignOnParticipation: { type: 'SomethingElse', members: {} } }), false)
})

test('a session that is older than the service allows sessions to be does not count, unless a policy decides', async () => {
  assert.equal(await counts({}, { createdAgoMs: MINUTE, limitInSeconds: 60 }), true)
  assert.equal(await counts({}, { createdAgoMs: MINUTE + 1, limitInSeconds: 60 }), false)
  assert.equal(await counts({ singleSignOnParticipation: policy('Default') }, { createdAgoMs: MINUTE + 1, limitInSeconds: 60 }), true)
})

test('a session made by a handler that the service does not admit does not count', async () => {
  const handlers = (requiredHandlers: string[], excludedHandlers: string[]) =>
    counts({ authenticationPolicy: { requiredHandlers, excludedHandlers, criteria: undefined } })
  assert.equal(await handlers(['Static Credentials'], []), true)
  assert.equal(await handlers(['LDAP'], []), false)
  assert.equal(await handlers([], ['Static Credentials']), false)
  assert.equal(await handlers([], ['LDAP']), true)
})

test('the limit of a service looks at the agent first, then at the address, then at the plain maximum', () => {
  const service = serviceOf({
    ticketGrantingTicket: { timeToLiveInSeconds: 300, byUserAgent: { 'Fire.*': -1, 'Chrome/\\d+': 60 }, byAddress: { '^10\\.': 120 } },
  })
  const client = (userAgent: string, address: string) => ({ userAgent, address, serverAddress: '127.0.0.1', secure: true })
  assert.equal(sessionAgeLimit(service, client('Chrome/120', '10.1.2.3'), found), 60)
  assert.equal(sessionAgeLimit(service, client('Firefox', '10.1.2.3'), found), 120)
  assert.equal(sessionAgeLimit(service, client('Firefox', '192.0.2.1'), found), 300)
  assert.equal(sessionAgeLimit(service, undefined, found), 300)
  assert.equal(sessionAgeLimit(serviceOf(), client('Chrome/120', '10.1.2.3'), found), undefined)
})

test('whether a forced login makes a session is said by the policy of the service, a chain by all its members', () => {
  const says = (word: string) => createsCookieOnRenewal(policy('AuthenticationDate', { createCookieOnRenewedAuthentication: word }))
  assert.equal(says('TRUE'), true)
  assert.equal(says('FALSE'), false)
  assert.equal(says('UNDEFINED'), undefined)
  assert.equal(createsCookieOnRenewal(policy('Never')), undefined)
  assert.equal(createsCookieOnRenewal(undefined), undefined)
  const chain = (...words: string[]) =>
    createsCookieOnRenewal(chainOf(words.map((word) => policy('LastUsedTime', { createCookieOnRenewedAuthentication: word }))))
  assert.equal(chain('TRUE', 'UNDEFINED'), true)
  assert.equal(chain('TRUE', 'FALSE'), false)
})
