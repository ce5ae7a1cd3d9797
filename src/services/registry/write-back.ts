import type { Audit } from '../../audit/index.ts'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { BindContext } from '../definitions/bind.ts'
import type { LoadedService } from '../definitions/loaded-service.ts'
import { DefinitionMistake } from '../definitions/members.ts'
import type { Removed, Saved, Writing } from '../services.ts'
import { type DirectoryLock, LockUnavailable } from './directory-lock.ts'
import type { Change } from './history.ts'
import { readNewDefinition } from './json/definition-file.ts'
import type { DefinitionWriter, Gone } from './json/writer.ts'

/** Changes of definitions that this server makes itself (services.md 6): one after the other, among all servers that share the directory. */
export interface WriteBack {
  save(text: string, writing: Writing): Promise<Saved>
  remove(id: string, writing: Writing): Promise<Removed>
  /** Takes away the files of definitions that have ended, which may be very many at once. */
  removeExpired(services: readonly LoadedService[]): Promise<readonly Gone[]>
}

export interface WriteBackParts {
  readonly registry: DefinitionWriter
  readonly lock: DirectoryLock
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
  const changeBy = ({ who }: Writing): Change => ({ who, source: 'endpoint', atMs: clock() })

  const unusedId = (): string => {
    let id = BigInt(Math.trunc(clock()))
    while (byId(String(id))) id++
    return String(id)
  }

  const save = async (text: string, writing: Writing): Promise<Saved> => {
    let service: LoadedService
    try {
      service = readNewDefinition(text, unusedId(), { ...parts.bound, warn: () => {} })
    } catch (error) {
      if (!(error instanceof DefinitionMistake)) throw error
      return { kind: 'refused', reason: error.message }
    }
    log.debug({ event: 'CasRegisteredServicePreSaveEvent', service: service.id }, 'A definition is about to be saved.')
    const stored = registry.store(service, byId(service.id), changeBy(writing))
    record(stored.kind === 'stored' ? 'SAVE_SERVICE_SUCCESS' : 'SAVE_SERVICE_FAILED', service, writing)
    if (stored.kind !== 'stored') return stored
    await reload()
    tell('CasRegisteredServiceSavedEvent', { ...service, file: stored.file })
    return { kind: 'saved', id: service.id, file: stored.file }
  }

  const remove = async (id: string, writing: Writing): Promise<Removed> => {
    const service = byId(id)
    if (!service) return { kind: 'unknown' }
    log.debug({ event: 'CasRegisteredServicePreDeleteEvent', service: id }, 'A definition is about to be deleted.')
    const removed = registry.remove(service, changeBy(writing))
    record(removed === 'gone' ? 'DELETE_SERVICE_SUCCESS' : 'DELETE_SERVICE_FAILED', service, writing)
    await reload()
    if (removed === 'changed') return { kind: 'conflict', reason: `${service.file} was changed in the meantime` }
    if (removed !== 'gone') return { kind: 'failed', reason: removed.failure }
    tell('CasRegisteredServiceDeletedEvent', service)
    return { kind: 'removed', service }
  }

  return {
    save: (text, writing) => inTurn(() => save(text, writing)),
    remove: (id, writing) => inTurn(() => remove(id, writing)),
    async removeExpired(services) {
      try {
        return await lock.hold(() => registry.removeAll(services, { who: 'expiry', source: 'endpoint', atMs: clock() }))
      } catch (error) {
        if (error instanceof LockUnavailable) return services.map(() => ({ failure: error.message }))
        throw error
      }
    },
  }
}
