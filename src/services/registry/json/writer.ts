import { existsSync, mkdirSync, readFileSync, rmSync, statSync, unlinkSync } from 'node:fs'
import { basename, dirname, extname, join, sep } from 'node:path'
import type { Log } from '../../../base/log.ts'
import { syncDirectory } from '../../../base/replace-file.ts'
import { definitionText, editedDefinition, type Format, formatOf } from '../../definitions/definition-text.ts'
import type { LoadedService } from '../../definitions/loaded-service.ts'
import type { Protocol } from '../../registered-service.ts'
import type { Change, EndedVersion, History, PastVersion } from '../history.ts'
import type { Location } from './location.ts'
import { type FileToRemove, type Gone, removeFiles } from './remove-files.ts'
import { codeOf, type Stamp, sameStamp, stampOf } from './scan.ts'
import { fileNameOf, liesWithin, writeWhole } from './write-file.ts'

/** Folders of the kinds of applications (services.md 3.3): new definitions go there where they exist. */
const FOLDERS: Readonly<Record<Protocol, string>> = {
  cas: 'cas-client',
  oauth: 'oauth2-client',
  oidc: 'openid-connect-relying-party',
  saml2: 'saml2-service-provider',
  'ws-fed': 'ws-federation-relying-party',
}

/** Puts definitions into files and takes them away (services.md 6.1). Whoever calls it holds the lock of the directory. */
export interface DefinitionWriter {
  /**
   * Deletes the files of definitions that still are what was read; the disk is waited for once, and others have their turn in between.
   *
   * @returns for each: `gone` also when somebody else was faster; `changed` when the file is another by now; else why not.
   */
  remove(services: readonly LoadedService[], change: Change): Promise<readonly Gone[]>
  /**
   * Writes a definition to its file: a new one to the first directory that may be written to, or the folder of its kind there; an update to where the
   * old one lies, whose file goes when the name changes.
   *
   * @param several Others follow; `settle` is called after the last.
   */
  store(service: LoadedService, old: LoadedService | undefined, change: Change, several?: boolean): Promise<Stored>
  /** Sees to it that what was stored as one of several is on the disk. */
  settle(): Promise<void>
  /** The directory that new definitions go to. */
  readonly writtenTo: Location | undefined
}

/** What became of a definition that was to be stored. */
export type Stored =
  | {
      readonly kind: 'stored'
      readonly file: string
      /** Puts everything back as it was, as far as that can be. */
      readonly undo: () => Promise<void>
    }
  /** The file is another by now, or one of that name is there already. Nothing was changed. */
  | { readonly kind: 'conflict'; readonly reason: string }
  /** Nothing was changed. */
  | { readonly kind: 'failed'; readonly reason: string }

/** What is known of a file that was read. */
interface ReadFile {
  readonly stamp: Stamp
  readonly services: readonly LoadedService[]
}

export interface WriterParts {
  readonly locations: readonly Location[]
  readonly stateOf: (file: string) => ReadFile | undefined
  readonly history: History
  readonly log: Log
}

class ChangedMeanwhile extends Error {}

const isFile = (one: FileToRemove | Gone): one is FileToRemove => typeof one === 'object' && 'path' in one

const endingOf = (location: Location | undefined): string => (location?.formats[0] === 'yaml' ? '.yml' : '.json')

