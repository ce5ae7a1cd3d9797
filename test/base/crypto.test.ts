import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { equalInConstantTime, keyedDigest, keyedHash } from '../../src/base/crypto.ts'

test('a keyed hash is HMAC-SHA-256, whatever the key and the text', () => {
  const texts = ['', 'a', 'TGT-1-abc', 'ü€𝄞 \u0000', '\ud800', 'x'.repeat(999), '€'.repeat(1000), '€'.repeat(1001), 'y'.repeat(5000)]
  for (const key of [Buffer.alloc(0), randomBytes(1), randomBytes(32), randomBytes(64)]) {
    const keyed = keyedHash(key)
    // Twice: nothing of a longer text may stay behind.
    for (const text of [...texts, ...texts.toReversed()]) {
      const expected = createHmac('sha256', key).update(text).digest()
      assert.equal(keyed(text, 'base64url'), expected.toString('base64url'))
      assert.equal(keyed(text, 'binary'), expected.toString('latin1'))
      assert.equal(keyedDigest(key, text), expected.toString('base64url'))
    }
  }
  assert.throws(() => keyedHash(Buffer.alloc(65)))
})

test('the vector of RFC 4231 section 4.3 comes out', () => {
  const digest = keyedHash(Buffer.from('Jefe'))('what do ya want for nothing?', 'base64url')
  assert.equal(Buffer.from(digest, 'base64url').toString('hex'), '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843')
})

test('texts are equal when they are the same, one comparison after another', () => {
  assert.ok(equalInConstantTime('secret', 'secret'))
  assert.ok(!equalInConstantTime('secret', 'Secret'))
  assert.ok(equalInConstantTime('', ''))
  assert.ok(!equalInConstantTime('', 'secret'))
  assert.ok(equalInConstantTime('schlüssel', 'schlüssel'))
})
