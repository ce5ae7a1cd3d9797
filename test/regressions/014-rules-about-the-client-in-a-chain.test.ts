import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serviceReference } from '../../src/services/index.ts'
import { definition, openWorld } from '../services/world.ts'

const CLASS = 'org.apereo.cas.services.'
const browser = { '@class': `${CLASS}HttpRequestRegisteredServiceAccessStrategy`, ipAddress: '192\\.0\\.2\\..*' }
const off = { '@class': `${CLASS}DefaultRegisteredServiceAccessStrategy`, enabled: false }

/** What a validation, which knows no browser, is told of an application with a chain. */
async function reasonOf(operator: string, strategies: readonly object[]): Promise<string> {
  const accessStrategy = {
    '@class': `${CLASS}ChainingRegisteredServiceAccessStrategy`,
    operator,
    strategies: ['java.util.ArrayList', strategies],
  }
  await using world = await openWorld({ files: { 'App-1.json': definition(1, 'App', '^https://app/.*', { accessStrategy }) } })
  const reference = serviceReference('https://app/x')
  if (!reference || reference === 'unusable') throw new Error('no reference')
  const finding = await world.services.find(reference)
  return finding.kind === 'refused' ? finding.reason : finding.kind
}

/**
 * A validation passes over `client-not-allowed`: the rule was asked at the login. In a chain that refusal hid that the application is disabled; and where
 * one rule is enough, another one hid that the rule about the client may have been the one.
 */
test('in a chain a rule about the client neither hides another refusal at validation nor is hidden by one', async () => {
  assert.equal(await reasonOf('AND', [browser, off]), 'disabled')
  assert.equal(await reasonOf('AND', [off, browser]), 'disabled')
  assert.equal(await reasonOf('AND', [browser]), 'client-not-allowed')
  assert.equal(await reasonOf('OR', [browser, off]), 'client-not-allowed')
  assert.equal(await reasonOf('OR', [off, browser]), 'client-not-allowed')
})
