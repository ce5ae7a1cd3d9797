import assert from 'node:assert/strict'
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import type { RegisteredService } from '../../src/services/index.ts'
import { projectDirectory } from '../support/castellan.ts'
import { openWorld } from './world.ts'

/**
 * The text of a definition's file, a line of dashes, then what became of it: members that differ from those of the plainest definition, and the log. Of a name
 * that begins with `yaml` the text is YAML; behind a line `=== NAME.json` stands a template.
 */
const files = globSync(join(projectDirectory, 'test/golden/services/*.golden')).sort()

const PLAIN = '{ "@class": "org.apereo.cas.services.CasRegisteredService", "serviceId": "-", "name": "-", "id": 0 }'

test('there are golden files of definitions', () => {
  assert.ok(files.length >= 16)
})

for (const file of files) {
  const name = basename(file, '.golden')
  test(`${name} becomes the service that its golden file shows`, async () => {
    const [input = '', expected = ''] = readFileSync(file, 'utf8').split(/^-{5,}\n/m)
    assert.equal(await normalForm(name, input), expected.trim())
  })
}

async function normalForm(name: string, text: string): Promise<string> {
  const [own = '', ...lent] = text.split(/^=== (.+)\n/m)
  const ending = name.startsWith('yaml') ? 'yml' : 'json'
  const templates = mkdtempSync(join(tmpdir(), 'castellan-golden-'))
  for (let at = 0; at + 1 < lent.length; at += 2) writeFileSync(join(templates, lent[at] ?? ''), lent[at + 1] ?? '')
  const directory = mkdtempSync(join(tmpdir(), 'castellan-golden-'))
  writeFileSync(join(directory, `${name}-1.${ending}`), own)
  await using world = await openWorld({
    directory,
    settings: { 'yaml.location': directory, 'yaml.watcherEnabled': false, 'templates.directory.location': templates },
  })
  await using plain = await openWorld({ files: { 'Plain-0.json': PLAIN } })
  const plainest = membersOf(plain.services.all()[0])
  const services = world.services.all().map((service) =>
    Object.entries(membersOf(service))
      .filter(([member, value]) => value !== plainest[member])
      .map(([member, value]) => `${member} = ${value}`)
      .join('\n'),
  )
  const said = world.lines
    .filter(({ level }) => level === 'warn' || level === 'error')
    .map(({ level, message }) => `${level}: ${message.replaceAll(`${world.directory}/`, '').replaceAll(`${name}-1.${ending}`, 'FILE')}`)
  for (const each of [templates, directory]) rmSync(each, { recursive: true })
  return [...(services.length > 0 ? services : ['(no service)']), ...said].join('\n\n').trim()
}

function membersOf(service: RegisteredService | undefined): Readonly<Record<string, string>> {
  assert.ok(service)
  const { definition, file: _, ...members } = service
  const shown = Object.entries(members).filter(
    ([member]) => !['matching', 'redirects', 'access', 'release', 'username', 'expiration'].includes(member),
  )
  const kept = Object.keys(definition).filter((member) => !(member in members) && member !== '@class')
  return {
    ...Object.fromEntries(shown.map(([member, value]) => [member, value === Number.POSITIVE_INFINITY ? 'never' : JSON.stringify(value)])),
    ...Object.fromEntries(kept.map((member) => [`definition.${member}`, JSON.stringify(definition[member])])),
  }
}
