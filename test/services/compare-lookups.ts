import { compileJavaRegex } from '../../src/base/java-regex.ts'
import type { LoadedService, Matching } from '../../src/services/definitions/loaded-service.ts'
import { linearSearch, serviceIndex } from '../../src/services/matching/service-index.ts'
import { seeded } from './world.ts'

const PIECES = [
  'a',
  'B',
  '.',
  '\\.',
  '-',
  '/',
  'app',
  'é',
  '\u{1f600}',
  '[ab]',
  '\\w',
  '(a|b)',
  '(?:ab)?',
  's?',
  'a+',
  '.*',
  'a{2}',
  '(?i)',
  '\\Qa.\\E',
  '|',
  '^',
  '$',
  'K',
  '\\d{1,2}',
  '(?!b)',
]
const LETTERS = ['a', 'A', 'b', 'B', '.', '-', '/', 'app', 'é', 'É', '\u{1f600}', 's', '1', '12', '\u212a', 'k', '\n', '\u2028', '']

/** A service of which only its matching is looked at, as the index does. */
export const serviceThat = (matching: Matching): LoadedService => ({ matching }) as LoadedService

export interface Comparison {
  readonly compared: number
  /** Addresses about which index and linear search differ, with the round. */
  readonly different: readonly string[]
}

/** Asks random sets of 25 definitions about random addresses, by the index and one after another (services.md 8.5). */
export async function compareLookups({
  rounds,
  urls,
  seed,
}: {
  readonly rounds: number
  readonly urls: number
  readonly seed: number
}): Promise<Comparison> {
  const random = seeded(seed)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  let compared = 0
  const different: string[] = []
  for (let round = 0; round < rounds; round++) {
    const services: LoadedService[] = []
    for (let i = 0; i < 25; i++) {
      const text = Array.from({ length: 1 + Math.floor(random() * 6) }, () => pick(PIECES)).join('')
      const kind = random()
      if (kind < 0.1) services.push(serviceThat({ kind: 'literal', text: text.replaceAll('\\', ''), ignoreCase: random() < 0.5 }))
      else if (kind < 0.2) services.push(serviceThat({ kind: 'prefix', text: text.replaceAll('\\', '') }))
      else {
        const regex = compileJavaRegex(text, { match: random() < 0.8 ? 'full' : 'find', ignoreCase: true })
        if (regex.kind === 'ok') services.push(serviceThat({ kind: 'regex', regex, prefixes: regex.skeletons() }))
      }
    }
    const [index, linear] = [await serviceIndex(services), linearSearch(services)]
    for (let i = 0; i < urls; i++) {
      const url = Array.from({ length: Math.floor(random() * 7) }, () => pick(LETTERS)).join('')
      if (index.match(url) !== linear.match(url)) different.push(`round ${round}: ${JSON.stringify(url)}`)
      compared++
    }
  }
  return { compared, different }
}
