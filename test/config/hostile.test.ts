// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of a configuration
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { load } from '../../src/config/load.ts'
import { readTextFile } from '../../src/config/sources/text-file.ts'
import { processorMs } from '../support/processor-time.ts'
import { fixtureSchema, type Given, settingsFrom, within } from './fixture.ts'

const refusals: readonly { readonly what: string; readonly files: NonNullable<Given['files']>; readonly line: RegExp }[] = [
  {
    what: 'a file of 10 MB',
    files: { 'cas.properties': 'x'.repeat(10_000_000) },
    line: /^error DIR\/cas\.properties is larger than 3 MB$/,
  },
  { what: 'a directory in place of a file', files: { 'cas.yml/inside': '' }, line: /^error DIR\/cas\.yml is a directory, not a file$/ },
  { what: 'a tab in YAML', files: { 'cas.yml': 'cas:\n\tserver: x\n' }, line: /^error DIR\/cas\.yml:2:1 is not valid YAML: .*[Tt]ab/ },
  { what: 'a bracket that is not closed', files: { 'cas.yml': 'cas: [a\n' }, line: /^error DIR\/cas\.yml:\d+:\d+ is not valid YAML: / },
  { what: 'a YAML key twice', files: { 'cas.yml': 'a: 1\na: 2\n' }, line: /^error DIR\/cas\.yml:2:1 is not valid YAML: / },
  {
    what: 'a YAML list as a whole',
    files: { 'cas.yml': '- a\n' },
    line: /^error DIR\/cas\.yml:1:1 must be a tree of settings: KEY: VALUE$/,
  },
  {
    what: 'YAML in UTF-16',
    files: { 'cas.yml': Buffer.from('\ufeffa: 1', 'utf16le') },
    line: /^error DIR\/cas\.yml is UTF-16; save it as UTF-8$/,
  },
  {
    what: 'YAML in Latin-1',
    files: { 'cas.yml': Buffer.from('a: ö', 'latin1') },
    line: /^error DIR\/cas\.yml is not UTF-8; save it as UTF-8$/,
  },
  {
    what: 'YAML nested a hundred thousand deep',
    files: { 'cas.yml': '['.repeat(100_000) },
    line: /^error DIR\/cas\.yml.* (is nested too deeply|is not valid YAML)/,
  },
  {
    what: 'YAML nested deeper than any setting',
    files: { 'cas.yml': `${Array.from({ length: 80 }, (_, at) => `${' '.repeat(at)}a:`).join('\n')} 1` },
    line: /is nested too deeply$/,
  },
  {
    what: 'aliases that multiply',
    files: { 'cas.yml': bomb() },
    line: /^error DIR\/cas\.yml:\d+:\d+ (uses more than 50 aliases|has more than 50000 values)$/,
  },
  { what: 'an alias of itself', files: { 'cas.yml': 'a: &x\n  b: *x\n' }, line: /^error DIR\/cas\.yml/ },
  {
    what: 'half an escape',
    files: { 'cas.properties': 'a=1\ncas.server.name=C:\\users\n' },
    line: /^error DIR\/cas\.properties:2:19 holds \\u without four hexadecimal digits/,
  },
  {
    what: 'properties in UTF-16 without a mark',
    files: { 'cas.properties': Buffer.from('cas.server.name=x\n', 'utf16le') },
    line: /^error DIR\/cas\.properties is UTF-16; save it as UTF-8$/,
  },
  {
    what: 'YAML in UTF-16 with the other order of bytes',
    files: { 'cas.yml': Buffer.from('\ufeffa: 1', 'utf16le').swap16() },
    line: /^error DIR\/cas\.yml is UTF-16; save it as UTF-8$/,
  },
  {
    what: 'a NUL character in properties',
    files: { 'cas.properties': 'a=1\ncas.server.name=https://a\0b\n' },
    line: /^error DIR\/cas\.properties:2 holds a NUL character, which no text has$/,
  },
  { what: 'a NUL character in YAML', files: { 'cas.yml': 'a: "\0"\n' }, line: /^error DIR\/cas\.yml:1 holds a NUL character/ },
  { what: 'a key that is a list', files: { 'cas.yml': '? [a, b]\n: c\n' }, line: /^error DIR\/cas\.yml:1:\d+ has a key that is no text$/ },
  {
    what: 'an alias of nothing',
    files: { 'cas.yml': 'a: *nope\n' },
    line: /^error DIR\/cas\.yml:1:\d+ is not valid YAML: an alias of an anchor/,
  },
  {
    what: 'merges that multiply',
    files: { 'cas.yml': merges() },
    line: /^error DIR\/cas\.yml:\d+:\d+ (uses more than 50 aliases|has more than 50000 values)$/,
  },
  {
    what: 'an import of a path that is none',
    files: { 'cas.properties': 'spring.config.import=file:/a\\u0000b\n' },
    line: /^error spring\.config\.import \(DIR\/cas\.properties:1:22\) imports \/a\?b, which is no path: it holds a NUL character$/,
  },
  {
    what: 'placeholders within placeholders, deeper than the stack',
    files: { 'cas.properties': `cas.server.name=${'${'.repeat(20_000)}${'}'.repeat(20_000)}\n` },
    line: /^error cas\.server\.name .* has placeholders within placeholders, more than 32 levels deep$/,
  },
  {
    what: 'a hundred profiles and more',
    files: { 'cas.properties': `spring.profiles.active=${Array.from({ length: 10_000 }, (_, at) => `p${at}`).join()}\n` },
    line: /^error spring\.profiles\.active makes more than 100 profiles active$/,
  },
  {
    what: 'a profile that leads out of the directory',
    files: { 'cas.properties': 'spring.profiles.active=../../etc/passwd\n' },
    line: /^error spring\.profiles\.active must be a part of a file name, found "\.\.\/\.\.\/etc\/passwd"$/,
  },
  {
    what: 'an expression that would run a program',
    files: { 'cas.properties': "cas.server.name=${T(java.lang.Runtime).getRuntime().exec('id')}\n" },
    line: /^error cas\.server\.name \(DIR\/cas\.properties:1:17\) uses an expression that this server does not evaluate/,
  },
]

