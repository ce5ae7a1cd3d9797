// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are placeholders of a configuration
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settingsFrom } from './fixture.ts'

const name = async (value: string, more: readonly string[] = [], env: Readonly<Record<string, string>> = {}) => {
  const loaded = await settingsFrom({
    files: { 'cas.properties': [`cas.server.name=${value}`, ...more].join('\n') },
    env,
    argv: ['-Dprop=from-d'],
  })
  return { value: loaded.settings.cas.server.name, lines: loaded.lines }
}

test('placeholders take other keys, variables and defaults', async () => {
  const env = { DB_PASS: 'p', HOME_DIR: '/h' }
  const cases: Readonly<Record<string, string>> = {
    '${helper}/cas': 'h/cas',
    '${Helper:none}': 'none',
    '${a.camel-key}': 'c',
    '${DB_PASS}': 'p',
    '${db.pass}': 'p',
    '${missing:default}': 'default',
    '${missing:}': '',
    '${missing:${helper}}': 'h',
    '${${which}}': 'h',
    '${server.port}': '8443',
    '\\\\${helper}': '${helper}',
    '${prop}': 'from-d',
    'a$b{c}': 'a$b{c}',
  }
  for (const [text, wanted] of Object.entries(cases)) {
    const { value, lines } = await name(text, ['helper=h', 'a.camelKey=c', 'which=helper'], env)
    assert.equal(value, wanted, text)
    assert.deepEqual(lines, [])
  }
})

test('a placeholder nobody has set stays as it is, with a warning', async () => {
  const { value, lines } = await name('a${nowhere}b')
  assert.equal(value, 'a${nowhere}b')
  assert.deepEqual(lines, ['warn cas.server.name (DIR/cas.properties:1) refers to nowhere, which is not set'])
})

test('what a variable holds is not looked into', async () => {
  assert.equal((await name('${EVIL}', ['helper=h'], { EVIL: '${helper}${#uuid}' })).value, '${helper}${#uuid}')
  assert.equal((await name("${#environmentVars['EVIL']}", ['helper=h'], { EVIL: '${helper}' })).value, '${helper}')
})

test('expressions look up variables and join texts', async () => {
  const env = { X: 'x', TIER: '/tmp/qa' }
  const cases: Readonly<Record<string, string>> = {
    "${#environmentVars['X']}": 'x',
    "${#env['X'] + '-' + 1}": 'x-1',
    "#{systemEnvironment['X']}": 'x',
    "#{environment['X']}": 'x',
    "${#systemProperties['prop']}": 'from-d',
    "file:${#environmentVars['TIER']}/services": 'file:/tmp/qa/services',
    "${#envVars['NONE'] ?: 'it''s'}": "it's",
    '${#localDateUtc}': '2026-01-31',
    'p#{ss}word': 'p#{ss}word',
  }
  for (const [text, wanted] of Object.entries(cases)) {
    const { value, lines } = await name(text, [], env)
    assert.equal(value, wanted, text)
    assert.deepEqual(lines, [])
  }
  assert.match((await name('${#uuid}')).value, /^[0-9a-f-]{36}$/)
  assert.match((await name('${#randomNumber6}')).value, /^\d{6}$/)
  assert.match((await name('${random.int[1024,65535]}')).value, /^\d{4,5}$/)
  assert.match((await name('${random.uuid}')).value, /^[0-9a-f-]{36}$/)
})

test('an expression that would run code is refused by the name of its key, not by its text', async () => {
  for (const text of [
    '${T(java.lang.Runtime).getRuntime()}',
    '${#uuid.length()}',
    "#{new String('x')}",
    '#{@bean}',
    '${@bean.x}',
    "${new java.io.File('x')}",
    "${ new String('x') }",
    "${#env['a'",
    '${#environmentVars[X]}',
    '${#constructor}',
    "${#__proto__['x']}",
  ]) {
    const { lines } = await name(text)
    if (text.endsWith('}'))
      assert.match(
        lines[0] ?? '',
        /^error cas\.server\.name \(DIR\/cas\.properties:1:17\) uses an expression that this server does not evaluate/,
        text,
      )
    assert.doesNotMatch(lines.join(), /Runtime|bean|constructor|proto/)
  }
})

test('a variable that an expression wants and nobody has set is reported', async () => {
  const { lines } = await name("${#environmentVars['GONE']}")
  assert.deepEqual(lines, ['warn cas.server.name (DIR/cas.properties:1) refers to GONE, which is not set'])
})
