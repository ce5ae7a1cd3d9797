import type { Audit } from '../../audit/index.ts'
import { breath } from '../../base/breath.ts'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { BindContext } from '../definitions/bind.ts'
import type { LoadedService } from '../definitions/loaded-service.ts'
import type { ImportEntry, Imported, Removed, Saved, Writing } from '../services.ts'
import { type DirectoryLock, LockUnavailable } from './directory-lock.ts'
import type { Change } from './history.ts'
import type { Gone } from './json/remove-files.ts'
import type { DefinitionWriter, Stored } from './json/writer.ts'
import { readNewDefinition } from './new-definition.ts'

/** So that they go to the disk together. */
const WRITES_AT_A_TIME = 32

/** Changes of definitions that this server makes itself (services.md 6): one after the other, among all servers that share the directory. */
export interface WriteBack {
  save(text: string, writing: Writing): Promise<Saved>
  importAll(entries: readonly ImportEntry[], writing: Writing): Promise<Imported>
  remove(id: string, writing: Writing): Promise<Removed>
  /** Takes away the files of definitions that have ended, which may be very many at once. */
  removeExpired(services: readonly LoadedService[]): Promise<readonly Gone[]>
}

export interface WriteBackParts {
  readonly registry: DefinitionWriter
  readonly lock: DirectoryLock
  /** Records a change of files where they are kept under version control; when it throws, the files are as they were. */
  readonly commit?: ((message: string) => Promise<void>) | undefined
  /** Looks at what the disk has, and publishes it. */
  readonly reload: () => Promise<void>
  readonly byId: (id: string) => LoadedService | undefined
  readonly bound: Omit<BindContext, 'report' | 'file'>
  readonly clock: Clock
  readonly audit: Audit
  readonly log: Log
}

