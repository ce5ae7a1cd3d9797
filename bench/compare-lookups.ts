// node bench/compare-lookups.ts [pairs] [seed]: asks index and linear search about as many random pairs of definitions and addresses; by default ten million.
import { compareLookups } from '../test/services/compare-lookups.ts'

const URLS = 1000
const pairs = Number(process.argv[2] ?? 10_000_000)
const seed = Number(process.argv[3] ?? 1)
const before = process.cpuUsage()
const { compared, different } = await compareLookups({ rounds: Math.ceil(pairs / URLS), urls: URLS, seed })
const { user, system } = process.cpuUsage(before)
console.log(
  `${compared} lookups over 25 definitions each, seed ${seed}: ${different.length} differ (${((user + system) / 1e6).toFixed(0)} s of processor time)`,
)
for (const each of different.slice(0, 20)) console.log(`  ${each}`)
process.exit(different.length === 0 ? 0 : 1)
