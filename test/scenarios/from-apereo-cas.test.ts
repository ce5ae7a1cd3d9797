import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { definition, projectDirectory, runCastellan, writeConfiguration } from '../support/castellan.ts'

const guide = readFileSync(join(projectDirectory, 'docs/guide/from-apereo-cas.md'), 'utf8')
const block = (name: string) => new RegExp(`^\`\`\`\\w+ ${name}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(guide)?.[1] ?? ''

/** The directory that the guide "From Apereo CAS" tells of. */
async function directoryOfTheGuide(): Promise<string> {
  const oidc = { '@class': 'org.apereo.cas.services.OidcRegisteredService', clientId: 'c' }
  const directory = await writeConfiguration({
    services: {
      'Intranet-1001.json': definition(1001, '^https://intranet\\.example\\.org/.*'),
      'Wiki-1002.json': definition(1002, '^https://wiki\\.example\\.org/.*'),
      'Portal-1003.json': definition(1003, '^https://portal\\.example\\.org/.*', oidc),
    },
    files: {
      'users.groovy': '',
      'log4j2.xml': '<Configuration/>',
      'cas.properties': block('from-cas').replace('/etc/cas/services', '{dir}/services'),
    },
  })
  return directory
}

const asInGuide = (output: string, directory: string) =>
  output.replaceAll(`${directory}/services`, '/etc/cas/services').replaceAll(directory, '/etc/cas/config')
const env = { TGC_ENC: 'e'.repeat(86), TGC_SIGN: 's'.repeat(86) }

test('the report in the guide is what castellan check prints', async () => {
  const directory = await directoryOfTheGuide()
  const { output, code } = await runCastellan(['check', '--config-dir', directory], { env })
  assert.equal(code, 1)
  assert.equal(asInGuide(output, directory), block('from-cas-report'))
  await rm(directory, { recursive: true })
})

test('the diff in the guide is what castellan config migrate prints, and what it writes needs no migration', async () => {
  const directory = await directoryOfTheGuide()
  const migrate = (...more: string[]) => runCastellan(['config', 'migrate', ...more, '--config-dir', directory], { env })
  const { output } = await migrate()
  assert.equal(asInGuide(output, directory).replace(/^castellan config migrate: .*\n/gm, ''), block('from-cas-diff'))
  const before = JSON.parse((await runCastellan(['config', 'list', '--json', '--config-dir', directory], { env })).output)
  assert.equal((await migrate('--in-place')).code, 0)
  const after = JSON.parse((await runCastellan(['config', 'list', '--json', '--config-dir', directory], { env })).output)
  const values = (list: readonly { key: string; value: string }[]) => list.map(({ key, value }) => [key, value])
  const changed = values(after).filter((one, at) => one.join() !== values(before)[at]?.join())
  assert.deepEqual(changed, [])
  assert.equal(after.length, before.length)
  assert.match((await migrate()).output, /no file has old names/)
  await rm(directory, { recursive: true })
})
