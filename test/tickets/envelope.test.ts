import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { createLog, silentLog } from '../../src/base/log.ts'
import { COMPRESSED, ENCRYPTED, envelope } from '../../src/tickets/envelope.ts'
import { binarySealer, handleOf, readHandle, secretsOf, suffixOf } from '../../src/tickets/secrets.ts'

const [context, other] = [Buffer.alloc(16, 1), Buffer.alloc(16, 2)]
const open = (bodyKeys: readonly Buffer[] = [], clock = () => 0, log = silentLog) => envelope({ bodyKeys, clock, log })
const content = { body: { mail: ['a@example.org'] }, principalId: 'ada', suffix: 'sso1' }

test('what is packed comes out again, compressed when it is long', () => {
  for (const keys of [[], [randomBytes(32)]]) {
    const box = open(keys)
    for (const length of [0, 900, 2000, 200_000]) {
      const long = { ...content, body: 'abc '.repeat(length / 4) }
      const { flags, payload } = box.pack(long, context)
      assert.equal((flags & COMPRESSED) !== 0, length > 1024)
      assert.equal((flags & ENCRYPTED) !== 0, keys.length > 0)
      if (length > 1024) assert.ok(payload.length < length / 2)
      assert.deepEqual(box.open(flags, payload, context), long)
    }
  }
})

test('a sealed body does not open for another ticket, or when a bit of it was changed', () => {
  const box = open([randomBytes(32)])
  const { flags, payload } = box.pack(content, context)
  assert.equal(box.open(flags, payload, other), undefined)
  for (const place of [0, 1, 14, 30, payload.length - 1]) {
    const changed = Buffer.from(payload)
    changed[place] = (changed[place] ?? 0) ^ 1
    assert.equal(box.open(flags, changed, context), undefined)
  }
  assert.equal(box.open(flags, payload.subarray(0, 20), context), undefined)
  assert.equal(box.open(flags, Buffer.alloc(0), context), undefined)
})

test('rubbish and unknown versions count as absent and are said once a minute', () => {
  let now = 0
  const lines: string[] = []
  const log = createLog({ destination: { write: (line: string) => void lines.push(line) } })
  const box = open([], () => now, log)
  assert.equal(box.open(0, Buffer.from('{"b":'), context), undefined)
  assert.equal(box.open(COMPRESSED, Buffer.from('not compressed'), context), undefined)
  assert.equal(box.open(ENCRYPTED, Buffer.from('x'), context), undefined)
  assert.equal(box.reads(2, 0), false)
  assert.equal(lines.length, 1)
  now = 60_000
  assert.equal(box.reads(9, 0), false)
  assert.equal(lines.length, 2)
  assert.equal(lines.join('').includes('a@example.org'), false)
})

test('a compressed body that would fill the memory is not unpacked', async () => {
  const { deflateRawSync } = await import('node:zlib')
  const bomb = deflateRawSync(Buffer.alloc(64 * 1024 * 1024))
  assert.equal(open().open(COMPRESSED, bomb, context), undefined)
})

test('two seals of one text differ', () => {
  const sealer = binarySealer([randomBytes(32)])
  assert.notDeepEqual(sealer.seal(Buffer.from('ST-1'), context), sealer.seal(Buffer.from('ST-1'), context))
})

test('digests differ by key and by purpose, and those of users do not differ by case', () => {
  const [one, two] = [secretsOf(Buffer.alloc(32, 1)), secretsOf(Buffer.alloc(32, 2))]
  const digests = [one.digest('ada'), two.digest('ada'), one.principal('ada'), one.key('once', 'ada'), one.key('hits', 'ada')]
  assert.equal(new Set(digests.map((digest) => digest.toString('hex'))).size, digests.length)
  assert.deepEqual(one.principal('Ada'), one.principal('aDA'))
  assert.notDeepEqual(one.digest('Ada'), one.digest('ada'))
})

test('a handle shows the kind, a part of the digest and the node, and is read strictly', () => {
  assert.equal(handleOf('TGT', Buffer.from('3f9a04c1d2e3b4a5ffffffffffffffff', 'hex'), 'sso1'), 'TGT-3f9a04c1d2e3b4a5-sso1')
  assert.deepEqual(readHandle('TGT-3f9a04c1d2e3b4a5-sso1'), { prefix: 'TGT', start: Buffer.from('3f9a04c1d2e3b4a5', 'hex') })
  for (const text of [
    '',
    'TGT-3f9a',
    'TGT-3F9A04C1D2E3B4A5',
    'TGT-123456-abcDEFghiJKLmnoPQRstuVWXyz1-sso1',
    `TGT-3f9a04c1d2e3b4a5-${'x'.repeat(99)}`,
  ]) {
    assert.equal(readHandle(text), undefined)
  }
  assert.equal(suffixOf('TGT-1-abc-node-one'), 'node-one')
  assert.equal(suffixOf('TGT-1-abc'), '')
  assert.equal(suffixOf('anything at all'), '')
})
