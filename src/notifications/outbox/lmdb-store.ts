import { chmodSync, mkdirSync } from 'node:fs'
import { openLmdb } from '../../base/lmdb.ts'
import { isFinished, type OutboxRecord } from '../message.ts'
import { type OutboxStore, recordsSince, recordsTo } from './store.ts'

/** Room in the address space, not on the disk: some million messages. */
const MAP_BYTES = 4 * 1024 ** 3

/** The outbox of one machine: an LMDB environment, shared by its processes. @throws what the system says when it cannot be opened. */
export async function lmdbStore(path: string): Promise<OutboxStore> {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  // Messages name people.
  chmodSync(path, 0o700)
  const root = openLmdb({
    path,
    mapSize: MAP_BYTES,
    maxDbs: 4,
    // A write that was reported is on the disk.
    overlappingSync: false,
    encoding: 'string',
  })
  const openOnes = root.openDB<string, string>({ name: 'open', encoding: 'string' })
  const finishedOnes = root.openDB<string, string>({ name: 'finished', encoding: 'string' })
  const read = (text: string | undefined) => (text === undefined ? undefined : (JSON.parse(text) as OutboxRecord))
  const find = (key: string) => read(openOnes.get(key) ?? finishedOnes.get(key))
  const all = (from: typeof openOnes) => [...from.getRange().map(({ value }) => JSON.parse(value) as OutboxRecord)]
  /** Others write too: a read begins with what they have written by now. */
  const fresh = () => root.resetReadTxn()

  return {
    place: `LMDB in ${path}`,
    async get(key) {
      fresh()
      return find(key)
    },
    write: (records) =>
      root.transaction(() =>
        records.map((record) => {
          const before = find(record.key)
          if (record.version !== (before ? before.version + 1 : 0)) return false
          const [to, from] = isFinished(record) ? [finishedOnes, openOnes] : [openOnes, finishedOnes]
          void from.remove(record.key)
          void to.put(record.key, JSON.stringify(record))
          return true
        }),
      ),
    async open() {
      fresh()
      return all(openOnes)
    },
    async finished() {
      fresh()
      return all(finishedOnes)
    },
    async finishedTo(to) {
      fresh()
      return recordsTo(
        to,
        finishedOnes.getRange().map(({ value }) => value),
      )
    },
    async finishedSince(sinceMs) {
      fresh()
      // At once, since others write before it is looked through.
      return recordsSince(sinceMs, [...finishedOnes.getRange().map(({ value }) => value)])
    },
    prune: (beforeMs) =>
      root.transaction(() => {
        const old = all(finishedOnes).filter(({ finishedAtMs = 0 }) => finishedAtMs < beforeMs)
        for (const { key } of old) void finishedOnes.remove(key)
        return old.length
      }),
    close: () => root.close(),
  }
}
