// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of a configuration
import assert from 'node:assert/strict'
import { mkdirSync, renameSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { load } from '../../src/config/load.ts'
import { fixtureSchema, type Given, type Loaded, settingsFrom, within } from './fixture.ts'

const name = ({ settings }: Loaded) => settings.cas.server.name

test('what is imported wins over what imports it, and later locations over earlier ones', async () => {
  const files = {
    'cas.properties': 'spring.config.import=one.yml,file:two.properties\ncas.server.name=own',
    'one.yml': 'cas: { server: { name: one }, ticket: { st: { number-of-uses: 3 } } }',
    'conf.d/late.properties': 'cas.ticket.st.number-of-uses=9',
  }
  const loaded = await settingsFrom({ files, beside: { 'two.properties': 'cas.server.name=two' } })
  assert.deepEqual(loaded.lines, [])
  assert.equal(name(loaded), 'two')
  assert.equal(loaded.settings.cas.ticket.st.numberOfUses, 3)
})

test('an import may stand in the environment, import in its turn, and hold profiles and placeholders', async () => {
  const loaded = await settingsFrom({
    files: {
      'a/first.yml': 'spring.config.import: second.properties\nspring.profiles.include: night',
      'a/second.properties': 'cas.server.name=second\n#---\nspring.config.activate.on-profile=night\ncas.server.name=by night',
    },
    env: { SPRING_CONFIG_IMPORT: 'file:${cas.standalone.configuration-directory}/a/first.yml' },
  })
  assert.deepEqual(loaded.lines, [])
  assert.equal(name(loaded), 'by night')
})

test('a folder, a file without an ending, and classpath: can be imported', async () => {
  const loaded = await settingsFrom({
    files: {
      'cas.properties': 'spring.config.import=folder/,plain[.yaml],classpath:inside.properties',
      'folder/application.yml': 'cas.server.name: folder',
      plain: 'cas.server.prefix: plain',
      'classpath/inside.properties': 'cas.tgc.secure=false',
    },
  })
  assert.deepEqual(loaded.lines, [])
  assert.equal(name(loaded), 'folder')
  assert.equal(loaded.settings.cas.server.prefix, 'plain')
  assert.equal(loaded.settings.cas.tgc.secure, false)
})

test('files that import each other are each read once', async () => {
  const loaded = await settingsFrom({
    files: {
      'cas.properties': 'spring.config.import=a.properties',
      'a.properties': 'spring.config.import=b.properties\ncas.server.name=a',
      'b.properties': 'spring.config.import=a.properties\ncas.server.name=b',
    },
  })
  assert.deepEqual(loaded.lines, [])
  assert.equal(name(loaded), 'b')
})

const MISTAKES: readonly { readonly what: string; readonly location: string; readonly lines: readonly string[] }[] = [
  {
    what: 'a file that is not there',
    location: 'none.yml',
    lines: ['error spring.config.import (DIR/cas.properties:1:22) imports DIR/none.yml, which does not exist'],
  },
  { what: 'a file that may be missing', location: 'optional:none.yml', lines: [] },
  { what: 'folders of secrets that may be missing', location: 'optional:configtree:/nowhere/,optional:configtree:/nowhere/*/', lines: [] },
  {
    what: 'a folder of secrets that is not there',
    location: 'configtree:/nowhere',
    lines: ['error spring.config.import (DIR/cas.properties:1:22) imports /nowhere, which does not exist'],
  },
  {
    what: 'another kind of place',
    location: 'vault://secret',
    lines: ['error spring.config.import (DIR/cas.properties:1:22) imports from vault:, which this server does not read'],
  },
  {
    what: 'another kind of place that may be missing',
    location: 'optional:configserver:http://localhost:8888',
    lines: ['warn spring.config.import (DIR/cas.properties:1) imports from configserver:, which this server does not read'],
  },
  {
    what: 'a file of another kind',
    location: 'cas.properties,notes.txt',
    lines: ['error spring.config.import (DIR/cas.properties:1:22) imports DIR/notes.txt, which is neither .properties nor YAML'],
  },
]
for (const { what, location, lines } of MISTAKES) {
  test(`an import of ${what} is ${lines.length === 0 ? 'passed over' : 'told of'}`, async () => {
    const loaded = await settingsFrom({ files: { 'cas.properties': `spring.config.import=${location}`, 'notes.txt': '' } })
    assert.deepEqual(loaded.lines, lines)
  })
}

test('the text of a variable can be imported, as properties or as YAML', async () => {
  const import_ = (location: string) => `spring.config.import=${location}\ncas.server.name=own\n`
  const env = {
    SSO_SETTINGS: 'cas.server.name=https://a.example.org\nserver.port=many\n',
    SSO_TREE: 'cas:\n  server:\n    name: https://b.example.org\n',
  }
  const plain = await settingsFrom({ files: { 'cas.properties': import_('env:SSO_SETTINGS') }, env })
  assert.equal(name(plain), 'https://a.example.org')
  assert.deepEqual(plain.lines, ['error server.port (environment variable SSO_SETTINGS:2:13) must be a whole number, found "many"'])
  const tree = await settingsFrom({ files: { 'cas.properties': import_('env:SSO_TREE[.yaml]') }, env })
  assert.deepEqual([name(tree), tree.lines], ['https://b.example.org', []])
  const missing = await settingsFrom({ files: { 'cas.properties': import_('env:NOBODY') }, env })
  assert.deepEqual(missing.lines, [
    'error spring.config.import (DIR/cas.properties:1:22) imports the environment variable NOBODY, which is not set',
  ])
  const optional = await settingsFrom({ files: { 'cas.properties': import_('optional:env:NOBODY') }, env })
  assert.deepEqual(optional.lines, [])
})

/** Files of a folder of secrets, as Docker mounts them. */
const SECRETS = {
  'secrets/cas.tgc.crypto.signing.key': 'signing\n',
  'secrets/cas/server/name': 'https://a.example.org',
  'secrets/db': 'db-pass',
}

test('a folder of secrets gives each file as a setting, above files and below the environment', async () => {
  const given: Given = {
    files: {
      ...SECRETS,
      'cas.properties':
        'spring.config.import=configtree:${cas.standalone.configuration-directory}/secrets/\ncas.server.name=own\ncas.server.prefix=${db}',
    },
  }
  const loaded = await settingsFrom(given)
  assert.deepEqual(loaded.lines, [])
  assert.equal(name(loaded), 'https://a.example.org')
  assert.deepEqual(loaded.settings.cas.tgc.crypto.signing.key, ['signing'])
  assert.equal(loaded.settings.cas.server.prefix, 'db-pass')
  assert.ok(loaded.secrets.includes('db-pass'))
  // Nothing out of it is shown, whatever its name is.
  assert.equal(loaded.explain('cas.server.name')?.value, '******')
  assert.equal(loaded.explain('cas.server.prefix')?.value, '******')
  assert.match(loaded.sourcesOf('cas.server.name')[0]?.source ?? '', /^Config tree '/)
  assert.equal(name(await settingsFrom({ ...given, env: { CAS_SERVER_NAME: 'env' } })), 'env')
})

test('each folder below a star is one of secrets, in the order of their names', async () => {
  const loaded = await settingsFrom({
    files: {
      'cas.properties': 'spring.config.import=configtree:${cas.standalone.configuration-directory}/all/*/',
      'all/b/cas.server.name': 'b',
      'all/a/cas.server.name': 'a',
    },
  })
  assert.equal(name(loaded), 'b')
})

for (const how of ['variables', 'system properties'] as const) {
  test(`in a container the secrets of Docker are read: ${how}`, async () => {
    await within({ files: SECRETS }, async (directory, options) => {
      const secrets = join(directory, 'secrets')
      const words: readonly [string, string][] = [
        ['CONTAINER', 'true'],
        ['CAS_DOCKER_SECRETS_DIRECTORY', secrets],
      ]
      const loaded = (await load(fixtureSchema, {
        ...options,
        ...(how === 'variables'
          ? { env: Object.fromEntries(words) }
          : { argv: [...options.argv, ...words.map(([key, value]) => `-D${key}=${value}`)] }),
      })) as Loaded
      assert.equal(name(loaded), 'https://a.example.org')
    })
  })
}

test('a folder of secrets as Kubernetes mounts it is read once, through its links', async () => {
  await within({ files: { 'data/cas.server.name': 'linked' } }, async (directory, options) => {
    const mount = join(directory, 'mount')
    mkdirSync(mount)
    renameSync(join(directory, 'data'), join(mount, '..2026_01_31'))
    symlinkSync('..2026_01_31', join(mount, '..data'))
    symlinkSync('..data/cas.server.name', join(mount, 'cas.server.name'))
    const loaded = (await load(fixtureSchema, { ...options, env: { SPRING_CONFIG_IMPORT: `configtree:${mount}` } })) as Loaded
    assert.equal(name(loaded), 'linked')
    assert.deepEqual(loaded.problems, [])
  })
})

test('a secret that is no text, and a folder with too many files, are refused', async () => {
  const binary = await settingsFrom({
    files: {
      'secrets/cas.server.name': Buffer.from([0xff, 0xfe, 0x00]),
      'cas.properties': 'spring.config.import=configtree:${cas.standalone.configuration-directory}/secrets',
    },
  })
  assert.deepEqual(binary.fatal, ['error DIR/secrets/cas.server.name is not UTF-8'])
  const many = Object.fromEntries(Array.from({ length: 1001 }, (_, at) => [`secrets/x${at}`, 'x']))
  const loaded = await settingsFrom({
    files: { ...many, 'cas.properties': 'spring.config.import=configtree:${cas.standalone.configuration-directory}/secrets' },
  })
  assert.deepEqual(loaded.fatal, ['error DIR/secrets has more than 1000 files, too many for a folder of secrets'])
})

test('a value from a file named by a variable is not shown', async () => {
  await within({ files: { secret: 'https://hidden.example.org\n' } }, async (directory, options) => {
    const loaded = (await load(fixtureSchema, { ...options, env: { CAS_SERVER_NAME_FILE: join(directory, 'secret') } })) as Loaded
    assert.equal(name(loaded), 'https://hidden.example.org')
    assert.equal(loaded.explain('cas.server.name')?.value, '******')
    assert.ok(loaded.files.includes(join(directory, 'secret')))
  })
})

const SCRIPT = `import { suffix } from './names.mjs'
export default ({ profiles, env }) => ({
  'cas.server.name': env.HOST_NAME + suffix,
  cas: { ticket: { st: { numberOfUses: profiles.length } } },
  'cas.logout.redirect-parameter': ['a', 'b'],
})`

test('cas.config.mjs gives settings from a function of profiles and environment, above all files of the directory', async () => {
  const loaded = await settingsFrom({
    files: { 'cas.config.mjs': SCRIPT, 'names.mjs': "export const suffix = '.example.org'", 'conf.d/z.properties': 'cas.server.name=file' },
    env: { HOST_NAME: 'https://sso', SPRING_PROFILES_ACTIVE: 'standalone,a,b' },
  })
  assert.deepEqual(loaded.lines, [])
  assert.equal(name(loaded), 'https://sso.example.org')
  assert.equal(loaded.settings.cas.ticket.st.numberOfUses, 3)
  assert.deepEqual(loaded.settings.cas.logout.redirectParameter, ['a', 'b'])
  assert.match(loaded.explain('cas.server.name')?.origin ?? '', /cas\.config\.mjs$/)
})

test('cas.config.ts may export the settings themselves', async () => {
  const loaded = await settingsFrom({
    files: { 'cas.config.ts': "const name: string = 'ts'\nexport default { cas: { server: { name } } }" },
  })
  assert.equal(name(loaded), 'ts')
})

const SCRIPT_MISTAKES: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
  ['does not parse', { 'cas.config.mjs': 'export default {' }, /^error DIR\/cas\.config\.mjs cannot be used: SyntaxError/],
  [
    'throws',
    { 'cas.config.mjs': 'export default () => { throw new Error("no") }' },
    /^error DIR\/cas\.config\.mjs cannot be used: Error: no$/,
  ],
  [
    'gives no settings',
    { 'cas.config.mjs': 'export default 42' },
    /^error DIR\/cas\.config\.mjs must be an object, or a function that gives one$/,
  ],
  [
    'stands twice',
    { 'cas.config.mjs': '', 'cas.config.ts': '' },
    /^error DIR\/cas\.config\.mjs stands beside DIR\/cas\.config\.ts; keep one of them$/,
  ],
  [
    'looks into the environment by itself',
    { 'cas.config.mjs': 'export default { "cas.server.name": "[" + process.env.SECRET + "]" }' },
    /^$/,
  ],
]
for (const [what, files, line] of SCRIPT_MISTAKES) {
  test(`a script of settings that ${what} ${line.source === '^$' ? 'finds nothing' : 'stops the start'}`, async () => {
    const loaded = await settingsFrom({ files, env: { SECRET: 'x' } })
    assert.match(loaded.fatal.join('\n'), line)
    if (line.source === '^$') assert.equal(name(loaded), '[undefined]')
  })
}
