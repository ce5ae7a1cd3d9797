import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Saved } from '../../src/services/index.ts'
import { projectDirectory, requirePrograms } from '../support/castellan.ts'
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

/** The definitions of a directory: what begins with a dot is none. */
const filesIn = (directory: string) => readdirSync(directory).filter((name) => !name.startsWith('.'))

const outcome = (saved: Saved) => (saved.kind === 'saved' ? [saved.kind, saved.id, saved.file] : [saved.kind])

test('a definition that is saved gets a file and is in force, one that is deleted loses it', async () => {
  await using world = await openWorld()
  const saved = await world.services.save(text(7, 'My App'), { who: 'admin' })
  assert.deepEqual(outcome(saved), ['saved', '7', join(world.directory, 'MyApp-7.json')])
  assert.equal(world.ask('https://app/x'), 'found My App')
  assert.equal((await world.services.remove('7', { who: 'admin' })).kind, 'removed')
  assert.equal(world.ask('https://app/x'), 'empty-registry')
  assert.deepEqual(filesIn(world.directory), [])
  assert.deepEqual(await world.services.remove('7'), { kind: 'unknown' })
  assert.deepEqual(
    world.audit.records.map(({ action, who, what }) => ({ action, who, what })),
    [
      { action: 'SAVE_SERVICE_SUCCESS', who: 'admin', what: 'My App (7)' },
      { action: 'DELETE_SERVICE_SUCCESS', who: 'admin', what: 'My App (7)' },
    ],
  )
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
  assert.equal(saved.kind, 'unreadable')
  const whole = await world.services.save(`${given.replace('name: App,', '"name": "App",')}}`)
  assert.deepEqual(outcome(whole), ['saved', '9223372036854775807', join(world.directory, 'App-9223372036854775807.json')])
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
  const files = filesIn(world.directory).sort()
  assert.deepEqual(files.slice(0, 3), ['_._.._evil-1.json', '_hidden-2.json', 'a_b_c_d_e______-3.json'])
  assert.ok(Buffer.byteLength(files[3] ?? '') <= 200)
  assert.equal(world.services.all().length, 4)
})

