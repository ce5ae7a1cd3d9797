import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Unavailable } from '../../src/base/errors.ts'
import { silentLog } from '../../src/base/log.ts'
import { type Commits, commits as commitsOf } from '../../src/tickets/registry/lmdb/commits.ts'
import { type Environment, openEnvironments } from '../../src/tickets/registry/lmdb/environment.ts'
import { temporaryDirectory } from './lmdb-store.ts'

/** The commits of an empty store, whose disk does its work when it is told to. */
function open(path: string) {
  const { running, kept, kindCodes } = openEnvironments({
    path,
    mapSize: 64 * 1024 * 1024,
    catalogue: [],
    keptTables: ['tree'],
    runningTables: [],
    log: silentLog,
    idsMark: 'ids',
    bootId: 'first',
  })
  if (!kept) throw new Error('one environment only')
  const disk = { turns: 0, gate: Promise.resolve() }
  const slow: Environment = {
    table: kept.table,
    root: Object.assign(Object.create(kept.root), {
      async transaction(work: () => unknown) {
        disk.turns++
        await disk.gate
        return kept.root.transaction(work)
      },
    }) as Environment['root'],
  }
  let transactions = 0
  const counted: Environment = {
    table: running.table,
    root: Object.assign(Object.create(running.root), {
      transactionSync(work: () => unknown, flags: number) {
        transactions++
        return running.root.transactionSync(work, flags)
      },
    }) as Environment['root'],
  }
  const commits = commitsOf({ running: counted, kept: slow, kindCodes }, silentLog)
  return { commits, disk, kept, transactions: () => transactions }
}

const write = (commits: Commits, name: string, durable: boolean | 'surely') =>
  commits.run(() => commits.table('tree').put(Buffer.from(name), Buffer.from('x'), true), durable)

test('steps that wait for the disk anyway are committed together, and each is on the disk when it is acknowledged', async () => {
  using directory = temporaryDirectory()
  const { commits, disk, kept, transactions } = open(directory.path)
  const gate = Promise.withResolvers<void>()
  disk.gate = gate.promise
  const first = write(commits, 'first', true)
  await setImmediate()
  await setImmediate()
  const before = transactions()
  const patient: Promise<unknown>[] = []
  for (const name of ['a', 'b', 'c']) {
    patient.push(write(commits, name, 'surely'))
    await setImmediate()
  }
  // Nobody else waits with them.
  await commits.run(() => undefined, true)
  assert.equal(transactions() - before, 1)
  assert.equal(disk.turns, 1)
  gate.resolve()
  await first
  await Promise.all(patient)
  assert.equal(transactions() - before, 2)
  assert.equal(disk.turns, 2)
  for (const name of ['first', 'a', 'b', 'c']) assert.equal(kept.table('tree').getBinary(Buffer.from(name))?.toString(), 'x', name)
  await commits.close()
})

test('a disk that fails refuses those who wait for it, and nobody after them; nothing is lost', async () => {
  using directory = temporaryDirectory()
  const { commits, disk, kept } = open(directory.path)
  const gate = Promise.withResolvers<void>()
  disk.gate = gate.promise
  const first = write(commits, 'first', true)
  await setImmediate()
  await setImmediate()
  const second = write(commits, 'second', 'surely')
  gate.reject(new Error('no room'))
  disk.gate = Promise.resolve()
  await assert.rejects(first, Unavailable)
  await second
  await commits.close()
  for (const name of ['first', 'second']) assert.ok(kept.table('tree').getBinary(Buffer.from(name)), name)
})

test('the end of the store waits for steps that have not begun', async () => {
  using directory = temporaryDirectory()
  const { commits, disk, kept } = open(directory.path)
  const gate = Promise.withResolvers<void>()
  disk.gate = gate.promise
  const first = write(commits, 'first', true)
  await setImmediate()
  await setImmediate()
  const second = write(commits, 'second', 'surely')
  const closed = commits.close()
  gate.resolve()
  await Promise.all([first, second, closed])
  assert.ok(kept.table('tree').getBinary(Buffer.from('second')))
  await assert.rejects(write(commits, 'third', 'surely'), Unavailable)
})
