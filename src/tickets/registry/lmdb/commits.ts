import { setImmediate as soon } from 'node:timers'
import { Refusal, Unavailable } from '../../../base/errors.ts'
import type { Log } from '../../../base/log.ts'
import { COMMIT, counterKey, counterValue, type Environment, type Environments, type Rows } from './environment.ts'

/** How many steps share one transaction at most: nobody else, and no other process, waits longer than they take. */
const LARGEST_BATCH = 256
/** How many steps may wait. */
const LONGEST_QUEUE = 20_000
/** How many rows may wait to be kept. */
const MOST_UNKEPT = 500_000
/** How many rows are kept in one turn, so that nobody waits for them noticeably. */
const KEPT_AT_ONCE = 500
/** How long what nobody waits for may stay unkept. */
const KEEP_WITHIN_MS = 1000

/** A table of the running environment; changes of kept rows are noted. */
export interface Table {
  readonly rows: Rows
  /** A copy. */
  get(key: Buffer): Buffer | undefined
  /** Valid until the next read of any table. */
  peek(key: Buffer): Buffer | undefined
  put(key: Buffer, value: Buffer, keep: boolean): void
  remove(key: Buffer, keep: boolean): void
}

interface Step {
  readonly run: () => unknown
  readonly durable: boolean
  readonly resolve: (value: never) => void
  readonly reject: (cause: unknown) => void
  result?: unknown
  refused?: unknown
  /** Whether it changed rows that it waits for. */
  waits?: boolean
}

/** Runs steps, each indivisible, many to one transaction. */
export interface Commits {
  table(name: string): Table
  /**
   * Runs a step inside a write transaction. It must look at everything before it writes: what it throws is for its caller alone and must leave nothing.
   *
   * @param durable Whether the promise also waits until the rows that must outlive the machine, if the step changed any, are on the disk. `surely`: it will
   *   change some; then it need not begin before the disk is free, and shares everything with the others that wait for it.
   * @throws {Unavailable} when the store cannot write; nothing of the step has happened then.
   */
  run<T>(step: () => T, durable: boolean | 'surely'): Promise<T>
  /** Inside a durable step: what is changed here is not waited for. */
  lazily(change: () => void): void
  /** Inside a step: changes a counter. */
  count(kindCode: number, by: number): void
  counter(kindCode: number): number
  /** Why nothing can be written; `undefined` when it can. */
  readonly broken: string | undefined
  close(): Promise<void>
}

interface Unkept {
  readonly table: string
  readonly key: Buffer
}

/** In the shared room that Node has for small buffers: that of the library is one of its own, which costs several times as much. */
function copyOf(seen: Buffer): Buffer {
  // The library says by `length` how much of its buffer counts.
  const { length } = seen
  const copy = Buffer.allocUnsafe(length)
  seen.copy(copy, 0, 0, length)
  return copy
}

