import assert from 'node:assert/strict'
import { test } from 'node:test'
import { engineWith } from './support.ts'

test('on a fresh install casuser logs in with Mellon', async () => {
  const { login, audit } = await engineWith()
  const outcome = await login('casuser', 'Mellon')
  assert.ok(outcome.kind === 'authenticated')
  assert.deepEqual(outcome.authentication.principal, { id: 'casuser', attributes: {} })
  assert.deepEqual(outcome.authentication.successes, ['Static Credentials'])
  assert.deepEqual(outcome.authentication.attributes, {
    credentialType: ['UsernamePasswordCredential'],
    longTermAuthenticationRequestTokenUsed: [false],
    clientIpAddress: ['192.0.2.7'],
    serverIpAddress: ['192.0.2.1'],
    userAgent: ['test/1'],
    authenticationMethod: ['Static Credentials'],
    successfulAuthenticationHandlers: ['Static Credentials'],
  })
  assert.deepEqual(
    audit.records.map(({ action, who }) => [action, who]),
    [['AUTHENTICATION_SUCCESS', 'casuser']],
  )
})

test('a wrong password and an unknown user are refused and recorded, the password nowhere', async () => {
  const { login, audit, lines } = await engineWith()
  assert.deepEqual(await login('casuser', 'hunter2'), {
    kind: 'failed',
    failure: 'FailedLoginException',
    failures: { 'Static Credentials': 'FailedLoginException' },
  })
  const unknown = await login('nobody', 'hunter2')
  assert.ok(unknown.kind === 'failed')
  assert.equal(unknown.failure, 'AccountNotFoundException')
  assert.deepEqual(
    audit.records.map(({ action, who }) => [action, who]),
    [
      ['AUTHENTICATION_FAILED', 'casuser'],
      ['AUTHENTICATION_FAILED', 'nobody'],
    ],
  )
  assert.doesNotMatch(JSON.stringify([audit.records, lines, unknown]), /hunter2|Mellon/)
})
