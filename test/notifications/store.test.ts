import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { OutboxRecord } from '../../src/notifications/index.ts'
import { fileStore } from '../../src/notifications/outbox/file-store.ts'
import { lmdbStore } from '../../src/notifications/outbox/lmdb-store.ts'
import type { OutboxStore } from '../../src/notifications/outbox/store.ts'

const keyOf = (number: number) => `key-${String(number).padStart(40, '0')}`
const record = (number: number, more: Partial<OutboxRecord> = {}): OutboxRecord => ({
  key: keyOf(number),
  version: 0,
  state: 'pending',
  channel: 'sms',
  to: '+11234567890',
  text: `Line one\nand "two" of ${number} 🎉`,
  action: 'expired',
  service: { id: String(number), name: 'Sample', serviceId: '^https://app', file: '/x.json' },
  expiresAtMs: 1,
  createdAtMs: 1,
  dueAtMs: 1,
  attempts: 0,
  lookups: 0,
  ...more,
})

const stores: readonly { readonly name: string; readonly open: (directory: string) => Promise<OutboxStore> }[] = [
  { name: 'LMDB', open: (directory) => lmdbStore(directory) },
  { name: 'files', open: async (directory) => fileStore(directory) },
]

for (const { name, open } of stores) {
  const within = async (work: (one: OutboxStore, other: OutboxStore, directory: string) => Promise<void>) => {
    const directory = mkdtempSync(join(tmpdir(), 'castellan-outbox-'))
    const one = await open(directory)
    const other = name === 'files' ? await open(directory) : one
    try {
      await work(one, other, directory)
    } finally {
      await one.close()
      if (other !== one) await other.close()
      rmSync(directory, { recursive: true, force: true })
    }
  }

  test(`${name}: a message is inserted once, whoever tries, and read back as it was`, async () => {
    await within(async (one, other) => {
      const tries = await Promise.all([one.write([record(1)]), other.write([record(1)]), one.write([record(1)]), other.write([record(1)])])
      assert.equal(tries.flat().filter(Boolean).length, 1)
      assert.deepEqual(await other.get(keyOf(1)), record(1))
      assert.equal(await other.get(keyOf(2)), undefined)
      assert.deepEqual(await one.open(), [record(1)])
    })
  })

  test(`${name}: of all that write one version exactly one does, and what it wrote is there`, async () => {
    await within(async (one, other) => {
      await one.write([record(1)])
      for (let version = 1; version < 20; version++) {
        const tries = await Promise.all([0, 1, 2, 3].map((at) => (at % 2 ? one : other).write([record(1, { version, attempts: at })])))
        assert.equal(tries.flat().filter(Boolean).length, 1)
        const winner = tries.findIndex(([written]) => written)
        assert.equal((await one.get(keyOf(1)))?.attempts, winner)
      }
      assert.deepEqual(await one.write([record(1, { version: 5 }), record(1, { version: 25 })]), [false, false])
    })
  })

  test(`${name}: a finished message has no further versions and is not begun anew`, async () => {
    await within(async (one, other) => {
      await one.write([record(1)])
      await other.write([record(1, { version: 1, state: 'sending' })])
      assert.deepEqual(await one.write([record(1, { version: 2, state: 'sent', finishedAtMs: 5 })]), [true])
      for (const store of [one, other]) {
        for (const version of [0, 1, 2, 4]) assert.deepEqual(await store.write([record(1, { version })]), [false], `version ${version}`)
        assert.equal((await store.get(keyOf(1)))?.state, 'sent')
        assert.deepEqual(await store.open(), [])
        assert.equal((await store.finished()).length, 1)
      }
    })
  })

  test(`${name}: a message that is opened again is one message still`, async () => {
    await within(async (one, other) => {
      await one.write([record(1)])
      await one.write([record(1, { version: 1, state: 'sending' })])
      await one.write([record(1, { version: 2, state: 'failed', finishedAtMs: 5 })])
      const tries = await Promise.all([one.write([record(1, { version: 3 })]), other.write([record(1, { version: 3 })])])
      assert.equal(tries.flat().filter(Boolean).length, 1)
      for (const store of [one, other]) {
        for (const version of [0, 1, 2, 3, 5]) assert.deepEqual(await store.write([record(1, { version })]), [false], `version ${version}`)
        assert.equal((await store.get(keyOf(1)))?.version, 3)
        assert.equal((await store.open()).length, 1)
      }
      assert.deepEqual(await other.write([record(1, { version: 4, state: 'sending' })]), [true])
      assert.equal((await one.get(keyOf(1)))?.version, 4)
      assert.deepEqual(await one.write([record(1, { version: 5, state: 'sent', finishedAtMs: 6 })]), [true])
      assert.deepEqual(await other.write([record(1)]), [false])
      assert.deepEqual(await other.open(), [])
    })
  })

  test(`${name}: many are written together and found again by a process that starts`, async () => {
    await within(async (one, other) => {
      const many = Array.from({ length: 200 }, (_, number) => record(number))
      assert.ok((await one.write(many)).every(Boolean))
      assert.deepEqual((await other.write(many)).filter(Boolean), [])
      await one.write(many.slice(0, 50).map((each) => ({ ...each, version: 1, state: 'sent', finishedAtMs: 10 })))
      assert.deepEqual([(await other.open()).length, (await other.finished()).length], [150, 50])
      assert.deepEqual(new Set((await other.open()).map(({ key }) => key)).size, 150)
      assert.equal(await other.prune(10), 0)
      assert.equal(await other.prune(11), 50)
      assert.equal((await one.finished()).length, 0)
      assert.equal((await one.open()).length, 150)
    })
  })
}