function merges(): string {
  const rows = Array.from({ length: 40 }, (_, at) => `a${at + 1}: &a${at + 1}\n  l: {<<: *a${at}}\n  r: {<<: *a${at}}`)
  return ['a0: &a0 {x: 1}', ...rows].join('\n')
}

function bomb(): string {
  const rows = Array.from({ length: 9 }, (_, at) => `a${at + 1}: &a${at + 1} [${Array(9).fill(`*a${at}`).join(', ')}]`)
  return ['a0: &a0 [x, x, x]', ...rows].join('\n')
}

for (const { what, files, line } of refusals) {
  test(`${what} is refused with one line that names the place`, async () => {
    const { fatal } = await settingsFrom({ files })
    assert.equal(fatal.length, 1, fatal.join('\n'))
    assert.match(fatal[0] ?? '', line)
  })
}

test('a byte order mark in UTF-8 is no part of the first key', async () => {
  for (const files of [{ 'cas.properties': '\ufeffserver.port=1\n' }, { 'cas.yml': '\ufeffserver.port: 1\n' }]) {
    const { settings, lines } = await settingsFrom({ files })
    assert.equal(settings.server.port, 1)
    assert.deepEqual(lines, [])
  }
})

test('of two lines with one name the last counts, and both are named', async () => {
  const { settings, lines } = await settingsFrom({ files: { 'cas.properties': 'server.port=1\nserver.port=2\n' } })
  assert.equal(settings.server.port, 2)
  assert.deepEqual(lines, [
    'warn server.port (DIR/cas.properties:2) is written twice, the first time in DIR/cas.properties:1; the last line counts',
  ])
})

