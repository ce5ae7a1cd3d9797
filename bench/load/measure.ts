import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Client, client, repeat } from './http.ts'
import { processorTime } from './processor-time.ts'

export const CONNECTIONS = 16
/** Seven count; fewer for a first look. */
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 7)

export interface BareServer extends AsyncDisposable {
  readonly pid: number
  readonly url: string
}

export async function startBareServer(): Promise<BareServer> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./bare-answer.ts', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    pid: child.pid ?? 0,
    url: `http://127.0.0.1:${line.toString().trim()}/`,
    async [Symbol.asyncDispose]() {
      child.kill()
      await once(child, 'close')
    },
  }
}

/** Something to measure: what one operation does, and whose processor time counts. */
export interface Candidate {
  readonly name: string
  readonly pid: number
  readonly operation: (http: Client, index: number) => Promise<void>
  /** How many of them make a round. */
  readonly count: number
}

export interface Figure {
  readonly name: string
  /** Processor time of the server for one operation, in microseconds: the median of the rounds. */
  readonly microseconds: number
  /** The same in bare answers of the same round: the median of the ratios. */
  readonly bareAnswers: number
  readonly bareMicroseconds: number
  /** What each round cost, in microseconds, in order: figures of one run are compared round by round. */
  readonly rounds: readonly number[]
}

/** How much more one costs than another, as a part of it: the median over the rounds, each compared with its own. */
export const surplus = (figure: Figure, other: Figure): number =>
  median(figure.rounds.map((cost, round) => cost / (other.rounds[round] ?? Number.NaN))) - 1

const median = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN

/** Measures all candidates and the bare answer in turns, so that a machine that becomes slower becomes so for all. */
export async function measure(candidates: readonly Candidate[], atATime = CONNECTIONS, rounds = ROUNDS): Promise<readonly Figure[]> {
  await using bare = await startBareServer()
  const http = client(atATime)
  const all: readonly Candidate[] = [
    { name: 'bare answer', pid: bare.pid, operation: async () => void (await http.ask(bare.url)), count: 4000 },
    ...candidates,
  ]
  const costs = all.map((): number[] => [])
  // The first round warms up the compilers of both sides and does not count.
  for (let round = -1; round < rounds; round++) {
    // Each begins in turn: what runs first after another is not always the same.
    for (let turn = 0; turn < all.length; turn++) {
      const place = (turn + round + 1) % all.length
      const candidate = all[place]
      if (!candidate) continue
      const { pid, operation, count } = candidate
      const before = processorTime(pid)
      await repeat(count, atATime, (index) => operation(http, index))
      const cost = (processorTime(pid) - before) / count
      if (round >= 0) costs[place]?.push(cost)
    }
  }
  http.close()
  const [bareCosts = [], ...others] = costs
  return candidates.map(({ name }, place) => {
    const own = others[place] ?? []
    return {
      name,
      microseconds: median(own),
      bareAnswers: median(own.map((cost, round) => cost / (bareCosts[round] ?? Number.NaN))),
      bareMicroseconds: median(bareCosts),
      rounds: own,
    }
  })
}

export const percentile = (times: readonly number[], part: number) =>
  [...times].sort((a, b) => a - b)[Math.floor(times.length * part)] ?? Number.NaN

export { median }
