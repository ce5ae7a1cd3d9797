import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '../../src/base/log.ts'
import type { TicketRegistry } from '../../src/tickets/index.ts'
import { type LmdbRegistryParts, lmdbRegistry } from '../../src/tickets/registry/lmdb.ts'
import { kindsOfTests, lastWordsOfTests } from '../conformance/ticket-registry.ts'

/** An empty directory that goes with the test. */
export function temporaryDirectory(): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), 'castellan-tickets-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** The embedded store in a directory, as the tests want it. */
export function openStore(path: string, more: Partial<LmdbRegistryParts> = {}): TicketRegistry & AsyncDisposable {
  const registry = lmdbRegistry({
    path,
    mapSize: 256 * 1024 * 1024,
    touchIntervalInSeconds: 5,
    keys: { ids: Buffer.alloc(32, 7), bodies: [] },
    catalogue: kindsOfTests,
    lastWords: lastWordsOfTests,
    clock: Date.now,
    log: silentLog,
    ...more,
  })
  return Object.assign(registry, { [Symbol.asyncDispose]: () => registry.close() })
}