test('links in a circle, in place of a file and of the directory, are named', async () => {
  await within({ files: {} }, async (directory, options) => {
    symlinkSync(join(directory, 'cas.yml'), join(directory, 'cas.yml'))
    symlinkSync(join(directory, 'round'), join(directory, 'round'))
    const told = async (argv: readonly string[]) =>
      (await load(fixtureSchema, { ...options, argv })).problems.map(({ message }) => message.replaceAll(directory, 'DIR'))
    assert.deepEqual(await told(['--config-dir', directory]), ['DIR/cas.yml is a link that leads back to itself'])
    assert.deepEqual(await told(['--config-dir', join(directory, 'round')]), [
      'DIR/round is named as the configuration directory and is a link that leads back to itself',
    ])
  })
})

test('names of files that are too long, or hold a NUL, are told of and not thrown', async () => {
  for (const argv of [
    ['--config-dir', `/${'x'.repeat(5000)}`],
    ['--config-dir', '/a\0b'],
    ['--cas.standalone.configuration-file=/a\0b'],
    [`--cas.standalone.configuration-file=/${'x'.repeat(5000)}`],
    [`--spring.profiles.active=${'p'.repeat(5000)}`],
    ['--spring.application.name=a/b'],
  ]) {
    const { fatal } = await settingsFrom({ argv })
    assert.equal(fatal.length, 1, argv.join(' ').slice(0, 60))
    assert.ok((fatal[0] ?? '').length < 500)
    assert.doesNotMatch(fatal[0] ?? '', /[\u0000-\u001f]/)
  }
})

test('a secret in a file that is none, a folder, a device or a pipe, is told of at once, with the variable', async () => {
  await within({ files: {} }, async (directory, options) => {
    execFileSync('mkfifo', [join(directory, 'pipe')])
    const places = ['/nowhere/at/all', directory, '/dev/zero', join(directory, 'pipe')]
    for (const place of places) {
      const loaded = await load(fixtureSchema, { ...options, env: { CAS_TGC_CRYPTO_SIGNING_KEY_FILE: place } })
      const lines = loaded.problems.map(({ message }) => message)
      assert.equal(loaded.refused, true)
      assert.equal(lines.length, 1, lines.join('\n'))
      assert.match(
        lines[0] ?? '',
        /^cas\.tgc\.crypto\.signing\.key \(environment variable CAS_TGC_CRYPTO_SIGNING_KEY_FILE\): .* (cannot be read|is no plain file)$/,
      )
    }
  })
})

test('profiles that take each other away end with a warning, not in a circle', async () => {
  const { lines, fatal } = await settingsFrom({
    files: {
      'cas.properties': 'spring.profiles.active=a\n',
      'a.properties': 'spring.profiles.active=b\n',
      'b.properties': 'spring.profiles.active=a\n',
    },
  })
  assert.deepEqual(fatal, [])
  assert.match(lines.join('\n'), /^warn spring\.profiles\.active is another each time files are read under it/)
})

test('a value without a name, and a name deeper than any setting, are told of', async () => {
  const { lines } = await settingsFrom({
    files: { 'cas.properties': `=x\ncas${'.a'.repeat(1000)}=y\n`, 'cas.yml': '"": z\n' },
    env: { SPRING_APPLICATION_JSON: `{"cas":${'{"b":'.repeat(5000)}1${'}'.repeat(5000)}}` },
  })
  assert.deepEqual(
    lines.map((line) => line.replace(/(?:\.[ab]){20,}\.?…/, '.…')),
    [
      'warn DIR/cas.yml:1 has a value without a name; it sets nothing',
      'warn DIR/cas.properties:1 has a value without a name; it sets nothing',
      'error unknown setting cas.… (DIR/cas.properties:2)',
      'error unknown setting cas.… (environment variable SPRING_APPLICATION_JSON)',
    ],
  )
})

