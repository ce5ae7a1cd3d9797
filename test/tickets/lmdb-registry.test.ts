import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../../src/base/log.ts'
import { lmdbRegistry } from '../../src/tickets/registry/lmdb.ts'
import { kindsOfTests, START, ticketRegistryConformance } from '../conformance/ticket-registry.ts'

const open = (bodies: readonly Buffer[] = []) => {
  const clock = { now: START }
  const path = mkdtempSync(join(tmpdir(), 'castellan-tickets-'))
  const registry = lmdbRegistry({
    path,
    mapSize: 256 * 1024 * 1024,
    touchIntervalInSeconds: 5,
    keys: { ids: Buffer.alloc(32, 7), bodies },
    catalogue: kindsOfTests,
    clock: () => clock.now,
    log: silentLog,
  })
  return {
    registry,
    clock,
    async [Symbol.asyncDispose]() {
      await registry.close()
      rmSync(path, { recursive: true, force: true })
    },
  }
}

ticketRegistryConformance('lmdb', async () => open())
ticketRegistryConformance('lmdb with encrypted bodies', async () => open([Buffer.alloc(32, 1)]))
