import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import type { RegisteredService } from '../../src/services/index.ts'
import { projectDirectory } from '../support/castellan.ts'
import { openWorld } from './world.ts'

/** The text of a definition's file, a line of dashes, then what became of it: members that differ from those of the plainest definition, and the log. */
const files = globSync(join(projectDirectory, 'test/golden/services/*.golden')).sort()

const PLAIN = '{ "@class": "org.apereo.cas.services.CasRegisteredService", "serviceId": "-", "name": "-", "id": 0 }'

test('there are golden files of definitions', () => {
  assert.ok(files.length >= 6)
})

for (const file of files) {
  const name = basename(file, '.golden')
  test(`${name} becomes the service that its golden file shows`, async () => {
    const [input = '', expected = ''] = readFileSync(file, 'utf8').split(/^-{5,}\n/m)
    assert.equal(await normalForm(name, input), expected.trim())
  })
}

async function normalForm(name: string, text: string): Promise<string> {
  await using world = await openWorld({ files: { [`${name}-1.json`]: text } })
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
    .map(({ level, message }) => `${level}: ${message.replaceAll(`${world.directory}/`, '').replaceAll(`${name}-1.json`, 'FILE')}`)
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