test('all hostile files of a directory are told of at once, each in one line', async () => {
  const files = Object.fromEntries(
    refusals.flatMap(({ files: own }, at) => Object.entries(own).map(([name, text]) => [`conf.d/${at}${name}`, text])),
  )
  const { fatal } = await settingsFrom({ files })
  // Of the same setting in several files one counts.
  const found = refusals.filter(({ files: own, line }) => {
    const pattern = new RegExp(line.source.replace(/DIR\\\/cas\\\.(properties|yml)/, 'DIR\\/conf\\.d\\/\\d+cas\\.$1'))
    return Object.keys(own).length === 1 && fatal.some((one) => pattern.test(one))
  })
  assert.ok(
    found.length >= refusals.length - 4,
    refusals
      .filter((one) => !found.includes(one))
      .map(({ what }) => what)
      .join('\n'),
  )
  for (const line of fatal) assert.doesNotMatch(line, /\n/)
})

test('a file that may not be read is named', async () => {
  await within({ files: { 'cas.properties': 'a=1' } }, async (directory) => {
    chmodSync(join(directory, 'cas.properties'), 0)
    const read = readTextFile(join(directory, 'cas.properties'))
    // The super-user reads everything.
    if (process.getuid?.() !== 0) assert.match(JSON.stringify(read), /cannot be read: permission denied/)
    mkdirSync(join(directory, 'empty'))
  })
})

test('placeholders that refer to themselves are refused with the chain', async () => {
  const { fatal } = await settingsFrom({
    files: { 'cas.properties': 'cas.server.name=${a}\na=${b}\nb=${c}\nc=${a}\ncas.server.prefix=${cas.server.prefix}\n' },
  })
  assert.deepEqual(fatal, [
    'error cas.server.name (DIR/cas.properties:1:17) refers to itself: a → b → c → a',
    'error cas.server.prefix (DIR/cas.properties:5:19) refers to itself: cas.server.prefix → cas.server.prefix',
  ])
})

test('placeholders that multiply are refused', async () => {
  const lines = Array.from({ length: 30 }, (_, at) => `a${at + 1}=\${a${at}}\${a${at}}`)
  const { fatal } = await settingsFrom({ files: { 'cas.properties': ['a0=xx', ...lines, 'cas.server.name=${a30}'].join('\n') } })
  assert.equal(fatal.length, 1)
  assert.match(fatal[0] ?? '', /^error cas\.server\.name \(DIR\/cas\.properties:32:17\) (refers to more than|becomes longer)/)
})

test('ten thousand unknown settings are all reported, and quickly', async () => {
  const lines = Array.from({ length: 10_000 }, (_, at) => `cas.ticket.st.number-of-use${at}=1`)
  let loaded: Awaited<ReturnType<typeof settingsFrom>> | undefined
  const spent = await processorMs(async () => {
    loaded = await settingsFrom({ files: { 'cas.properties': lines.join('\n') } })
  })
  assert.ok(loaded)
  assert.equal(loaded.problems.length, 10_000)
  assert.equal(loaded.refused, false)
  assert.match(loaded.lines[0] ?? '', /did you mean cas\.ticket\.st\.number-of-uses\?$/)
  assert.ok(spent < 6_000, `${spent} ms`)
})

test('keys that mean something to JavaScript are nothing but keys', async () => {
  const files = {
    'cas.properties':
      'cas.authn.stub.attributes.__proto__=x\ncas.authn.stub.attributes.constructor=y\n__proto__.polluted=1\ncas.__proto__.polluted=1\n',
  }
  const { settings } = await settingsFrom({ files })
  assert.deepEqual(Object.keys(settings.cas.authn.stub.attributes).sort(), ['__proto__', 'constructor'])
  assert.equal(({} as { polluted?: string }).polluted, undefined)
})

test('control characters of a file do not reach the log', async () => {
  const { lines } = await settingsFrom({ files: { 'cas.properties': 'cas.a\\nERROR\\u001b[31m=1\ncas.ticket.st.number-of-uses=a\\nb\n' } })
  assert.equal(lines.length, 2)
  for (const line of lines) assert.doesNotMatch(line, /[\u0000-\u001f]/)
})
