/** A message to one address of one application. */
export interface Delivery {
  /** Host and port that it goes to, so that a slow one holds up nobody else. */
  readonly host: string
  /** Sends it once. @returns why it did not arrive; `undefined` when it did. */
  send(): Promise<string | undefined>
  /** Told once, when it has arrived or is given up. */
  done(failure: string | undefined): void
}

export interface DeliveriesParts {
  /** Timer, for tests. */
  readonly after?: (ms: number, run: () => void) => { cancel(): void }
}

/** Sends messages side by side, each up to three times. */
export interface Deliveries {
  /** @returns when its first attempt is over. */
  add(delivery: Delivery): Promise<void>
  readonly waiting: number
  /** Begins nothing any more and waits for what is on its way. */
  close(): Promise<void>
}

/** When a message that did not arrive is tried again, from one attempt to the next (cas-protocol.md 11.3). */
const AGAIN_AFTER_MS: readonly number[] = [5_000, 60_000]
const MOST_AT_ONCE = 64
const MOST_PER_HOST = 4
/** Beyond it nothing is taken on: what is left undone is found again by its notice. */
const MOST_WAITING = 50_000

interface Job {
  readonly delivery: Delivery
  readonly first: () => void
  attempt: number
}

export function deliveries({ after = timer }: DeliveriesParts = {}): Deliveries {
  const queues = new Map<string, Job[]>()
  const perHost = new Map<string, number>()
  const timers = new Set<{ cancel(): void }>()
  const running = new Set<Promise<void>>()
  /** Hosts that have something to send and a free place, in turn. */
  const ready = new Set<string>()
  let waiting = 0
  let closed = false

  function enqueue(job: Job): void {
    const { host } = job.delivery
    const queue = queues.get(host) ?? []
    queues.set(host, queue)
    queue.push(job)
    if ((perHost.get(host) ?? 0) < MOST_PER_HOST) ready.add(host)
    pump()
  }

  function pump(): void {
    while (!closed && running.size < MOST_AT_ONCE) {
      const host = ready.values().next().value
      if (host === undefined) return
      ready.delete(host)
      const job = queues.get(host)?.shift()
      if (!job) {
        queues.delete(host)
        continue
      }
      const busy = (perHost.get(host) ?? 0) + 1
      perHost.set(host, busy)
      if (busy < MOST_PER_HOST) ready.add(host)
      const work = run(job).finally(() => {
        running.delete(work)
        const left = (perHost.get(host) ?? 1) - 1
        if (left === 0) perHost.delete(host)
        else perHost.set(host, left)
        if (queues.has(host)) ready.add(host)
        pump()
      })
      running.add(work)
    }
  }

  async function run(job: Job): Promise<void> {
    const failure = await job.delivery.send().catch((cause: unknown) => (cause as Error).message)
    job.first()
    const pauseMs = AGAIN_AFTER_MS[job.attempt]
    job.attempt++
    if (failure === undefined || pauseMs === undefined) {
      waiting--
      job.delivery.done(failure)
      return
    }
    if (closed) return
    const wait = after(pauseMs, () => {
      timers.delete(wait)
      enqueue(job)
    })
    timers.add(wait)
  }

  return {
    add(delivery) {
      if (closed || waiting >= MOST_WAITING) return Promise.resolve()
      waiting++
      return new Promise((resolve) => enqueue({ delivery, first: resolve, attempt: 0 }))
    },
    get waiting() {
      return waiting
    },
    async close() {
      closed = true
      for (const wait of timers) wait.cancel()
      for (const queue of queues.values()) for (const job of queue) job.first()
      queues.clear()
      await Promise.allSettled(running)
    },
  }
}

function timer(ms: number, run: () => void): { cancel(): void } {
  const handle = setTimeout(run, ms).unref()
  return { cancel: () => clearTimeout(handle) }
}
