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
  '://',
  '(/.*)?',
  '(:\\d+)?',
  '[?#].*',
  '.+',
  '(?:.*)?',
  '.*+',
  '(?>a|ab)',
  '(?-i)b',
  '(?s).*',
  '\\z',
  '\\n',
  '\\b',
  'a{0,2}',
  '(a$)?',
  '\\uffff',
]
const LETTERS = [
  ...['a', 'A', 'b', 'B', '.', '-', '/', 'app', 'é', 'É', '\u{1f600}', 's', '1', '12', '\u212a', 'k', '\n', '\u2028', ''],
  ...['://', '/', '?', '#', ':8443', '@', '\ud83d', '\ude00', '\uffff', '\r', '\r\n', '\u0085'],
]
/** Half of all patterns and addresses begin as real ones do. */
const ORIGINS = ['https://', 'https://a', 'HTTPS://App', 'https://app.', 'a://']
const START_PATTERNS = [
  ...ORIGINS,
  '^https://',
  '^https?://app\\.',
  '^(https|imaps)://',
  '^https://a(/.*)?',
  '^https://app/.*',
  '^https://.*',
]

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
  const start = (beginnings: readonly string[]): string => (random() < 0.5 ? pick(beginnings) : '')
  let compared = 0
  const different: string[] = []
  for (let round = 0; round < rounds; round++) {
    const services: LoadedService[] = []
    for (let i = 0; i < 25; i++) {
      const text = start(START_PATTERNS) + Array.from({ length: 1 + Math.floor(random() * 6) }, () => pick(PIECES)).join('')
      const kind = random()
      if (kind < 0.1) services.push(serviceThat({ kind: 'literal', text: text.replaceAll('\\', ''), ignoreCase: random() < 0.5 }))
      else if (kind < 0.2) services.push(serviceThat({ kind: 'prefix', text: text.replaceAll('\\', '') }))
      else {
        const regex = compileJavaRegex(text, { match: random() < 0.8 ? 'full' : 'find', ignoreCase: true })
        if (regex.kind === 'ok') services.push(serviceThat({ kind: 'regex', regex, beginnings: regex.beginnings() }))
      }
    }
    const [index, linear] = [await serviceIndex(services), linearSearch(services)]
    for (let i = 0; i < urls; i++) {
      const url = start(ORIGINS) + Array.from({ length: Math.floor(random() * 7) }, () => pick(LETTERS)).join('')
      if (index.match(url) !== linear.match(url)) different.push(`round ${round}: ${JSON.stringify(url)}`)
      compared++
    }
  }
  return { compared, different }
}
