import type { Audit } from '../../audit/index.ts'
import { breath } from '../../base/breath.ts'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { EndingService, ExpiryNotices, Told } from '../../notifications/index.ts'
import type { Expiration, LoadedService } from '../definitions/loaded-service.ts'
import type { RegisteredService } from '../registered-service.ts'
import { contactsOf } from './contacts.ts'

type Gone = 'gone' | 'changed' | { readonly failure: string }

/** What happened to a definition that has ended. */
export interface ExpiredService {
  readonly service: RegisteredService
  readonly expiredAtMs: number
  /** Whether the definition is gone from the registry. */
  readonly deleted: boolean
  readonly notifyWhenExpired: boolean
  readonly notifyWhenDeleted: boolean
}

/** Sees to it that definitions end when they have to, and that their contacts are told (services.md 10, notifications.md 7.3). */
export interface Expiry {
  /** Acts on what has ended, and on what is to be warned of, and waits for what comes next. Resolves when everything is done that can be done now. */
  evaluate(services: readonly LoadedService[]): Promise<void>
  /** Acts on one that a lookup found to have ended. Costs nothing for one that was acted on. */
  discover(service: LoadedService): void
  /** Resolves when what was begun has ended. */
  close(): Promise<void>
}

export interface ExpiryParts {
  readonly clock: Clock
  readonly log: Log
  readonly audit: Audit
  /** @returns for each whether the definition is gone; `changed` when its file is another by now; else why not. */
  readonly remove: (services: readonly LoadedService[]) => Promise<readonly Gone[]>
  /** Called when definitions were deleted, or have to be read again. */
  readonly removed: () => void
  /** Called when the next one ends, or is to be warned of. */
  readonly due: () => void
  readonly onExpired?: ((expired: ExpiredService) => void) | undefined
  /** Tells contacts. */
  readonly notices?: ExpiryNotices | undefined
}

/** Timers count at most 31 bits of milliseconds. */
const LONGEST_TIMER_MS = 2_000_000_000
/** Definitions that are written down, and go to the disk, together. */
const AT_A_TIME = 256

interface Ended {
  readonly service: LoadedService
  readonly expiration: Expiration
}

export const isExpired = (service: RegisteredService, nowMs: number): boolean => nowMs >= service.expiresAtMs

