import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
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
  { name: 'files', open: (directory) => fileStore(directory) },
  { name: 'files in epochs of four', open: (directory) => fileStore(directory, { longEpoch: 4 }) },
  { name: 'files without second names', open: (directory) => fileStore(directory, { hardLinks: false, longEpoch: 8 }) },
]

for (const { name, open } of stores) {
  const within = async (work: (one: OutboxStore, other: OutboxStore, directory: string) => Promise<void>) => {
    const directory = mkdtempSync(join(tmpdir(), 'castellan-outbox-'))
    const one = await open(directory)
    const other = name === 'LMDB' ? one : await open(directory)
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

  test(`${name}: finished messages to one recipient are found among others`, async () => {
    await within(async (one, other) => {
      const sent = { version: 1, state: 'sent', finishedAtMs: 5 } as const
      for (const [number, to] of ['+1555"1', '+15552', '+1555"1'].entries()) {
        await one.write([record(number, { to })])
        await one.write([record(number, { ...sent, to, text: 'about "to":"+15552"' })])
      }
      assert.deepEqual((await other.finishedTo('+1555"1')).map(({ key }) => key).sort(), [keyOf(0), keyOf(2)])
      assert.deepEqual((await one.finishedTo('+15552')).length, 1)
      assert.deepEqual(await one.finishedTo('+1'), [])
      await one.write([record(3, { version: 0 })])
      await one.write([record(3, { ...sent, finishedAtMs: 7, text: '"finishedAtMs":9' })])
      assert.deepEqual(
        (await other.finishedSince(6)).map(({ key }) => key),
        [keyOf(3)],
      )
      assert.equal((await other.finishedSince(5)).length, 4)
      assert.deepEqual(await one.finishedSince(8), [])
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
      assert.equal(await other.prune(11), 0)
      assert.equal((await one.open()).length, 150)
    })
  })
}
