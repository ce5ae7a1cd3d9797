import { appendFile, mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Log } from '../base/log.ts'
import { chain } from './chain.ts'
import { type AuditFields, auditFields } from './format.ts'
import type { AuditRecord } from './record.ts'

/** A record as it was kept. */
export interface KeptRecord extends AuditFields {
  readonly atMs: number
}

export interface HistoryQuery {
  /** No record before this. */
  readonly sinceMs: number
  /** No more than so many, the latest. */
  readonly count: number
  readonly matches: (record: KeptRecord) => boolean
}

/** Records of the last days, to be looked at (configuration.md 14.6, `auditLog`). */
export interface AuditHistory {
  write(record: AuditRecord, atMs: number): void
  /** The latest first. Looks through no more than `MOST_READ_BYTES`. */
  read(query: HistoryQuery): Promise<readonly KeptRecord[]>
  close(): Promise<void>
}

export interface AuditHistoryParts {
  /** Folder of its own; made when it is first written to. */
  readonly directory: string
  readonly keptDays: number
  readonly log: Log
}

const FLUSH_MS = 100
/** What waits for a disk that does not take it; more is left out and said. */
const MOST_WAITING = 50_000
const MOST_READ_BYTES = 256 * 1024 * 1024
const CHUNK_BYTES = 64 * 1024
const FILE = /^audit-(\d{4}-\d\d-\d\d)\.jsonl$/
const DAY_MS = 86_400_000

/**
 * One file a day, one line a record. Several processes may write to one folder: a write is one append. Nobody waits for it, and a disk that is full costs
 * records, never a login.
 */
export function auditHistory({ directory, keptDays, log }: AuditHistoryParts): AuditHistory {
  let waiting: { readonly day: string; readonly line: string }[] = []
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()
  let lost = 0
  let lastDay = ''
  const lineOf = chain()

  const fileOf = (day: string) => join(directory, `audit-${day}.jsonl`)

  async function flush(): Promise<void> {
    const lines = waiting
    waiting = []
    if (lines.length === 0) return
    const byDay = Map.groupBy(lines, ({ day }) => day)
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      for (const [day, own] of byDay) {
        await appendFile(fileOf(day), own.map(({ line }) => `${line}\n`).join(''), { mode: 0o600 })
        if (day !== lastDay) await removeOld(day)
        lastDay = day
      }
      if (lost > 0) log.error({ lost }, 'audit records could not be kept for looking at')
      lost = 0
    } catch (err) {
      if (lost === 0) log.error({ err, directory }, 'audit records cannot be kept for looking at')
      lost += lines.length
    }
  }
  async function removeOld(today: string): Promise<void> {
    const oldest = new Date(Date.parse(`${today}T00:00:00Z`) - keptDays * DAY_MS).toISOString().slice(0, 10)
    for (const name of await readdir(directory)) {
      const day = FILE.exec(name)?.[1]
      if (day !== undefined && day < oldest) await rm(join(directory, name), { force: true })
    }
  }
  function flushNow(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    writing = writing.then(flush)
    return writing
  }

  return {
    write(record, atMs) {
      if (waiting.length >= MOST_WAITING) {
        lost++
        return
      }
      const kept: KeptRecord = { atMs, ...auditFields(record) }
      waiting.push({ day: new Date(atMs).toISOString().slice(0, 10), line: lineOf(kept) })
      timer ??= setTimeout(() => void flushNow(), FLUSH_MS).unref()
    },
    async read({ sinceMs, count, matches }) {
      await flushNow()
      const found: KeptRecord[] = []
      const since = new Date(sinceMs).toISOString().slice(0, 10)
      const names = await readdir(directory).catch(() => [])
      const days = names.flatMap((name) => FILE.exec(name)?.[1] ?? []).filter((day) => day >= since)
      let left = MOST_READ_BYTES
      for (const day of days.sort().reverse()) {
        for await (const lines of backwards(fileOf(day))) {
          for (const line of lines) {
            const record = parse(line)
            if (record && record.atMs >= sinceMs && matches(record)) found.push(record)
            if (found.length >= count) return found
            left -= line.length
          }
          if (left <= 0) return found
          await setImmediate()
        }
      }
      return found
    },
    async close() {
      await flushNow()
    },
  }
}

/** Lines of a file from its end, some at a time. */
async function* backwards(path: string): AsyncGenerator<readonly string[]> {
  const file = await open(path)
  try {
    let position = (await file.stat()).size
    let rest = Buffer.alloc(0)
    while (position > 0) {
      const length = Math.min(CHUNK_BYTES, position)
      position -= length
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
      const bytes = Buffer.concat([buffer.subarray(0, bytesRead), rest])
      // The first line may go on before this piece.
      const first = position === 0 ? -1 : bytes.indexOf(10)
      if (position > 0 && first === -1) {
        rest = bytes
        continue
      }
      rest = Buffer.from(bytes.subarray(0, first + 1))
      yield bytes
        .subarray(first + 1)
        .toString('utf8')
        .split('\n')
        .reverse()
    }
  } finally {
    await file.close()
  }
}

/** A line that was cut off by the death of a process is none. */
function parse(line: string): KeptRecord | undefined {
  if (line === '') return undefined
  try {
    const { chain: _link, ...record } = JSON.parse(line) as KeptRecord & { readonly chain?: unknown }
    return record
  } catch {
    return undefined
  }
}
