import assert from 'node:assert/strict'
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { open } from 'lmdb'
import { createLog } from '../../src/base/log.ts'
import { kindsOfTests, START, ticketOf } from '../conformance/ticket-registry.ts'
import { openStore, temporaryDirectory } from './lmdb-store.ts'

const clock = () => START

/** Everything that lies in the files of a store. */
function bytesOf(path: string): Buffer {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.name === 'data.mdb')
  assert.ok(files.length >= 2)
  return Buffer.concat(files.map((file) => readFileSync(join(file.parentPath, file.name))))
}

const secretBody = { principal: { id: 'Ada.Lovelace', attributes: { mail: ['ada.lovelace@example.org'], note: ['a well-kept secret'] } } }

async function filled(path: string, bodies: readonly Buffer[]): Promise<readonly string[]> {
  await using registry = openStore(path, { keys: { ids: Buffer.alloc(32, 7), bodies }, clock })
  const session = ticketOf('TGT', { principalId: 'Ada.Lovelace', body: secretBody })
  const [ticket, used, token, granting] = [ticketOf('ST'), ticketOf('ST'), ticketOf('AT', { body: secretBody }), ticketOf('PGT')]
  await registry.add(session)
  for (const child of [ticket, used, token, granting]) {
    const service = { service: 'https://secret-app.example.org/', ticketId: child.id, grantedAtMs: START }
    await registry.grantChild(session.id, child, { service, mode: 'all' })
  }
  await registry.consume(used.id, ['ST'])
  await registry.putOnce('a-nonce-of-somebody', START + 1000)
  await registry.addHit('192.0.2.44|ada.lovelace', START, START + 1000)
  return [session, ticket, used, token, granting].map(({ id }) => id)
}

test('no usable id, no nonce and no key of a user can be found in the files, whether or not bodies are encrypted', async () => {
  for (const bodies of [[], [Buffer.alloc(32, 3)]]) {
    using directory = temporaryDirectory()
    const ids = await filled(directory.path, bodies)
    const bytes = bytesOf(directory.path)
    for (const id of ids) {
      const [, number = '', random = ''] = id.split('-')
      assert.equal(bytes.includes(id), false)
      assert.equal(bytes.includes(random), false)
      assert.equal(bytes.includes(number), false)
    }
    for (const text of ['a-nonce-of-somebody', '192.0.2.44', 'secret-app.example.org']) assert.equal(bytes.includes(text), false)
    assert.equal(bytes.includes('ada.lovelace|'), false)
    // The search finds what is there.
    assert.equal(bytes.includes('a well-kept secret'), bodies.length === 0)
  }
})

test('with encrypted bodies no name and no attribute of a user can be found in the files', async () => {
  using directory = temporaryDirectory()
  await filled(directory.path, [Buffer.alloc(32, 3)])
  const bytes = bytesOf(directory.path).toString('latin1').toLowerCase()
  for (const text of ['lovelace', 'example.org', 'well-kept']) assert.equal(bytes.includes(text), false)
})

test('bodies of an older key open; those of a lost key, and plain ones where all are encrypted, count as absent and are left alone', async () => {
  using directory = temporaryDirectory()
  const [old, fresh] = [Buffer.alloc(32, 3), Buffer.alloc(32, 4)]
  const lines: string[] = []
  const log = createLog({ destination: { write: (line: string) => void lines.push(line) } })
  const [id = ''] = await filled(directory.path, [old])
  const find = async (bodies: readonly Buffer[]) => {
    await using registry = openStore(directory.path, { keys: { ids: Buffer.alloc(32, 7), bodies }, clock, log })
    const found = await registry.get(id)
    assert.deepEqual(await registry.get(id), found)
    return found?.body
  }
  assert.deepEqual(await find([fresh, old]), secretBody)
  assert.equal(lines.length, 0)
  assert.equal(await find([fresh]), undefined)
  assert.equal(lines.length, 1)
  assert.equal(await find([]), undefined)
  assert.deepEqual(await find([old]), secretBody)
})

test('another key for ids is refused: it would find nothing of what is there, and nobody would know why', async () => {
  using directory = temporaryDirectory()
  const [id = ''] = await filled(directory.path, [])
  assert.throws(
    () => openStore(directory.path, { keys: { ids: Buffer.alloc(32, 8), bodies: [] }, clock }),
    /^TicketRegistryUnusable: castellan\.ticket-registry\.ids\.key is not the key under which the tickets in .* were stored/,
  )
  await using registry = openStore(directory.path, { clock })
  assert.ok(await registry.get(id))
})