export function expiry(parts: ExpiryParts): Expiry {
  const { clock, log, notices } = parts
  const warnBeforeMs = notices?.warnBeforeMs ?? []
  /** By definition and moment, the steps that were told: once for each, then at DEBUG. It outlives the definition as it was read. */
  const told = new Map<string, Set<string>>()
  /** Spares the making of the name. */
  const toldOf = new WeakMap<LoadedService, Set<string>>()
  /** Nothing is left to do: kept and told, or deleted, though still in the set until it is read again. */
  const settled = new WeakSet<LoadedService>()
  /** Those that the next lookup need not try again. */
  const taken = new WeakSet<LoadedService>()
  let timer: NodeJS.Timeout | undefined
  let work: Promise<unknown> = Promise.resolve()
  let closed = false

  const stepsOf = (service: LoadedService): Set<string> => {
    const seen = toldOf.get(service)
    if (seen) return seen
    const name = `${service.id} ${service.expiresAtMs}`
    const steps = told.get(name) ?? new Set()
    told.set(name, steps)
    toldOf.set(service, steps)
    return steps
  }
  const once = (service: LoadedService, step: string): boolean => {
    const steps = stepsOf(service)
    if (steps.has(step)) return false
    steps.add(step)
    return true
  }
  const fieldsOf = ({ id, serviceId, file }: LoadedService) => ({ service: id, serviceId, file })
  const whatOf = ({ id, name, serviceId }: LoadedService) => `{id=${id}, name=${name}, serviceId=${serviceId}}`
  const record = (action: string, service: LoadedService) => parts.audit.record({ action, who: 'audit:unknown', what: whatOf(service) })

  const announce = (service: LoadedService, deleted: boolean) => {
    const { expiration } = service
    if (!expiration || !once(service, deleted ? 'deleted' : 'expired')) return
    parts.onExpired?.({
      service,
      expiredAtMs: expiration.atMs,
      deleted,
      notifyWhenExpired: expiration.notifyWhenExpired,
      notifyWhenDeleted: expiration.notifyWhenDeleted,
    })
  }

  /** Says that they have ended, and writes down what their contacts are to be told. @returns those that may be deleted. */
  async function prepare(batch: readonly Ended[]): Promise<readonly Ended[]> {
    const pause = breath()
    for (const { service, expiration } of batch) {
      if (pause.due()) await pause.take()
      const isNew = once(service, 'logged')
      const fields = { ...fieldsOf(service), event: 'CasRegisteredServiceExpiredEvent', deleted: expiration.deleteWhenExpired }
      log[isNew ? 'warn' : 'debug'](fields, `Registered service [${service.serviceId}] has expired on [${expiration.date}]`)
      if (isNew) record('SERVICE_EXPIRED', service)
    }
    const fresh = batch.filter(({ service }) => !stepsOf(service).has('prepared'))
    let results: readonly Told[]
    try {
      results = notices
        ? await notices.prepare(fresh.map(endingService))
        : fresh.map(({ expiration }) => (asks(expiration) ? 'will-be' : 'nobody'))
    } catch (error) {
      // Nobody is to lose an application without having been told why.
      log.error(
        { services: fresh.map(({ service }) => service.id), error: (error as Error).message },
        'What contacts of expired services have to be told cannot be written down; the services are refused, but not deleted.',
      )
      return batch.filter((one) => !fresh.includes(one))
    }
    for (const [at, { service, expiration }] of fresh.entries()) {
      if (pause.due()) await pause.take()
      once(service, 'prepared')
      const words = expiration.notifyWhenExpired ? 'service expiry' : 'service expiry and removal'
      if (results[at] === 'will-be')
        log.info(fieldsOf(service), `Contacts for registered service [${service.serviceId}] will be notified of ${words}`)
      announce(service, false)
    }
    return batch
  }

  function removed(service: LoadedService, result: Gone): void {
    if (result === 'gone') record('DELETE_SERVICE_SUCCESS', service)
    if (typeof result === 'string' || !once(service, `failed ${result.failure}`)) return
    log.error(
      { ...fieldsOf(service), failure: result.failure },
      `The expired registered service [${service.serviceId}] cannot be deleted (${result.failure}); it stays refused.`,
    )
    record('DELETE_SERVICE_FAILED', service)
  }

  /** @returns whether the set has to be read again. */
  async function expire(batch: readonly Ended[]): Promise<boolean> {
    const leaving: Ended[] = []
    const pause = breath()
    for (const one of await prepare(batch)) {
      if (pause.due()) await pause.take()
      const { service, expiration } = one
      if (!expiration.deleteWhenExpired) {
        settled.add(service)
        continue
      }
      leaving.push(one)
      if (once(service, 'deleting'))
        log.info(fieldsOf(service), `Deleting expired registered service [${service.serviceId}] from registry.`)
    }
    if (leaving.length === 0) return false
    const results = await parts.remove(leaving.map(({ service }) => service))
    const gone: Ended[] = []
    for (const [at, one] of leaving.entries()) {
      if (pause.due()) await pause.take()
      const result = results[at] ?? 'changed'
      removed(one.service, result)
      if (result !== 'gone') continue
      settled.add(one.service)
      gone.push(one)
    }
    try {
      await notices?.gone(gone.map(({ service, expiration }) => ({ id: service.id, expiresAtMs: expiration.atMs })))
    } catch (error) {
      // They stand in the outbox, and leave when the definitions are compared next.
      log.error({ error: (error as Error).message }, 'Messages about deleted services cannot be set free now.')
    }
    for (const { service } of gone) announce(service, true)
    return results.some((result) => typeof result === 'string')
  }

  async function warn(
    due: readonly { readonly service: EndingService; readonly beforeMs: number; readonly forget: () => void }[],
  ): Promise<void> {
    const pause = breath()
    for (let at = 0; at < due.length && !closed; at += AT_A_TIME) {
      const batch = due.slice(at, at + AT_A_TIME)
      try {
        await notices?.warn(batch)
      } catch (error) {
        for (const { forget } of batch) forget()
        log.error({ error: (error as Error).message }, 'Warnings to the contacts of services that end soon cannot be written down.')
      }
      if (pause.due()) await pause.take()
    }
  }

  async function expireAll(ended: readonly Ended[]): Promise<void> {
    let changed = false
    for (let at = 0; at < ended.length && !closed; at += AT_A_TIME) {
      const batch = ended.slice(at, at + AT_A_TIME).filter(({ service }) => !settled.has(service))
      changed = (await expire(batch)) || changed
    }
    if (changed) parts.removed()
  }

  /** One after the other. What goes wrong in one leaves the next alone. */
  function enqueue(job: () => Promise<void>): Promise<void> {
    const done = work.then(job).catch((error: unknown) => log.error({ error: String(error) }, 'Expired services cannot be seen to.'))
    work = done
    return done
  }

  return {
    async evaluate(services) {
      clearTimeout(timer)
      const now = clock()
      let next = Number.POSITIVE_INFINITY
      const ended: Ended[] = []
      const warnings: { service: EndingService; beforeMs: number; forget: () => void }[] = []
      for (const service of services) {
        const { expiration } = service
        if (expiration === undefined) continue
        if (isExpired(service, now)) {
          if (!settled.has(service)) ended.push({ service, expiration })
          taken.add(service)
          continue
        }
        next = Math.min(next, service.expiresAtMs)
        if (!asks(expiration)) continue
        let beforeMs: number | undefined
        for (const step of warnBeforeMs) {
          if (service.expiresAtMs - step <= now) beforeMs = step
          else next = Math.min(next, service.expiresAtMs - step)
        }
        // Of several steps that have passed the last one counts: one message, not three.
        const step = `warned ${beforeMs}`
        if (beforeMs !== undefined && once(service, step))
          warnings.push({ service: endingService({ service, expiration }), beforeMs, forget: () => stepsOf(service).delete(step) })
      }
      if (next !== Number.POSITIVE_INFINITY) timer = setTimeout(parts.due, Math.min(next - now, LONGEST_TIMER_MS)).unref()
      if (ended.length > 0 || warnings.length > 0) {
        await enqueue(async () => {
          await expireAll(ended)
          await warn(warnings)
        })
      }
    },
    discover(service) {
      const { expiration } = service
      if (!expiration) return
      if (taken.has(service)) {
        log.debug(fieldsOf(service), `Registered service [${service.serviceId}] has expired on [${expiration.date}]`)
        return
      }
      taken.add(service)
      void enqueue(() => expireAll([{ service, expiration }]))
    },
    async close() {
      closed = true
      clearTimeout(timer)
      await work
    },
  }
}

const asks = ({ notifyWhenExpired, deleteWhenExpired, notifyWhenDeleted }: Expiration): boolean =>
  notifyWhenExpired || (deleteWhenExpired && notifyWhenDeleted)

const endingService = ({ service, expiration }: Ended): EndingService => ({
  id: service.id,
  name: service.name,
  serviceId: service.serviceId,
  file: service.file,
  contacts: contactsOf(service),
  expiresAtMs: expiration.atMs,
  expirationDate: expiration.date,
  notifyWhenExpired: expiration.notifyWhenExpired,
  deleteWhenExpired: expiration.deleteWhenExpired,
  notifyWhenDeleted: expiration.notifyWhenDeleted,
})
