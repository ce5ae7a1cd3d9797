import { test } from 'node:test'
import { assertTypesOfDocumentedCode } from '../support/documented-code.ts'

test('the provider in docs/extending is right in its types', () => {
  assertTypesOfDocumentedCode('extending/second-factor.md', 'mfa/providers/badge', /export const badgeProvider: ProviderKind = /)
})
