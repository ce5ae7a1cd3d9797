import { pathToFileURL } from 'node:url'
import { within } from '../../../base/deadline.ts'
import type { Log } from '../../../base/log.ts'
import { resourceAt } from '../../../base/resource.ts'
import { StartRefusal } from '../../../base/start-refusal.ts'
import type { Call } from '../../../http/index.ts'
import type { InterruptConfig } from './config.ts'
import type { InterruptTracker } from './tracker.ts'

/** Who has accepted something, and where. */
export interface InterruptVisit {
  readonly principalId: string
  readonly address: string
  readonly userAgent: string
}

/**
 * Remembers who has accepted what, in place of the cookie (interrupt.md 8.5; CAS: the bean `interruptTrackingEngine`). A mark is the digest of a payload, or
 * of several that are shown in a row.
 */
export interface InterruptTrackerPlugin {
  isRemembered(visit: InterruptVisit, mark: string): boolean | Promise<boolean>
  record(visit: InterruptVisit, mark: string): void | Promise<void>
  /** At logout. */
  forget(visit: InterruptVisit): void | Promise<void>
  close?(): void | Promise<void>
}

const SETTING = 'castellan.interrupt.tracker'

export interface PluggedTrackerParts {
  readonly location: string
  readonly settings: InterruptConfig
  readonly configurationDirectory: string
  readonly log: Log
}

/**
 * Loads the module that `castellan.interrupt.tracker` names. One that fails or is late later on lets the login go on: what it does not know was not accepted.
 *
 * @throws {StartRefusal} when it cannot be loaded or is no tracker.
 */
export async function pluggedTracker({ location, settings, configurationDirectory, log }: PluggedTrackerParts): Promise<InterruptTracker> {
  const resource = resourceAt(location, configurationDirectory)
  if (resource.kind === 'web') throw new StartRefusal(`must be a file, not ${location}`, { setting: SETTING })
  let plugin: unknown
  try {
    const loaded = (await import(pathToFileURL(resource.path).href)) as { readonly default?: unknown }
    plugin = typeof loaded.default === 'function' ? await loaded.default({ log, configurationDirectory }) : loaded.default
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StartRefusal(`${location} cannot be loaded: ${reason}`, { setting: SETTING, cause })
  }
  if (!isTracker(plugin)) {
    throw new StartRefusal(`${location} must export, as default, an object with "isRemembered", "record" and "forget"`, {
      setting: SETTING,
    })
  }
  const tracker = plugin
  const limitMs = settings.castellan.interrupt.script.timeout * 1000
  const ask = async <T>(what: string, fallback: T, work: () => T | Promise<T>): Promise<T> => {
    try {
      return await within(limitMs, async () => work())
    } catch (cause) {
      log.error(
        { setting: SETTING, what, reason: cause instanceof Error ? cause.message : String(cause) },
        'the tracker of interrupts failed',
      )
      return fallback
    }
  }
  const visitOf = (call: Call, principalId: string): InterruptVisit => {
    const { address, userAgent } = call.get('client')
    return { principalId, address, userAgent }
  }
  return {
    isRemembered: (call, principalId, mark) =>
      ask('isRemembered', false, async () => (await tracker.isRemembered(visitOf(call, principalId), mark)) === true),
    record: (call, principalId, mark) => ask('record', undefined, () => tracker.record(visitOf(call, principalId), mark)),
    async forget(call, principalId) {
      if (principalId !== undefined) await ask('forget', undefined, () => tracker.forget(visitOf(call, principalId)))
    },
    close: () => tracker.close?.(),
  }
}

function isTracker(value: unknown): value is InterruptTrackerPlugin {
  if (typeof value !== 'object' || value === null) return false
  const { isRemembered, record, forget } = value as Partial<Record<keyof InterruptTrackerPlugin, unknown>>
  return [isRemembered, record, forget].every((member) => typeof member === 'function')
}
