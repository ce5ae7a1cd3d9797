import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { test } from 'node:test'
import { projectDirectory } from './support/castellan.ts'

const source = join(projectDirectory, 'src')
const tests = join(projectDirectory, 'test')

/** Who may import whom (docs/guide/house.md). `*` is every room, by its door. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  http: ['base'],
  audit: ['base'],
  tickets: ['base'],
  notifications: ['base', 'audit'],
  services: ['base', 'audit', 'notifications'],
  authentication: ['base', 'audit', 'services', 'notifications'],
  views: ['base', 'http'],
  sso: ['base', 'http', 'audit', 'services', 'tickets', 'authentication'],
  mfa: ['base', 'http', 'audit', 'services', 'tickets', 'authentication', 'notifications', 'views'],
  flow: ['base', 'http', 'audit', 'tickets', 'notifications', 'services', 'authentication', 'views', 'sso', 'mfa'],
  'protocols/cas': ['base', 'http', 'audit', 'tickets', 'notifications', 'services', 'authentication', 'views', 'sso', 'mfa', 'flow'],
  'protocols/oauth': ['base', 'http', 'audit', 'tickets', 'notifications', 'services', 'authentication', 'views', 'sso', 'mfa', 'flow'],
  'protocols/rest': ['base', 'http', 'audit', 'tickets', 'notifications', 'services', 'authentication', 'views', 'sso', 'mfa', 'flow'],
  // OpenID Connect is a profile of OAuth: the one protocol that builds on another.
  'protocols/oidc': [
    ...['base', 'http', 'audit', 'tickets', 'notifications', 'services', 'authentication', 'views', 'sso', 'mfa', 'flow'],
    'protocols/oauth',
  ],
  management: ['*'],
  config: ['base'],
  // The rules of every room, which stand on the rooms, for those who check a configuration.
  'checked-configuration': ['*'],
  cli: [
    'base',
    'audit',
    'checked-configuration',
    'config',
    'services',
    'tickets',
    'authentication',
    'notifications',
    'mfa',
    'management',
    'castellan',
    'explain-interrupt',
    'stored-tickets',
    'advise-on-oauth',
  ],
  app: ['*'],
  castellan: ['app', 'config', 'generations', 'http', 'kept', 'management'],
  // What a start would open of flow and services, for one answer without a server.
  'explain-interrupt': ['base', 'config', 'http', 'services', 'flow'],
  'stored-tickets': ['base', 'config', 'flow', 'management', 'mfa', 'protocols/oauth', 'sso', 'tickets'],
  'advise-on-oauth': ['base', 'config', 'services', 'protocols/oauth'],
  // One set of rooms after the other, whatever they are.
  generations: ['base', 'config'],
  // What outlives an exchange of settings.
  kept: ['base', 'config', 'tickets'],
  main: ['*'],
  index: ['*'],
}

/** What has one place: the package or the word, and the files (below src/) that may have it. */
const ONE_PLACE: readonly { readonly what: RegExp; readonly where: RegExp; readonly why: string }[] = [
  { what: /from 'valibot'/, where: /^base\/schema\.ts$/, why: 'the schema library is behind base/schema.ts' },
  { what: /from 'pino'/, where: /^base\/log\.ts$/, why: 'the log library is behind base/log.ts' },
  {
    what: /\.listen\(|from '@hono\/node-server'|createServer|createSecureServer/,
    where: /^http\/(?:listen|secure-server)\.ts$/,
    why: 'only http/listen.ts opens ports, those of https by http/secure-server.ts',
  },
  {
    what: /import\.meta\.(?:dirname|filename)|(?<!createRequire\()import\.meta\.url/,
    where: /^base\/program-files\.ts$/,
    why: 'what was built lies elsewhere than the sources: base/program-files.ts finds files and threads of the program in both',
  },
]

/** Words that Node 22.18, the oldest that runs the sources as they are, does not know. */
const TOO_NEW = /^\s*(?:await )?using \w+ =|\bDisposableStack\b|\bAsyncDisposableStack\b/m

interface SourceFile {
  /** Below src/, e.g. `services/index.ts`. */
  readonly name: string
  readonly text: string
  readonly room: string
  /** Files below src/ that it imports, types included. */
  readonly imports: readonly string[]
  /** Those of them that are loaded with it: not by `import type`, not by `import()`. */
  readonly loads: readonly string[]
}

function roomOf(name: string): string {
  const [first = '', second = ''] = name.split('/')
  if (first === 'protocols' && name.split('/').length > 2) return `protocols/${second}`
  return first.replace(/\.ts$/, '')
}

const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')

/** Paths of `import`, `import type`, `export … from` and `import()`, in the order of the text. */
const importedPaths = (text: string) =>
  [...withoutComments(text).matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+)'/g)].map(([, path = '']) => path)

const loadedPaths = (text: string) =>
  [...withoutComments(text).matchAll(/^(?:import|export)(?! type)\b(?:[^'()]*?\bfrom)?\s*'(\.[^']+)'/gm)].map(([, path = '']) => path)

const sources: readonly SourceFile[] = globSync('**/*.ts', { cwd: source })
  .sort()
  .map((name) => {
    const text = readFileSync(join(source, name), 'utf8')
    const resolved = (path: string) => relative(source, normalize(join(source, dirname(name), path)))
    return { name, text, room: roomOf(name), imports: importedPaths(text).map(resolved), loads: loadedPaths(text).map(resolved) }
  })

test('the rules below look at files that exist', () => {
  assert.ok(sources.length > 20, `only ${sources.length} files below src/`)
  assert.ok(sources.some((file) => file.imports.length > 0))
  assert.ok(sources.some((file) => file.loads.length > 0))
})

test('every room is known to the rules', () => {
  assert.deepEqual([...new Set(sources.map((file) => file.room))].filter((room) => MAY_IMPORT[room] === undefined).sort(), [])
})

test('a room imports only rooms below it, types included', () => {
  const wrong = sources.flatMap((file) => {
    const allowed = MAY_IMPORT[file.room] ?? []
    if (allowed.includes('*')) return []
    return file.imports
      .filter((name) => roomOf(name) !== file.room && !allowed.includes(roomOf(name)))
      .filter((name) => !(file.room === 'config' && name.endsWith('/config.ts')))
      .map((name) => `${file.name} imports ${name}`)
  })
  assert.deepEqual(wrong, [])
})

test('the editor knows the same rules', () => {
  const { overrides } = JSON.parse(readFileSync(join(projectDirectory, 'biome.json'), 'utf8')) as { overrides: readonly BiomeOverride[] }
  const rooms = [...new Set(Object.keys(MAY_IMPORT).map((name) => name.split('/')[0] ?? ''))].filter(
    (name) =>
      ![
        'base',
        'app',
        'castellan',
        'advise-on-oauth',
        'checked-configuration',
        'explain-interrupt',
        'stored-tickets',
        'generations',
        'kept',
        'main',
        'index',
      ].includes(name),
  )
  for (const room of ['base', ...rooms].filter((name) => !['config', 'management', 'cli'].includes(name))) {
    const rule = overrides.find((one) => one.includes.includes(`src/${room}/**`))
    assert.ok(rule, `biome.json says nothing of ${room}`)
    const allowed = MAY_IMPORT[room === 'protocols' ? 'protocols/cas' : room] ?? []
    const forbidden = rooms.filter((name) => name !== room && !allowed.includes(name)).map((name) => `**/../${name}/**`)
    const listed = rule.linter.rules.style.noRestrictedImports.options.patterns.flatMap((pattern) => pattern.group)
    assert.deepEqual([...listed].sort(), forbidden.sort(), room)
  }
})

interface BiomeOverride {
  readonly includes: readonly string[]
  readonly linter: { rules: { style: { noRestrictedImports: { options: { patterns: { group: string[] }[] } } } } }
}

test('a room is entered by its index.ts; base is open', () => {
  const wrong = sources.flatMap((file) =>
    file.imports
      .filter((name) => roomOf(name) !== file.room && roomOf(name) !== 'base' && name.includes('/'))
      .filter((name) => name !== `${roomOf(name)}/index.ts`)
      // The settings of a room are read where all of them are put together.
      .filter((name) => !((file.room === 'config' || file.room === 'app') && name.endsWith('/config.ts')))
      .filter((name) => !(file.room === 'checked-configuration' && name.endsWith('/config-rules.ts')))
      // The executable loads only the verb that was asked for: the start of the server does not wait for the others.
      .filter((name) => !(file.room === 'main' && roomOf(name) === 'cli'))
      .map((name) => `${file.name} imports ${name}`),
  )
  assert.deepEqual(wrong, [])
})

test('rooms do not import one another in a circle', () => {
  const graph = new Map<string, Set<string>>()
  for (const file of sources) {
    for (const name of file.imports) {
      // config puts the schema together from the config.ts of every room and imports nothing else of them.
      if (roomOf(name) === file.room || (file.room === 'config' && name.endsWith('/config.ts'))) continue
      graph.set(file.room, (graph.get(file.room) ?? new Set()).add(roomOf(name)))
    }
  }
  const circle = findCircle(graph)
  assert.equal(circle, undefined)
})

test('files do not load one another in a circle', () => {
  const graph = new Map(sources.map((file) => [file.name, new Set(file.loads)]))
  assert.equal(findCircle(graph), undefined)
})

function findCircle(graph: ReadonlyMap<string, ReadonlySet<string>>): string | undefined {
  const done = new Set<string>()
  const walk = (node: string, path: readonly string[]): string | undefined => {
    const begin = path.indexOf(node)
    if (begin >= 0) return [...path.slice(begin), node].join(' -> ')
    if (done.has(node)) return undefined
    for (const next of graph.get(node) ?? []) {
      const circle = walk(next, [...path, node])
      if (circle !== undefined) return circle
    }
    done.add(node)
    return undefined
  }
  for (const node of graph.keys()) {
    const circle = walk(node, [])
    if (circle !== undefined) return circle
  }
  return undefined
}

test('a folder of plugs lists every plug in its index.ts', () => {
  // A folder of plugs is a folder below a room that has an index.ts of its own.
  const hosts = sources.filter((file) => file.name.endsWith('/index.ts') && file.name !== `${file.room}/index.ts`)
  const wrong = hosts.flatMap((host) => {
    const folder = dirname(host.name)
    return sources
      .filter((file) => dirname(file.name) === folder && file !== host && !file.name.endsWith('/config-rules.ts'))
      .filter((file) => !host.imports.includes(file.name) && !usedBySibling(file.name, folder))
      .map((file) => `${file.name} is not listed in ${host.name}`)
  })
  assert.deepEqual(wrong, [])
})

/** A file beside the plugs may be a part of one of them (a page, a table). */
const usedBySibling = (name: string, folder: string) => sources.some((file) => dirname(file.name) === folder && file.imports.includes(name))

for (const { what, where, why } of ONE_PLACE) {
  test(why, () => {
    assert.ok(
      sources.some((file) => where.test(file.name)),
      'the one place does not exist',
    )
    assert.deepEqual(
      sources.filter((file) => !where.test(file.name) && what.test(file.text)).map((file) => file.name),
      [],
    )
  })
}

/** All that is loaded before the first login page is there, with the usual settings: whatever these import without `import()`. */
const loadedAtStart = (() => {
  const waiting = [
    'main.ts',
    'cli/commands/run.ts',
    'checked-configuration.ts',
    'castellan.ts',
    'tickets/registry/lmdb.ts',
    'config/sources/properties-file.ts',
  ]
  const found = new Set<string>()
  for (const name of waiting) {
    if (found.has(name)) continue
    found.add(name)
    const file = sources.find((one) => one.name === name)
    assert.ok(file, name)
    waiting.push(...file.loads)
  }
  return found
})()

test('a start loads few libraries, and their code is in what is built', () => {
  const statements = /^(?:import|export)(?! type)\b(?:[^'()]*?\bfrom)?\s*'(?!node:|\.)((?:@[^/']+\/)?[^/']+)[^']*'/gm
  const libraries = sources
    .filter(({ name }) => loadedAtStart.has(name))
    .flatMap(({ text }) => [...withoutComments(text).matchAll(statements)].map(([, library = '']) => library))
  const [, inlined = ''] = /^const inlined = \[(.*)\]$/m.exec(readFileSync(join(projectDirectory, 'tools/bundle.mjs'), 'utf8')) ?? []
  assert.deepEqual(
    [...new Set(libraries)].sort(),
    inlined.split(', ').map((quoted) => quoted.slice(1, -1)),
  )
})

test('what only some settings ask for is not loaded at each start', () => {
  const late = [
    /^cli\/(?!command\.ts|problems\.ts|log-|log4j2\.ts|commands\/run\.ts)/,
    /^config\/(?:migrate\/|sources\/yaml-)/,
    /^services\/registry\/git\//,
  ]
  for (const pattern of late)
    assert.ok(
      sources.some(({ name }) => pattern.test(name)),
      `${pattern} is about nothing`,
    )
  assert.deepEqual([...loadedAtStart].filter((name) => late.some((pattern) => pattern.test(name))).sort(), [])
})

test('the sources run on the oldest Node that is promised', () => {
  assert.deepEqual(
    sources.filter(({ text }) => TOO_NEW.test(withoutComments(text))).map(({ name }) => name),
    [],
  )
})

test('unescaped markup is made in one file of views', () => {
  const users = sources.filter((file) => /\braw\(/.test(file.text)).map((file) => file.name)
  assert.ok(users.length <= 1, `raw() in ${users.join(', ')}`)
  assert.ok(users.every((name) => name.startsWith('views/')))
})

test('no file of the source is longer than 500 lines', () => {
  const long = sources
    .map((file) => ({ name: file.name, lines: file.text.split('\n').length }))
    // Tables of data may be as long as they like.
    .filter(({ name, lines }) => lines > 500 && !name.includes('/messages/') && !name.includes('/data/'))
  assert.deepEqual(long, [])
})

test('imports name their file with its ending', () => {
  const wrong = sources.flatMap((file) => file.imports.filter((name) => !/\.(ts|json)$/.test(name)).map((name) => `${file.name}: ${name}`))
  assert.deepEqual(wrong, [])
})

test('no test is switched off, and none holds up another', () => {
  const files = globSync('**/*.test.ts', { cwd: tests })
  assert.ok(files.length > 0)
  const switchedOff = files.filter((name) =>
    /\b(?:test|it|describe|suite)\.(?:skip|only|todo)\b/.test(readFileSync(join(tests, name), 'utf8')),
  )
  assert.deepEqual(switchedOff, [])
})

test('a row of the checklist stands in the title of a test', () => {
  const rows = globSync('**/*.test.ts', { cwd: tests }).flatMap((name) =>
    [...readFileSync(join(tests, name), 'utf8').matchAll(/\[((?:[A-Z][A-Z0-9]*-?\d+)(?:, [A-Z][A-Z0-9]*-?\d+)*)\]/g)].map(
      ([, row = '']) => row,
    ),
  )
  assert.ok(rows.length > 0, 'no test names a row')
})