export function definitionWriter({ locations, stateOf, history, log }: WriterParts): DefinitionWriter {
  /** Where a file may be written to or deleted from; else why not. */
  const writableFor = (file: string): Location | string => {
    const location = locations.find(({ path }) => file.startsWith(path + sep))
    if (!location?.writable) return 'the directory of the definition is read-only'
    return liesWithin(dirname(file), location.path) ? location : `${dirname(file)} leads out of ${location.path} by a symbolic link`
  }

  /** The file of a definition as it was read last; else why it cannot be written. */
  const unchanged = (service: LoadedService): ReadFile | 'changed' | string => {
    const state = stateOf(service.file)
    if (!state || state.services.length > 1) return `${service.file} holds several definitions`
    const now = statSync(service.file, { throwIfNoEntry: false })
    return now && sameStamp(state.stamp, stampOf(now)) ? state : 'changed'
  }

  const past = (change: Change, by: PastVersion['ended']['by']) => ({ ...change, by })

  const remove: DefinitionWriter['remove'] = async (services, change) => {
    const locationsOf = new Map<string, Location | string>()
    const locationOf = ({ file }: LoadedService): Location | string => {
      const known = locationsOf.get(dirname(file)) ?? writableFor(file)
      locationsOf.set(dirname(file), known)
      return known
    }
    // Whether they still are what was read is looked at when they go; what does not go is taken back.
    const ended = past(change, 'deleted')
    const leaving = services.flatMap((service): EndedVersion[] => {
      const state = typeof locationOf(service) === 'string' ? undefined : stateOf(service.file)
      return state ? [{ service, sinceMs: state.stamp.mtimeMs, ended }] : []
    })
    const takeBack = await history.keepAll(leaving)
    const verdict = (service: LoadedService): FileToRemove | Gone => {
      const location = locationOf(service)
      if (typeof location === 'string') return { failure: location }
      const state = stateOf(service.file)
      if (!state || state.services.length > 1) return { failure: `${service.file} holds several definitions` }
      return { path: service.file, stamp: state.stamp }
    }
    const verdicts = services.map(verdict)
    const removed = await removeFiles(verdicts.filter(isFile))
    let next = 0
    const results = verdicts.map((one): Gone => (isFile(one) ? (removed[next++] ?? 'changed') : one))
    const synced = new Set(services.filter((_service, at) => results[at] === 'gone').map(({ file }) => dirname(file)))
    takeBack(new Set(services.filter((_service, at) => results[at] !== 'gone')))
    for (const directory of synced) await syncDirectory(directory)
    return results
  }

  const writtenTo = locations.find(({ writable }) => writable)

  const directoryFor = (service: LoadedService): string | undefined => {
    if (!writtenTo) return undefined
    const ofKind = join(writtenTo.path, FOLDERS[service.protocol])
    if (writtenTo.groupByType) mkdirSync(ofKind, { recursive: true })
    return statSync(ofKind, { throwIfNoEntry: false })?.isDirectory() ? ofKind : writtenTo.path
  }

  const unsynced = new Set<string>()

  const store: DefinitionWriter['store'] = async (service, old, change, several = false) => {
    const directory = old ? dirname(old.file) : directoryFor(service)
    if (directory === undefined) return { kind: 'failed', reason: 'there is no directory that definitions may be written to' }
    const name = fileNameOf(service.name, service.id, old ? extname(old.file) : endingOf(writtenTo))
    const path = join(directory, name)
    const location = writableFor(path)
    if (typeof location === 'string') return { kind: 'failed', reason: location }
    const state = old && unchanged(old)
    if (state === 'changed') return { kind: 'conflict', reason: `${old?.file} was changed in the meantime` }
    if (typeof state === 'string') return { kind: 'failed', reason: state }
    if (path !== old?.file && existsSync(path)) return { kind: 'conflict', reason: `${path} exists already` }
    let takeBack = () => {}
    try {
      const before = old && readFileSync(old.file, 'utf8')
      const { written, commentsLost } = newText(before, old, service, formatOf(name))
      const keep = commentsLost ? basename(old?.file ?? name) : undefined
      const beforePlacing = () => {
        // Somebody may have been at it while the text went to the disk.
        if (old ? unchanged(old) !== state : existsSync(path)) throw new ChangedMeanwhile()
        if (old && state) takeBack = history.keep(old, state.stamp.mtimeMs, past(change, 'replaced'))
      }
      const isNew = path !== old?.file
      const kept = keep !== undefined && before !== undefined ? { keep: { name: keep, text: before } } : {}
      if (written !== before || isNew) await writeWhole(directory, name, written, { ...kept, beforePlacing, directoryLater: several })
      if (several) unsynced.add(directory)
      if (keep) log.warn({ file: path }, `${path} was written anew without all of its comments; the text before is in .${keep}.bak.`)
      if (old && isNew) await leave(old.file, path)
      const undo = async () => {
        if (old && before !== undefined) await writeWhole(directory, basename(old.file), before)
        if (isNew) rmSync(path, { force: true })
        takeBack()
      }
      return { kind: 'stored', file: path, undo }
    } catch (error) {
      takeBack()
      if (error instanceof ChangedMeanwhile) return { kind: 'conflict', reason: `${old?.file ?? path} was changed in the meantime` }
      return { kind: 'failed', reason: `${path} cannot be written (${codeOf(error) || String(error)})` }
    }
  }

  const settle = async () => {
    for (const directory of unsynced) await syncDirectory(directory)
    unsynced.clear()
  }

  return { store, settle, remove, writtenTo }
}

/** Of a definition that has a new file the old one goes; when it cannot, the new one does, so that there is never a second definition of an id. */
async function leave(old: string, path: string): Promise<void> {
  try {
    unlinkSync(old)
  } catch (error) {
    unlinkSync(path)
    throw error
  }
  await syncDirectory(dirname(old))
}

/** What comes into the file: the old text changed where it says something else now, or, if it has no comments to be kept, as CAS writes it. */
function newText(before: string | undefined, old: LoadedService | undefined, service: LoadedService, format: Format) {
  if (!old || before === undefined || isStrictJson(before)) return { written: definitionText(service, format), commentsLost: false }
  const edited = editedDefinition(before, format, old, service)
  if (edited) return { written: edited.text, commentsLost: edited.commentsLost }
  return { written: definitionText(service, format), commentsLost: /#|\/\/|\/\*/.test(before) }
}

function isStrictJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
