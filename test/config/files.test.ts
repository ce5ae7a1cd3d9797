import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settingsFrom } from './fixture.ts'

const name = 'cas.server.name'

test('the files of the directory rank by their names, then by their endings', async () => {
  const profiles = ['standalone', 'p1']
  const bases = ['application', 'cas', 'CAS', ...profiles]
  const endings = ['yml', 'yaml', 'properties']
  const order = [
    ...bases.flatMap((base) => endings.map((ending) => `${base}.${ending}`)),
    ...profiles.flatMap((profile) =>
      endings.flatMap((ending) => ['application', 'cas', 'CAS'].map((base) => `${base}-${profile}.${ending}`)),
    ),
    'conf.d/10-a.yml',
    'conf.d/20-b.properties',
  ]
  const content = (file: string) => (file.endsWith('properties') ? `${name}=${file}` : `${name}: ${file}`)
  for (let count = order.length; count > 0; count -= 1) {
    const files = Object.fromEntries(order.slice(0, count).map((file) => [file, content(file)]))
    const { settings } = await settingsFrom({ files, argv: ['--spring.profiles.active=standalone,p1'] })
    assert.equal(settings.cas.server.name, order[count - 1])
  }
})

test('the name of the application and one more name choose the files', async () => {
  const { settings } = await settingsFrom({
    files: { 'sso.properties': 'cas.server.name=sso\nserver.port=1', 'more.yml': 'server.port: 2', 'cas.properties': `${name}=not read` },
    env: { SPRING_APPLICATION_NAME: 'sso', SPRING_CONFIG_NAME: 'more' },
  })
  assert.equal(settings.cas.server.name, 'sso')
  assert.equal(settings.server.port, 2)
})

test('a profile set inside the directory adds its files', async () => {
  const { settings, profiles } = await settingsFrom({
    files: { 'cas.properties': `spring.profiles.active=standalone,qa\n${name}=cas`, 'qa.properties': `${name}=qa` },
  })
  assert.deepEqual(profiles, ['standalone', 'qa'])
  assert.equal(settings.cas.server.name, 'qa')
})

test('groups and inclusions of profiles are resolved', async () => {
  const { profiles } = await settingsFrom({
    argv: ['--spring.profiles.active=a', '--spring.profiles.group.a=b,c', '--spring.profiles.include=d'],
  })
  assert.deepEqual(profiles, ['a', 'b', 'c', 'd'])
})

test('a document counts when its profiles are active', async () => {
  const yaml = [
    `${name}: first`,
    '---',
    'spring.config.activate.on-profile: standalone & !other',
    'server.port: 1',
    '---',
    'spring.config.activate.on-profile: other',
    `${name}: other`,
  ].join('\n')
  const properties = `${name}=first\n#---\nspring.config.activate.on-profile=other | none\n${name}=other\n#---\nspring.profiles=standalone\nserver.port=2`
  for (const files of [{ 'cas.yml': yaml }, { 'cas.properties': properties }]) {
    const { settings } = await settingsFrom({ files })
    assert.equal(settings.cas.server.name, 'first')
    assert.notEqual(settings.server.port, 8443)
  }
})

test('properties are UTF-8, Latin-1 where they are not', async () => {
  const utf8 = await settingsFrom({ files: { 'cas.properties': `${name}=Größe` } })
  const latin1 = await settingsFrom({ files: { 'cas.properties': Buffer.from(`${name}=Größe`, 'latin1') } })
  const escaped = await settingsFrom({ files: { 'cas.properties': `${name}=Gr\\u00f6\\u00dfe` } })
  for (const { settings } of [utf8, latin1, escaped]) assert.equal(settings.cas.server.name, 'Größe')
})

test('properties keep Java`s rules of escapes, continuation and separators', async () => {
  const file = ['! remark', 'cas.server.name : a\\:b\\=c \\', '     and\\tmore', 'server.port   99', 'cas.server.prefix=a#b  '].join('\n')
  const { settings, lines } = await settingsFrom({ files: { 'cas.properties': file } })
  assert.equal(settings.cas.server.name, 'a:b=c and\tmore')
  assert.equal(settings.server.port, 99)
  assert.equal(settings.cas.server.prefix, 'a#b  ')
  assert.deepEqual(lines, ['warn cas.server.prefix (DIR/cas.properties:5) ends in blanks, which belong to the value'])
})

test('a YAML scalar reaches a text setting as it is written', async () => {
  for (const [written, read] of Object.entries({
    '0123': '0123',
    no: 'no',
    '1e3': '1e3',
    "'0x1F'": '0x1F',
    '': '',
    '~': '',
    'a # remark': 'a',
  })) {
    const { settings } = await settingsFrom({ files: { 'cas.yml': `cas:\n  server:\n    name: ${written}\n` } })
    assert.equal(settings.cas.server.name, read, written)
  }
})

test('anchors and merges of YAML count', async () => {
  const yaml = 'shared: &x\n  name: shared\n  prefix: p\ncas:\n  server:\n    <<: *x\n    name: own\n'
  const { settings } = await settingsFrom({ files: { 'cas.yml': yaml } })
  assert.deepEqual({ ...settings.cas.server }, { name: 'own', prefix: 'p' })
})

test('a key written twice in a file counts as its last line, with a warning', async () => {
  const { settings, lines } = await settingsFrom({ files: { 'cas.properties': `${name}=a\n${name}=b\n` } })
  assert.equal(settings.cas.server.name, 'b')
  assert.deepEqual(lines, [
    `warn ${name} (DIR/cas.properties:2) is written twice, the first time in DIR/cas.properties:1; the last line counts`,
  ])
})

test('the directory named inside a file comes too late, which is said', async () => {
  const { lines } = await settingsFrom({ files: { 'cas.properties': 'cas.standalone.configurationDirectory=/elsewhere' } })
  assert.equal(lines.length, 1)
  assert.match(
    lines[0] ?? '',
    /^warn cas\.standalone\.configurationDirectory \(DIR\/cas\.properties:1\) stands in a file, where it is too late/,
  )
})

test('a configuration directory that is named and not there stops the start; none at all does not', async () => {
  const { fatal } = await settingsFrom({ argv: ['--config-dir=/no/such/place'] })
  assert.deepEqual(fatal, ['error /no/such/place is named as the configuration directory and does not exist'])
  assert.deepEqual((await settingsFrom({})).lines, [])
  for (const env of [
    { CASTELLAN_CONFIG_DIR: '/no/such' },
    { CAS_STANDALONE_CONFIGURATIONDIRECTORY: '/no/such' },
    { CAS_STANDALONE_CONFIGURATION_DIRECTORY: '/no/such' },
  ]) {
    assert.equal((await settingsFrom({ env })).fatal.length, 1)
  }
})

test('a Groovy script in the directory is said not to be read', async () => {
  const { lines } = await settingsFrom({ files: { 'cas.groovy': 'x' } })
  assert.deepEqual(lines, ['warn DIR/cas.groovy is not read: this server does not run Groovy; cas.config.mjs beside it takes its place'])
})
