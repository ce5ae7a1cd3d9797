import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withoutJavaTypes } from '../../src/base/java-typed.ts'
import { locateKey, parseRelaxedJson } from '../../src/base/relaxed-json.ts'

function parsed(text: string): unknown {
  const result = parseRelaxedJson(text)
  if (result.kind === 'broken') assert.fail(`${result.line}:${result.column} ${result.message}`)
  return result.value
}

test('comments, missing and trailing commas, quoteless keys and strings, multi-line strings and missing root braces are read', () => {
  const text = `# no braces, no quotes
"@class": org.apereo.cas.services.CasRegisteredService
serviceId: ^https://intranet\\.example\\.org/.*
name: Intranet
id: 2001
enabled: true // a comment
number: 01
`
  assert.deepEqual(
    parsed(`${text}description:\n  '''\n  First line\n    second line, two blanks kept\n  '''\nlist: [ "cn", 'mail', ]\n/* end */`),
    {
      '@class': 'org.apereo.cas.services.CasRegisteredService',
      serviceId: '^https://intranet\\.example\\.org/.*',
      name: 'Intranet',
      id: 2001,
      enabled: true,
      number: '01',
      description: 'First line\n  second line, two blanks kept',
      list: ['cn', 'mail'],
    },
  )
})

test('block, line and hash comments, a comma on the next line and a trailing one are read', () => {
  const text = '{\n  /* block */\n  "a" : "x\\\\.y",\n  // line\n  "b" : 1\n  , # hash\n  "c" : "One", "d" : 7,\n}'
  assert.deepEqual(parsed(text), { a: 'x\\.y', b: 1, c: 'One', d: 7 })
})

test('a quoteless string swallows everything to the end of the line', () => {
  assert.deepEqual(parsed('{\n  name: Foo, # bar\n  other: x }\n}'), { name: 'Foo, # bar', other: 'x }' })
})

test('a byte order mark and line ends of Windows disturb nothing', () => {
  assert.deepEqual(parsed('\ufeff{ "a": 1 }'), { a: 1 })
  assert.deepEqual(parsed('\ufeff{\r\n  a: b\r\n}\r\n'), { a: 'b' })
})

test('whole numbers beyond 53 bits keep their digits', () => {
  assert.deepEqual(parsed('{ "id": 9007199254740993, "x": 1.5 }'), { id: '9007199254740993', x: 1.5 })
  assert.deepEqual(parsed('id: 9007199254740993'), { id: '9007199254740993' })
  assert.deepEqual(parsed('{ "id": 103935657744185 }'), { id: 103935657744185 })
})

test('a key that stands twice is reported with its line, the last one holds', () => {
  for (const text of ['{ "a": 1,\n  "b": { "a": 0 },\n  "a": 2 }', '{ a: 1\n  b: { a: 0 }\n  a: 2\n}']) {
    const result = parseRelaxedJson(text)
    assert.equal(result.kind, 'ok')
    if (result.kind !== 'ok') return
    assert.deepEqual(result.value, { a: 2, b: { a: 0 } })
    assert.deepEqual(result.warnings, [{ message: 'the key "a" stands twice, the last one holds', line: 3 }])
  }
})

test('a key that stands twice only by its escapes is found too', () => {
  const result = parseRelaxedJson('{ "a": 1, "\\u0061": "x:y" }')
  assert.equal(result.kind === 'ok' && result.warnings.length, 1)
})

/** text, line and column, part of the message. */
const BROKEN: readonly (readonly [string, number, number, RegExp])[] = [
  ['{ "@class": ', 1, 13, /./],
  ['{\n  "a": "\\d"\n}', 2, 10, /Bad string/],
  ['{ "a": 1 } { "b": 2 }', 1, 12, /trailing/],
  ['{\n "a": 1,\n "constructor": 2 }', 3, 3, /constructor/],
  ['{ __proto__: { a: 1 } }', 1, 3, /__proto__/],
  ['{ "__proto__": { "a": 1 } }', 1, 4, /__proto__/],
  [`${'{"a":'.repeat(101)}1${'}'.repeat(101)}`, 1, 1, /deep/],
  [`${'['.repeat(500_000)}`, 1, 1, /deep/],
  [`t${','.repeat(900_000)}`, 1, 1, /too long/],
  ['just a text', 1, 1, /not an object/],
]

for (const [text, line, column, message] of BROKEN) {
  test(`${JSON.stringify(text.slice(0, 30))} is refused with its place`, () => {
    const result = parseRelaxedJson(text)
    assert.equal(result.kind, 'broken')
    if (result.kind !== 'broken') return
    assert.match(result.message, message)
    assert.equal(result.line, line)
    assert.ok(Math.abs(result.column - column) <= 1, `column ${result.column}`)
  })
}

test('a message never repeats the text, which may hold a secret', () => {
  const result = parseRelaxedJson('{ "clientSecret": "s3cr3t-value" "x" }')
  assert.equal(result.kind, 'broken')
  assert.doesNotMatch(JSON.stringify(result), /s3cr3t/)
})

test('nothing of a hostile text gets into the prototype of objects', () => {
  parseRelaxedJson('{ "a": { "__proto__": { "polluted": true } } }')
  parseRelaxedJson('a: { __proto__: { polluted: true } }')
  assert.equal('polluted' in {}, false)
})

test('a key is located by its line and column', () => {
  assert.deepEqual(locateKey('{\n  "name": "id",\n  "id" : 7\n}', 'id'), { line: 3, column: 4 })
  assert.equal(locateKey('{ "name": 1 }', 'id'), undefined)
})

test('Java-typed collections and values are taken off', () => {
  assert.deepEqual(
    withoutJavaTypes({
      list: ['java.util.ArrayList', ['a', 'b']],
      empty: ['java.util.ArrayList', []],
      set: ['java.util.LinkedHashSet', ['b', 'a', 'b']],
      sorted: ['java.util.TreeSet', ['b', 'a']],
      immutable: ['java.util.ImmutableCollections$ListN', ['x']],
      single: ['java.util.Collections$SingletonSet', ['x']],
      nested: ['java.util.ArrayList', [['java.util.HashSet', ['x']]]],
      map: { '@class': 'java.util.HashMap', cn: ['java.util.HashSet', ['x']] },
      plainMap: { cn: ['x'] },
      date: ['java.util.Date', 1700000000000],
      uri: ['java.net.URI', 'https://x'],
      day: ['java.time.LocalDate', '2026-03-01'],
      long: ['java.lang.Long', 5],
      word: ['org.apereo.cas.services.RegisteredServiceLogoutType', 'NONE'],
      plain: ['cn', 'mail'],
      two: ['some.thing', ['x']],
      policy: { '@class': 'org.jasig.cas.services.ReturnAllAttributeReleasePolicy' },
    }),
    {
      list: ['a', 'b'],
      empty: [],
      set: ['b', 'a'],
      sorted: ['a', 'b'],
      immutable: ['x'],
      single: ['x'],
      nested: [['x']],
      map: { cn: ['x'] },
      plainMap: { cn: ['x'] },
      date: 1700000000000,
      uri: 'https://x',
      day: '2026-03-01',
      long: 5,
      word: 'NONE',
      plain: ['cn', 'mail'],
      two: ['some.thing', ['x']],
      policy: { '@class': 'org.apereo.cas.services.ReturnAllAttributeReleasePolicy' },
    },
  )
})
