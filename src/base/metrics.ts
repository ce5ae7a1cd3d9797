/** What tells one series of a metric from another. Few values each: never an id, a name of a person or a raw path. */
export type Labels = Readonly<Record<string, string>>

export interface Sample {
  readonly labels?: Labels
  readonly value: number
}

/** Counts upwards. */
export interface Counter {
  add(by?: number): void
}

/** How long something took, and how often it happened. */
export interface Timer {
  record(seconds: number): void
}

/** A metric that is read when somebody asks for it. */
export type Reading = () => readonly Sample[] | Promise<readonly Sample[]>

/**
 * What rooms count. Counting costs an addition; everything else is work of whoever asks (the endpoints `metrics` and `prometheus`). Names are as in
 * Spring Boot, with dots: `http.server.requests`, in Prometheus `http_server_requests_seconds`.
 */
export interface Metrics {
  /** The same name and labels give the same series. Whoever counts often keeps it. */
  counter(name: string, about: string, labels?: Labels): Counter
  timer(name: string, about: string, labels?: Labels): Timer
  /** Something that goes up and down. */
  gauge(name: string, about: string, read: Reading): void
  /** Something that a room counts by itself. */
  total(name: string, about: string, read: Reading): void
}

/** Upper ends of the buckets of a timer, in seconds. */
export const BUCKETS: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
/** A maximum is that of the last one to two minutes: that of all time says nothing. */
const MAX_KEPT_MS = 60_000

export interface TimerSample {
  readonly labels: Labels
  readonly count: number
  readonly sum: number
  readonly max: number
  /** How many were not above each of `BUCKETS`. */
  readonly buckets: readonly number[]
}

export type Family =
  | { readonly kind: 'counter' | 'gauge'; readonly name: string; readonly about: string; readonly samples: readonly Required<Sample>[] }
  | { readonly kind: 'timer'; readonly name: string; readonly about: string; readonly samples: readonly TimerSample[] }

export interface MetricsRegistry extends Metrics {
  /** Everything that is counted now, in the order in which it was first named. A source that fails is left out. */
  families(): Promise<readonly Family[]>
}

interface Series {
  readonly labels: Labels
  value: number
}

/** @param now Milliseconds, monotonic. */
export function createMetrics(now: () => number = performance.now.bind(performance)): MetricsRegistry {
  const families = new Map<string, { readonly about: string; readonly read: () => Promise<Family> }>()
  const counters = new Map<string, Map<string, Counter & { readonly series: Series }>>()
  const timers = new Map<string, Map<string, ReturnType<typeof timerSeries>>>()
  const keyOf = (labels: Labels) => {
    let key = ''
    for (const name in labels) key += `${name}\u0000${labels[name]}\u0000`
    return key
  }

  function seriesOf<S>(
    all: Map<string, Map<string, S>>,
    name: string,
    labels: Labels,
    make: () => S,
    declare: (of: Map<string, S>) => void,
  ): S {
    let family = all.get(name)
    if (!family) {
      family = new Map()
      all.set(name, family)
      declare(family)
    }
    const key = keyOf(labels)
    let series = family.get(key)
    if (series === undefined) {
      series = make()
      family.set(key, series)
    }
    return series
  }
  function reading(kind: 'counter' | 'gauge', name: string, about: string, read: Reading): void {
    families.set(name, {
      about,
      read: async () => ({ kind, name, about, samples: (await read()).map(({ labels = {}, value }) => ({ labels, value })) }),
    })
  }

  return {
    counter: (name, about, labels = {}) =>
      seriesOf(
        counters,
        name,
        labels,
        () => counterSeries(labels),
        (family) => reading('counter', name, about, () => [...family.values()].map(({ series }) => series)),
      ),
    timer: (name, about, labels = {}) =>
      seriesOf(
        timers,
        name,
        labels,
        () => timerSeries(labels, now),
        (family) =>
          families.set(name, {
            about,
            read: async () => ({ kind: 'timer', name, about, samples: [...family.values()].map((series) => series.sample()) }),
          }),
      ),
    gauge: (name, about, read) => reading('gauge', name, about, read),
    total: (name, about, read) => reading('counter', name, about, read),
    async families() {
      const read = await Promise.allSettled([...families.values()].map((family) => family.read()))
      return read.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    },
  }
}

function counterSeries(labels: Labels): Counter & { readonly series: Series } {
  const series: Series = { labels, value: 0 }
  return {
    series,
    add(by = 1) {
      series.value += by
    },
  }
}

function timerSeries(labels: Labels, now: () => number): Timer & { sample(): TimerSample } {
  // One more for what is above all.
  const counts = new Array<number>(BUCKETS.length + 1).fill(0)
  let [count, sum, max, lastMax] = [0, 0, 0, 0]
  let turnAt = now() + MAX_KEPT_MS
  const turn = () => {
    const at = now()
    if (at < turnAt) return
    lastMax = at < turnAt + MAX_KEPT_MS ? max : 0
    max = 0
    turnAt = at + MAX_KEPT_MS
  }
  return {
    record(seconds) {
      let bucket = 0
      while (bucket < BUCKETS.length && seconds > (BUCKETS[bucket] ?? 0)) bucket++
      counts[bucket] = (counts[bucket] ?? 0) + 1
      count++
      sum += seconds
      turn()
      if (seconds > max) max = seconds
    },
    sample() {
      turn()
      let below = 0
      const buckets = BUCKETS.map((_, at) => {
        below += counts[at] ?? 0
        return below
      })
      return { labels, count, sum, max: Math.max(max, lastMax), buckets }
    },
  }
}

const nothing: Counter & Timer = { add() {}, record() {} }
/** For tests and for callers that count nothing. */
export const noMetrics: Metrics = { counter: () => nothing, timer: () => nothing, gauge() {}, total() {} }