export function writeBack(parts: WriteBackParts): WriteBack {
  const { registry, lock, reload, byId, clock, audit, log } = parts

  let lastWrite: Promise<unknown> = Promise.resolve()
  /** Each write begins with what the disk has by then. */
  const inTurn = <R>(write: () => Promise<R>): Promise<R | { kind: 'failed'; reason: string }> => {
    const begin = async () => {
      await reload()
      return write()
    }
    const turn = lastWrite
      .then(() => lock.hold(begin))
      .catch((error: unknown) => {
        if (error instanceof LockUnavailable) return { kind: 'failed' as const, reason: error.message }
        throw error
      })
    lastWrite = turn.catch(() => {})
    return turn
  }

  const record = (action: string, service: LoadedService, { who, client }: Writing) =>
    audit.record({ action, who, what: `${service.name} (${service.id})`, client })
  const tell = (event: string, service: LoadedService) =>
    log.info({ event, service: service.id, file: service.file }, `${event}: [${service.name}] with id [${service.id}].`)
  const tellBefore = (event: string, service: string) => log.debug({ event, service }, 'A definition is about to be changed.')
  const changeBy = ({ who }: Writing): Change => ({ who, source: 'endpoint', atMs: clock() })

  const unusedId = (): string => {
    let id = BigInt(Math.trunc(clock()))
    while (byId(String(id))) id++
    return String(id)
  }

  const save = async (text: string, writing: Writing): Promise<Saved> => {
    const read = await readNewDefinition(
      { text, format: writing.format ?? 'json', asId: unusedId(), newId: writing.newId ?? false, strict: true },
      { ...parts.bound, warn: () => {} },
    )
    if (read.kind !== 'read') return read
    const { service } = read
    const old = byId(service.id)
    if (writing.onlyIf && !writing.onlyIf(old)) return { kind: 'outdated' }
    const created = old === undefined
    if (writing.dryRun) return { kind: 'saved', id: service.id, file: old?.file ?? '', service, created }
    const stored = await store(service, old, writing)
    if (stored.kind !== 'stored') return stored
    await reload()
    tell('CasRegisteredServiceSavedEvent', { ...service, file: stored.file })
    return { kind: 'saved', id: service.id, file: stored.file, service: byId(service.id) ?? service, created }
  }

  const store = async (service: LoadedService, old: LoadedService | undefined, writing: Writing, several = false): Promise<Stored> => {
    tellBefore('CasRegisteredServicePreSaveEvent', service.id)
    let stored = await registry.store(service, old, changeBy(writing), several)
    if (stored.kind === 'stored' && !several) {
      const failure = await committed(`Saved changes to registered service ${service.name} (${service.id})`, [stored.undo])
      if (failure !== undefined) stored = { kind: 'failed', reason: failure }
    }
    record(stored.kind === 'stored' ? 'SAVE_SERVICE_SUCCESS' : 'SAVE_SERVICE_FAILED', service, writing)
    return stored
  }

  /** @returns why the change could not be recorded; it is taken back then. */
  const committed = async (message: string, undos: readonly (() => Promise<void>)[]): Promise<string | undefined> => {
    try {
      await parts.commit?.(message)
      return undefined
    } catch (error) {
      for (const undo of undos.toReversed()) await attempt(undo)
      return error instanceof Error ? error.message : String(error)
    }
  }

  /** All of them can be read, and no id is there twice; else what keeps them from being stored. */
  const readAll = async (entries: readonly ImportEntry[]) => {
    const pause = breath()
    const services = new Map<string, LoadedService>()
    const failed: { entry: string; error: string }[] = []
    let asId = BigInt(unusedId())
    for (const { name, text, format } of entries) {
      while (byId(String(asId)) || services.has(String(asId))) asId++
      const read = await readNewDefinition({ text, format, asId: String(asId), strict: false }, { ...parts.bound, warn: () => {} })
      if (read.kind === 'unreadable') failed.push({ entry: name, error: read.reason })
      else if (read.kind === 'refused') failed.push({ entry: name, error: read.mistakes.map(({ message }) => message).join('; ') })
      else if (services.has(read.service.id)) failed.push({ entry: name, error: `the id ${read.service.id} is there twice` })
      else services.set(read.service.id, read.service)
      if (pause.due()) await pause.take()
    }
    return { services: [...services.values()], failed }
  }

  const importAll = async (entries: readonly ImportEntry[], writing: Writing): Promise<Imported> => {
    const { services, failed } = await readAll(entries)
    if (failed.length > 0) return { kind: 'refused', failed }
    if (writing.dryRun) return { kind: 'imported', saved: services.length }
    const done: (() => Promise<void>)[] = []
    for (let at = 0; at < services.length; at += WRITES_AT_A_TIME) {
      const batch = services.slice(at, at + WRITES_AT_A_TIME)
      const results = await Promise.all(batch.map((service) => store(service, byId(service.id), writing, true)))
      for (const result of results) if (result.kind === 'stored') done.push(result.undo)
      const failure = results.find((result) => result.kind !== 'stored')
      if (!failure) continue
      for (const undo of done.reverse()) await attempt(undo)
      await reload()
      return { kind: 'failed', reason: failure.reason }
    }
    await registry.settle()
    const failure = await committed(
      `Saved changes to registered services ${services.map(({ name, id }) => `${name} (${id})`).join(', ')}`,
      done,
    )
    if (failure !== undefined) {
      await reload()
      return { kind: 'failed', reason: failure }
    }
    await reload()
    log.info({ event: 'CasRegisteredServiceSavedEvent', services: services.length }, `[${services.length}] definitions were imported.`)
    return { kind: 'imported', saved: services.length }
  }

  const attempt = async (undo: () => Promise<void>) => {
    try {
      await undo()
    } catch (error) {
      log.error({ error: String(error) }, 'A definition of an import that failed cannot be taken back.')
    }
  }

  const takeAway = async (services: readonly LoadedService[], change: Change): Promise<readonly Gone[]> => {
    const results = await registry.remove(services, change)
    const gone = services.filter((_service, at) => results[at] === 'gone').map(({ name, id }) => `${name} (${id})`)
    if (gone.length === 0) return results
    const message = gone.length === 1 ? `Deleted registered service ${gone[0]}` : `Deleted registered services ${gone.join(', ')}`
    const failure = await committed(message, [])
    return failure === undefined ? results : results.map((result) => (result === 'gone' ? { failure } : result))
  }

  const remove = async (id: string, writing: Writing): Promise<Removed> => {
    const service = byId(id)
    if (!service) return { kind: 'unknown' }
    if (writing.dryRun) return { kind: 'removed', service }
    tellBefore('CasRegisteredServicePreDeleteEvent', id)
    const [removed = 'gone'] = await takeAway([service], changeBy(writing))
    record(removed === 'gone' ? 'DELETE_SERVICE_SUCCESS' : 'DELETE_SERVICE_FAILED', service, writing)
    await reload()
    if (removed === 'changed') return { kind: 'conflict', reason: `${service.file} was changed in the meantime` }
    if (removed !== 'gone') return { kind: 'failed', reason: removed.failure }
    tell('CasRegisteredServiceDeletedEvent', service)
    return { kind: 'removed', service }
  }

  return {
    save: (text, writing) => inTurn(() => save(text, writing)),
    importAll: (entries, writing) => inTurn(() => importAll(entries, writing)),
    remove: (id, writing) => inTurn(() => remove(id, writing)),
    async removeExpired(services) {
      for (const { id } of services) tellBefore('CasRegisteredServicePreDeleteEvent', id)
      try {
        const results = await lock.hold(() => takeAway(services, { who: 'expiry', source: 'endpoint', atMs: clock() }))
        const gone = services.filter((_service, at) => results[at] === 'gone')
        for (const service of gone.length === 1 ? gone : []) tell('CasRegisteredServiceDeletedEvent', service)
        if (gone.length > 1) {
          const event = 'CasRegisteredServicesDeletedEvent'
          log.info({ event, services: gone.map(({ id }) => id) }, `${event}: [${gone.length}] definitions that have ended.`)
        }
        return results
      } catch (error) {
        if (error instanceof LockUnavailable) return services.map(() => ({ failure: error.message }))
        throw error
      }
    },
  }
}