test('tickets of a kind lie in the container that its storage-name names [T8]', async () => {
  using directory = temporaryDirectory()
  const catalogue = kindsOfTests.map((kind) => (kind.prefix === 'OC' ? { ...kind, storageName: 'codesOfOurs' } : kind))
  {
    await using registry = openStore(directory.path, { catalogue, clock })
    await registry.add(ticketOf('OC', { policy: { numberOfUses: 1, timeToLiveInSeconds: 3600 } }))
    await registry.add(ticketOf('TGT'))
  }
  for (const name of readdirSync(directory.path)) {
    const root = open({ path: join(directory.path, name), readOnly: true })
    const sizes = (container: string) => {
      try {
        return root.openDB({ name: container, encoding: 'binary', keyEncoding: 'binary' })?.getKeysCount() ?? 0
      } catch {
        return undefined
      }
    }
    assert.equal(sizes('codesOfOurs'), 1, name)
    assert.equal(sizes('ticketGrantingTicketsCache'), 1, name)
    assert.equal(sizes('oauthCodesCache') ?? 0, 0, name)
    await root.close()
  }
})

test('a restart of the process finds everything, one of the machine what must outlive it', async () => {
  using directory = temporaryDirectory()
  const [session, ended] = [ticketOf('TGT'), ticketOf('TGT')]
  const [ticket, token] = [ticketOf('ST'), ticketOf('AT')]
  const service = { service: 'https://app.example.org/', ticketId: ticket.id, grantedAtMs: START }
  {
    await using registry = openStore(directory.path, { clock, bootId: 'first' })
    await registry.add(session)
    await registry.add(ended)
    await registry.grantChild(session.id, ticket, { service, mode: 'all' })
    await registry.grantChild(session.id, token)
    await registry.destroyTree(ended.id, 'logout')
  }
  {
    await using registry = openStore(directory.path, { clock, bootId: 'first' })
    assert.ok(await registry.get(ticket.id))
    assert.ok(await registry.get(session.id))
  }
  await using registry = openStore(directory.path, { clock, bootId: 'second' })
  assert.equal(await registry.get(ended.id), undefined)
  assert.equal(await registry.get(ticket.id), undefined)
  assert.ok(await registry.get(token.id))
  assert.equal((await registry.get(session.id))?.countOfUses, 2)
  assert.deepEqual(await registry.servicesOf(session.id), [service])
  assert.equal(await registry.countSessionsOf('ada'), 1)
  assert.deepEqual(await registry.counts(), { TGT: 1, PGT: 0, ST: 0, PT: 0, TST: 0, OC: 0, AT: 1, LR: 0 })
  const end = await registry.destroyTree(session.id, 'logout')
  assert.deepEqual(end?.services, [service])
  assert.equal(await registry.get(token.id), undefined)
  // What ran before is gone from the disk with its tickets.
  assert.equal(readdirSync(directory.path).filter((name) => name.startsWith('run-')).length, 1)
})

test('what is easily had again is kept a little later than it is acknowledged, its end at once', async () => {
  using directory = temporaryDirectory()
  using afterTheEnd = temporaryDirectory()
  const catalogue = kindsOfTests.map((kind) => (kind.prefix === 'AT' ? { ...kind, replaceable: true } : kind))
  const [session, token, revoked] = [ticketOf('TGT'), ticketOf('AT'), ticketOf('AT')]
  {
    await using registry = openStore(directory.path, { clock, catalogue, bootId: 'first' })
    await registry.add(session)
    for (const each of [token, revoked]) assert.deepEqual(await registry.exchange({ add: [each] }), { kind: 'exchanged' })
    await registry.delete(revoked.id)
    // The machine stops: only what is on the disk by now is seen.
    cpSync(join(directory.path, 'kept'), join(afterTheEnd.path, 'kept'), { recursive: true })
    await using other = openStore(afterTheEnd.path, { clock, catalogue, bootId: 'second' })
    assert.ok(await other.get(session.id))
    assert.equal(await other.get(revoked.id), undefined)
  }
  await using registry = openStore(directory.path, { clock, catalogue, bootId: 'second' })
  assert.ok(await registry.get(token.id))
  assert.equal(await registry.get(revoked.id), undefined)
})

