import type { Audit } from '../../audit/index.ts'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { LoadedService } from '../definitions/loaded-service.ts'
import type { RegisteredService } from '../registered-service.ts'

/** What happened to a definition that has ended; the door of the notifications. */
export interface ExpiredService {
  readonly service: RegisteredService
  readonly expiredAtMs: number
  /** Whether the definition is gone from the registry. */
  readonly deleted: boolean
  readonly notifyWhenExpired: boolean
  readonly notifyWhenDeleted: boolean
}

/** Sees to it that definitions end when they have to (services.md 10). */
export interface Expiry {
  /** Acts on what has ended and waits for what ends next. */
  evaluate(services: readonly LoadedService[]): void
  /** Acts on one that a lookup found to have ended. */
  discover(service: LoadedService): void
  close(): void
}

export interface ExpiryParts {
  readonly clock: Clock
  readonly log: Log
  readonly audit: Audit
  /** @returns whether the definition is gone; `changed` when its file is another by now; else why not. */
  readonly remove: (service: LoadedService) => 'gone' | 'changed' | { readonly failure: string }
  /** Called when definitions were deleted, or have to be read again. */
  readonly removed: () => void
  /** Called when the next one ends. */
  readonly due: () => void
  readonly onExpired?: ((expired: ExpiredService) => void) | undefined
}

/** Timers count at most 31 bits of milliseconds. */
const LONGEST_TIMER_MS = 2_000_000_000

export const isExpired = (service: RegisteredService, nowMs: number): boolean => nowMs >= service.expiresAtMs

export function expiry(parts: ExpiryParts): Expiry {
  const { clock, log } = parts
  /** Id, moment and step of what was told: once for each, then at DEBUG. */
  const told = new Set<string>()
  /** Deleted, but still in the set until it is read again. */
  const gone = new WeakSet<LoadedService>()
  let timer: NodeJS.Timeout | undefined

  const once = (service: LoadedService, step: string): boolean => {
    const mark = `${service.id} ${service.expiresAtMs} ${step}`
    if (told.has(mark)) return false
    told.add(mark)
    return true
  }

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

  const expire = (service: LoadedService): boolean => {
    const { expiration, serviceId } = service
    if (!expiration || gone.has(service)) return false
    const fields = { service: service.id, serviceId, file: service.file }
    const isNew = once(service, 'logged')
    const level = isNew ? 'warn' : 'debug'
    log[level](fields, `Registered service [${serviceId}] has expired on [${expiration.date}]`)
    if (expiration.notifyWhenExpired && isNew)
      log.info(fields, `Contacts for registered service [${serviceId}] will be notified of service expiry`)
    announce(service, false)
    if (!expiration.deleteWhenExpired) return false
    if (isNew) log.info(fields, `Deleting expired registered service [${serviceId}] from registry.`)
    const result = parts.remove(service)
    const what = `{id=${service.id}, name=${service.name}, serviceId=${serviceId}}`
    if (result === 'gone') {
      gone.add(service)
      parts.audit.record({ action: 'DELETE_SERVICE_SUCCESS', who: 'audit:unknown', what })
      announce(service, true)
      return true
    }
    if (result === 'changed') return true
    if (once(service, `failed ${result.failure}`)) {
      log.error(
        { ...fields, failure: result.failure },
        `The expired registered service [${serviceId}] cannot be deleted (${result.failure}); it stays refused.`,
      )
      parts.audit.record({ action: 'DELETE_SERVICE_FAILED', who: 'audit:unknown', what })
    }
    return false
  }

  return {
    evaluate(services) {
      clearTimeout(timer)
      const now = clock()
      let next = Number.POSITIVE_INFINITY
      let removed = false
      for (const service of services) {
        if (service.expiration === undefined) continue
        if (isExpired(service, now)) removed = expire(service) || removed
        else next = Math.min(next, service.expiresAtMs)
      }
      if (next !== Number.POSITIVE_INFINITY) timer = setTimeout(parts.due, Math.min(next - now, LONGEST_TIMER_MS)).unref()
      if (removed) parts.removed()
    },
    discover(service) {
      if (expire(service)) parts.removed()
    },
    close: () => clearTimeout(timer),
  }
}
