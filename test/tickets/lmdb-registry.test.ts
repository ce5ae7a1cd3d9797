import { ticketExchangeConformance } from '../conformance/ticket-exchange.ts'
import { START, ticketRegistryConformance } from '../conformance/ticket-registry.ts'
import { openStore, temporaryDirectory } from './lmdb-store.ts'

const open = (bodies: readonly Buffer[] = []) => {
  const clock = { now: START }
  const directory = temporaryDirectory()
  const registry = openStore(directory.path, { keys: { ids: Buffer.alloc(32, 7), bodies }, clock: () => clock.now })
  return {
    registry,
    clock,
    async [Symbol.asyncDispose]() {
      await registry.close()
      directory[Symbol.dispose]()
    },
  }
}

ticketRegistryConformance('lmdb', async () => open())
ticketExchangeConformance('lmdb', async () => open())
ticketRegistryConformance('lmdb with encrypted bodies', async () => open([Buffer.alloc(32, 1)]))
ticketExchangeConformance('lmdb with encrypted bodies', async () => open([Buffer.alloc(32, 1)]))
