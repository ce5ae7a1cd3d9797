import { randomBytes } from 'node:crypto'
import { access, chmodSync, mkdirSync } from 'node:fs'
import { link, open, readdir, readFile, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { isFinished, type OutboxRecord } from '../message.ts'
import type { OutboxStore } from './store.ts'

/** Records written together; one file holds them, and each has a name of its own for it. */
const LARGEST_BATCH = 64
/** A file that cannot be read and is older than this was left behind by a crash. */
const TORN_AFTER_MS = 60_000
/** So is a batch that nobody gives names to any more. */
const LEFT_BEHIND_MS = 3_600_000
const NAME = /^([\w-]{20,64})(?:\.(\d{1,6}))?\.rec$/

/**
 * The outbox of all machines that share a directory (notifications.md 7.2). A message is `<key>.rec`, its later versions `<key>.<n>.rec`, until it is finished:
 * then `finished/<key>.rec` alone is left. Names are given by `link`, which one process alone can do for a name, on local disks and on NFS, and only to text
 * that is already on the disk: a crash leaves a version whole or not there at all. No file is ever written over.
 *
 * @throws what the system says when the directory cannot be made.
 */
export function fileStore(directory: string): OutboxStore {
  const finishedDirectory = join(directory, 'finished')
  mkdirSync(finishedDirectory, { recursive: true, mode: 0o700 })
  // Messages name people.
  chmodSync(directory, 0o700)
  const nameOf = (key: string, version: number) => join(directory, version === 0 ? `${key}.rec` : `${key}.${version}.rec`)
  const finishedName = (key: string) => join(finishedDirectory, `${key}.rec`)
  /** Newest version known of each message that is not finished; what another process wrote is seen by the next look at the names. */
  const known = new Map<string, OutboxRecord>()
  const queue: {
    readonly records: readonly OutboxRecord[]
    readonly done: (written: readonly boolean[]) => void
    readonly fail: (cause: unknown) => void
  }[] = []
  let flushing: Promise<void> | undefined

  async function writeBatch(records: readonly OutboxRecord[]): Promise<boolean[]> {
    const text = records.map((record) => `${JSON.stringify(record)}\n`).join('')
    const batch = join(directory, `.${randomBytes(12).toString('hex')}.tmp`)
    await writeDurably(batch, text)
    const written: boolean[] = []
    try {
      for (const record of records) written.push(await give(batch, record))
      await syncDirectory(directory)
      const finished = records.filter((record, at) => written[at] && isFinished(record))
      if (finished.length > 0) {
        for (const record of finished) await nameIt(batch, finishedName(record.key), record)
        await syncDirectory(finishedDirectory)
        for (const record of finished) await tidy(record)
      }
    } finally {
      await unlink(batch).catch(ignoreMissing)
    }
    for (const [at, record] of records.entries()) {
      if (!written[at] || isFinished(record)) known.delete(record.key)
      else known.set(record.key, record)
    }
    return written
  }

  /**
   * The name of a version belongs to whoever gives it first. Names come free again when a message is finished; so a version counts only if the one before
   * it is still there, and nobody has finished the message.
   */
  async function give(batch: string, record: OutboxRecord): Promise<boolean> {
    const { key, version } = record
    const name = nameOf(key, version)
    if (!(await nameIt(batch, name, record))) return false
    const finished = (await exists(finishedName(key))) ? await readRecord(finishedName(key), key) : undefined
    if (finished && finished.version === version - 1) {
      await openAgain(name, record)
      return true
    }
    if (!finished && (version === 0 || (await readRecord(nameOf(key, version - 1), key))?.version === version - 1)) return true
    await unlink(name).catch(ignoreMissing)
    return false
  }

  /** The name of the first version stands for the message as a whole: without it, somebody could begin anew. */
  async function openAgain(file: string, record: OutboxRecord): Promise<void> {
    await nameIt(file, nameOf(record.key, 0), record)
    await syncDirectory(directory)
    await unlink(finishedName(record.key)).catch(ignoreMissing)
  }

  /** Removes the versions of a finished message, the newest last, so that no version is free before the finished one stands. */
  async function tidy({ key, version }: OutboxRecord): Promise<void> {
    for (let each = 0; each <= version; each++) await unlink(nameOf(key, each)).catch(ignoreMissing)
  }

  async function flush(): Promise<void> {
    while (queue.length > 0) {
      const jobs: typeof queue = []
      // Two versions of one message never share a file: its names would not tell which is meant.
      const keys = new Set<string>()
      while (queue[0] && (jobs.length === 0 || keys.size + queue[0].records.length <= LARGEST_BATCH)) {
        if (queue[0].records.some(({ key }) => keys.has(key))) break
        const job = queue.shift()
        if (!job) break
        jobs.push(job)
        for (const { key } of job.records) keys.add(key)
      }
      try {
        const written = await writeBatch(jobs.flatMap(({ records }) => records))
        let at = 0
        for (const { records, done } of jobs) {
          done(written.slice(at, at + records.length))
          at += records.length
        }
      } catch (error) {
        for (const { fail } of jobs) fail(error)
      }
    }
    flushing = undefined
  }

  /** Newest version of each message by the names in the directory. */
  async function versions(): Promise<Map<string, number>> {
    const newest = new Map<string, number>()
    for (const name of await readdir(directory)) {
      if (name.endsWith('.tmp')) await removeOld(join(directory, name), LEFT_BEHIND_MS)
      const [, key, version = '0'] = NAME.exec(name) ?? []
      if (key !== undefined) newest.set(key, Math.max(newest.get(key) ?? 0, Number(version)))
    }
    return newest
  }

  return {
    place: `files in ${directory}`,
    async get(key) {
      for (;;) {
        const finished = await readRecord(finishedName(key), key)
        const start = finished ? finished.version + 1 : (known.get(key)?.version ?? 0)
        let found: OutboxRecord | undefined
        for (let version = start; ; ) {
          const next = await readRecord(nameOf(key, version), key)
          if (!next) break
          found = next
          // The first name of a message that was opened again holds a later version.
          version = Math.max(version, next.version) + 1
        }
        if (found) {
          const since = finished ? undefined : await readRecord(finishedName(key), key)
          return since && since.version >= found.version ? since : found
        }
        // The version known has gone because the message was finished, or forgotten.
        if (finished || !known.delete(key)) return finished
      }
    },
    write(records) {
      if (records.length === 0) return Promise.resolve([])
      return new Promise((done, fail) => {
        queue.push({ records, done, fail })
        flushing ??= flush()
      })
    },
    async open() {
      const newest = await versions()
      const read = new Map<string, OutboxRecord>()
      const found: OutboxRecord[] = []
      for (const [key, version] of newest) {
        const cached = known.get(key)
        if (cached?.version === version) {
          found.push(cached)
          continue
        }
        const name = nameOf(key, version)
        const record = read.get(`${key}.${version}`) ?? (await readRecord(name, key, read))
        if (record?.version !== version) {
          // One that another process is finishing, or the rest of a crash.
          await removeOld(name, TORN_AFTER_MS)
          continue
        }
        const finished = await readRecord(finishedName(key), key)
        if (finished && finished.version >= version) await tidy(record)
        else if (isFinished(record)) await finishLate(record)
        else {
          if (finished) await openAgain(name, record)
          known.set(key, record)
          found.push(record)
        }
      }
      for (const key of known.keys()) if (!newest.has(key)) known.delete(key)
      return found
    },
    async finished() {
      const read = new Map<string, OutboxRecord>()
      const found: OutboxRecord[] = []
      for (const name of await readdir(finishedDirectory)) {
        const key = NAME.exec(name)?.[1]
        const record = key && (await readRecord(join(finishedDirectory, name), key, read))
        if (record) found.push(record)
      }
      return found
    },
    async prune(beforeMs) {
      let count = 0
      for (const { key, finishedAtMs = 0 } of await this.finished()) {
        if (finishedAtMs >= beforeMs) continue
        await unlink(finishedName(key)).catch(ignoreMissing)
        count++
      }
      return count
    },
    async close() {
      await flushing
    },
  }

  /** A crash came between the last version and its place among the finished. */
  async function finishLate(record: OutboxRecord): Promise<void> {
    await nameIt(nameOf(record.key, record.version), finishedName(record.key), record)
    await syncDirectory(finishedDirectory)
    await tidy(record)
  }
}

/** Gives a file one more name. @returns false when somebody else has given it. */
async function nameIt(file: string, name: string, record: OutboxRecord): Promise<boolean> {
  try {
    await link(file, name)
    return true
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EEXIST') return false
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) throw error
  }
  // No second names on this file system: one process alone can create a file, but a crash may leave it torn.
  try {
    await writeDurably(name, `${JSON.stringify(record)}\n`)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

async function writeDurably(name: string, text: string): Promise<void> {
  const file = await open(name, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncDirectory(name: string): Promise<void> {
  const handle = await open(name, 'r')
  try {
    await handle.sync()
  } catch (error) {
    // Some network file systems do not know it; they write through.
    if (!['EINVAL', 'ENOTSUP', 'EBADF'].includes(codeOf(error))) throw error
  } finally {
    await handle.close()
  }
}

/** Its record out of a file that holds several. @param all Gets all that the file holds, by `<key>.<version>`. */
async function readRecord(name: string, key: string, all?: Map<string, OutboxRecord>): Promise<OutboxRecord | undefined> {
  let text: string
  try {
    text = await readFile(name, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
  let found: OutboxRecord | undefined
  for (const line of text.split('\n')) {
    if (line === '' || (all === undefined && !line.startsWith(`{"key":"${key}"`))) continue
    const record = parse(line)
    if (!record) continue
    if (record.key === key) found = record
    all?.set(`${record.key}.${record.version}`, record)
  }
  return found
}

function parse(line: string): OutboxRecord | undefined {
  try {
    return JSON.parse(line) as OutboxRecord
  } catch {
    return undefined
  }
}

/** Most names that are asked for are not there: an exception for each would cost more than the look. */
const exists = (name: string): Promise<boolean> => new Promise((resolve) => access(name, (error) => resolve(error === null)))

async function removeOld(name: string, olderThanMs: number): Promise<void> {
  const stats = await stat(name).catch(ignoreMissing)
  if (stats && Date.now() - stats.mtimeMs > olderThanMs) await unlink(name).catch(ignoreMissing)
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

function ignoreMissing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error
}
