import { Cron } from 'croner'
import type { Clock } from '../base/clock.ts'
import { compileJavaRegex } from '../base/java-regex.ts'
import type { Log } from '../base/log.ts'
import { StartRefusal } from '../base/start-refusal.ts'
import type { TicketsConfig } from './config.ts'
import type { TicketRegistry } from './registry.ts'
import type { DestroyedSession, Ticket } from './ticket.ts'

/** How many entries one step takes: small enough that nobody waits for it (tickets.md 7.5). */
const BATCH = 200
/** How many expired sessions are handled in a second, so that an outage does not end in a flood of logout messages (tickets.md 9). */
const SESSIONS_PER_SECOND = 200
/** For how long a session is this worker's: telling the applications must be over by then. */
const LEASE_MS = 120_000

export interface CleanerParts {
  readonly registry: TicketRegistry
  readonly settings: TicketsConfig
  /** Complete name of this host, for `enabled-on-host`. */
  readonly hostName: string
  readonly clock: Clock
  readonly log: Log
  /** Told of each session that expired and was removed, once: single logout. What must not be lost is in its last words. */
  readonly onExpiredSession: (session: DestroyedSession) => Promise<void>
  /** By kind: what is to be done about a ticket that is handed out. It removes the ticket when that is done, and is asked again as long as it has not. */
  readonly overdue?: Readonly<Record<string, (ticket: Ticket) => Promise<void>>>
  /** Timer, for tests. */
  readonly after?: (ms: number, run: () => void) => { cancel(): void }
}

export interface Cleaner {
  /** One round now: everything that is due. How many tickets were removed. */
  run(): Promise<number>
  /** Waits for the step that runs. */
  stop(): Promise<void>
}

/**
 * Removes expired tickets, and hands expired sessions on before it does (tickets.md 7.5). Every process may run one: due sessions are claimed by lease.
 *
 * @throws {StartRefusal} for a cron expression or a host pattern that cannot be read.
 */
export function startCleaner(parts: CleanerParts): Cleaner {
  const { registry, settings, hostName } = parts
  const log = parts.log.child({ room: 'tickets' })
  const schedule = settings.cas.ticket.registry.cleaner.schedule
  const after = parts.after ?? timer
  const name = 'cas.ticket.registry.cleaner.schedule'
  const cron = cleanerCron(settings)
  const hosts = compileJavaRegex(schedule.enabledOnHost, { match: 'full' })
  if (hosts.kind === 'invalid') throw new StartRefusal(`is not a usable pattern: ${hosts.reason}`, { setting: `${name}.enabled-on-host` })

  const enabled = schedule.enabled && hosts.test(hostName)
  let stopped = false
  let running: Promise<number> | undefined
  let pending: { cancel(): void } | undefined
  const wakers = new Set<() => void>()

  async function pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const wait = after(ms, resolve)
      wakers.add(() => {
        wait.cancel()
        resolve()
      })
    })
    wakers.clear()
  }

  async function expireSessions(): Promise<number> {
    let handled = 0
    for (;;) {
      const due = await registry.dueSessions(BATCH, LEASE_MS)
      for (const session of due) {
        try {
          const { ticket } = session
          const handOver = parts.overdue?.[ticket.kind]
          if (handOver) await handOver(ticket)
          else {
            const ended = await registry.destroyByHandle(ticket.handle, 'expired')
            if (ended) await parts.onExpiredSession(ended)
          }
          handled++
        } catch (cause) {
          // The lease runs out and the session is tried again: it must not be forgotten, and must not hold up the others.
          log.error({ handle: session.ticket.handle, err: cause }, 'an expired session could not be ended')
        }
      }
      if (due.length < BATCH || stopped) return handled
      await pause((BATCH / SESSIONS_PER_SECOND) * 1000)
      if (stopped) return handled
    }
  }

  async function sweepOthers(): Promise<number> {
    let removed = 0
    for (;;) {
      const count = await registry.sweep(BATCH)
      removed += count
      if (count < BATCH || stopped) return removed
      // Others get their turn between two steps.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  function run(): Promise<number> {
    running ??= (async () => (await sweepOthers()) + (await expireSessions()))().finally(() => {
      running = undefined
    })
    return running
  }

  function plan(ms: number): void {
    if (stopped || !enabled) return
    pending = after(ms, async () => {
      try {
        const removed = await run()
        if (removed > 0) log.debug({ removed }, 'expired tickets were removed')
      } catch (cause) {
        log.error({ err: cause }, 'expired tickets could not be removed')
      }
      plan(nextInMs())
    })
  }

  const nextInMs = () => (cron ? (cron.msToNext(new Date(parts.clock())) ?? 60_000) : Math.max(50, schedule.repeatInterval * 1000))

  plan(cron ? nextInMs() : schedule.startDelay * 1000)
  return {
    run,
    async stop() {
      stopped = true
      pending?.cancel()
      for (const wake of wakers) wake()
      await running?.catch(() => undefined)
    },
  }
}

/** The expression by which expired tickets are looked for. @throws {StartRefusal} for one that cannot be read. */
export function cleanerCron({ cas }: TicketsConfig): Cron | undefined {
  return readCron(cas.ticket.registry.cleaner.schedule.cronExpression, 'cas.ticket.registry.cleaner.schedule.cron-expression')
}

function readCron(expression: string, setting: string): Cron | undefined {
  if (expression.trim() === '') return undefined
  try {
    return new Cron(expression.trim(), { paused: true })
  } catch (cause) {
    throw new StartRefusal(`is not a usable cron expression: ${(cause as Error).message}`, { setting, cause })
  }
}

function timer(ms: number, run: () => void): { cancel(): void } {
  // A longer delay would fire at once; and this timer alone must not keep the process alive.
  const handle = setTimeout(run, Math.min(ms, 0x7fffffff)).unref()
  return { cancel: () => clearTimeout(handle) }
}