test('a renamed definition has one file, where the old one was', async () => {
  await using world = await openWorld({ files: { 'team/odd name.json': definition(1, 'Old', '^https://app/.*') } })
  chmodSync(join(world.directory, 'team/odd name.json'), 0o600)
  assert.equal((await world.services.save(text(1, 'New'))).kind, 'saved')
  assert.deepEqual(filesIn(world.directory), ['team'])
  assert.deepEqual(readdirSync(join(world.directory, 'team')), ['New-1.json'])
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

test('comments survive a change; what would be lost is kept beside the file, with a warning; the mode stays', async () => {
  const head = `{ // why\n "@class": "${CLASS}CasRegisteredService", "serviceId": "^https://app/.*", "name": "App", "id": 1`
  const old = `${head},\n "theme": "x" # not so\n}\n`
  await using world = await openWorld({ files: { 'App-1.json': old } })
  const file = join(world.directory, 'App-1.json')
  chmodSync(file, 0o600)
  await world.services.save(text(1, 'App', { theme: 'y' }))
  assert.equal(readFileSync(file, 'utf8'), old.replace('"x"', '"y"'))
  assert.ok(!existsSync(join(world.directory, '.App-1.json.bak')))
  assert.deepEqual(world.messages('warn'), [])

  const second = old.replace('"x"', '{ "a": 1 /* odd */ }')
  world.write('App-1.json', second)
  await world.services.save(text(1, 'App', { description: 'new' }))
  assert.match(readFileSync(file, 'utf8'), /\/\/ why/)
  assert.equal(world.services.byId('1')?.description, 'new')
  assert.equal(readFileSync(join(world.directory, '.App-1.json.bak'), 'utf8'), second)
  assert.match(world.messages('warn').join(), /App-1\.json was written anew without all of its comments; .*\.App-1\.json\.bak/)
  for (const name of ['App-1.json', '.App-1.json.bak']) assert.equal(statSync(join(world.directory, name)).mode & 0o777, 0o600, name)
})

test('a save that changes nothing leaves the file alone', async () => {
  await using world = await openWorld({ files: { 'App-1.json': `// as it is\n${text(1, 'App', { evaluationOrder: 0 })}` } })
  const file = join(world.directory, 'App-1.json')
  const before = statSync(file)
  assert.equal((await world.services.save(text(1, 'App'))).kind, 'saved')
  assert.equal(statSync(file).ino, before.ino)
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
    assert.match((await world.services.save(bad)).kind, /^(refused|unreadable)$/, bad.slice(0, 40))
  }
  assert.deepEqual(filesIn(world.directory), [])
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

test('what holds anyway is not written; the policies of an OAuth client are kept as they are [A19]', async () => {
  await using world = await openWorld()
  const policies = {
    codeExpirationPolicy: {
      '@class': 'org.apereo.cas.support.oauth.services.DefaultRegisteredServiceOAuthCodeExpirationPolicy',
      numberOfUses: 1,
      timeToLive: 'PT10S',
    },
    accessTokenExpirationPolicy: {
      '@class': 'org.apereo.cas.support.oauth.services.DefaultRegisteredServiceOAuthAccessTokenExpirationPolicy',
      maxTimeToLive: '1000',
      timeToKill: '100',
    },
  }
  const given = {
    '@class': 'org.apereo.cas.support.oauth.services.OAuthRegisteredService',
    serviceId: '^https://app/.*',
    name: 'Client',
    id: 4,
    clientId: 'c1',
    clientSecret: 's1',
    bypassApprovalPrompt: true,
    generateRefreshToken: true,
    ...policies,
  }
  const holdsAnyway = {
    description: null,
    evaluationOrder: 0,
    logoutType: 'BACK_CHANNEL',
    jwtAccessToken: false,
    environments: ['java.util.HashSet', []],
    accessStrategy: { '@class': `${CLASS}DefaultRegisteredServiceAccessStrategy`, enabled: true, ssoEnabled: true },
    attributeReleasePolicy: { '@class': `${CLASS}ReturnAllowedAttributeReleasePolicy`, allowedAttributes: ['java.util.ArrayList', []] },
  }
  await world.services.save(JSON.stringify({ ...given, ...holdsAnyway }))
  assert.deepEqual(JSON.parse(readFileSync(join(world.directory, 'Client-4.json'), 'utf8')), given)
})

test('a folder that leads out of the directory by a link is read, but neither written to nor deleted from', async () => {
  await using outside = await openWorld({ files: { 'App-1.json': definition(1, 'App', '^https://app/.*') } })
  await using world = await openWorld()
  symlinkSync(outside.directory, join(world.directory, 'cas-client'))
  await world.services.reload()
  assert.equal(world.ask('https://app/x'), 'found App')
  for (const change of [text(1, 'Other'), text(2, 'New')]) {
    assert.match(JSON.stringify(await world.services.save(change)), /"failed".*leads out of/)
  }
  assert.match(JSON.stringify(await world.services.remove('1')), /"failed".*leads out of/)
  assert.deepEqual(filesIn(outside.directory), ['App-1.json'])
})

test('a file that is a link is replaced itself; what it leads to stays', async () => {
  await using outside = await openWorld({ files: { 'real.json': definition(1, 'App', '^https://app/.*') } })
  await using world = await openWorld()
  symlinkSync(join(outside.directory, 'real.json'), join(world.directory, 'App-1.json'))
  assert.equal((await world.services.save(text(1, 'App', { description: 'new' }))).kind, 'saved')
  assert.ok(!lstatSync(join(world.directory, 'App-1.json')).isSymbolicLink())
  assert.deepEqual(JSON.parse(readFileSync(join(outside.directory, 'real.json'), 'utf8')), definition(1, 'App', '^https://app/.*'))
})

test('servers that save at the same moment wait for one another: each id is one file', async () => {
  await using one = await openWorld()
  await using other = await openWorld({ directory: one.directory })
  const saves = [one, other, one, other, one, other].map(({ services }, place) => services.save(text(5, `Name ${place}`)))
  const saved = await Promise.all(saves)
  assert.deepEqual(
    saved.map(({ kind }) => kind),
    saved.map(() => 'saved'),
  )
  const files = filesIn(one.directory)
  assert.equal(files.length, 1, files.join())
  const fresh = await Promise.all([one, other].map(({ services }) => services.save(text(undefined, 'New'))))
  assert.equal(new Set(fresh.map((each) => each.kind === 'saved' && each.id)).size, 2)
  assert.ok(!existsSync(join(one.directory, '.castellan/lock')))
})

test('a lock that a dead process left behind is taken away', async () => {
  await using world = await openWorld()
  const dead = spawnSync(process.execPath, ['--input-type=module', '-e', LEAVES_A_LOCK], { cwd: projectDirectory, encoding: 'utf8' })
  mkdirSync(join(world.directory, '.castellan'))
  writeFileSync(join(world.directory, '.castellan/lock'), `${dead.stdout}\nx`)
  assert.equal((await world.services.save(text(1, 'App'))).kind, 'saved')
})

const LEAVES_A_LOCK = "import { thisProcess } from './src/base/process-owner.ts'; process.stdout.write(thisProcess())"

test('a disk that is full leaves the old file as it was, and nothing beside it', async () => {
  await using world = await openWorld({ files: { 'App-1.json': definition(1, 'App', '^https://app/.*') } })
  const before = readFileSync(join(world.directory, 'App-1.json'), 'utf8')
  const long = text(1, 'App', { description: 'x'.repeat(100_000) })
  const script = `
    import { openWorld } from './test/services/world.ts'
    const world = await openWorld({ directory: process.argv[1], settings: { 'castellan.serviceRegistry.history.versions': 0 } })
    process.stdout.write(JSON.stringify(await world.services.save(process.argv[2])))
    await world.services.close()`
  // No file of this process grows beyond 4 blocks: the write stops halfway, as on a full disk.
  const child = spawnSync(
    'sh',
    ['-c', `ulimit -f 4; exec "$0" "$@"`, process.execPath, '--input-type=module', '-e', script, world.directory, long],
    { cwd: projectDirectory, encoding: 'utf8' },
  )
  assert.match(child.stdout, /"failed".*cannot be written \(EFBIG\)/, child.stderr)
  assert.equal(readFileSync(join(world.directory, 'App-1.json'), 'utf8'), before)
  assert.deepEqual(
    readdirSync(world.directory).filter((name) => name !== '.castellan'),
    ['App-1.json'],
  )
})

test('on a file system that is really full a definition is not saved and nothing is lost; with room it is', () => {
  requirePrograms('/usr/bin/unshare', '/usr/bin/mount')
  const directory = mkdtempSync(join(tmpdir(), 'castellan-full-'))
  const script = `
    import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
    import { definition, openWorld } from './test/services/world.ts'
    const directory = process.argv[1]
    const file = directory + '/App-1.json'
    await using world = await openWorld({ directory, files: { 'App-1.json': definition(1, 'App', '^https://app/.*') } })
    const before = readFileSync(file, 'utf8')
    const long = JSON.stringify(definition(1, 'App', '^https://app/.*', { description: 'x'.repeat(20_000) }))
    const other = JSON.stringify(definition(2, 'Other', '^https://other/.*', { description: 'x'.repeat(20_000) }))
    try { for (let n = 0; ; n++) writeFileSync(directory + '/filler' + n, 'x'.repeat(4096)) } catch (error) { console.error(error.code) }
    const full = [await world.services.save(long), await world.services.save(other)]
    const after = { same: readFileSync(file, 'utf8') === before, asked: world.ask('https://app/x'), names: readdirSync(directory).filter((name) => !name.startsWith('filler') && name !== '.castellan') }
    for (const name of readdirSync(directory)) if (name.startsWith('filler')) rmSync(directory + '/' + name)
    const again = await world.services.save(long)
    console.log(JSON.stringify({ full, after, again: again.kind, written: readFileSync(file, 'utf8').length > 20_000 }))`
  try {
    // A namespace of its own, so that the file system of 256 KB is seen by this process only and gone with it.
    const child = spawnSync(
      'unshare',
      [
        ...(process.getuid?.() === 0 ? ['--mount'] : ['--user', '--map-root-user', '--mount']),
        'sh',
        '-c',
        `mount -t tmpfs -o size=256k castellan "$1" && exec "$0" --input-type=module -e "$2" "$1"`,
        process.execPath,
        directory,
        script,
      ],
      { cwd: projectDirectory, encoding: 'utf8' },
    )
    assert.match(child.stderr, /^ENOSPC$/m)
    const { full, after, again, written } = JSON.parse(child.stdout) as {
      readonly full: readonly { readonly kind: string; readonly reason?: string }[]
      readonly after: object
      readonly again: string
      readonly written: boolean
    }
    for (const { kind, reason } of full) {
      assert.equal(kind, 'failed')
      assert.match(reason ?? '', /ENOSPC/)
    }
    assert.deepEqual(after, { same: true, asked: 'found App', names: ['App-1.json'] })
    assert.deepEqual({ again, written }, { again: 'saved', written: true })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

test('a class that a file leaves out because there is only one is written, so that CAS can read the file', async () => {
  await using world = await openWorld()
  const given = {
    expirationPolicy: { expirationDate: '2030-01-01' },
    contacts: [{ name: 'Desk' }],
    properties: { skipInterrupt: { '@class': '', values: ['true'] }, publicKey: { values: ['x'] } },
    publicKey: { location: 'file:/k', algorithm: 'RSA' },
  }
  await world.services.save(text(1, 'App', given))
  const written = JSON.parse(readFileSync(join(world.directory, 'App-1.json'), 'utf8'))
  assert.equal(written.expirationPolicy['@class'], `${CLASS}DefaultRegisteredServiceExpirationPolicy`)
  assert.equal(written.contacts[1][0]['@class'], `${CLASS}DefaultRegisteredServiceContact`)
  for (const name of ['skipInterrupt', 'publicKey'])
    assert.equal(written.properties[name]['@class'], `${CLASS}DefaultRegisteredServiceProperty`)
  assert.equal(written.publicKey['@class'], `${CLASS}RegisteredServicePublicKeyImpl`)
})

test('each thing that happens to a definition is an event in the log, under its name in CAS', async () => {
  const ends = (id: number) =>
    definition(id, `Ends${id}`, `^https://ends${id}/.*`, {
      expirationPolicy: {
        '@class': 'org.apereo.cas.services.DefaultRegisteredServiceExpirationPolicy',
        deleteWhenExpired: true,
        expirationDate: new Date(NOW + id * 1000).toISOString(),
      },
    })
  await using world = await openWorld({ files: { 'Ends1-1.json': ends(1), 'Ends2-2.json': ends(2), 'Ends3-3.json': ends(3) } })
  let seen = 0
  const events = () => {
    const lines = world.lines.slice(seen)
    seen = world.lines.length
    return lines.flatMap(({ fields }) => (typeof fields['event'] === 'string' ? [fields['event'].replace('CasRegisteredService', '')] : []))
  }
  assert.deepEqual(events(), ['LoadedEvent', 'LoadedEvent', 'LoadedEvent', 'sLoadedEvent'])
  await world.services.save(JSON.stringify(definition(4, 'New', '^https://new/.*')))
  assert.deepEqual(events(), ['sRefreshEvent', 'PreSaveEvent', 'sRefreshEvent', 'LoadedEvent', 'sLoadedEvent', 'SavedEvent'])
  await world.services.remove('4')
  assert.deepEqual(events(), ['sRefreshEvent', 'PreDeleteEvent', 'sRefreshEvent', 'sLoadedEvent', 'DeletedEvent'])
  world.setNow(NOW + 1000)
  await world.services.reload()
  assert.deepEqual(
    events().filter((event) => !event.startsWith('sRefresh') && !event.startsWith('sLoaded')),
    ['ExpiredEvent', 'PreDeleteEvent', 'DeletedEvent'],
  )
  world.setNow(NOW + 3000)
  await world.services.reload()
  assert.deepEqual(
    events().filter((event) => !event.startsWith('sRefresh') && !event.startsWith('sLoaded')),
    ['ExpiredEvent', 'ExpiredEvent', 'PreDeleteEvent', 'PreDeleteEvent', 'sDeletedEvent'],
  )
})
