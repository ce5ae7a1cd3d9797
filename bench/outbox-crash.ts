/**
 * Is everybody told exactly once, whenever the server is killed? Runs of 200 services that expire, under processes that get `kill -9` at random moments, until
 * 1,000 kills have been (or as many as the first argument says), in turn over both stores, with one process and with two. About seven minutes. A machine that
 * is busy with other things needs longer lives than 300 ms (the second argument), or everything is killed before it has done anything. The third
 * argument is the number of the first round, so that a run can be done in portions.
 */
import { faultsOf, runCrashes } from '../test/support/crash.ts'

const wanted = Number(process.argv[2] ?? 1000)
const longestLifeMs = Number(process.argv[3] ?? 300)
const firstRound = Number(process.argv[4] ?? 0)
const SERVICES = 200
let kills = 0
let messages = 0
let unknown = 0
const faults: string[] = []
for (let round = firstRound; kills < wanted; round++) {
  const options = { store: round % 2 ? 'lmdb' : 'files', processes: round % 4 < 2 ? 1 : 2 } as const
  const result = await runCrashes({
    ...options,
    kills: Math.min(100, wanted - kills),
    services: SERVICES,
    seed: 1000 + round,
    longestLifeMs,
  })
  kills += result.kills
  messages += result.records.length
  unknown += result.records.filter(({ state }) => state === 'unknown').length
  faults.push(...faultsOf(result, SERVICES).map((fault) => `round ${round} (${options.store}): ${fault}`))
  process.stdout.write(`${kills} kills, ${messages} messages, ${unknown} mails of which nobody knows, ${faults.length} faults\n`)
}
for (const fault of faults) process.stdout.write(`${fault}\n`)
process.exit(faults.length === 0 ? 0 : 1)
