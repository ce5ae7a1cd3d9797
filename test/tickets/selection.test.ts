import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLog } from '../../src/base/log.ts'
import { openTicketRegistry, type TicketsConfig } from '../../src/tickets/index.ts'
import { kindsOfTests, ticketOf } from '../conformance/ticket-registry.ts'
import { temporaryDirectory } from './lmdb-store.ts'
import { ticketSettings } from './settings.ts'

const open = (settings: TicketsConfig, stateDirectory = '/nowhere') =>
  openTicketRegistry({
    settings,
    stateDirectory,
    keys: { ids: Buffer.alloc(32, 7), bodies: [] },
    catalogue: kindsOfTests,
    clock: Date.now,
    log: silentLog,
  })

test('without a word about it tickets live in the embedded store in the state directory', async () => {
  using directory = temporaryDirectory()
  const session = ticketOf('TGT', { createdAtMs: Date.now() })
  const first = await open(ticketSettings(), directory.path)
  await first.add(session)
  assert.equal((await first.health()).details['store'], 'lmdb')
  await first.close()
  const second = await open(ticketSettings(), directory.path)
  assert.ok(await second.get(session.id))
  await second.close()
})

test('memory is used on request only', async () => {
  const registry = await open(ticketSettings({ 'castellan.ticket-registry.store': 'memory' }))
  assert.equal((await registry.health()).details['store'], 'memory')
  await registry.close()
})

test('stores that are recognised and not built refuse the start, name the setting and the alternative', async () => {
  const rows: readonly (readonly [settings: Record<string, string>, named: string])[] = [
    [{ 'cas.ticket.registry.redis.host': 'redis.example.org' }, 'cas.ticket.registry.redis.host'],
    [{ 'cas.ticket.registry.redis.uri': 'redis://u:hidden@redis.example.org' }, 'cas.ticket.registry.redis.uri'],
    [{ 'cas.ticket.registry.redis.sentinel.master': 'main' }, 'cas.ticket.registry.redis.sentinel.master'],
    [{ 'cas.ticket.registry.jpa.url': 'jdbc:postgresql://db.example.org/cas' }, 'cas.ticket.registry.jpa.url'],
    [{ 'cas.ticket.registry.hazelcast.cluster.network.members': '192.0.2.1' }, 'cas.ticket.registry.hazelcast.cluster.network.members'],
    [{ 'cas.ticket.registry.mongo.host': 'mongo.example.org' }, 'cas.ticket.registry.mongo.host'],
    [{ 'cas.ticket.registry.memcached.servers': '192.0.2.1:11211' }, 'cas.ticket.registry.memcached.servers'],
    [{ 'cas.ticket.registry.couch-db.url': 'https://u:hidden@couch.example.org' }, 'cas.ticket.registry.couch-db.url'],
    [{ 'cas.ticket.registry.infinispan.config-location': '/infinispan.xml' }, 'cas.ticket.registry.infinispan.config-location'],
    [{ 'castellan.ticket-registry.store': 'redis' }, 'castellan.ticket-registry.store'],
    [{ 'castellan.ticket-registry.store': 'postgresql' }, 'castellan.ticket-registry.store'],
    [{ 'castellan.ticket-registry.store': 'stateless' }, 'castellan.ticket-registry.store'],
  ]
  for (const [settings, named] of rows) {
    await assert.rejects(open(ticketSettings(settings)), (error: Error & { setting?: string; exitCode?: number }) => {
      assert.equal(error.name, 'TicketRegistryUnusable')
      assert.equal(error.setting, named)
      assert.equal(error.exitCode, 78)
      assert.match(error.message, /lmdb/)
      assert.doesNotMatch(error.message, /hidden/)
      return true
    })
  }
})

test('settings of two stores refuse the start and both are named', async () => {
  const settings = ticketSettings({ 'cas.ticket.registry.redis.host': 'redis.example.org', 'cas.ticket.registry.jpa.url': 'jdbc:x' })
  await assert.rejects(open(settings), /cas\.ticket\.registry\.redis\.host .*cas\.ticket\.registry\.jpa\.url/)
})

test('the embedded store that is asked for is used in spite of what is left over from another', async () => {
  using directory = temporaryDirectory()
  const settings = ticketSettings({ 'cas.ticket.registry.redis.host': 'redis.example.org', 'castellan.ticket-registry.store': 'lmdb' })
  const registry = await open(settings, directory.path)
  assert.equal((await registry.health()).details['store'], 'lmdb')
  await registry.close()
  const off = ticketSettings({ 'cas.ticket.registry.redis.host': 'redis.example.org', 'cas.ticket.registry.redis.enabled': 'false' })
  await (await open(off, directory.path)).close()
})
