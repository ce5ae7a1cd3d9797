import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { breath } from '../../base/breath.ts'

/** What was kept of many definitions that went at once, as one file: a folder and a file for each of ten thousand would cost seconds. */
export interface HistoryBatches {
  /** @param entries By `nameOf`; the texts are lines of JSON. @returns the file. @throws what the file system says. */
  write(root: string, entries: ReadonlyMap<string, string>, atMs: number): string
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
const MOST_BATCHES = 1000

/** The first line of a file names what follows, a line each. */
export function historyBatches(folderOf: (root: string) => string): HistoryBatches {
  const contentOf = (path: string): { readonly names: readonly string[]; readonly lines: readonly string[] } => {
    try {
      const [head = '', ...lines] = readFileSync(path, 'utf8').split('\n')
      const names: unknown = JSON.parse(head)
      return Array.isArray(names) ? { names: names.map(String), lines } : { names: [], lines: [] }
    } catch {
      // Somebody may have tidied up.
      return { names: [], lines: [] }
    }
  }

  function place(path: string, entries: ReadonlyMap<string, string>): void {
    const draft = `${path}.${process.pid}`
    writeFileSync(draft, `${[JSON.stringify([...entries.keys()]), ...entries.values()].join('\n')}\n`, { mode: 0o640 })
    renameSync(draft, path)
  }

  return {
    write(root, entries, atMs) {
      const folder = folderOf(root)
      mkdirSync(folder, { recursive: true, mode: 0o750 })
      const path = join(folder, `${String(Math.trunc(atMs)).padStart(15, '0')}-${randomBytes(6).toString('hex')}.jsonl`)
      place(path, entries)
      const old = batchesIn(folder).slice(0, -MOST_BATCHES)
      for (const name of old) rmSync(join(folder, name), { force: true })
      return path
    },
    without(path, names) {
      const { names: all, lines } = contentOf(path)
      const rest = new Map(all.flatMap((name, at) => (names.has(name) ? [] : [[name, lines[at] ?? ''] as const])))
      if (rest.size === 0) rmSync(path, { force: true })
      else place(path, rest)
    },
    async namesSince(root, sinceMs) {
      const found = new Set<string>()
      const pause = breath()
      const folder = folderOf(root)
      for (const name of batchesIn(folder)) {
        if (Number(BATCH.exec(name)?.[1]) < sinceMs) continue
        for (const one of contentOf(join(folder, name)).names) found.add(one)
        if (pause.due()) await pause.take()
      }
      return found
    },
    entriesOf(root, id) {
      const folder = folderOf(root)
      return batchesIn(folder).flatMap((file) => {
        const { names, lines } = contentOf(join(folder, file))
        return names.flatMap((name, at) => (name.startsWith(`${id} `) ? [{ name, text: lines[at] ?? '' }] : []))
      })
    },
  }
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
