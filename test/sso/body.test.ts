import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '../../src/base/json.ts'
import { authenticationFromBody, authenticationToBody, isLongTerm, serviceTicketFacts } from '../../src/sso/body.ts'
import { authenticationOf } from './sso-parts.ts'

const throughStore = (body: Json): Json => JSON.parse(JSON.stringify(body)) as Json

test('an authentication comes back from the store as it went in', () => {
  const authentication = authenticationOf('casuser', {
    of: { mail: ['u1@example.org', 'u2@example.org'], age: [42], active: [true], none: [] },
    failures: { LDAP: 'FailedLoginException' },
    warnings: [{ key: 'password.expiration.warning', args: ['3'] }, { key: 'plain' }],
  })
  assert.deepEqual(authenticationFromBody(throughStore(authenticationToBody(authentication))), authentication)
})

test('a body of another format, or none, is no session', () => {
  const good = authenticationToBody(authenticationOf('casuser')) as Readonly<Record<string, Json>>
  const bad: readonly Json[] = [
    null,
    'text',
    42,
    [],
    {},
    { ...good, f: 2 },
    { ...good, p: 7 },
    { ...good, at: 'now' },
    { ...good, pa: [] },
    { ...good, a: { x: 'no list' } },
    { ...good, s: 'LDAP' },
  ]
  for (const body of bad) assert.equal(authenticationFromBody(body), undefined, JSON.stringify(body))
})

test('a long-term login is known by its attribute, as a truth value or as text', () => {
  const login = (value: string | boolean) =>
    authenticationOf('casuser', { attributes: { longTermAuthenticationRequestTokenUsed: [value] } })
  assert.equal(isLongTerm(login(true)), true)
  assert.equal(isLongTerm(login('true')), true)
  assert.equal(isLongTerm(login(false)), false)
  assert.equal(isLongTerm(authenticationOf('casuser')), false)
})

test('facts of a service ticket that are missing count as no', () => {
  assert.deepEqual(serviceTicketFacts({ service: 'https://app.example.org/' }), {
    service: 'https://app.example.org/',
    renewed: false,
    fromNewLogin: false,
  })
  for (const body of [null, 'x', [], {}, { service: 1 }] as readonly Json[]) assert.equal(serviceTicketFacts(body), undefined)
})
