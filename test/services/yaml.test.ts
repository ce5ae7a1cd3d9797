import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { definition, openWorld, until } from './world.ts'

const CLASS = 'org.apereo.cas.services.'
const APP = `--- !<${CLASS}CasRegisteredService>
# who it is for
serviceId: "^https://app/.*"
name: App
id: 9223372036854775807
attributeReleasePolicy: !<${CLASS}ReturnAllowedAttributeReleasePolicy>
  allowedAttributes: [ cn, mail ] # no more
`
const inYaml = { 'yaml.location': '', 'json.location': 'classpath:/none' }

test('definitions in YAML are read beside those in JSON, by the same rules', async () => {
  await using world = await openWorld({
    files: {
      'App-9223372036854775807.yml': APP,
      'Keys-2.yaml': `"@class": ${CLASS}CasRegisteredService\nserviceId: ^https://keys/.*\nname: Keys\nid: 2\nevaluationOrder: 5\n`,
      'Json-3.json': definition(3, 'Json', '^https://json/.*'),
      'Twice-3.yml': `--- !<${CLASS}CasRegisteredService>\nserviceId: ^https://twice/.*\nname: Twice\nid: 3\n`,
    },
    settings: { 'yaml.location': 'classpath:/elsewhere' },
  })
  assert.equal(await world.ask('https://app/x'), 'unregistered')
  await using both = await openWorld({ directory: world.directory, settings: { 'yaml.location': world.directory } })
  assert.equal(await both.ask('https://app/x'), 'found App')
  assert.equal(await both.ask('https://keys/x'), 'found Keys')
  assert.equal(await both.ask('https://json/x'), 'found Json')
  assert.equal(await both.ask('https://twice/x'), 'unregistered')
  const { attributes } = await both.release('https://app/x', { cn: ['A'], mail: ['b'], sn: ['c'] })
  assert.deepEqual([...Object.keys(attributes)].sort(), ['cn', 'mail'])
  assert.equal(both.messages('warn').filter((line) => /Json-3\.json/.test(line) && /Twice-3\.yml/.test(line)).length, 1)
})

test('YAML that is broken, hostile or no definition is named with its place and makes nothing', async () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'.replaceAll(/./g, (name) => `${name}: &${name} [${`*${String.fromCharCode(name.charCodeAt(0) - 1)},`.repeat(9)}]\n`)}`
  await using world = await openWorld({
    files: {
      'Broken-1.yml': `--- !<${CLASS}CasRegisteredService>\nname: [\n`,
      'Bomb-2.yml': bomb,
      'Deep-3.yml': '['.repeat(20_000),
      'Other-4.yml': 'version: "3"\nservices: {}\n',
      'Code-5.yml': '--- !!js/function "function(){}"\n',
      'Proto-6.yml': `--- !<${CLASS}CasRegisteredService>\n__proto__: { a: 1 }\n`,
    },
  })
  await using yaml = await openWorld({ directory: world.directory, settings: { 'yaml.location': world.directory } })
  assert.equal(yaml.services.all().length, 0)
  const said = yaml.messages('warn', 'error').join('\n')
  for (const name of ['Broken-1.yml:', 'Bomb-2.yml:', 'Deep-3.yml:', 'Other-4.yml:', 'Code-5.yml:', 'Proto-6.yml:'])
    assert.ok(said.includes(name), name)
})

test('a definition in YAML is changed in its place: comments, tags and digits stay', async () => {
  await using world = await openWorld({ files: { 'App-9223372036854775807.yml': APP } })
  await using yaml = await openWorld({ directory: world.directory, settings: { 'yaml.location': world.directory } })
  const changed = APP.replace('name: App', 'name: App\ndescription: new')
  assert.equal((await yaml.services.save(changed, { who: 'admin', format: 'yaml' })).kind, 'saved')
  const text = readFileSync(join(world.directory, 'App-9223372036854775807.yml'), 'utf8')
  assert.match(text, /# who it is for/)
  assert.match(text, /allowedAttributes: \[ cn, mail \] # no more/)
  assert.match(text, /id: 9223372036854775807\n/)
  assert.match(text, /description: new\n/)
  assert.equal(yaml.services.byId('9223372036854775807')?.description, 'new')
})

test('where there is only a directory for YAML new definitions are written in YAML, and the watcher follows it', async () => {
  await using outer = await openWorld()
  await using world = await openWorld({
    directory: outer.directory,
    settings: { ...inYaml, 'yaml.location': outer.directory, 'yaml.watcherEnabled': true },
  })
  await world.services.save(JSON.stringify(definition(4, 'New', '^https://new/.*', { environments: ['prod'] })))
  const files = readdirSync(world.directory).filter((name) => !name.startsWith('.'))
  assert.deepEqual(files, ['New-4.yml'])
  assert.equal(
    readFileSync(join(world.directory, 'New-4.yml'), 'utf8'),
    `---\n!<${CLASS}CasRegisteredService>\nserviceId: ^https://new/.*\nname: New\nid: 4\nenvironments:\n  - prod\n`,
  )
  world.write('Hand-5.yml', `--- !<${CLASS}CasRegisteredService>\nserviceId: ^https://hand/.*\nname: Hand\nid: 5\n`)
  assert.ok(await until(() => world.services.byId('5') !== undefined, 30_000))
})
