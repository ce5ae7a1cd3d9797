// The program as few files: what runs at each start lies in a handful of chunks, what only some need stays in chunks of its own (docs/decisions/016-bundle.md).
import { spawnSync } from 'node:child_process'
import { cpSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))
const source = join(root, 'src')

/** What is started, what plug-ins import, and what threads and scripts are given by address (`programModule` in src/base/program-files.ts). */
const entries = ['main', 'index', ...byAddress()]

/** Libraries of every start, which go into the chunks with all they need. The others are loaded as they are installed, when they are needed. */
const inlined = ['@hono/node-server', 'croner', 'dot-properties', 'hono', 'pino', 'valibot']

const packageOf = (specifier) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')

/** Whether a package stays where it is installed. */
const isApart = (specifier, importer = '') =>
  /^[^./]/.test(specifier) &&
  !specifier.startsWith('\0') &&
  // What stands in for words of the language that an older Node lacks.
  !specifier.startsWith('@oxc-project/runtime') &&
  !inlined.includes(packageOf(specifier)) &&
  !importer.includes('/node_modules/')

const moduleAt = (path) => join(source, `${path}.ts`)

/**
 * Chunks of what is always loaded together, each with all that its modules import: what threads and plug-ins share with the server; what each verb needs to
 * read settings; the server. The first that has a module keeps it.
 */
const parts = [
  { name: 'common', of: [], importedBy: entries.slice(1) },
  { name: 'settings', of: ['cli/commands/run', 'config/sources/properties-file'], importedBy: ['main'] },
  { name: 'server', of: ['checked-configuration', 'castellan', 'tickets/registry/lmdb'], importedBy: [] },
].map(({ name, of, importedBy }) => ({ name, modules: new Set(of.map(moduleAt)), importedBy: importedBy.map(moduleAt) }))

const groups = parts.map(({ name, modules }, at) => ({ name, priority: parts.length - at, test: (id) => modules.has(id) }))

/** What runs as soon as it is loaded is in no chunk that others load; what it imports is. */
const collectParts = {
  name: 'collect-parts',
  buildEnd() {
    for (const { modules, importedBy } of parts) {
      for (const path of importedBy) for (const imported of this.getModuleInfo(path)?.importedIds ?? []) modules.add(imported)
    }
  },
}

/** A chunk of nothing but ASCII takes half the memory, since V8 keeps its text. */
const inAscii = {
  name: 'in-ascii',
  generateBundle(_, output) {
    for (const chunk of Object.values(output)) {
      if (chunk.type !== 'chunk') continue
      if (/\\[^\0-\x7f]/.test(chunk.code)) throw new Error(`${chunk.fileName}: a backslash before a letter that is not ASCII`)
      chunk.code = chunk.code.replace(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
    }
  },
}

/** Writes the program to a folder that is put in the place of `dist/` when it is whole. */
export async function bundle() {
  const target = join(root, 'dist')
  const coming = `${target}.new`
  rmSync(coming, { recursive: true, force: true })
  // Asked for before the sources are read: whoever changes one meanwhile makes it differ.
  const madeOf = sourcesNow()
  const program = await rolldown({
    cwd: root,
    input: Object.fromEntries(entries.map((path) => [path, moduleAt(path)])),
    platform: 'node',
    external: isApart,
    transform: { target: 'node22.18' },
    plugins: [collectParts, inAscii],
    // An import() of what is there already costs nothing.
    onLog: (level, log, report) => (log.code === 'INEFFECTIVE_DYNAMIC_IMPORT' ? undefined : report(level, log)),
  })
  const { output } = await program.write({
    dir: coming,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    codeSplitting: { groups },
    comments: false,
    sourcemap: true,
    sourcemapExcludeSources: true,
  })
  await program.close()
  const inputs = output.flatMap((one) => (one.type === 'chunk' ? one.moduleIds : []))
  for (const path of filesOf(source, (name) => !name.endsWith('.ts'))) copy(join(source, path), join(coming, path))
  // For editors: what may stand in a cas.yml, and in a definition.
  for (const name of ['cas.schema.json', 'service.schema.json']) copy(join(root, 'docs/reference', name), join(coming, name))
  writeFileSync(join(coming, 'LICENSES.txt'), licences(inputs))
  writeFileSync(join(coming, '.built-of'), madeOf || 'unknown\n')
  rmSync(target, { recursive: true, force: true })
  renameSync(coming, target)
  return { target, chunks: globSync('**/*.js', { cwd: target }).length }
}

/** What `bin/castellan` compares with to see whether a source has changed. */
const sourcesNow = () =>
  spawnSync('sh', ['-c', '. tools/sources.sh'], { cwd: root, env: { ...process.env, root }, encoding: 'utf8' }).stdout ?? ''

function filesOf(directory, wanted) {
  return globSync('**/*', { cwd: directory, withFileTypes: true })
    .filter((entry) => entry.isFile() && wanted(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
}

function byAddress() {
  const texts = filesOf(source, (name) => name.endsWith('.ts')).map((path) => readFileSync(join(source, path), 'utf8'))
  return [...new Set(texts.flatMap((text) => [...text.matchAll(/\bprogramModule\('([^']+)'\)/g)].map(([, module]) => module)))].sort()
}

function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true })
  cpSync(from, to)
}

/** The licences of the libraries whose code is in the chunks, which each of them wants to go with it. */
function licences(inputs) {
  const folders = new Set(inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []))
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const [file] = globSync('LICEN[CS]E*', { cwd: folder }).sort()
    if (file === undefined && license === undefined) throw new Error(`${name} says nothing of its licence`)
    const text = file === undefined ? `Licence: ${license}` : readFileSync(join(folder, file), 'utf8').trim()
    return `${name} ${version}\n\n${text}\n`
  })
  if (texts.length === 0) throw new Error('no library was found in what was built')
  return `Parts of these libraries are in the files of this folder.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`
}
