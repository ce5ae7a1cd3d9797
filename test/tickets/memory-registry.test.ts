import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryRegistry } from '../../src/tickets/registry/memory.ts'
import { ticketExchangeConformance } from '../conformance/ticket-exchange.ts'
import { kindsOfTests, lastWordsOfTests, START, ticketOf, ticketRegistryConformance } from '../conformance/ticket-registry.ts'

const open = (maxTickets = 1000) => {
  const clock = { now: START }
  const registry = memoryRegistry({
    idKey: Buffer.alloc(32, 7),
    catalogue: kindsOfTests,
    maxTickets,
    clock: () => clock.now,
    lastWords: lastWordsOfTests,
  })
  return { registry, clock, [Symbol.asyncDispose]: () => registry.close() }
}

ticketRegistryConformance('memory', async () => open())
ticketExchangeConformance('memory', async () => open())

test('a full store takes no new ticket and throws out none that lives', async () => {
  const { registry } = open(2)
  const first = ticketOf('TGT')
  await registry.add(first)
  await registry.add(ticketOf('TGT'))
  await assert.rejects(registry.add(ticketOf('TGT')), { code: 'full', status: 503 })
  assert.ok(await registry.get(first.id))
})
