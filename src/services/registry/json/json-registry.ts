import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { basename, sep } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { type Breath, breath } from '../../../base/breath.ts'
import type { Clock } from '../../../base/clock.ts'
import type { Log } from '../../../base/log.ts'
import type { BindContext } from '../../definitions/bind.ts'
import type { LoadedService } from '../../definitions/loaded-service.ts'
import type { EndedVersion, History } from '../history.ts'
import type { Templates } from '../templates.ts'
import { type DefinitionFile, type Remark, readDefinitionFile, remarksOnName } from './definition-file.ts'
import type { Location } from './location.ts'
import { codeOf, definitionNames, type FoundFile, isGone, type Scan, type Stamp, sameStamp, scan, stampOf } from './scan.ts'
import { type DefinitionWriter, definitionWriter } from './writer.ts'

/** Time in which a half-written file may become whole before anybody is told (services.md 4). */
const SECOND_LOOK_IN_MS = 300
const VANISHED_EVERY_MS = 60_000

interface FileState {
  readonly stamp: Stamp
  /** The last good version. */
  readonly services: readonly LoadedService[]
  readonly remarks: readonly Remark[]
  /** Since when the file cannot be used and an older version is. */
  readonly staleSinceMs?: number
  /** Of the broken text that was reported. */
  readonly digest?: string
}

class VolumeGone extends Error {}

export interface FileRemark extends Remark {
  readonly file: string
}

/** Definitions kept as files. The last good version of a file stays in force until the file can be read again or is gone. */
export interface JsonRegistry extends DefinitionWriter {
  /**
   * Lists all files, looks at their stamps and reads those that changed.
   *
   * @param isTouched Of files in watched directories, only these are looked at.
   * @returns whether the definitions changed.
   */
  refresh(isTouched?: (path: string) => boolean): Promise<boolean>
  /** Neither sorted nor free of duplicates. */
  services(): readonly LoadedService[]
  remarks(): readonly FileRemark[]
  /** How many files are served from an older version. */
  stale(): number
  /** Whether all directories could be read at the last look. */
  reachable(): boolean
}

export interface JsonRegistryParts {
  readonly locations: readonly Location[]
  readonly clock: Clock
  readonly log: Log
  /** What binding a definition needs, whatever file it is in. */
  readonly bound: Omit<BindContext, 'file' | 'report' | 'warn'>
  readonly history: History
  readonly templates: Templates
  /** Called with each directory before it is listed. @returns whether it is watched, and was when it was listed before. */
  readonly entered: (directory: string, identity: string) => boolean
}

