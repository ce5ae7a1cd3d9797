import { breath } from '../../base/breath.ts'
import { ANY } from '../../base/java-regex.ts'
import { asciiLowerCase, type LoadedService, matches } from '../definitions/loaded-service.ts'
import { PrefixTree } from './prefix-tree.ts'

/** Finds the definition that takes a URL: the first of the order that matches (services.md 8.3). */
export interface ServiceIndex {
  match(url: string): LoadedService | undefined
}

/**
 * Ranks definitions by what their URLs begin with, so that a lookup tests only those that can match (services.md 8.5). By construction the answer is that
 * of trying all of them in turn; the index may only leave out what cannot match.
 *
 * @param services In the order of evaluation.
 */
export async function serviceIndex(services: readonly LoadedService[]): Promise<ServiceIndex> {
  const pause = breath()
  const tree = new PrefixTree()
  const literals = new Map<string, number[]>()
  /** Patterns that may match anywhere. */
  const always: number[] = []
  for (let rank = 0; rank < services.length; rank++) {
    const { matching } = services[rank] as LoadedService
    if (matching.kind === 'never') continue
    if (pause.due()) await pause.take()
    if (matching.kind === 'literal') addTo(literals, asciiLowerCase(matching.text), rank)
    else {
      const prefixes = matching.kind === 'prefix' ? [asciiLowerCase(matching.text).split(ANY, 1)[0] ?? ''] : matching.prefixes
      if (prefixes === undefined || prefixes.includes('')) always.push(rank)
      else for (const prefix of prefixes) tree.add(prefix, rank)
    }
  }
  return {
    match(url) {
      const candidates = tree.ranksFor(url)
      const literal = literals.size > 0 ? literals.get(asciiLowerCase(url)) : undefined
      if (literal) candidates.push(...literal)
      if (candidates.length + always.length === 0) return undefined
      if (candidates.length > 1) candidates.sort((one, other) => one - other)
      return firstMatch(services, candidates, always, url)
    },
  }
}

/** The same answer without an index, for `index-services=false`. */
export function linearSearch(services: readonly LoadedService[]): ServiceIndex {
  return { match: (url) => services.find((service) => matches(service.matching, url)) }
}

/** Merges two ascending lists of ranks on the way. */
function firstMatch(services: readonly LoadedService[], one: readonly number[], other: readonly number[], url: string) {
  let [i, j] = [0, 0]
  while (i < one.length || j < other.length) {
    const [a, b] = [one[i] ?? Number.POSITIVE_INFINITY, other[j] ?? Number.POSITIVE_INFINITY]
    const rank = Math.min(a, b)
    if (a === rank) i++
    if (b === rank) j++
    const service = services[rank]
    if (service && matches(service.matching, url)) return service
  }
  return undefined
}

function addTo(map: Map<string, number[]>, key: string, rank: number): void {
  const ranks = map.get(key)
  if (ranks) ranks.push(rank)
  else map.set(key, [rank])
}
