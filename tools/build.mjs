#!/usr/bin/env node
// `npm run build`: dist/ with one JavaScript file per source file, its types, and everything of src/ that is not TypeScript.
import { spawnSync } from 'node:child_process'
import { cpSync, globSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const source = join(root, 'src')
const target = join(root, 'dist')

rmSync(target, { recursive: true, force: true })
const tsc = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
})
if (tsc.status !== 0) process.exit(tsc.status ?? 70)

const assets = globSync('**/*', { cwd: source, withFileTypes: true }).filter((entry) => entry.isFile() && !entry.name.endsWith('.ts'))
for (const entry of assets) {
  const from = join(entry.parentPath, entry.name)
  const to = join(target, from.slice(source.length))
  mkdirSync(dirname(to), { recursive: true })
  cpSync(from, to)
}
// For editors: what may stand in a cas.yml, and in a definition.
for (const name of ['cas.schema.json', 'service.schema.json']) cpSync(join(root, 'docs/reference', name), join(target, name))
console.log(`dist/: ${globSync('**/*.js', { cwd: target }).length} files of code, ${assets.length} others`)
