import { test } from 'node:test'
import { assertTypesOfDocumentedCode } from '../support/documented-code.ts'

test('the provider in docs/extending is right in its types', () => {
  assertTypesOfDocumentedCode('extending/sms-provider.md', 'notifications/sms', /export const gateway = plug\(/)
})
