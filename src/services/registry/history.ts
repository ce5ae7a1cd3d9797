import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { breath } from '../../base/breath.ts'
import type { Json } from '../../base/json.ts'
import type { Log } from '../../base/log.ts'
import type { LoadedService } from '../definitions/loaded-service.ts'
import { writtenForm } from '../definitions/written-form.ts'
import { OWN_DIRECTORY, ownDirectory } from './directory-lock.ts'
import { historyBatches, nameOf } from './history-batch.ts'
import { codeOf } from './json/scan.ts'
import { newFile } from './new-file.ts'

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

/** A version that ends now. */
export interface EndedVersion {
  readonly service: LoadedService
  /** Time of the file that it was read from. */
  readonly sinceMs: number
  readonly ended: PastVersion['ended']
}

/**
 * What definitions were before, kept in `.castellan/history` of the directory they lie in (configuration.md 17.3): in a folder of the id, or, where many
 * went at once, together in one file of `ended`.
 */
export interface History {
  /**
   * Writes down a version that is about to go, or has gone. Several nodes that see the same change write the same entry, which is there once. A history
   * that cannot be written is no reason to refuse a change.
   *
   * @param sinceMs Time of the file that it was read from, which names the version.
   * @returns takes the entry back, for a change that did not come about.
   */
  keep(service: LoadedService, sinceMs: number, ended: PastVersion['ended']): () => void
  /**
   * The same for many, which may be all definitions there are; others have their turn in between.
   *
   * @param seen Somebody else may have ended them, and have kept them already.
   * @returns takes the entries of some of them back.
   */
  keepAll(versions: readonly EndedVersion[], seen?: 'seen'): Promise<(taken: ReadonlySet<LoadedService>) => void>
  /** Oldest first; none for an id that was never changed. */
  versions(id: string): Promise<readonly PastVersion[]>
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
/** So many go into files of their own, where a look finds them fastest. */
const FEW = 8
/** Another server that sees a change sees it within this time. */
const SEEN_WITHIN_MS = 3_600_000

export function history({ rootOf, roots, versionsKept, log }: HistoryParts): History {
  let failureLogged = false
  const folderOf = (root: string) => join(root, OWN_DIRECTORY, 'history')
  const batches = historyBatches((root) => join(folderOf(root), 'ended'))

  const prune = (directory: string) => {
    const names = namesIn(directory)
    for (const name of names.slice(0, Math.max(0, names.length - versionsKept))) rmSync(join(directory, name), { force: true })
  }
  const cannot = (root: string, error: unknown) => {
    if (!failureLogged) log.warn({ directory: root, code: codeOf(error) }, `The history of definitions in ${root} cannot be written.`)
    failureLogged = true
  }

  const keep: History['keep'] = (service, sinceMs, ended) => {
    const root = versionsKept > 0 ? rootOf(service.file) : undefined
    if (root === undefined) return NOTHING
    const text = writtenForm(service)
    const mark = createHash('sha256').update(text).digest('hex').slice(0, 8)
    try {
      ownDirectory(root)
      const directory = join(folderOf(root), service.id)
      const isNew = mkdirSync(directory, { recursive: true, mode: 0o750 }) !== undefined
      const path = join(directory, `${String(Math.trunc(sinceMs)).padStart(15, '0')}-${mark}.json`)
      newFile(path, entryText(text, sinceMs, ended))
      if (!isNew) prune(directory)
      return () => rmSync(path, { force: true })
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') cannot(root, error)
      return NOTHING
    }
  }

  /** All of one directory. */
  async function keepIn(
    root: string,
    versions: readonly EndedVersion[],
    seen: boolean,
  ): Promise<(taken: ReadonlySet<LoadedService>) => void> {
    // More of them than a call takes arguments.
    const newest = versions.reduce((latest, { ended }) => Math.max(latest, ended.atMs), 0)
    const known = seen ? await batches.namesSince(root, newest - SEEN_WITHIN_MS) : new Set()
    const fresh = versions.filter(({ service, sinceMs }) => !known.has(nameOf(service.id, sinceMs)))
    const pause = breath()
    if (fresh.length <= FEW) {
      const takeBack = new Map<LoadedService, () => void>()
      for (const { service, sinceMs, ended } of fresh) {
        takeBack.set(service, keep(service, sinceMs, ended))
        if (pause.due()) await pause.take()
      }
      return (taken) => {
        for (const service of taken) takeBack.get(service)?.()
      }
    }
    const entries = new Map<string, string>()
    for (const { service, sinceMs, ended } of fresh) {
      entries.set(nameOf(service.id, sinceMs), entryLine(writtenForm(service, 0), sinceMs, ended))
      if (pause.due()) await pause.take()
    }
    try {
      ownDirectory(root)
      const path = await batches.write(root, entries, newest)
      return (taken) => {
        const names = fresh.filter(({ service }) => taken.has(service)).map(({ service, sinceMs }) => nameOf(service.id, sinceMs))
        if (names.length > 0) batches.without(path, new Set(names))
      }
    } catch (error) {
      cannot(root, error)
      return NOTHING
    }
  }

  return {
    keep,
    async keepAll(versions, seen) {
      const byRoot = Map.groupBy(versions, ({ service }) => (versionsKept > 0 ? rootOf(service.file) : undefined))
      const takeBack: ((taken: ReadonlySet<LoadedService>) => void)[] = []
      for (const [root, ours] of byRoot) if (root !== undefined) takeBack.push(await keepIn(root, ours, seen !== undefined))
      return (taken) => {
        for (const one of takeBack) one(taken)
      }
    },
    async versions(id) {
      if (!/^-?\d{1,19}$/.test(id)) return []
      const versions: PastVersion[] = []
      for (const root of roots()) {
        const directory = join(folderOf(root), id)
        const single: PastVersion[] = []
        for (const name of namesIn(directory)) single.push(...(await readEntry(join(directory, name))))
        const known = new Set(single.map(({ sinceMs }) => nameOf(id, sinceMs)))
        // Of servers that saw the same change at the same time each may have kept it.
        const others = new Map((await batches.entriesOf(root, id)).map(({ name, text }) => [name, text]))
        const many = [...others].flatMap(([name, text]) => (known.has(name) ? [] : parsed(text)))
        if (many.length === 0) versions.push(...single)
        else versions.push(...[...single, ...many].sort((one, other) => one.sinceMs - other.sinceMs).slice(-versionsKept))
      }
      return versions
    },
  }
}

const entryText = (definition: string, sinceMs: number, ended: PastVersion['ended']): string =>
  `${entryLine(definition.trim(), sinceMs, ended)}\n`

const entryLine = (definition: string, sinceMs: number, ended: PastVersion['ended']): string =>
  `{"sinceMs":${Math.trunc(sinceMs)},"ended":${JSON.stringify(ended)},"definition":${definition}}`

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
async function readEntry(path: string): Promise<readonly PastVersion[]> {
  try {
    return parsed(await readFile(path, 'utf8'))
  } catch {
    return []
  }
}

function parsed(text: string): readonly PastVersion[] {
  try {
    const version = JSON.parse(text) as Partial<PastVersion> | null
    return isVersion(version) ? [version] : []
  } catch {
    return []
  }
}

/** Files can be changed by hand. */
function isVersion(value: Partial<PastVersion> | null): value is PastVersion {
  const isMoment = (ms: unknown) => typeof ms === 'number' && !Number.isNaN(new Date(ms).getTime())
  const { sinceMs, definition, ended } = value ?? {}
  if (typeof definition !== 'object' || definition === null || Array.isArray(definition)) return false
  return isMoment(sinceMs) && isMoment(ended?.atMs) && (ended?.by === 'replaced' || ended?.by === 'deleted')
}
