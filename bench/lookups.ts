import { compileJavaRegex } from '../src/base/java-regex.ts'
import type { LoadedService } from '../src/services/definitions/loaded-service.ts'
import { recentLookups } from '../src/services/matching/recent-lookups.ts'
import { type ServiceIndex, serviceIndex } from '../src/services/matching/service-index.ts'
import { serviceThat } from '../test/services/compare-lookups.ts'
import { median } from './load/measure.ts'
import type { Question, Row } from './load/row.ts'

const SIZES = [1, 10, 100, 1000, 10_000, 100_000]
/** Applications that are in use at a time; with fewer definitions several addresses belong to each. */
const IN_USE = 500
const ADDRESSES_EACH = 20
const ROUNDS = 9
const LOOKUPS = 100_000

interface Candidate {
  readonly size: number
  readonly index: ServiceIndex
  readonly addresses: readonly string[]
  /** The same number of origins in a `Map`, asked for as spread out: what a look at that much memory costs by itself. */
  readonly map: ReadonlyMap<string, LoadedService>
  readonly origins: readonly string[]
}

async function candidate(size: number): Promise<Candidate> {
  const services: LoadedService[] = []
  for (let id = 1; id <= size; id++) {
    const regex = compileJavaRegex(`^https://app${id}\\.example\\.org/.*`, { match: 'full', ignoreCase: true })
    if (regex.kind !== 'ok') throw new Error(regex.reason)
    services.push(serviceThat({ kind: 'regex', regex, beginnings: regex.beginnings() }))
  }
  const addresses = Array.from({ length: IN_USE * ADDRESSES_EACH }, (_, at) => {
    const id = 1 + (((at % IN_USE) * 7919) % size)
    return `https://app${id}.example.org/portal/page-${String(at).padStart(5, '0')}?lang=en`
  })
  const map = new Map(services.map((service, at) => [`https://app${at + 1}.example.org`, service]))
  const origins = addresses.map((address) => Buffer.from(address.slice(0, address.indexOf('/portal'))).toString())
  return { size, index: await serviceIndex(services), addresses, map, origins }
}

/** @returns nanoseconds of processor time of one lookup. */
function cost(find: (url: string) => unknown, addresses: readonly string[]): number {
  const { user, system } = process.cpuUsage()
  for (let at = 0; at < LOOKUPS; at++) if (!find(addresses[at % addresses.length] as string)) throw new Error('not found')
  const after = process.cpuUsage()
  return ((after.user + after.system - user - system) * 1000) / LOOKUPS
}

/** Does it cost more to find one of 100,000 definitions than to find the only one? */
export const lookups: Question = {
  id: 'lookups',
  about: 'finding the definition of an address among 1 to 100,000',
  async ask() {
    const all: Candidate[] = []
    for (const size of SIZES) all.push(await candidate(size))
    const rows: Row[] = []
    for (const [what, through, compared] of [
      [
        'lookup among 1 to 100,000 definitions, an address asked for the first time',
        ({ index }: Candidate) =>
          (url: string) =>
            index.match(url),
      ],
      [
        'bare `Map.get` of as many origins, for comparison',
        ({ map }: Candidate) =>
          (origin: string) =>
            map.get(origin),
        'only',
      ],
      [
        'lookup among 1 to 100,000 definitions, an address asked for lately',
        ({ index }: Candidate) => {
          const recent = recentLookups<LoadedService>(20_000, 1000)
          return (url: string) => {
            const known = recent.get(url)
            if (known !== undefined) return known
            const found = index.match(url)
            recent.set(url, found)
            return found
          }
        },
      ],
    ] as const) {
      const finders = all.map(through)
      const costs = all.map((): number[] => [])
      // In turns, each beginning once; two rounds warm up.
      for (let round = -2; round < ROUNDS; round++) {
        for (let turn = 0; turn < all.length; turn++) {
          const place = (turn + round + 2) % all.length
          const [one, find] = [all[place], finders[place]]
          if (!one || !find) continue
          const spent = cost(find, compared ? one.origins : one.addresses)
          if (round >= 0) costs[place]?.push(spent)
        }
      }
      const [first = []] = costs
      const ratios = costs.map((each) => median(each.map((spent, round) => spent / (first[round] ?? Number.NaN))))
      const most = Math.max(...ratios) - 1
      rows.push({
        what,
        measured: SIZES.map(
          (size, place) => `${size.toLocaleString('en')}: ${median(costs[place] ?? []).toFixed(0)} ns (${(ratios[place] ?? 0).toFixed(2)})`,
        ).join(', '),
        ...(compared ? {} : { goal: 'within 10 %', verdict: most <= 0.1 ? ('goal' as const) : ('missed' as const) }),
      })
    }
    return rows
  },
}
