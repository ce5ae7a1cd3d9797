/**
 * Writes `src/config/catalogue.txt.gz` from a table of CAS settings: name, type, default, first and last version, replacement, separated by tabs. Run once per
 * version of CAS that is looked at: `node tools/catalogue.ts TABLE.tsv`. What comes out is read by `src/config/catalogue.ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { CATALOGUE_VERSIONS, lookupKey } from '../src/config/catalogue.ts'

const table = process.argv[2]
if (!table) throw new Error('usage: node tools/catalogue.ts TABLE.tsv')
const rows = readFileSync(table, 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split('\t'))
const names = new Set(rows.map(([name]) => name))
const lines = rows.map(([name = '', type = '', , first = '', last = '', replacement = '']) => {
  const plain = name.replaceAll('[]', '[0]').toLowerCase()
  // Some of CAS's own pointers lead nowhere.
  const pointer = names.has(replacement) ? replacement : ''
  return [type.startsWith('Map<') ? `${plain}.*` : plain, `${version(first)}${version(last)}`, ...(pointer === '' ? [] : [pointer])].join(
    '\t',
  )
})
// A setting that became a list has one line for both; the younger form counts.
const byKey = new Map<string, string>()
for (const line of lines.sort((one, other) => lastVersion(one) - lastVersion(other))) byKey.set(lookupKey(line), line)
const text = [...byKey.entries()]
  .sort(([one], [other]) => (one < other ? -1 : 1))
  .map(([, line]) => line)
  .join('\n')
writeFileSync(new URL('../src/config/catalogue.txt.gz', import.meta.url), gzipSync(text, { level: 9 }))
console.log(`${rows.length} names, ${text.length} characters`)

function lastVersion(line: string): number {
  return Number(line.split('\t')[1]?.at(1))
}

/** One digit: which of the versions looked at. */
function version(full: string): number {
  const at = CATALOGUE_VERSIONS.findIndex((one) => full.startsWith(`${one}.`))
  if (at < 0) throw new Error(`${full} is none of the versions ${CATALOGUE_VERSIONS.join(', ')}`)
  return at
}
