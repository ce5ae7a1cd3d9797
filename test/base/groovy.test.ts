import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileGroovy, GroovyMistake } from '../../src/base/groovy.ts'
import type { Json } from '../../src/base/json.ts'

const NAMES = ['attributes', 'currentValues', 'principalId', 'id', 'username', 'registeredService', 'logger']
const VALUES: Readonly<Record<string, Json>> = {
  attributes: { uid: ['u1'], cn: ['Case User', 'Other'], empty: [] },
  currentValues: ['a', 'b'],
  principalId: 'casuser',
  registeredService: { name: 'App', id: '1', serviceId: '^https://app/.*' },
}

const ROWS: readonly (readonly [string, Json])[] = [
  ["return attributes['uid']", ['u1']],
  ['attributes.uid[0]', 'u1'],
  ["return attributes.get('cn').get(1)", 'Other'],
  ['return attributes.uid[0] + "@example.org"', 'u1@example.org'],
  ["return 'a\\'b' + \"\\$\"", "a'b$"],
  ["return attributes.cn.contains('Other')", true],
  ["return attributes.containsKey('mail') || attributes.uid.size() == 1", true],
  ["return attributes.mail ? 'mail' : principalId.toUpperCase()", 'CASUSER'],
  ["return !attributes.empty && currentValues.contains('b')", true],
  ["return registeredService.name == 'App' && registeredService.serviceId.startsWith('^https')", true],
  ["logger.info('checking', attributes)\n  logger.warn('x');\n  return currentValues != ['a']\n".replace("['a']", 'null'), true],
  ['/* why */ return (1 + 2).toString() // three', '3'],
  ["return currentValues + 'c'", ['a', 'b', 'c']],
  ['return attributes.cn.toString()', '[Case User, Other]'],
  ["return attributes.nobody[0] == null ? 'x' : 'y'", 'throws'],
  ['return attributes.uid.get(7)', 'throws'],
  ['return attributes.uid[7]', null],
  ["return attributes.nobody + 'x'", 'throws'],
]

for (const [text, value] of ROWS) {
  test(`groovy: ${text.trim().replaceAll('\n', ' ')}`, () => {
    const evaluate = compileGroovy(text, NAMES)
    if (value === 'throws') assert.throws(() => evaluate(VALUES), GroovyMistake)
    else assert.deepEqual(evaluate(VALUES), value)
  })
}

const REFUSED = [
  'def x = 1; return x',
  "return 'rm -rf /'.execute()",
  'return System.exit(1)',
  'return "$' + '{attributes}"',
  "if (attributes.uid) { return 'a' }",
  'return attributes.uid.collect { it }',
  'return new File("/etc/passwd").text',
  "return attributes.constructor('x')",
  "return 'a'.getClass()",
  'return `x`',
  'return',
  '',
  `return ${'('.repeat(2000)}1${')'.repeat(2000)}`,
  `return ${'!'.repeat(2000)}true`,
]

for (const text of REFUSED) {
  test(`not understood: ${text.slice(0, 60)}`, () => {
    assert.throws(() => compileGroovy(text, NAMES), GroovyMistake)
  })
}

test('members of the language do not shine through', () => {
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    assert.equal(compileGroovy(`return attributes['${name}']`, NAMES)(VALUES), null)
  }
})
