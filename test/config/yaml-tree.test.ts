import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readYaml } from '../../src/config/sources/yaml-file.ts'

/** `KEY=VALUE at KEY'S LINE, VALUE'S LINE:COLUMN` of each document; or what is wrong. */
function read(text: string): readonly (readonly string[])[] | string {
  const { documents, problems } = readYaml('f.yml', text)
  if (problems.length > 0) return problems.map(({ message }) => message).join('; ')
  return documents.map(({ entries }) =>
    entries.map(({ key, value, origin: { line, valueLine, column } }) => `${key}=${value} at ${line}, ${valueLine}:${column}`),
  )
}

test('a value of YAML stands where its first sign stands, in quotes and in blocks', () => {
  const text = 'a: plain\nb: "double"\nc:   \'single\'\nd: |\n  one\n  two\ne: >-\n\n  folded\n  text\nf: &x !!str tagged\n'
  assert.deepEqual(read(text), [
    [
      'a=plain at 1, 1:4',
      'b=double at 2, 2:4',
      'c=single at 3, 3:6',
      'd=one\ntwo\n at 4, 4:4',
      'e=\nfolded text at 7, 7:4',
      'f=tagged at 11, 11:13',
    ],
  ])
})

test('each document of YAML comes by itself, and its anchors are its own', () => {
  assert.deepEqual(read('a: &x 1\n---\nb: 2\n'), [['a=1 at 1, 1:7'], ['b=2 at 3, 3:4']])
  assert.equal(read('a: &x 1\n---\nb: *x\n'), 'f.yml:3:4 is not valid YAML: an alias of an anchor that is not there')
})

test('lists, maps in one line, keys in brackets and what YAML calls nothing', () => {
  const text = 'a: [x, {b: y}]\nc:\n  "[urn:oid:2.5.4.42]": z\nd: []\ne: ~\nf: "null"\n'
  const lines = read(text)
  assert.ok(typeof lines !== 'string')
  assert.deepEqual(
    lines[0]?.map((line) => line.replace(/ at .*/, '')),
    ['a[0]=x', 'a[1].b=y', 'c.[urn:oid:2.5.4.42]=z', 'd=', 'e=', 'f=null'],
  )
})

test('the last meaning of an anchor holds, and what a map says itself wins over what it merges in', () => {
  const lines = read('a: &x {k: 1}\nb: &x {k: 2, l: 3}\nc:\n  l: own\n  <<: *x\nd: {"<<": no merge}\n')
  assert.ok(typeof lines !== 'string')
  assert.deepEqual(
    lines[0]?.map((line) => line.replace(/ at .*/, '')),
    ['a.k=1', 'b.k=2', 'b.l=3', 'c.l=own', 'c.k=2', 'd.[<<]=no merge'],
  )
})

test('mistakes in YAML are told with their place', () => {
  assert.equal(read('a:\n  b: 1\n  b: 2\n'), 'f.yml:3:3 is not valid YAML: a map has this key twice')
  assert.equal(read('a: *nobody\n'), 'f.yml:1:4 is not valid YAML: an alias of an anchor that is not there')
  assert.match(String(read('a: 1\n  b: 2\n')), /^f\.yml:2:\d+ is not valid YAML: /)
  assert.equal(read('---\n'.repeat(1001)), 'f.yml has more than 1000 documents')
  assert.match(String(read('a: "no end\n')), /^f\.yml:\d+:\d+ is not valid YAML: /)
})