test('files: a finished message leaves one file, which only its owner can read', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'castellan-outbox-'))
  const store = fileStore(directory)
  await store.write([record(1)])
  await store.write([record(1, { version: 1, state: 'sent', finishedAtMs: 1 })])
  assert.deepEqual(readdirSync(directory, { recursive: true }).sort(), ['finished', `finished/${keyOf(1)}.rec`])
  rmSync(directory, { recursive: true })
})

test('files: what a crash left behind is put right or passed over', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'castellan-outbox-'))
  fileStore(directory)
  const put = (name: string, ...records: OutboxRecord[]) =>
    writeFileSync(join(directory, name), records.map((each) => `${JSON.stringify(each)}\n`).join(''))
  // Finished, but not yet in its place.
  put(`${keyOf(1)}.rec`, record(1))
  put(`${keyOf(1)}.1.rec`, record(1, { version: 1, state: 'sent', finishedAtMs: 1 }))
  // In its place, with names that are left over.
  put(`finished/${keyOf(2)}.rec`, record(2, { version: 2, state: 'sent', finishedAtMs: 1 }))
  put(`${keyOf(2)}.2.rec`, record(2, { version: 2, state: 'sent', finishedAtMs: 1 }))
  // Opened again, but still in its place among the finished.
  put(`finished/${keyOf(3)}.rec`, record(3, { version: 2, state: 'failed', finishedAtMs: 1 }))
  put(`${keyOf(3)}.3.rec`, record(3, { version: 3 }))
  // Torn, and no record at all.
  writeFileSync(join(directory, `${keyOf(4)}.rec`), '{"key":"')
  writeFileSync(join(directory, 'README.rec'), 'x')
  const store = fileStore(directory)
  assert.deepEqual(
    (await store.open()).map(({ key, version }) => [key, version]),
    [[keyOf(3), 3]],
  )
  assert.deepEqual((await store.finished()).map(({ key }) => key).sort(), [keyOf(1), keyOf(2)])
  assert.deepEqual(await store.write([record(1), record(2), record(3)]), [false, false, false])
  assert.equal((await store.get(keyOf(3)))?.version, 3)
  rmSync(directory, { recursive: true })
})
