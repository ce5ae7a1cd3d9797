/**
 * Writes what is generated in docs/reference/: `npm run docs`. With `--check` it writes nothing and ends with 1 when a page differs from what it would write.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { settingsJsonSchema } from '../src/config/index.ts'
import { definitionsJsonSchema } from '../src/services/reference.ts'
import { commandLinePage } from './command-line-page.ts'
import { definitionsPage } from './definitions-page.ts'
import { settingsPage } from './settings-page.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const pages: Readonly<Record<string, string>> = {
  'docs/reference/settings.md': settingsPage(),
  'docs/reference/command-line.md': commandLinePage(),
  'docs/reference/definitions.md': definitionsPage(),
  'docs/reference/service.schema.json': `${JSON.stringify(definitionsJsonSchema(), undefined, 1)}\n`,
  'docs/reference/cas.schema.json': `${JSON.stringify(settingsJsonSchema(), undefined, 1)}\n`,
}
const differing: string[] = []
for (const [name, content] of Object.entries(pages)) {
  const file = join(root, name)
  if (existsSync(file) && readFileSync(file, 'utf8') === content) continue
  differing.push(name)
  if (process.argv.includes('--check')) continue
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
}
if (process.argv.includes('--check') && differing.length > 0) {
  console.error(`not as generated: ${differing.join(', ')}; run npm run docs`)
  process.exitCode = 1
} else console.log(differing.length === 0 ? 'docs/reference is up to date' : `written: ${differing.join(', ')}`)
