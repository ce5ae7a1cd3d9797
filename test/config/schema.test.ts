import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { group, int, text } from '../../src/base/schema.ts'
import { mergeGroups } from '../../src/config/merge.ts'
import { isKebab, parseKey, squash } from '../../src/config/names.ts'
import { conflicts, schema } from '../../src/config/schema.ts'
import { findKey, formerNames, properties } from '../../src/config/schema-walk.ts'
import { resolveVariable } from '../../src/config/sources/environment.ts'
import { settingsPage } from '../../tools/settings-page.ts'
import { projectDirectory } from '../support/castellan.ts'

const all = properties(schema)

test('rooms that share a setting say the same of it', () => {
  assert.ok(all.length > 100, `only ${all.length} settings`)
  assert.deepEqual(conflicts, [])
})

test('two rooms that say different things of one setting are found', () => {
  const one = group({ cas: group({ a: int(1, 'One.') }) })
  assert.deepEqual(mergeGroups([one, group({ cas: group({ a: int(1, 'From another side.') }) })]).conflicts, [])
  assert.deepEqual(mergeGroups([one, group({ cas: group({ a: int(2, 'Two.') }) })]).conflicts, ['cas.a'])
  assert.deepEqual(mergeGroups([one, group({ cas: group({ a: text('', 'Text.') }) })]).conflicts, ['cas.a'])
})

test('no two settings are spelled by the same environment variable', () => {
  const bySpelling = Map.groupBy(all, ({ name }) => squash(name.replaceAll('[*]', '[0]')))
  assert.deepEqual(
    [...bySpelling.values()].filter((same) => same.length > 1).map((same) => same.map(({ name }) => name)),
    [],
  )
})

test('the variable of each setting leads back to it, with dashes as underscores or left out', () => {
  for (const { name } of all) {
    const key = name.replaceAll('[*]', '[0]').replace(/\.\*/g, '.some')
    const variable = key.replace(/\[0\]/g, '_0').replace(/\./g, '_')
    assert.equal(resolveVariable(schema, variable.replace(/-/g, '_').toUpperCase()), key)
    assert.equal(resolveVariable(schema, variable.replace(/-/g, '').toUpperCase()), key)
  }
})

test('every name is kebab-case and found by itself [CF7]', () => {
  for (const { name } of all) {
    const key = name.replaceAll('[*]', '[0]').replace(/\.\*/g, '.some')
    assert.ok(isKebab(key), key)
    assert.equal(findKey(schema, key)?.name, key)
  }
})

test('every setting is ours or of CAS and Spring, and described by a sentence', () => {
  for (const { name, property } of all) {
    assert.match(name, /^(cas|cas-feature-module|castellan|server|spring|management|logging)\./)
    assert.match(property.about, /^[^a-z].{3,}[.!)`]$|^.{3,}[.:]$/, `${name}: ${property.about}`)
  }
})

test('an old name is not a setting of today, and none stands for two', () => {
  const names = formerNames(schema).map(({ oldName }) => oldName)
  assert.ok(names.length > 5)
  for (const oldName of names) assert.ok(parseKey(oldName), oldName)
  // A name that differs by spelling only needs no mention: every spelling binds.
  const spelled = names.map((name) => name.toLowerCase().replace(/[-_]/g, ''))
  assert.deepEqual(
    spelled.filter((name, at) => spelled.indexOf(name) !== at),
    [],
  )
})

test('the page of settings is what npm run docs writes', () => {
  assert.equal(readFileSync(join(projectDirectory, 'docs/reference/settings.md'), 'utf8'), settingsPage(), 'run npm run docs')
})