export function jsonRegistry(parts: JsonRegistryParts): JsonRegistry {
  const { locations, clock, log } = parts
  let states: ReadonlyMap<string, FileState> = new Map()
  const devices = new Map<string, number>()
  let reachable = true
  let first = true
  let vanishedLoggedAtMs = Number.NEGATIVE_INFINITY
  const context = {
    ...parts.bound,
    warn: (message: string, severity?: 'warning' | 'error') => log[severity === 'error' ? 'error' : 'warn']({}, message),
  }

  const say = (file: string, remark: Remark) => {
    const place = remark.line === undefined ? file : `${file}:${remark.line}:${remark.column ?? 1}`
    const fields = { file, ...(remark.line === undefined ? {} : { line: remark.line, column: remark.column ?? 1 }) }
    log[remark.severity === 'error' ? 'error' : 'warn'](fields, `${place}: ${remark.message}`)
  }

  const read = async (file: FoundFile, pause: Breath): Promise<DefinitionFile | undefined> => {
    try {
      return await readDefinitionFile(file.path, file.stamp.size, context, pause)
    } catch (error) {
      const code = codeOf(error)
      if (code === 'ENOENT') return undefined
      if (code === '') throw error
      return {
        kind: 'broken',
        unfinished: false,
        text: code,
        remarks: [{ severity: 'warning', message: `the file cannot be read (${code})` }],
      }
    }
  }

  /** What holds after a file was read; says what there is to say, once for each text. */
  const settle = (file: FoundFile, before: FileState | undefined, content: DefinitionFile): FileState => {
    const services = before?.services ?? []
    if (content.kind === 'empty') {
      log.debug({ file: file.path }, `${file.path} is empty and skipped.`)
      return { stamp: file.stamp, services, remarks: [], ...(services.length > 0 ? { staleSinceMs: before?.staleSinceMs ?? clock() } : {}) }
    }
    if (content.kind === 'loaded') {
      const onName = content.services.length > 0 ? remarksOnName(basename(file.path), content.services) : []
      const remarks = onName.length === 0 ? content.remarks : [...content.remarks, ...onName]
      for (const remark of remarks) say(file.path, remark)
      for (const { id } of content.services)
        log.debug({ event: 'CasRegisteredServiceLoadedEvent', service: id, file: file.path }, 'A definition was read.')
      return { stamp: file.stamp, services: content.services, remarks }
    }
    const digest = createHash('sha256').update(content.text).digest('base64url')
    const stale = services.length > 0
    if (digest !== before?.digest) {
      for (const remark of content.remarks) say(file.path, remark)
      if (stale) log.warn({ file: file.path }, `${file.path}: the version that was read before stays in force.`)
    }
    return {
      stamp: file.stamp,
      services,
      remarks: content.remarks,
      digest,
      ...(stale ? { staleSinceMs: before?.staleSinceMs ?? clock() } : {}),
    }
  }

  const list = async (isTouched: (path: string) => boolean): Promise<Pick<Scan, 'files' | 'unreadable'> | undefined> => {
    const pause = breath()
    const all: Scan[] = []
    for (const location of locations) {
      try {
        const entered = location.watched ? parts.entered : () => false
        const known = { entered, stampOf: (path: string) => (isTouched(path) ? undefined : states.get(path)?.stamp) }
        const one = await scan(location.path, pause, definitionNames(location.formats), known)
        // A volume that was taken away leaves the empty directory that it was mounted on.
        if (one.files.length > 0) devices.set(location.path, one.device)
        else if ((devices.get(location.path) ?? one.device) !== one.device) throw new VolumeGone()
        all.push(one)
      } catch (error) {
        reachable = false
        if (clock() - vanishedLoggedAtMs >= VANISHED_EVERY_MS) {
          vanishedLoggedAtMs = clock()
          const what = error instanceof VolumeGone ? 'is empty now, and on another file system' : 'cannot be read'
          log.error(
            { directory: location.path, code: codeOf(error) },
            `${location.path} ${what}; the definitions read before stay in force.`,
          )
        }
        return undefined
      }
    }
    reachable = true
    return { files: all.flatMap((each) => each.files), unreadable: new Map(all.flatMap((each) => [...each.unreadable])) }
  }

  /** Of a file that cannot be looked at, or lies below what cannot: what was read stays, and is read again when that is possible. */
  const kept = (path: string, code: string, state: FileState, say: Set<string>): FileState => {
    const message = `${path} cannot be looked at (${code})`
    if (state.remarks.at(-1)?.message === message) return state
    if (!say.has(path)) log.warn({ file: path, code }, `${message}; what was read of it before stays in force.`)
    say.add(path)
    const stamp = { ...state.stamp, size: -1 }
    return { ...state, stamp, remarks: [{ severity: 'warning', message }], staleSinceMs: state.staleSinceMs ?? clock() }
  }

  const refresh = async (isTouched: (path: string) => boolean = () => true): Promise<boolean> => {
    const found = await list(isTouched)
    if (!found) return false
    const templatesChanged = await parts.templates.refresh()
    const isStale = (state: FileState) => templatesChanged && state.services.some(({ definition }) => 'templateName' in definition)
    const next = new Map<string, FileState>()
    const late: FoundFile[] = []
    const pause = breath()
    let changed = false
    const seen = new Set<string>()
    for (const file of found.files) {
      // One location may lie in another.
      if (seen.has(file.path)) continue
      seen.add(file.path)
      const before = states.get(file.path)
      if (before && sameStamp(before.stamp, file.stamp) && !isStale(before)) {
        next.set(file.path, before)
        if (pause.due()) await pause.take()
        continue
      }
      const content = await read(file, pause)
      if (pause.due()) await pause.take()
      if (!content) continue
      if (content.kind === 'broken' && content.unfinished && !first) {
        late.push(file)
        if (before) next.set(file.path, before)
        continue
      }
      const after = settle(file, before, content)
      changed ||= after.services !== before?.services
      next.set(file.path, after)
    }
    if (late.length > 0) changed = (await lookAgain(late, next)) || changed
    const said = new Set<string>()
    for (const [path, state] of states) {
      if (next.has(path)) continue
      const above = [...found.unreadable.keys()].find((one) => path === one || path.startsWith(one + sep))
      if (above === undefined) changed ||= state.services.length > 0
      else next.set(path, kept(above, found.unreadable.get(above) ?? '', state, said))
    }
    if (changed && !first) await keepPast(states, next, pause)
    states = next
    first = false
    return changed
  }

  /** Of definitions that are others by now, or gone, the history keeps what they were. */
  const keepPast = async (before: ReadonlyMap<string, FileState>, after: ReadonlyMap<string, FileState>, pause: Breath) => {
    const past = [...before].filter(([path, state]) => after.get(path)?.services !== state.services)
    if (past.length === 0) return
    const ids = new Set(past.flatMap(([, { services }]) => services.map(({ id }) => id)))
    const current = new Map<string, LoadedService>()
    for (const { services } of after.values()) for (const service of services) if (ids.has(service.id)) current.set(service.id, service)
    const ended: EndedVersion[] = []
    for (const [path, state] of past) {
      const file = after.get(path)
      for (const service of state.services) {
        const now = current.get(service.id)
        if (pause.due()) await pause.take()
        if (now && isDeepStrictEqual(now.stored ?? now.definition, service.stored ?? service.definition)) continue
        const by = now ? 'replaced' : 'deleted'
        const atMs = file?.stamp.mtimeMs ?? clock()
        ended.push({ service, sinceMs: state.stamp.mtimeMs, ended: { who: 'unknown', source: 'file', by, atMs } })
      }
    }
    await parts.history.keepAll(ended, 'seen')
  }

  /** Somebody may have been in the middle of writing. */
  const lookAgain = async (late: readonly FoundFile[], next: Map<string, FileState>): Promise<boolean> => {
    await setTimeout(SECOND_LOOK_IN_MS)
    const pause = breath()
    let changed = false
    for (const { path } of late) {
      const before = states.get(path)
      const stamp = stampAt(path)
      if (stamp === 'unknown') continue
      const file = stamp && { path, stamp }
      const content = file && (await read(file, pause))
      if (!file || !content) {
        next.delete(path)
        continue
      }
      const after = settle(file, before, content)
      changed ||= after.services !== before?.services
      next.set(path, after)
      if (pause.due()) await pause.take()
    }
    return changed
  }

  const writer = definitionWriter({ locations, stateOf: (file) => states.get(file), history: parts.history, log })

  return {
    refresh,
    ...writer,
    services: () => [...states.values()].flatMap((state) => state.services),
    remarks: () =>
      [...states].flatMap(([file, state]) => {
        const stale: FileRemark[] =
          state.staleSinceMs === undefined
            ? []
            : [{ file, severity: 'error', message: `stale: using the version read before ${new Date(state.staleSinceMs).toISOString()}` }]
        return [...state.remarks.map((remark) => ({ ...remark, file })), ...stale]
      }),
    stale: () => [...states.values()].filter((state) => state.staleSinceMs !== undefined).length,
    reachable: () => reachable,
  }
}

/** `undefined`: it is gone. */
function stampAt(path: string): Stamp | 'unknown' | undefined {
  try {
    return stampOf(statSync(path))
  } catch (error) {
    return isGone(error) ? undefined : 'unknown'
  }
}
