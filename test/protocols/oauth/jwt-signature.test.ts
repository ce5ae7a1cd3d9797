import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { suite, test } from 'node:test'
import { compactVerify } from 'jose'
import { keyFor, privateSigningKey, textSigningKey } from '../../../src/protocols/oauth/jwt/keys.ts'
import { signCompact } from '../../../src/protocols/oauth/jwt/signature.ts'

const content = JSON.stringify({ sub: 'ada', name: 'Zoë €𝄞' })
const pem = (key: KeyObject) => Buffer.from(key.export({ type: 'pkcs8', format: 'pem' }))

suite('signatures of ours are verified by jose', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  for (const alg of ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']) {
    test(alg, async () => verified(await signCompact(privateSigningKey(pem(rsa), alg), content), rsa, alg))
  }
  for (const [alg, namedCurve] of [
    ['ES256', 'P-256'],
    ['ES384', 'P-384'],
    ['ES512', 'P-521'],
  ] as const) {
    test(alg, async () => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve })
      // The numbers of a signature are sometimes shorter: each has its place all the same.
      for (let times = 0; times < 20; times++)
        await verified(await signCompact(privateSigningKey(pem(privateKey)), content), privateKey, alg)
    })
  }
  for (const alg of ['HS256', 'HS384', 'HS512']) {
    test(alg, async () => {
      const secret = randomBytes(48).toString('base64url')
      const token = await signCompact(textSigningKey(secret, alg), content)
      const { payload, protectedHeader } = await compactVerify(token, Buffer.from(secret), { algorithms: [alg] })
      assert.equal(Buffer.from(payload).toString(), content)
      assert.equal(protectedHeader.alg, alg)
      await assert.rejects(compactVerify(token, randomBytes(64), { algorithms: [alg] }))
    })
  }

  async function verified(token: string, key: KeyObject, alg: string): Promise<void> {
    const { payload, protectedHeader } = await compactVerify(token, createPublicKey(key), { algorithms: [alg] })
    assert.equal(Buffer.from(payload).toString(), content)
    assert.equal(protectedHeader.typ, 'JWT')
    const [header = '', , signature = ''] = token.split('.')
    await assert.rejects(compactVerify(`${header}.${Buffer.from('{}').toString('base64url')}.${signature}`, createPublicKey(key)))
  }
})

test('the header names algorithm and key, and whatever else is wanted', async () => {
  const key = keyFor(textSigningKey('k'.repeat(64), 'HS512'), 'HS256') ?? assert.fail()
  const token = await signCompact(key, content, { typ: 'at+jwt', extra: 'e' })
  const header: unknown = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
  assert.deepEqual(header, { alg: 'HS256', typ: 'at+jwt', kid: key.kid, extra: 'e' })
})

test('a text cannot sign by an algorithm of private keys', async () => {
  await assert.rejects(signCompact({ ...textSigningKey('k'.repeat(64)), alg: 'RS256' }, content))
})
