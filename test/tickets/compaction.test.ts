import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { compactStore } from '../../src/tickets/registry/lmdb/compaction.ts'
import { openStore, temporaryDirectory } from './lmdb-store.ts'

const MAP_SIZE = 256 * 1024 * 1024
const nobody = () => ''

/** A store that has held a thousand sessions, of which one lives; the files of its folders. */
async function usedStore(path: string): Promise<readonly string[]> {
  await using store = openStore(path)
  const ids = [...Array(1000).keys()].map((at) => `TGT-${at}-x`)
  const session = {
    kind: 'TGT',
    createdAtMs: Date.now(),
    policy: { timeToLiveInSeconds: 3600 },
    principalId: 'user1',
    body: { text: 'x'.repeat(2000) },
  }
  await Promise.all(ids.map((id) => store.add({ id, ...session })))
  await Promise.all(ids.slice(1).map((id) => store.destroyTree(id, 'administrator')))
  return readdirSync(path).map((name) => join(path, name, 'data.mdb'))
}

test('a compacted store is smaller, and what lives in it is still there', async () => {
  using directory = temporaryDirectory()
  const files = await usedStore(directory.path)
  const before = files.map((file) => statSync(file).size)
  // What a run that was killed has left.
  mkdirSync(join(directory.path, 'kept/.compact-abc'))
  const done = await compactStore({ path: directory.path, mapSize: MAP_SIZE, locks: nobody })
  assert.deepEqual(done.map(({ file }) => file).sort(), [...files].sort())
  for (const [at, file] of files.entries()) {
    assert.ok(statSync(file).size < (before[at] ?? 0) / 4, file)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.deepEqual(readdirSync(join(file, '..')).sort(), ['data.mdb', 'lock.mdb'])
  }
  await using again = openStore(directory.path)
  assert.equal((await again.get('TGT-0-x'))?.principalId, 'user1')
  assert.equal((await again.counts())['TGT'], 1)
})

test('a store that a process uses is not touched, nor one of which that cannot be known', async () => {
  using directory = temporaryDirectory()
  const files = await usedStore(directory.path)
  const bytes = files.map((file) => readFileSync(file))
  const { ino } = statSync(join(directory.path, 'kept/lock.mdb'))
  const held = `1: POSIX  ADVISORY  READ 4711 fe:00:${ino} 0 0\n2: FLOCK  ADVISORY  WRITE 1 fe:00:1${ino} 0 EOF\n`
  const compact = (locks: () => string | undefined, force = false) =>
    compactStore({ path: directory.path, mapSize: MAP_SIZE, locks, force })
  await assert.rejects(
    compact(() => held),
    /are used by process 4711; stop it first$/,
  )
  await assert.rejects(
    compact(() => undefined),
    { exitCode: 69 },
  )
  for (const [at, file] of files.entries()) assert.ok(readFileSync(file).equals(bytes[at] ?? Buffer.alloc(0)))
  assert.equal((await compact(() => undefined, true)).length, files.length)
})

test('a file that is damaged is left as it is', async () => {
  using directory = temporaryDirectory()
  const files = await usedStore(directory.path)
  for (const file of files) truncateSync(file, 100)
  writeFileSync(join(directory.path, 'README'), '')
  await assert.rejects(compactStore({ path: directory.path, mapSize: MAP_SIZE, locks: nobody }), /cannot be compacted: it is no LMDB file/)
})