test('after a restart of the machine tickets are filed as before it: children end with their session, the expired are found', async () => {
  using directory = temporaryDirectory()
  const policy = { timeToLiveInSeconds: 7200 }
  const sessions = ['ada', 'ada', 'grace'].map((principalId) => ticketOf('TGT', { principalId, policy }))
  const tokens = sessions.map(() => ticketOf('AT', { policy: { timeToLiveInSeconds: 3600 } }))
  {
    await using registry = openStore(directory.path, { clock, bootId: 'first' })
    for (const [at, session] of sessions.entries()) {
      await registry.add(session)
      await registry.grantChild(session.id, tokens[at] ?? ticketOf('AT'))
    }
  }
  let nowMs = START
  await using registry = openStore(directory.path, { clock: () => nowMs, bootId: 'second' })
  assert.deepEqual([await registry.countSessionsOf('ada'), await registry.countSessionsOf('grace')], [2, 1])
  await registry.destroyTree(sessions[0]?.id ?? '', 'logout')
  assert.deepEqual([(await registry.counts())['TGT'], (await registry.counts())['AT']], [2, 2])
  assert.equal(await registry.countSessionsOf('ada'), 1)
  nowMs = START + 3_601_000
  assert.equal(await registry.sweep(100), 2)
  assert.equal((await registry.counts())['AT'], 0)
  assert.deepEqual(await registry.dueSessions(100, 1000), [])
  nowMs = START + 7_201_000
  assert.deepEqual((await registry.dueSessions(100, 1000)).map(({ ticket }) => ticket.principalId).sort(), ['ada', 'grace'])
})

test('where a restart of the machine cannot be recognised, everything is written through', async () => {
  using directory = temporaryDirectory()
  const session = ticketOf('TGT')
  {
    await using registry = openStore(directory.path, { clock, bootId: undefined })
    await registry.add(session)
  }
  assert.deepEqual(readdirSync(directory.path), ['kept'])
  await using registry = openStore(directory.path, { clock, bootId: undefined })
  assert.ok(await registry.get(session.id))
})

test('a damaged store of this run is made anew from what was kept', async () => {
  using directory = temporaryDirectory()
  const session = ticketOf('TGT')
  {
    await using registry = openStore(directory.path, { clock })
    await registry.add(session)
  }
  const run = readdirSync(directory.path).find((name) => name.startsWith('run-')) ?? ''
  writeFileSync(join(directory.path, run, 'data.mdb'), 'no store at all'.repeat(1000))
  await using registry = openStore(directory.path, { clock })
  assert.ok(await registry.get(session.id))
})

test('what cannot be a store refuses the start with the path, the setting and what to do', async () => {
  const unusable = (path: string, words: RegExp) =>
    assert.throws(
      () => openStore(path),
      (error: Error & { setting?: string }) => {
        assert.equal(error.name, 'TicketRegistryUnusable')
        assert.match(error.message, words)
        assert.ok(error.message.includes(path))
        assert.equal(error.setting, 'castellan.ticket-registry.embedded.path')
        assert.equal(error.message.split('\n').length, 1)
        return true
      },
    )
  using directory = temporaryDirectory()
  writeFileSync(join(directory.path, 'file'), '')
  unusable(join(directory.path, 'file'), /is not a directory/)
  if (process.getuid?.() !== 0) {
    mkdirSync(join(directory.path, 'closed'))
    chmodSync(join(directory.path, 'closed'), 0o500)
    unusable(join(directory.path, 'closed', 'tickets'), /cannot be written by this user/)
  }
  mkdirSync(join(directory.path, 'damaged', 'kept'), { recursive: true })
  const data = join(directory.path, 'damaged', 'kept', 'data.mdb')
  for (const content of ['x', 'no store at all'.repeat(1000), Buffer.alloc(20_000)]) {
    writeFileSync(data, content)
    unusable(join(directory.path, 'damaged'), /cannot be opened as a ticket store \(it is no LMDB file of this version\)/)
  }
})

test('a store whose end was cut off refuses the start', async () => {
  using directory = temporaryDirectory()
  {
    await using registry = openStore(directory.path, { clock })
    for (let index = 0; index < 100; index++) await registry.add(ticketOf('TGT'))
  }
  truncateSync(join(directory.path, 'kept', 'data.mdb'), 3 * 4096)
  assert.throws(() => openStore(directory.path), /cannot be opened as a ticket store \(its end is missing\)/)
})

test('a store of another version refuses the start and is left as it is', async () => {
  using directory = temporaryDirectory()
  await openStore(directory.path).close()
  const root = open<Buffer, Buffer>({ path: join(directory.path, 'kept'), encoding: 'binary', keyEncoding: 'binary' })
  const key = Buffer.from('\u0001castellan')
  const meta = JSON.parse(root.get(key)?.toString() ?? '') as object
  await root.put(key, Buffer.from(JSON.stringify({ ...meta, layout: 99 })))
  await root.close()
  assert.throws(() => openStore(directory.path), /holds tickets of another version of Castellan \(layout 99, here 2\)/)
})
