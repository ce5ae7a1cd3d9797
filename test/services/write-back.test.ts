import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { definition, NOW, openWorld } from './world.ts'

const CLASS = 'org.apereo.cas.services.'
const text = (id: number | undefined, name: string, more: object = {}) =>
  JSON.stringify({
    '@class': `${CLASS}CasRegisteredService`,
    serviceId: '^https://app/.*',
    name,
    ...(id === undefined ? {} : { id }),
    ...more,
  })

test('a definition that is saved gets a file and is in force, one that is deleted loses it', async () => {
  await using world = await openWorld()
  const saved = await world.services.save(text(7, 'My App'), 'admin')
  assert.deepEqual(saved, { kind: 'saved', id: '7', file: join(world.directory, 'MyApp-7.json') })
  assert.equal(world.ask('https://app/x'), 'found My App')
  assert.equal((await world.services.remove('7', 'admin')).kind, 'removed')
  assert.equal(world.ask('https://app/x'), 'empty-registry')
  assert.deepEqual(readdirSync(world.directory), [])
  assert.deepEqual(await world.services.remove('7'), { kind: 'unknown' })
  assert.deepEqual(world.audit.records, [
    { action: 'SAVE_SERVICE_SUCCESS', who: 'admin', what: 'My App (7)' },
    { action: 'DELETE_SERVICE_SUCCESS', who: 'admin', what: 'My App (7)' },
  ])
})

test('the file has the classes of Java, nothing but what was given, and every digit of the id', async () => {
  await using world = await openWorld()
  const given = `{
    "@class": "${CLASS}RegexRegisteredService", name: App, unknownMember: { deep: [1] }
    id: 9223372036854775807
    serviceId: ^https://app/\\d+$
    environments: [ "java.util.HashSet", [ "prod" ] ]
    accessStrategy: { "@class": "${CLASS}DefaultRegisteredServiceAccessStrategy", requiredAttributes: { cn: [ "admin" ] } }
    attributeReleasePolicy: { "@class": "${CLASS}ReturnAllowedAttributeReleasePolicy", allowedAttributes: [ "cn", "mail" ] }
  `
  // Quoteless strings run to the end of their line.
  const saved = await world.services.save(given.replace('name: App,', '"name": "App",'))
  assert.equal(saved.kind, 'refused')
  const whole = await world.services.save(`${given.replace('name: App,', '"name": "App",')}}`)
  assert.deepEqual(whole, { kind: 'saved', id: '9223372036854775807', file: join(world.directory, 'App-9223372036854775807.json') })
  assert.equal(
    readFileSync(join(world.directory, 'App-9223372036854775807.json'), 'utf8'),
    `{
  "@class": "${CLASS}CasRegisteredService",
  "serviceId": "^https://app/\\\\d+$",
  "name": "App",
  "id": 9223372036854775807,
  "accessStrategy": {
    "@class": "${CLASS}DefaultRegisteredServiceAccessStrategy",
    "requiredAttributes": {
      "@class": "java.util.TreeMap",
      "cn": [
        "java.util.HashSet",
        [
          "admin"
        ]
      ]
    }
  },
  "attributeReleasePolicy": {
    "@class": "${CLASS}ReturnAllowedAttributeReleasePolicy",
    "allowedAttributes": [
      "java.util.ArrayList",
      [
        "cn",
        "mail"
      ]
    ]
  },
  "environments": [
    "java.util.HashSet",
    [
      "prod"
    ]
  ],
  "unknownMember": {
    "deep": [
      "java.util.ArrayList",
      [
        1
      ]
    ]
  }
}
`,
  )
})

test('what is written is read as the same definition', async () => {
  const more = {
    evaluationOrder: 3,
    properties: { p: { '@class': `${CLASS}DefaultRegisteredServiceProperty`, values: ['java.util.HashSet', ['true']] } },
    contacts: ['java.util.ArrayList', [{ '@class': `${CLASS}DefaultRegisteredServiceContact`, name: 'Desk' }]],
  }
  await using world = await openWorld({ files: { 'App-1.json': definition(1, 'App', '^https://app/.*', more) } })
  const before = world.services.byId('1')?.definition
  await world.services.save(readFileSync(join(world.directory, 'App-1.json'), 'utf8'))
  assert.deepEqual(world.services.byId('1')?.definition, before)
  assert.equal(world.services.byId('1')?.flag('p', false), true)
})

