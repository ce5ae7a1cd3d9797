import { randomBytes } from 'node:crypto'
import {
  closeSync,
  createReadStream,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
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
  entriesOf(root: string, id: string): Promise<readonly Kept[]>
}

export interface Kept {
  readonly name: string
  readonly text: string
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
    async entriesOf(root, id) {
      const folder = folderOf(root)
      const found: Kept[] = []
      for (const file of batchesIn(folder)) found.push(...(await entriesIn(join(folder, file), id)))
      return found
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

/** Reads no more than is needed, and a piece at a time: others have their turn in between. */
async function entriesIn(path: string, id: string): Promise<readonly Kept[]> {
  const found: Kept[] = []
  /** By the number of their line. */
  let wanted: ReadonlyMap<number, string> | undefined
  let number = 0
  let rest = ''
  const line = (text: string) => {
    if (wanted === undefined) wanted = namesOf(text, id)
    else {
      const name = wanted.get(number)
      if (name !== undefined) found.push({ name, text })
      number++
    }
  }
  try {
    for await (const chunk of createReadStream(path, 'utf8')) {
      const lines = (rest + (chunk as string)).split('\n')
      rest = lines.pop() ?? ''
      for (const text of lines) line(text)
      if (wanted !== undefined && found.length === wanted.size) return found
    }
    if (rest !== '') line(rest)
  } catch {
    // Somebody may have tidied up.
  }
  return found
}

/** Of the versions of one id that a first line names, the number of the line each has behind it. */
function namesOf(head: string, id: string): ReadonlyMap<number, string> {
  const wanted = new Map<number, string>()
  // Nearly all batches are about others; to look for a text takes a tenth of the time.
  if (!head.includes(`"${id} `)) return wanted
  try {
    const names: unknown = JSON.parse(head)
    if (Array.isArray(names)) for (const [at, name] of names.entries()) if (String(name).startsWith(`${id} `)) wanted.set(at, String(name))
  } catch {
    // It is no list of names.
  }
  return wanted
}

/** Whoever asks for names reads the names of a batch, but not what follows. */
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
