import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Proof } from '../../../src/authentication/index.ts'
import { engineWith, serviceWith, someone, type Written } from '../support.ts'

const proof: Proof = { handlerName: 'CodeHandler', credentialType: 'CodeCredential', username: 'ada', attributes: { team: ['engines'] } }

async function accept(written: Written = {}, service?: ReturnType<typeof serviceWith>, more: Partial<Proof> = {}) {
  const { engine, audit } = await engineWith(written)
  const outcome = await engine.accept({ ...proof, ...more }, { client: someone, service })
  await engine.close()
  return { outcome, audit }
}

test('whoever has shown who they are gets the attributes of all sources, and stands in the audit trail', async () => {
  const { outcome, audit } = await accept({ 'cas.authn.attributeRepository.stub.attributes.role': ['staff'] }, undefined, {
    rememberMe: true,
  })
  assert.ok(outcome.kind === 'authenticated')
  const { principal, attributes, successes } = outcome.authentication
  assert.deepEqual(principal, { id: 'ada', attributes: { team: ['engines'], username: ['ada'], role: ['staff'] } })
  assert.deepEqual(successes, ['CodeHandler'])
  assert.deepEqual(attributes['credentialType'], ['CodeCredential'])
  assert.deepEqual(attributes['longTermAuthenticationRequestTokenUsed'], [true])
  assert.deepEqual(
    audit.records.map(({ action, who }) => [action, who]),
    [['AUTHENTICATION_SUCCESS', 'ada']],
  )
})

test('policies decide as for a handler of that name', async () => {
  const rows: readonly (readonly [why: string, written: Written, service: ReturnType<typeof serviceWith> | undefined, passes: boolean])[] =
    [
      ['an application that requires it', {}, serviceWith({ requiredHandlers: ['CodeHandler'] }), true],
      ['an application that requires another', {}, serviceWith({ requiredHandlers: ['LdapHandler'] }), false],
      ['an application that excludes it', {}, serviceWith({ excludedHandlers: ['CodeHandler'] }), false],
      ['an application that excludes another', {}, serviceWith({ excludedHandlers: ['LdapHandler'] }), true],
      [
        'a policy that wants another',
        { 'cas.authn.policy.req.enabled': 'true', 'cas.authn.policy.req.handlerName': ['LdapHandler'] },
        undefined,
        false,
      ],
      [
        'a policy that wants it',
        { 'cas.authn.policy.req.enabled': 'true', 'cas.authn.policy.req.handlerName': ['CodeHandler'] },
        undefined,
        true,
      ],
      [
        'a policy that wants an attribute',
        { 'cas.authn.policy.requiredAttributes.enabled': 'true', 'cas.authn.policy.requiredAttributes.attributes.team': 'sales' },
        undefined,
        false,
      ],
    ]
  for (const [why, written, service, passes] of rows) {
    const { outcome, audit } = await accept(written, service)
    assert.equal(outcome.kind, passes ? 'authenticated' : 'failed', why)
    assert.equal(audit.records.at(-1)?.action, passes ? 'AUTHENTICATION_SUCCESS' : 'AUTHENTICATION_FAILED', why)
    if (outcome.kind === 'failed') assert.equal(outcome.failure, 'UnsatisfiedAuthenticationPolicyException', why)
  }
})

test('a blocked name is nobody, whatever was shown', async () => {
  const { outcome } = await accept({ 'cas.personDirectory.principalTransformation.blockingPattern': 'ad.' })
  assert.deepEqual(outcome.kind === 'failed' && outcome.failure, 'PrincipalException')
})
