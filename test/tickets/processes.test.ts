import assert from 'node:assert/strict'
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ticketOf } from '../conformance/ticket-registry.ts'
import { eventually } from '../support/castellan.ts'
import { openStore, temporaryDirectory } from './lmdb-store.ts'
import type { Order, Outcome } from './other-process.ts'

interface OtherProcess extends AsyncDisposable {
  readonly child: ChildProcess
  ask<O extends Outcome>(order: Order): Promise<O>
}

const SCRIPT = join(import.meta.dirname, 'other-process.ts')

async function start(path: string): Promise<OtherProcess> {
  return talkTo(fork(SCRIPT, [path], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }))
}

async function talkTo(child: ChildProcess): Promise<OtherProcess> {
  const answer = async <O extends Outcome>() => {
    const ended = once(child, 'exit').then(([code]) => assert.fail(`the process ended with ${code}`))
    const [outcome] = (await Promise.race([once(child, 'message'), ended])) as [O]
    return outcome
  }
  await answer()
  return {
    child,
    ask<O extends Outcome>(order: Order) {
      child.send(order)
      return answer<O>()
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}

async function startSome(path: string, count: number) {
  const processes = await Promise.all(Array.from({ length: count }, () => start(path)))
  return Object.assign(processes, {
    async [Symbol.asyncDispose]() {
      await Promise.all(processes.map((each) => each[Symbol.asyncDispose]()))
    },
  })
}

const now = () => Date.now()
const longLived = { numberOfUses: 1, timeToLiveInSeconds: 600 }

test('of 200 callers in four processes exactly one gets a ticket, for each kind that is used once', async () => {
  using directory = temporaryDirectory()
  await using registry = openStore(directory.path)
  await using processes = await startSome(directory.path, 4)
  for (const kind of ['ST', 'OC', 'TST', 'PT']) {
    const tickets = Array.from({ length: kind === 'ST' ? 100 : 25 }, () => ticketOf(kind, { createdAtMs: now(), policy: longLived }))
    for (const ticket of tickets) await registry.add(ticket)
    const ids = tickets.map(({ id }) => id)
    const all = await Promise.all(processes.map((each) => each.ask<{ consumed: string[][] }>({ do: 'consume', ids, kind, times: 50 })))
    for (const [index] of ids.entries()) {
      const results = all.flatMap(({ consumed }) => consumed[index] ?? [])
      assert.equal(results.length, 200)
      assert.equal(results.filter((result) => result === 'ok').length, 1)
      assert.equal(results.filter((result) => result === 'used').length, 199)
    }
  }
})

test('grants race with logouts in four processes: each session ends once, knows all it gave, and leaves no orphan', async () => {
  using directory = temporaryDirectory()
  await using registry = openStore(directory.path)
  {
    await using processes = await startSome(directory.path, 4)
    const [one, two, three, four] = processes
    assert.ok(one && two && three && four)
    const sessions = Array.from({ length: 40 }, () => ticketOf('TGT', { createdAtMs: now() }))
    for (const session of sessions) await registry.add(session)
    const ids = sessions.map(({ id }) => id)
    const grants = [one, two].map((process) => process.ask<{ granted: string[][] }>({ do: 'grant', ids, each: 12 }))
    // A race needs both sides: the logouts begin when the first ticket is there.
    await eventually('the first ticket', async () => ((await registry.counts())['ST'] ?? 0) > 0 || undefined)
    const ends = [three, four].map((process) => process.ask<{ destroyed: number[] }>({ do: 'destroy', ids }))
    const [granted, destroyed] = await Promise.all([Promise.all(grants), Promise.all(ends)])
    for (const [index] of ids.entries()) {
      const counts = destroyed.map((each) => each.destroyed[index] ?? -1).filter((count) => count >= 0)
      const tickets = granted.flatMap((each) => each.granted[index] ?? [])
      assert.equal(counts.length, 1)
      assert.equal(counts[0], tickets.length)
      for (const id of tickets) assert.deepEqual((await registry.consume(id, ['ST'])).ok, false)
    }
    assert.ok(granted.flatMap((each) => each.granted).flat().length > 0)
  }
  assert.equal((await registry.counts())['TGT'], 0)
  assert.deepEqual((await registry.sessions({ limit: 10 })).sessions, [])
})

test('a ticket of one process is used up at the other, and is then used up everywhere [T11]', async () => {
  using directory = temporaryDirectory()
  await using registry = openStore(directory.path)
  await using other = await start(directory.path)
  const session = ticketOf('TGT', { createdAtMs: now() })
  const ticket = ticketOf('ST', { createdAtMs: now() })
  await registry.add(session)
  await registry.grantChild(session.id, ticket)
  const { consumed } = await other.ask<{ consumed: string[][] }>({ do: 'consume', ids: [ticket.id], kind: 'ST', times: 1 })
  assert.deepEqual(consumed, [['ok']])
  assert.deepEqual(await registry.consume(ticket.id, ['ST']), { ok: false, reason: 'used' })
  await registry.destroyTree(session.id, 'logout')
  assert.deepEqual((await other.ask<{ found: unknown[] }>({ do: 'get', ids: [session.id] })).found, [null])
})

test('the state of a pending request that one process kept is found by the next: no session affinity [T9]', async () => {
  using directory = temporaryDirectory()
  await using registry = openStore(directory.path)
  await using other = await start(directory.path)
  const body = { request: { client_id: 'app', state: 'xyz' }, step: 'consent' }
  const state = ticketOf('TST', { createdAtMs: now(), policy: { numberOfUses: 1, timeToLiveInSeconds: 900 }, body })
  await registry.add(state)
  assert.deepEqual((await other.ask<{ found: unknown[] }>({ do: 'get', ids: [state.id] })).found, [body])
  const { consumed } = await other.ask<{ consumed: string[][] }>({ do: 'consume', ids: [state.id], kind: 'TST', times: 2 })
  assert.deepEqual(consumed[0]?.toSorted(), ['ok', 'used'])
})

test('killed processes lose nothing that was acknowledged, and revive nothing that was spent or ended', async () => {
  using directory = temporaryDirectory()
  const log = join(directory.path, 'acknowledged')
  const acknowledged = () => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').length : 0)
  for (let round = 0; round < 6; round++) {
    const [one, two] = await Promise.all([start(directory.path), start(directory.path)])
    one.child.send({ do: 'work', log, name: `${round}0` } satisfies Order)
    two.child.send({ do: 'work', log, name: `${round}1` } satisfies Order)
    // Killed in the middle of work, however slow the machine is: some of it has been acknowledged, and they go on.
    const before = acknowledged()
    while (acknowledged() < before + 160) await sleep(20)
    await sleep(Math.random() * 250)
    const ends = [once(one.child, 'exit'), once(two.child, 'exit')]
    one.child.kill('SIGKILL')
    two.child.kill('SIGKILL')
    await Promise.all(ends)
  }
  const lines = readFileSync(log, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' '))
  const named = (verb: string) => new Set(lines.filter(([first]) => first === verb).map(([, id = '']) => id))
  const [added, destroying, destroyed, consuming, consumed] = ['added', 'destroying', 'destroyed', 'consuming', 'consumed'].map(named)
  const granted = lines.filter(([verb]) => verb === 'granted').map(([, id = '', session = '']) => ({ id, session }))
  assert.ok(added && destroying && destroyed && consuming && consumed)
  assert.ok(added.size > 100 && destroyed.size > 10 && consumed.size > 50)

  /** As all is after the processes were killed, and as it is after the machine was restarted as well. */
  async function check(more: { readonly bootId?: string }, sameRun: boolean): Promise<void> {
    await using registry = openStore(directory.path, more)
    for (const id of added ?? []) {
      const found = await registry.get(id)
      if (destroyed?.has(id)) assert.equal(found, undefined, `${id} lives again`)
      else if (!destroying?.has(id)) assert.ok(found, `${id} is lost`)
    }
    for (const { id, session } of granted) {
      const result = await registry.consume(id, ['ST'])
      if (consumed?.has(id)) assert.equal(result.ok, false, `${id} can be used again`)
      else if (sameRun && !consuming?.has(id) && !destroying?.has(session)) assert.equal(result.ok, true, `${id} is lost`)
    }
  }
  await check({}, true)
  await check({ bootId: 'after a power cut' }, false)
})

test('a disk without room is told as unavailable, stops nobody, and loses nothing that was acknowledged', async () => {
  using directory = temporaryDirectory()
  // No file of that process may grow beyond 3 MB: what a full disk is to it, without the signal that would end it.
  const limited = `ulimit -f 6144; trap '' XFSZ; exec "$0" "$@"`
  await using other = await talkTo(
    spawn('sh', ['-c', limited, process.execPath, SCRIPT, directory.path], { stdio: ['ignore', 'inherit', 'ignore', 'ipc'] }),
  )
  const { added, failures, lost, up } = await other.ask<Extract<Outcome, { added: unknown }>>({ do: 'fill' })
  assert.ok(added.length > 100)
  assert.deepEqual(failures, Array(10).fill(['ticket-store-failed', 503]))
  assert.equal(lost, 0)
  assert.equal(up, false)
  other.child.kill('SIGKILL')
  await once(other.child, 'exit')
  await using registry = openStore(directory.path)
  for (const id of added) assert.ok(await registry.get(id))
  const session = ticketOf('TGT', { createdAtMs: now() })
  await registry.add(session)
  assert.ok(await registry.get(session.id))
})
