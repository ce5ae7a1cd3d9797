import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Json } from '../../base/json.ts'
import type { Log } from '../../base/log.ts'
import type { LoadedService } from '../definitions/loaded-service.ts'
import { writtenForm } from '../definitions/written-form.ts'
import { OWN_DIRECTORY, ownDirectory } from './directory-lock.ts'
import { codeOf } from './json/scan.ts'

/** Who changed a definition, and by which way. */
export interface Change {
  readonly who: string
  readonly source: 'file' | 'endpoint'
  readonly atMs: number
}

/** A version that is no more in force. */
export interface PastVersion {
  readonly definition: Readonly<Record<string, Json>>
  /** Since when it stood in its file. */
  readonly sinceMs: number
  /** What ended it. */
  readonly ended: Change & { readonly by: 'replaced' | 'deleted' }
}

/** What definitions were before, kept in `.castellan/history/<id>` of the directory they lie in (configuration.md 17.3). */
export interface History {
  /**
   * Writes down a version that is about to go, or has gone. Several nodes that see the same change write the same entry, which is there once. A history
   * that cannot be written is no reason to refuse a change.
   *
   * @param sinceMs Time of the file that it was read from, which names the version.
   * @returns takes the entry back, for a change that did not come about.
   */
  keep(service: LoadedService, sinceMs: number, ended: PastVersion['ended']): () => void
  /** Oldest first; none for an id that was never changed. */
  versions(id: string): readonly PastVersion[]
}

export interface HistoryParts {
  /** Which of the directories a file belongs to; `undefined` for what is not written to. */
  readonly rootOf: (file: string) => string | undefined
  readonly roots: () => readonly string[]
  /** Versions kept of each definition; 0: none. */
  readonly versionsKept: number
  readonly log: Log
}

const NOTHING = () => {}

export function history({ rootOf, roots, versionsKept, log }: HistoryParts): History {
  let failureLogged = false
  /** Our folders that have been made; versions by the thousand go there when very many definitions end at once. */
  const made = new Map<string, string>()
  const ownOf = (root: string): string => {
    const own = made.get(root) ?? ownDirectory(root)
    made.set(root, own)
    return own
  }

  const prune = (directory: string) => {
    const names = namesIn(directory)
    for (const name of names.slice(0, Math.max(0, names.length - versionsKept))) rmSync(join(directory, name), { force: true })
  }

  return {
    keep(service, sinceMs, ended) {
      const root = versionsKept > 0 ? rootOf(service.file) : undefined
      if (root === undefined) return NOTHING
      const text = writtenForm(service)
      const mark = createHash('sha256').update(text).digest('hex').slice(0, 8)
      try {
        const directory = join(ownOf(root), 'history', service.id)
        const isNew = mkdirSync(directory, { recursive: true, mode: 0o750 }) !== undefined
        const path = join(directory, `${String(Math.trunc(sinceMs)).padStart(15, '0')}-${mark}.json`)
        const entry = `{"sinceMs":${Math.trunc(sinceMs)},"ended":${JSON.stringify(ended)},"definition":${text.trim()}}\n`
        writeFileSync(path, entry, { flag: 'wx', mode: 0o640 })
        if (!isNew) prune(directory)
        return () => rmSync(path, { force: true })
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return NOTHING
        if (!failureLogged) log.warn({ directory: root, code: codeOf(error) }, `The history of definitions in ${root} cannot be written.`)
        failureLogged = true
        return NOTHING
      }
    },
    versions(id) {
      if (!/^-?\d{1,19}$/.test(id)) return []
      return roots().flatMap((root) => {
        const directory = join(root, OWN_DIRECTORY, 'history', id)
        return namesIn(directory).flatMap((name) => entryOf(join(directory, name)))
      })
    },
  }
}

/** Times have the same number of digits, so that names sort by them. */
function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
      .filter((name) => /^\d{15}-[0-9a-f]{8}\.json$/.test(name))
      .sort()
  } catch {
    return []
  }
}

/** Somebody may have tidied up, or be writing. */
function entryOf(path: string): readonly PastVersion[] {
  try {
    return [JSON.parse(readFileSync(path, 'utf8')) as PastVersion]
  } catch {
    return []
  }
}
