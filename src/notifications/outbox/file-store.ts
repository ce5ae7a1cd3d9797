import { chmodSync, mkdirSync } from 'node:fs'
import type { OutboxRecord } from '../message.ts'
import { type Journal, type JournalOptions, openJournal } from './journal.ts'
import { forgettingLine, ledger, lineOf } from './ledger.ts'
import { type OutboxStore, recordsSince, recordsTo } from './store.ts'

/** Versions written together at most. */
const LARGEST_BATCH = 512

interface Job {
  readonly records: readonly OutboxRecord[]
  readonly done: (written: readonly boolean[]) => void
  readonly fail: (cause: unknown) => void
}

/**
 * The outbox of all machines that share a directory (notifications.md 7.2): a journal of versions. What comes together is written together, so that a
 * thousand messages wait for the disk as often as a few.
 *
 * @throws what the system says when the directory cannot be used.
 */
export async function fileStore(directory: string, options: JournalOptions = {}): Promise<OutboxStore> {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  // Messages name people.
  chmodSync(directory, 0o700)
  const known = ledger()
  const journal = await openJournal(directory, known, options)
  const queue: Job[] = []
  let flushing: Promise<void> | undefined
  let turn: Promise<unknown> = Promise.resolve()

  /** One after the other: a journal is read and written from one place. */
  function inTurn<T>(work: (journal: Journal) => Promise<T>): Promise<T> {
    const result = turn.then(() => work(journal))
    turn = result.catch(() => {})
    return result
  }

  async function flush(): Promise<void> {
    while (queue.length > 0) await writeSome()
    flushing = undefined
  }

  function takeJobs(): readonly Job[] {
    let count = 0
    let jobs = 0
    for (const { records } of queue) {
      if (jobs > 0 && count + records.length > LARGEST_BATCH) break
      count += records.length
      jobs++
    }
    return queue.splice(0, jobs)
  }

  async function writeSome(): Promise<void> {
    let jobs: readonly Job[] = []
    try {
      const counted = await inTurn(async () => {
        // Not before its turn: what came until then goes with it.
        jobs = takeJobs()
        const records = jobs.flatMap((job) => job.records)
        await journal.append(records.map(lineOf).join(''))
        for (const [at, record] of records.entries()) if (known.counted[at]) known.remember(record)
        return known.counted
      })
      let at = 0
      for (const { records, done } of jobs) {
        done(counted.slice(at, at + records.length))
        at += records.length
      }
    } catch (error) {
      for (const { fail } of jobs) fail(error)
    }
  }

  const latest = <T>(look: () => T): Promise<T> =>
    inTurn(async () => {
      await journal.catchUp()
      return look()
    })

  return {
    place: `files in ${directory}`,
    get: (key) => latest(() => known.get(key)),
    write(records) {
      if (records.length === 0) return Promise.resolve([])
      return new Promise((done, fail) => {
        queue.push({ records, done, fail })
        flushing ??= flush()
      })
    },
    open: () =>
      inTurn(async () => {
        await journal.tend()
        return known.open()
      }),
    finished: () => latest(() => [...known.finished()].map((line) => JSON.parse(line) as OutboxRecord)),
    finishedTo: (to) => latest(() => recordsTo(to, known.finished())),
    finishedSince: async (sinceMs) => recordsSince(sinceMs, await latest(() => [...known.finished()])),
    prune: (beforeMs) =>
      inTurn(async () => {
        await journal.catchUp()
        const count = known.finishedBefore(beforeMs)
        if (count > 0) await journal.append(forgettingLine(beforeMs))
        return count
      }),
    async close() {
      await flushing
      await turn
    },
  }
}