test('names cannot leave the directory', async () => {
  await using world = await openWorld()
  const names = ['../../evil', '.hidden', 'a/b\\c:d*e?"<>|\u0001', 'é'.repeat(300)]
  for (const [place, name] of names.entries()) assert.equal((await world.services.save(text(place + 1, name))).kind, 'saved', name)
  const files = readdirSync(world.directory).sort()
  assert.deepEqual(files.slice(0, 3), ['_._.._evil-1.json', '_hidden-2.json', 'a_b_c_d_e______-3.json'])
  assert.ok(Buffer.byteLength(files[3] ?? '') <= 200)
  assert.equal(world.services.all().length, 4)
})

test('a renamed definition has one file, where the old one was', async () => {
  await using world = await openWorld({ files: { 'team/odd name.json': definition(1, 'Old', '^https://app/.*') } })
  chmodSync(join(world.directory, 'team/odd name.json'), 0o600)
  assert.equal((await world.services.save(text(1, 'New'))).kind, 'saved')
  assert.deepEqual(readdirSync(world.directory, { recursive: true }).sort(), ['team', 'team/New-1.json'])
  assert.equal(world.ask('https://app/x'), 'found New')
})

test('a new definition goes to the folder of its kind if there is one', async () => {
  await using world = await openWorld()
  mkdirSync(join(world.directory, 'cas-client'))
  await world.services.save(text(1, 'App'))
  assert.deepEqual(readdirSync(join(world.directory, 'cas-client')), ['App-1.json'])
})

test('new definitions get ids that nobody has, also when several come at once', async () => {
  await using world = await openWorld()
  const saved = await Promise.all([text(undefined, 'A'), text(-1, 'B'), text(undefined, 'C')].map((each) => world.services.save(each)))
  assert.deepEqual(
    saved.map((each) => each.kind === 'saved' && each.id),
    [NOW, NOW + 1, NOW + 2].map(String),
  )
})

test('comments that would be lost are kept beside the file, with a warning; the mode stays', async () => {
  const old = `{ // why\n "@class": "${CLASS}CasRegisteredService", "serviceId": "^https://app/.*", "name": "App", "id": 1 }`
  await using world = await openWorld({ files: { 'App-1.json': old } })
  chmodSync(join(world.directory, 'App-1.json'), 0o600)
  await world.services.save(text(1, 'App', { description: 'new' }))
  assert.equal(readFileSync(join(world.directory, '.App-1.json.bak'), 'utf8'), old)
  assert.match(world.messages('warn').join(), /App-1\.json was written anew without its comments; .*\.App-1\.json\.bak/)
  assert.equal(statSync(join(world.directory, 'App-1.json')).mode & 0o777, 0o600)
  assert.equal(world.services.byId('1')?.description, 'new')
})

test('what is no definition is refused and nothing is written', async () => {
  await using world = await openWorld()
  const nested = `{"a":`.repeat(200)
  for (const bad of [
    '',
    '{',
    '[]',
    '"x"',
    '{}',
    `[${text(1, 'A')},${text(2, 'B')}]`,
    text(1, ' '),
    nested,
    text(1, 'x'.repeat(1024 * 1024)),
  ]) {
    assert.equal((await world.services.save(bad)).kind, 'refused', bad.slice(0, 40))
  }
  assert.deepEqual(readdirSync(world.directory), [])
})

test('a write that fails leaves everything as it was', async () => {
  await using world = await openWorld({ files: { 'App-1.json': definition(1, 'App', '^https://app/.*') } })
  // A directory stands where the new file should be written first.
  mkdirSync(join(world.directory, `.App-1.json.tmp-${process.pid}`, 'x'), { recursive: true })
  const saved = await world.services.save(text(1, 'App', { description: 'new' }))
  assert.equal(saved.kind, 'failed')
  assert.equal(world.services.byId('1')?.description, undefined)
  assert.deepEqual(
    world.audit.records.map(({ action }) => action),
    ['SAVE_SERVICE_FAILED'],
  )
  world.write('Other-2.json', [definition(2, 'Two', '^https://two/.*'), definition(3, 'Three', '^https://three/.*')])
  assert.match(JSON.stringify(await world.services.save(text(2, 'Two'))), /holds several definitions/)
  assert.equal((await world.services.remove('3')).kind, 'failed')
  assert.ok(existsSync(join(world.directory, 'Other-2.json')))
})
