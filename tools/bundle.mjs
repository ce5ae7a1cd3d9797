// The program as few files: what runs at each start lies in a handful of chunks, what only some need stays in chunks of its own (docs/decisions/016-bundle.md).
import { spawnSync } from 'node:child_process'
import { cpSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const source = join(root, 'src')

/** What is started, what plug-ins import, and what threads and scripts are given by address (`programModule` in src/base/program-files.ts). */
const entries = [
  'main',
  'index',
  'base/isolated-module-thread',
  'services/definitions/parse-apart-thread',
  'flow/steps/interrupt/sources/script-context',
]

/** Libraries of every start, which go into the chunks with all they need. The others are loaded as they are installed, when they are needed. */
const inlined = ['@hono/node-server', 'dot-properties', 'hono', 'pino', 'valibot']

const packageOf = (specifier) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')

/** Leaves every package where it is but those above. */
const installed = {
  name: 'installed',
  setup(plugin) {
    plugin.onResolve({ filter: /^[^./]/ }, ({ path, kind, importer }) => {
      if (kind === 'entry-point' || path.startsWith('node:')) return undefined
      return inlined.includes(packageOf(path)) || importer.includes('/node_modules/') ? undefined : { external: true }
    })
  },
}

/** Writes the program to a folder that is put in the place of `dist/` when it is whole. */
export async function bundle() {
  const target = join(root, 'dist')
  const coming = `${target}.new`
  rmSync(coming, { recursive: true, force: true })
  // Asked for before the sources are read: whoever changes one meanwhile makes it differ.
  const madeOf = sourcesNow()
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: entries.map((path) => join(source, `${path}.ts`)),
    outbase: source,
    outdir: coming,
    chunkNames: 'chunk-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.18',
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    plugins: [installed],
    // Libraries in CommonJS ask for the modules of Node in their way.
    banner: {
      js: "import { createRequire as createRequireOfChunk } from 'node:module'; const require = createRequireOfChunk(import.meta.url);",
    },
  })
  for (const path of filesOf(source, (name) => !name.endsWith('.ts'))) copy(join(source, path), join(coming, path))
  // For editors: what may stand in a cas.yml, and in a definition.
  for (const name of ['cas.schema.json', 'service.schema.json']) copy(join(root, 'docs/reference', name), join(coming, name))
  writeFileSync(join(coming, 'LICENSES.txt'), licences(Object.keys(metafile.inputs)))
  writeFileSync(join(coming, '.built-of'), madeOf || 'unknown\n')
  rmSync(target, { recursive: true, force: true })
  renameSync(coming, target)
  return { target, chunks: globSync('**/*.js', { cwd: target }).length }
}

/** What `bin/castellan` compares with to see whether a source has changed. */
const sourcesNow = () =>
  spawnSync('sh', ['-c', '. tools/sources.sh'], { cwd: root, env: { ...process.env, root }, encoding: 'utf8' }).stdout ?? ''

const filesOf = (directory, wanted) =>
  globSync('**/*', { cwd: directory, withFileTypes: true })
    .filter((entry) => entry.isFile() && wanted(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))

function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true })
  cpSync(from, to)
}

/** The licences of the libraries whose code is in the chunks, which each of them wants to go with it. */
function licences(inputs) {
  const folders = new Set(inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []))
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
    const [file] = globSync('LICEN[CS]E*', { cwd: join(root, folder) }).sort()
    if (file === undefined && license === undefined) throw new Error(`${name} says nothing of its licence`)
    const text = file === undefined ? `Licence: ${license}` : readFileSync(join(root, folder, file), 'utf8').trim()
    return `${name} ${version}\n\n${text}\n`
  })
  if (texts.length === 0) throw new Error('no library was found in what was built')
  return `Parts of these libraries are in the files of this folder.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`
}
