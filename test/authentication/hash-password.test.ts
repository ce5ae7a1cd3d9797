import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HASH_ENCODERS, hashPassword } from '../../src/authentication/index.ts'
import { engineWith } from './support.ts'

for (const encoder of HASH_ENCODERS) {
  test(`what hash-password makes with ${encoder} logs in under the encoder type of that name`, async () => {
    const stored = await hashPassword(encoder, 'Möllon')
    assert.doesNotMatch(stored, /Möllon/)
    // Indexed, since some values have commas.
    const { login } = await engineWith({ 'cas.authn.accept.users': [`user1::${stored}`], 'cas.authn.accept.passwordEncoder.type': encoder })
    assert.equal((await login('user1', 'Möllon')).kind, 'authenticated')
    assert.equal((await login('user1', 'Mollon')).kind, 'failed')
  })
}