export function commits({ running, kept }: Environments, log: Log): Commits {
  let queue: Step[] = []
  /** Steps that begin when what is being kept is on the disk. */
  let patient: Step[] = []
  let scheduled = false
  let closed = false
  let broken: string | undefined
  const counts = new Map<number, number>()
  /** Rows to be kept: those that somebody waits for, and all others. */
  let urgent = new Map<string, Unkept>()
  const unkept = new Map<string, Unkept>()
  let urgently = false
  let noted = 0
  const tables = new Map<string, Table>()

  function tableOf(name: string): Table {
    const rows = running.table(name)
    const note = (key: Buffer) => {
      const text = `${name}\u0000${key.toString('latin1')}`
      if (urgently) {
        noted++
        unkept.delete(text)
        urgent.set(text, { table: name, key: Buffer.from(key) })
      } else if (!unkept.has(text) && !urgent.has(text)) unkept.set(text, { table: name, key: Buffer.from(key) })
    }
    return {
      rows,
      get(key) {
        const seen = rows.getBinaryFast(key)
        return seen && copyOf(seen)
      },
      peek: (key) => rows.getBinaryFast(key),
      put(key, value, keep) {
        rows.put(key, value)
        if (keep && kept) note(key)
      },
      remove(key, keep) {
        rows.remove(key)
        if (keep && kept) note(key)
      },
    }
  }

  function writeCounts(): void {
    for (const [kindCode, by] of counts) {
      if (by !== 0) running.root.put(counterKey(kindCode), counterValue(Math.max(0, counter(kindCode) + by)))
    }
    counts.clear()
  }

  const counter = (kindCode: number) => running.root.getBinaryFast(counterKey(kindCode))?.readDoubleLE(0) ?? 0

  function commitSome(): void {
    scheduled = false
    const steps = queue.length > LARGEST_BATCH ? queue.splice(0, LARGEST_BATCH) : queue
    if (steps === queue) queue = []
    else schedule()
    if (steps.length === 0) return
    try {
      running.root.transactionSync(() => {
        for (const step of steps) {
          try {
            urgently = step.durable
            const before = noted
            step.result = step.run()
            step.waits = noted > before
          } catch (cause) {
            // A refusal was made before anything was written; everything else may have come between two writes.
            if (!(cause instanceof Refusal)) throw cause
            step.refused = cause
          }
        }
        writeCounts()
      }, COMMIT)
      broken = undefined
    } catch (cause) {
      counts.clear()
      const failure = failed(cause)
      for (const { reject } of steps) reject(failure)
      return
    }
    const waiting = steps.filter(({ waits }) => waits)
    for (const step of steps) {
      if ('refused' in step) step.reject(step.refused)
      else if (!step.waits) step.resolve(step.result as never)
    }
    if (waiting.length > 0) {
      keepNow().then(
        () => {
          for (const step of waiting) step.resolve(step.result as never)
        },
        (cause: unknown) => {
          const failure = failed(cause)
          for (const step of waiting) step.reject(failure)
        },
      )
    } else if (unkept.size > 0) keepSoon()
  }

  function failed(cause: unknown): Unavailable {
    const reason = (cause as Error)?.message ?? String(cause)
    if (broken === undefined) log.error({ err: cause }, 'tickets cannot be written')
    broken = reason
    return new Unavailable('ticket-store-failed', 'the service is not available at the moment', { detail: reason, cause })
  }

  let keeping = false
  let next: PromiseWithResolvers<void> | undefined
  let timer: NodeJS.Timeout | undefined

  /** Writes what is not kept yet through to the disk. Calls that come while it does so share the next turn. */
  function keepNow(): Promise<void> {
    if (!kept) return Promise.resolve()
    next ??= Promise.withResolvers<void>()
    const { promise } = next
    if (!keeping) beginKeeping(kept)
    return promise
  }

  function beginKeeping(to: Environment): void {
    const turn = next
    next = undefined
    keeping = true
    keep(to)
      .then(turn?.resolve, turn?.reject)
      .finally(() => {
        keeping = false
        if (patient.length > 0) {
          queue.push(...patient)
          patient = []
          commitSome()
        }
        if (next && !keeping) beginKeeping(to)
      })
  }

  async function keep(to: Environment): Promise<void> {
    const rows = urgent
    urgent = new Map()
    for (const [text, row] of unkept) {
      if (rows.size >= KEPT_AT_ONCE) break
      rows.set(text, row)
      unkept.delete(text)
    }
    if (rows.size === 0) return
    try {
      await to.root.transaction(() => {
        // What holds now, not what held when it was noted: whoever keeps a row last keeps its last state, in whatever order the processes come.
        running.root.resetReadTxn()
        for (const { table, key } of rows.values()) {
          const value = running.table(table).getBinaryFast(key)
          if (value) to.table(table).put(key, copyOf(value))
          else to.table(table).remove(key)
        }
      })
    } catch (cause) {
      for (const [text, row] of rows) unkept.set(text, row)
      keepSoon()
      // The library tells the reason by a second promise, which nobody else listens to.
      ;(cause as { commitError?: Promise<unknown> }).commitError?.catch(() => undefined)
      throw cause
    }
    if (unkept.size > 0) keepSoon()
  }

  function keepSoon(): void {
    timer ??= setTimeout(
      () => {
        timer = undefined
        keepNow().catch((cause: unknown) => failed(cause))
      },
      unkept.size > KEPT_AT_ONCE ? 0 : KEEP_WITHIN_MS,
    ).unref()
  }

  function schedule(): void {
    if (scheduled) return
    scheduled = true
    soon(commitSome)
  }

  return {
    table(name) {
      const table = tables.get(name) ?? tableOf(name)
      tables.set(name, table)
      return table
    },
    run<T>(step: () => T, durable: boolean | 'surely') {
      if (closed) return Promise.reject(new Unavailable('ticket-registry-closed', 'the service is shutting down'))
      if (queue.length + patient.length >= LONGEST_QUEUE || unkept.size >= MOST_UNKEPT) {
        return Promise.reject(
          new Unavailable('ticket-store-busy', 'the service is not available at the moment', { retryAfterInSeconds: 2 }),
        )
      }
      return new Promise<T>((resolve, reject) => {
        const waiting = { run: step, durable: durable !== false, resolve: resolve as (value: never) => void, reject }
        if (durable === 'surely' && keeping) patient.push(waiting)
        else {
          queue.push(waiting)
          schedule()
        }
      })
    },
    lazily(change) {
      const before = urgently
      urgently = false
      change()
      urgently = before
    },
    count: (kindCode, by) => void counts.set(kindCode, (counts.get(kindCode) ?? 0) + by),
    counter,
    get broken() {
      return broken
    },
    async close() {
      closed = true
      queue.push(...patient)
      patient = []
      while (queue.length > 0) commitSome()
      clearTimeout(timer)
      do {
        await keepNow().catch((cause: unknown) => {
          failed(cause)
          unkept.clear()
        })
      } while (unkept.size > 0 || urgent.size > 0)
      clearTimeout(timer)
    },
  }
}
