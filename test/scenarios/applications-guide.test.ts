import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { definition, projectDirectory, runCastellan, writeConfiguration } from '../support/castellan.ts'

/** The examples of the guide about applications do what stands beside them. */
const blocks = (document: string, language: string): readonly string[] => {
  const text = readFileSync(join(projectDirectory, document), 'utf8')
  const found = [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, block = '']) => block)
  return found.length > 0 ? found : assert.fail(`${document} has no ${language}`)
}
const guide = 'docs/guide/applications.md'
const scripts = 'docs/extending/service-script.md'
const CLASS = 'org.apereo.cas.services.'

test('the definitions of the guide are sound, and the answer of "services match" is the one that is printed there', async () => {
  const [intranet = '', payroll = ''] = blocks(guide, 'json')
  const [wiki = ''] = blocks(guide, 'hjson')
  const directory = await writeConfiguration({
    services: { 'Intranet-1001.json': intranet, 'Wiki-1002.hjson': wiki, 'Payroll-1003.json': payroll },
  })
  try {
    const run = async (...words: readonly string[]) => runCastellan(['services', ...words, '--config-dir', directory])
    const valid = await run('validate')
    assert.equal(valid.output, '3 definitions, 0 errors, 0 warnings\n')
    const [session = ''] = blocks(guide, 'text')
    const [command = '', ...printed] = session.trimEnd().split('\n')
    const words = command.replace('$ castellan services ', '').split(' ')
    const { code, output } = await run(...words)
    assert.equal(code, 0)
    assert.equal(output.replaceAll(`${join(directory, 'services')}/`, '').trimEnd(), printed.join('\n'))
    const denied = await run('match', 'https://payroll.example.org/', '--user', 'user1', '--attribute', 'memberOf=staff')
    assert.equal(denied.code, 1)
    assert.match(denied.output, /sent to {5}https:\/\/help\.example\.org\/payroll/)
    assert.equal((await run('match', 'https://payroll.example.org/', '--user', 'u', '--attribute', 'memberOf=payroll-1')).code, 0)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

test('the scripts of the page about scripts do what it says', async () => {
  const [access = '', release = ''] = blocks(scripts, 'js')
  const [mapping = ''] = blocks(scripts, 'json')
  const directory = await writeConfiguration()
  const services = join(directory, 'services')
  mkdirSync(join(services, 'scripts'))
  writeFileSync(join(services, 'scripts/access.mjs'), access)
  writeFileSync(join(services, 'scripts/release.mjs'), release)
  const script = (name: string) => `file:${join(services, 'scripts', name)}`
  const write = (id: number, host: string, more: object) =>
    writeFileSync(join(services, `App-${id}.json`), JSON.stringify(definition(id, `^https://${host}/.*`, more)))
  write(1, 'access', {
    accessStrategy: { '@class': `${CLASS}GroovyRegisteredServiceAccessStrategy`, groovyScript: script('access.groovy') },
  })
  write(2, 'release', {
    attributeReleasePolicy: { '@class': `${CLASS}GroovyScriptAttributeReleasePolicy`, groovyScript: script('release.mjs') },
  })
  write(3, 'mapped', {
    attributeReleasePolicy: { '@class': `${CLASS}ReturnMappedAttributeReleasePolicy`, allowedAttributes: JSON.parse(mapping) },
  })
  try {
    const match = async (url: string, ...attributes: readonly string[]) => {
      const words = ['services', 'match', url, '--user', 'user1', ...attributes.flatMap((each) => ['--attribute', each]), '--json']
      const { output } = await runCastellan([...words, '--config-dir', directory])
      return JSON.parse(output)
    }
    assert.equal((await match('https://access/x', 'memberOf=staff')).follows.access.allowed, true)
    const denied = await match('https://access/x')
    assert.equal(denied.follows.access.unauthorizedRedirectUrl, 'https://help.example.org/access')
    assert.equal((await match('https://access/internal/x', 'memberOf=staff')).outcome, 'refused')
    const { follows } = await match('https://release/', 'mail=u1@example.org')
    assert.deepEqual(follows.release.attributes, { mail: ['u1@example.org'], login: ['user1@2'] })
    const mapped = await match('https://mapped/', 'uid=U1')
    assert.deepEqual(mapped.follows.release.attributes, { mail: ['U1@example.org'], login: ['u1'] })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
