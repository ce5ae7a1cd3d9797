import { breath } from '../../base/breath.ts'
import { ANY, type Beginning } from '../../base/java-regex.ts'
import { asciiLowerCase, type LoadedService, matches } from '../definitions/loaded-service.ts'
import { AddressReader, isSure, rankOf } from './address.ts'
import { BeginningsBuilder } from './beginning-table.ts'

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
  const builder = new BeginningsBuilder()
  const literals = new Map<string, number[]>()
  /** Patterns that may match anywhere. */
  const always: number[] = []
  for (let rank = 0; rank < services.length; rank++) {
    const { matching } = services[rank] as LoadedService
    if (matching.kind === 'never') continue
    if (pause.due()) await pause.take()
    if (matching.kind === 'literal') addTo(literals, asciiLowerCase(matching.text), rank)
    else {
      const beginnings = matching.kind === 'prefix' ? [beginningOf(matching.text)] : matching.beginnings
      if (beginnings === undefined || beginnings.some(({ text }) => text === '')) always.push(rank * 2)
      else for (const beginning of beginnings) builder.add(beginning, rank)
    }
  }
  const beginnings = await builder.build(pause)
  const reader = new AddressReader()
  return {
    match(url) {
      const candidates: number[] = []
      beginnings.collect(reader.read(url, beginnings.longest), candidates)
      if (literals.size > 0) for (const rank of literals.get(asciiLowerCase(url)) ?? []) candidates.push(rank * 2)
      if (candidates.length + always.length === 0) return undefined
      if (candidates.length > 1) candidates.sort((one, other) => one - other)
      return firstMatch(services, candidates, always, url)
    },
  }
}

/** Of addresses that begin with a text. What cannot be told apart from `ANY` is not looked for. */
function beginningOf(prefix: string): Beginning {
  const [text = ''] = asciiLowerCase(prefix).split(ANY, 1)
  return { text, rest: text.length === prefix.length ? 'anything' : undefined }
}

/** The same answer without an index, for `index-services=false`. */
export function linearSearch(services: readonly LoadedService[]): ServiceIndex {
  return { match: (url) => services.find((service) => matches(service.matching, url)) }
}

/** Merges two ascending lists of candidates on the way. */
function firstMatch(services: readonly LoadedService[], one: readonly number[], other: readonly number[], url: string) {
  let [i, j] = [0, 0]
  while (i < one.length || j < other.length) {
    const [a, b] = [one[i] ?? Number.POSITIVE_INFINITY, other[j] ?? Number.POSITIVE_INFINITY]
    const next = Math.min(a, b)
    if (a === next) i++
    if (b === next) j++
    const service = services[rankOf(next)]
    if (service && (isSure(next) || matches(service.matching, url))) return service
  }
  return undefined
}

function addTo(map: Map<string, number[]>, key: string, rank: number): void {
  const ranks = map.get(key)
  if (ranks) ranks.push(rank)
  else map.set(key, [rank])
}
