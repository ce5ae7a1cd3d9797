import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { projectDirectory } from '../support/castellan.ts'
import { settingsFrom } from './fixture.ts'

/** Input, a line of dashes, then what came of it: settings that differ from their defaults, a blank line, the problems. */
const files = globSync(join(projectDirectory, 'test/golden/config/*.txt')).sort()

test('there are golden files of settings', () => {
  assert.ok(files.length >= 4)
})

for (const file of files) {
  const name = basename(file, '.txt')
  test(`${name} becomes the settings that its golden file shows`, async () => {
    const [input = '', expected = ''] = readFileSync(file, 'utf8').split(/^-{5,}\n/m)
    const given = await settingsFrom({ files: { [name.replace(/^.*\./, 'cas.')]: input }, env: { GREETING: 'hello' } })
    const without = await settingsFrom({ files: {} })
    const shown = [...different(given.settings, without.settings, ''), '', ...given.lines].join('\n').trim()
    assert.equal(shown, expected.trim())
  })
}

/** `path = JSON`, for each value that is not the default. */
function different(value: unknown, fallback: unknown, path: string): readonly string[] {
  if (path === 'cas.standalone.configurationDirectory' || JSON.stringify(value) === JSON.stringify(fallback)) return []
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} = ${JSON.stringify(value)}`]
  const others = fallback as Readonly<Record<string, unknown>> | undefined
  return Object.entries(value).flatMap(([name, one]) => different(one, others?.[name], path === '' ? name : `${path}.${name}`))
}
