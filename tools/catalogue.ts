/**
 * Writes `src/config/catalogue.txt.gz` from a table of CAS settings: name, type and more, separated by tabs. Run once per version of CAS that is looked at:
 * `node tools/catalogue.ts TABLE.tsv`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const table = process.argv[2]
if (!table) throw new Error('usage: node tools/catalogue.ts TABLE.tsv')
const names = readFileSync(table, 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [name = '', type = ''] = line.split('\t')
    const plain = name.replace(/\[\d*\]/g, '').toLowerCase()
    return type.startsWith('Map<') ? `${plain}.*` : plain
  })
const text = [...new Set(names)].sort().join('\n')
writeFileSync(new URL('../src/config/catalogue.txt.gz', import.meta.url), gzipSync(text, { level: 9 }))
console.log(`${names.length} names, ${text.length} characters`)
