import { compileJavaRegex } from '../base/java-regex.ts'
import type { Log } from '../base/log.ts'
import { StartRefusal } from '../base/start-refusal.ts'
import type { ServicesConfig } from './config.ts'

/** Something that goes on until it is stopped. */
export interface Running {
  stop(): void
}

type Schedule = ServicesConfig['cas']['serviceRegistry']['schedule']

const NETWORK_POLL_IN_SECONDS = 5

/**
 * Repeats `reload` as the settings say (services.md 7): by the schedule, and behind the watcher as a look at the stamps that costs little. A run begins
 * only when the one before has ended.
 *
 * @param onNetwork Whether the directory is on a file system that raises no events for the changes of others.
 * @throws {StartRefusal} for a cron expression or a pattern of hosts that cannot be used.
 */
export async function scheduleReloads(parts: {
  readonly schedule: Schedule
  readonly watcherEnabled: boolean
  readonly onNetwork: boolean
  readonly hostName: string
  readonly reload: () => Promise<void>
  readonly log: Log
}): Promise<Running> {
  const { schedule, reload } = parts
  const running: Running[] = []
  const scheduled = schedule.enabled && hostTakesPart(schedule.enabledOnHost, parts.hostName)
  const cron = schedule.cronExpression
  if (scheduled) running.push(cron === undefined ? repeat(reload, schedule.startDelay, schedule.repeatInterval) : await byCron(cron, parts))
  if (parts.watcherEnabled) {
    if (parts.onNetwork) running.push(repeat(reload, NETWORK_POLL_IN_SECONDS, NETWORK_POLL_IN_SECONDS))
    else if (!scheduled || cron !== undefined) running.push(repeat(reload, schedule.repeatInterval, schedule.repeatInterval))
  }
  return {
    stop() {
      for (const each of running) each.stop()
    },
  }
}

function hostTakesPart(pattern: string, hostName: string): boolean {
  const compiled = compileJavaRegex(pattern, { match: 'full', ignoreCase: true })
  if (compiled.kind === 'ok') return compiled.test(hostName)
  throw new StartRefusal(`is no usable pattern: ${compiled.reason}`, { setting: 'cas.service-registry.schedule.enabled-on-host' })
}

/** An interval of zero, or without end, means once. */
function repeat(run: () => Promise<void>, delayInSeconds: number, intervalInSeconds: number): Running {
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  const wait = (seconds: number) => {
    if (stopped || !Number.isFinite(seconds)) return
    timer = setTimeout(turn, Math.min(seconds * 1000, 2_000_000_000)).unref()
  }
  const turn = async () => {
    await run()
    if (intervalInSeconds > 0) wait(intervalInSeconds)
  }
  wait(delayInSeconds)
  return {
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}

async function byCron(
  expression: string,
  { schedule, reload }: { readonly schedule: Schedule; readonly reload: () => Promise<void> },
): Promise<Running> {
  const { Cron } = await import('croner')
  try {
    const zone = schedule.cronTimeZone
    return new Cron(expression, { ...(zone === undefined ? {} : { timezone: zone }), protect: true, unref: true }, reload)
  } catch (cause) {
    throw noCron(cause)
  }
}

/** @throws {StartRefusal} for an expression that cannot be read. */
export function checkCron(Cron: typeof import('croner').Cron, expression: string, zone: string | undefined): void {
  try {
    new Cron(expression, { ...(zone === undefined ? {} : { timezone: zone }), paused: true }).nextRun()
  } catch (cause) {
    throw noCron(cause)
  }
}

const noCron = (cause: unknown) =>
  new StartRefusal('is no cron expression of six fields, or its zone is not known', {
    setting: 'cas.service-registry.schedule.cron-expression',
    cause,
  })
