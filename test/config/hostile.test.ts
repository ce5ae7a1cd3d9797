// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of a configuration
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readTextFile } from '../../src/config/sources/text-file.ts'
import { type Given, settingsFrom, within } from './fixture.ts'

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
]

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
  const begin = process.cpuUsage()
  const loaded = await settingsFrom({ files: { 'cas.properties': lines.join('\n') } })
  const { user } = process.cpuUsage(begin)
  assert.equal(loaded.problems.length, 10_000)
  assert.equal(loaded.refused, false)
  assert.match(loaded.lines[0] ?? '', /did you mean cas\.ticket\.st\.number-of-uses\?$/)
  assert.ok(user < 3_000_000, `${user} us`)
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
