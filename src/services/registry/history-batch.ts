import { randomBytes } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { breath } from '../../base/breath.ts'

/** What was kept of many definitions that went at once, as one file: a folder and a file for each of ten thousand would cost seconds. */
export interface HistoryBatches {
  /** @param entries By `nameOf`; the texts are lines of JSON. @returns the file. @throws what the file system says. */
  write(root: string, entries: ReadonlyMap<string, string>, atMs: number): Promise<string>
  /** Takes entries out of a file again. */
  without(path: string, names: ReadonlySet<string>): void
  /** Names of what was kept in batches since that moment, by whichever server. */
  namesSince(root: string, sinceMs: number): Promise<ReadonlySet<string>>
  /** What stands in batches about one id. */
  entriesOf(root: string, id: string): readonly { readonly name: string; readonly text: string }[]
}

/** Name of a version among all that a directory has had. @param sinceMs Time of its file. */
export const nameOf = (id: string, sinceMs: number): string => `${id} ${Math.trunc(sinceMs)}`

const BATCH = /^(\d{15})-[0-9a-f]{12}\.jsonl$/
/** The oldest go. */
const MOST_BATCHES = 400
/** More than the names of a usual batch. */
const HEAD_BYTES = 16 * 1024

/** The first line of a file names what follows, a line each. */
export function historyBatches(folderOf: (root: string) => string): HistoryBatches {
  const namesIn = (path: string): readonly string[] => {
    try {
      const names: unknown = JSON.parse(firstLine(path))
      return Array.isArray(names) ? names.map(String) : []
    } catch {
      // Somebody may have tidied up.
      return []
    }
  }
  const linesIn = (path: string): readonly string[] => {
    try {
      return readFileSync(path, 'utf8').split('\n').slice(1)
    } catch {
      return []
    }
  }

  const draftOf = (path: string) => `${path}.${process.pid}`

  function replace(path: string, entries: ReadonlyMap<string, string>): void {
    writeFileSync(draftOf(path), [...pieces(entries)].join(''), { mode: 0o640 })
    renameSync(draftOf(path), path)
  }

  async function place(path: string, entries: ReadonlyMap<string, string>): Promise<void> {
    const pause = breath()
    const file = openSync(draftOf(path), 'w', 0o640)
    try {
      for (const piece of pieces(entries)) {
        writeFileSync(file, piece)
        if (pause.due()) await pause.take()
      }
    } catch (error) {
      rmSync(draftOf(path), { force: true })
      throw error
    } finally {
      closeSync(file)
    }
    renameSync(draftOf(path), path)
  }

  return {
    async write(root, entries, atMs) {
      const folder = folderOf(root)
      mkdirSync(folder, { recursive: true, mode: 0o750 })
      const path = join(folder, `${String(Math.trunc(atMs)).padStart(15, '0')}-${randomBytes(6).toString('hex')}.jsonl`)
      await place(path, entries)
      const old = batchesIn(folder).slice(0, -MOST_BATCHES)
      for (const name of old) rmSync(join(folder, name), { force: true })
      return path
    },
    without(path, names) {
      const all = namesIn(path)
      const lines = linesIn(path)
      const rest = new Map(all.flatMap((name, at) => (names.has(name) ? [] : [[name, lines[at] ?? ''] as const])))
      if (rest.size === 0) rmSync(path, { force: true })
      else replace(path, rest)
    },
    async namesSince(root, sinceMs) {
      const found = new Set<string>()
      const pause = breath()
      const folder = folderOf(root)
      for (const name of batchesIn(folder)) {
        if (Number(BATCH.exec(name)?.[1]) < sinceMs) continue
        for (const one of namesIn(join(folder, name))) found.add(one)
        if (pause.due()) await pause.take()
      }
      return found
    },
    entriesOf(root, id) {
      const folder = folderOf(root)
      return batchesIn(folder).flatMap((file) => {
        const path = join(folder, file)
        const wanted = namesIn(path).flatMap((name, at) => (name.startsWith(`${id} `) ? [{ name, at }] : []))
        if (wanted.length === 0) return []
        const lines = linesIn(path)
        return wanted.map(({ name, at }) => ({ name, text: lines[at] ?? '' }))
      })
    },
  }
}

/** So many characters are written at once. */
const PIECE = 256 * 1024

/** The text of a file, in parts. */
function* pieces(entries: ReadonlyMap<string, string>): Generator<string> {
  let piece = `${JSON.stringify([...entries.keys()])}\n`
  for (const line of entries.values()) {
    piece += `${line}\n`
    if (piece.length < PIECE) continue
    yield piece
    piece = ''
  }
  yield piece
}

/** Whoever asks about one id reads the names of all batches, but not what follows. */
function firstLine(path: string): string {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(HEAD_BYTES)
    const head = bytes.subarray(0, readSync(file, bytes, 0, HEAD_BYTES, 0))
    const end = head.indexOf('\n')
    if (end >= 0) return head.toString('utf8', 0, end)
  } finally {
    closeSync(file)
  }
  return readFileSync(path, 'utf8').split('\n', 1)[0] ?? ''
}

/** Oldest first: times have the same number of digits. */
function batchesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => BATCH.test(name))
      .sort()
  } catch {
    return []
  }
}
