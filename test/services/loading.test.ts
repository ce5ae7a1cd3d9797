import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { memoryAudit } from '../../src/audit/index.ts'
import { createServices, ServiceRegistryUnusable } from '../../src/services/index.ts'
import { definition, type Line, openWorld, recordingLog, settingsWith, until } from './world.ts'

test('a file put into the location is served [A3]', async () => {
  await using world = await openWorld({
    settings: { 'core.initFromJson': false },
    files: { 'ApplicationName-1001.json': definition(1001, 'ApplicationName', 'https://app.example.org') },
  })
  assert.equal(world.ask('https://app.example.org'), 'found ApplicationName')
  assert.deepEqual(world.messages('info'), ['Loaded [1] service(s) from [JsonServiceRegistry].'])
  assert.deepEqual(world.services.health(), { up: true, details: { services: 1, stale: 0 } })
})

test('the minimal definition of four members is complete [A4]', async () => {
  await using world = await openWorld({
    files: {
      'ApplicationName-1001.json':
        '{\n  "@class" : "org.apereo.cas.services.CasRegisteredService",\n  "serviceId" : "https://app.example.org",\n  "name" : "ApplicationName",\n  "id" : 1001\n}\n',
    },
  })
  const finding = world.find('https://app.example.org')
  assert.equal(finding.kind, 'found')
  assert.equal(finding.service?.id, '1001')
  assert.deepEqual(await world.release('https://app.example.org', { mail: ['a@example.org'] }), {
    username: 'casuser',
    attributes: {},
    authenticationAttributes: true,
  })
  assert.equal(await world.authorize('https://app.example.org', {}), 'allowed')
})

test('an application that no definition takes is unregistered, and an empty registry says so', async () => {
  await using world = await openWorld({ files: { 'App-1.json': definition(1, 'App', '^https://app\\.example\\.org/.*') } })
  assert.deepEqual(world.find('https://not.registered.example/'), {
    kind: 'refused',
    reason: 'unregistered',
    messageKey: 'screen.service.error.message',
  })
  await using empty = await openWorld()
  assert.deepEqual(empty.find('https://app.example.org/'), {
    kind: 'refused',
    reason: 'empty-registry',
    messageKey: 'screen.service.empty.error.message',
  })
})

test('Human JSON with comments, a member commented out and a comment behind the last comma is loaded [A14]', async () => {
  await using world = await openWorld({
    files: {
      'HTTPSandIMAPS-1.json': `/*
  Wildcards are for demos.
*/
{
  "@class" : "org.apereo.cas.services.CasRegisteredService",
  "serviceId" : "^(https|imaps)://.*",
  "name" : "HTTPS and IMAPS",
  // "description" : "left out",
  "id" : 1, // the id
}
`,
    },
  })
  assert.deepEqual(
    world.services.all().map(({ id, name }) => ({ id, name })),
    [{ id: '1', name: 'HTTPS and IMAPS' }],
  )
  assert.equal(world.ask('imaps://mail.example.org'), 'found HTTPS and IMAPS')
})

test('ids may be any number and stay exact [A10]', async () => {
  const ids = ['1', '1001', '10000001', '103935657744185', '9007199254740993', '9223372036854775807']
  await using world = await openWorld({
    files: Object.fromEntries(
      ids.map((id, index) => [
        `App${index}-${id}.json`,
        `{ "@class": "org.apereo.cas.services.CasRegisteredService", "serviceId": "^https://app${index}/.*", "name": "App${index}", "id": ${id} }`,
      ]),
    ),
  })
  assert.deepEqual(
    world.services.all().map((service) => service.id),
    ids,
  )
  for (const id of ids) assert.equal(world.services.byId(id)?.id, id)
  assert.deepEqual(world.messages('warn', 'error'), [])
})

test('file names: name, number and ending pass without a word, any other is loaded with one warning [A8]', async () => {
  await using world = await openWorld({
    files: {
      'My-Service-51.json': definition(51, 'My Service', '^https://n51/.*'),
      'Umläut-55.json': definition(55, 'Umläut', '^https://n55/.*'),
      'my service.json': definition(50, 'my service', '^https://n50/.*'),
      'plain52.json': definition(52, 'plain', '^https://n52/.*'),
      'Other-1.json': definition(56, 'Other', '^https://n56/.*'),
      '.hidden-54.json': definition(54, 'hidden', '^https://n54/.*'),
      'sub/Deep-53.json': definition(53, 'Deep', '^https://n53/.*'),
    },
  })
  assert.deepEqual(
    [50, 51, 52, 53, 54, 55, 56].map((n) => world.ask(`https://n${n}/`)),
    ['found my service', 'found My Service', 'found plain', 'found Deep', 'unregistered', 'found Umläut', 'found Other'],
  )
  const warnings = world.messages('warn').toSorted()
  assert.equal(warnings.length, 3)
  assert.match(warnings[0] ?? '', /^Other-1\.json: the number in the name \[Other-1\.json\] is not the id 56/)
  assert.match(warnings[1] ?? '', /^my service\.json: \[my service\.json\] does not match the recommended pattern/)
  assert.match(warnings[2] ?? '', /^plain52\.json: \[plain52\.json\] does not match/)
})

test('git work trees, swap files and loops of links disturb nothing', async () => {
  await using world = await openWorld({
    files: {
      'App-1.json': definition(1, 'App', '^https://app/.*'),
      '.git/config': '[core]',
      '.git/Broken-2.json': '{',
      '.App-1.json.swp': 'x',
      'App-1.json~': '{',
      '#App-1.json#': '{',
      'notes.txt': 'x',
    },
  })
  symlinkSync(world.directory, join(world.directory, 'loop'))
  await world.services.reload()
  assert.equal(world.services.all().length, 1)
  assert.deepEqual(world.messages('warn', 'error'), [])
})

test('of several files with one id the first in the order stays, each other one is named in a warning [A9]', async () => {
  await using world = await openWorld({
    files: {
      'App-1.json': definition(1, 'App', '^https://app/.*', { evaluationOrder: 10 }),
      'Dup-1.json': definition(1, 'Dup', '^https://dup/.*', { evaluationOrder: 5 }),
      'App-9.json': definition(9, 'App', '^https://samename/.*'),
      'App-10.json': definition(10, 'App', '^https://samename2/.*'),
    },
  })
  assert.equal(world.ask('https://dup/'), 'found Dup')
  assert.equal(world.ask('https://app/'), 'unregistered')
  assert.equal(world.ask('https://samename/'), 'found App')
  assert.deepEqual(
    world.services
      .all()
      .map((service) => service.id)
      .toSorted(),
    ['1', '10', '9'],
  )
  const warnings = world.messages('warn').filter((message) => message.startsWith('Found'))
  assert.equal(warnings.length, 2)
  assert.match(
    warnings.join('\n'),
    /\[\^https:\/\/app\/\.\*\] with a duplicate id \[1\] in App-1\.json; it is left out, Dup-1\.json stays in force/,
  )
  assert.match(warnings.join('\n'), /with the name \[App\]: id \[\d+\] in App-\d+\.json and id \[\d+\] in App-\d+\.json/)
  assert.equal(world.services.problems().filter(({ message }) => message.startsWith('Found')).length, 2)

  // What appears later and sorts behind changes nothing; the outcome does not depend on the order of events.
  world.write('Late-1.json', definition(1, 'Late', '^https://late/.*', { evaluationOrder: 20 }))
  await world.services.reload()
  assert.equal(world.ask('https://late/'), 'unregistered')
  assert.equal(world.ask('https://dup/'), 'found Dup')
  assert.equal(world.messages('warn').filter((message) => message.includes('Late-1.json')).length, 1)
})

test('a blank @class is read as CasRegisteredService with one warning that names the file [A23]', async () => {
  await using world = await openWorld({
    files: { 'sample-100.json': { '@class': '', serviceId: '^https://.+', name: 'sample service', id: 100 } },
  })
  assert.equal(world.ask('https://anything.example/'), 'found sample service')
  assert.deepEqual(world.messages('warn', 'error'), [
    'sample-100.json:1:3: the @class is blank; read as org.apereo.cas.services.CasRegisteredService',
  ])
})

test('a file without @class is ignored with a warning', async () => {
  await using world = await openWorld({ files: { 'a-1.json': { serviceId: '.*', name: 'a', id: 1 }, 'b-2.json': '  \n', 'c-3.json': '' } })
  assert.equal(world.services.all().length, 0)
  assert.deepEqual(world.messages('warn', 'error'), ['a-1.json: no @class, ignored'])
})

/** Contents that refuse a definition, and what the log says about them. */
const oauth = (more: object) => ({
  ...definition(1, 'x', 'x', more),
  '@class': 'org.apereo.cas.support.oauth.services.OAuthRegisteredService',
  clientId: 'x',
  ...more,
})

const REFUSED: readonly (readonly [what: string, content: object | string | Buffer, message: RegExp])[] = [
  ['cut in half', '{ "@class": ', /^X-1\.json:1:\d+: End of input/],
  ['10 MB', `{ "@class": "x", "description": "${'x'.repeat(10 * 1024 * 1024)}" }`, /more than the 1048576 allowed/],
  ['deeply nested', `{ "@class": "x", "a": ${'['.repeat(5000)}${']'.repeat(5000)} }`, /nested more than 100 deep/],
  ['Latin-1', Buffer.from('{ "@class": "org.apereo.cas.services.CasRegisteredService", "name": "\xe4" }', 'latin1'), /not UTF-8/],
  ['UTF-16', Buffer.from('\ufeff{ "@class": "x" }', 'utf16le'), /X-1\.json/],
  ['binary', Buffer.from([0, 1, 2, 255, 254, 64]), /X-1\.json/],
  [
    'unknown class',
    { '@class': 'org.example.Nothing', name: 'x', serviceId: 'x', id: 1 },
    /X-1\.json:1:3: the class org\.example\.Nothing is not known/,
  ],
  ['Ant patterns', { '@class': 'org.jasig.cas.services.RegisteredServiceImpl', name: 'x', serviceId: 'https://**', id: 1 }, /Ant patterns/],
  [
    'unknown policy',
    definition(1, 'x', 'x', { accessStrategy: { '@class': 'org.apereo.cas.services.NoSuchStrategy' } }),
    /NoSuchStrategy of "accessStrategy"/,
  ],
  [
    'policy of another role',
    definition(1, 'x', 'x', { accessStrategy: { '@class': 'org.apereo.cas.services.ReturnAllAttributeReleasePolicy' } }),
    /accessStrategy/,
  ],
  [
    'policy of a stranger',
    definition(1, 'x', 'x', { accessStrategy: { '@class': 'com.evil.DefaultRegisteredServiceAccessStrategy' } }),
    /com\.evil/,
  ],
  ['policy without a class', definition(1, 'x', 'x', { accessStrategy: { enabled: false } }), /"accessStrategy" needs an @class/],
  ['policy that is a text', definition(1, 'x', 'x', { attributeReleasePolicy: 'all' }), /must be an object/],
  [
    'nested unknown filter',
    definition(1, 'x', 'x', {
      attributeReleasePolicy: {
        '@class': 'org.apereo.cas.services.ReturnAllAttributeReleasePolicy',
        attributeFilter: { '@class': 'org.apereo.cas.services.support.Nope' },
      },
    }),
    /Nope of "attributeReleasePolicy\.attributeFilter"/,
  ],
  ['blank name', definition(1, ' ', 'x'), /"name" is missing or blank/],
  ['no serviceId', { '@class': 'org.apereo.cas.services.CasRegisteredService', name: 'x', id: 1 }, /"serviceId" is missing/],
  [
    'id that is a text',
    { '@class': 'org.apereo.cas.services.CasRegisteredService', name: 'x', serviceId: 'x', id: 'one' },
    /"id" must be a whole number/,
  ],
  [
    'id beyond 64 bits',
    '{ "@class": "org.apereo.cas.services.CasRegisteredService", "name": "x", "serviceId": "x", "id": 99999999999999999999 }',
    /64 bits/,
  ],
  ['order that is a text', definition(1, 'x', 'x', { evaluationOrder: 'first' }), /"evaluationOrder" must be a whole number/],
  [
    'flag that is a text',
    definition(1, 'x', 'x', {
      accessStrategy: { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy', enabled: 'maybe' },
    }),
    /enabled" must be true or false/,
  ],
  ['secret that is an object', oauth({ clientSecret: { value: 'x' } }), /"clientSecret" must be a text/],
  ['grants that are an object', oauth({ supportedGrantTypes: { password: true } }), /"supportedGrantTypes" must be a list of texts/],
  ['scopes with an object', oauth({ scopes: ['java.util.HashSet', [{ name: 'x' }]] }), /"scopes" must be a list of texts/],
  ['method that is a list of lists', oauth({ tokenEndpointAuthenticationMethod: [['none']] }), /must be a text/],
  ['flag of a client that is a word', oauth({ bypassApprovalPrompt: 'no' }), /"bypassApprovalPrompt" must be true or false/],
  [
    'life that is none',
    oauth({
      refreshTokenExpirationPolicy: {
        '@class': 'org.apereo.cas.support.oauth.services.DefaultRegisteredServiceOAuthRefreshTokenExpirationPolicy',
        timeToKill: 'two weeks',
      },
    }),
    /"refreshTokenExpirationPolicy.timeToKill" must be a number of seconds or a duration/,
  ],
  ['unknown logout type', definition(1, 'x', 'x', { logoutType: 'SIDEWAYS' }), /BACK_CHANNEL/],
  ['prototype', '{ "@class": "org.apereo.cas.services.CasRegisteredService", "__proto__": {} }', /__proto__/],
]

for (const [what, content, message] of REFUSED) {
  test(`a definition is refused with one clear line: ${what}`, async () => {
    await using world = await openWorld({ files: { 'X-1.json': content, 'Good-2.json': definition(2, 'Good', '^https://good/.*') } })
    assert.equal(world.ask('https://good/'), 'found Good')
    assert.deepEqual(
      world.services.all().map((service) => service.id),
      ['2'],
    )
    const errors = world.messages('error')
    assert.equal(errors.length, 1)
    assert.match(errors[0] ?? '', message)
    assert.ok((errors[0] ?? '').length < 400)
    assert.equal(world.services.problems()[0]?.severity, 'error')
    // The same text is not reported again.
    await world.services.reload()
    assert.equal(world.messages('error').length, 1)
  })
}

test('the last good version stays in force until the file can be read again', async () => {
  await using world = await openWorld({
    files: { 'App-1.json': definition(1, 'App', '^https://app/.*'), 'Other-2.json': definition(2, 'Other', '^https://other/.*') },
  })
  for (const broken of ['{ "@class": ', '', JSON.stringify(definition(1, '', '^https://app/.*')), 'x'.repeat(2 * 1024 * 1024)]) {
    world.write('App-1.json', broken)
    await world.services.reload()
    assert.equal(world.ask('https://app/'), 'found App', broken.slice(0, 20))
    assert.equal(world.ask('https://other/'), 'found Other')
    assert.equal(world.services.health().details['stale'], 1)
  }
  assert.ok(world.services.problems().some(({ message }) => message.startsWith('stale: using the version')))
  assert.equal(world.messages('error').length, 3)
  world.write('App-1.json', definition(1, 'App2', '^https://app/.*'))
  await world.services.reload()
  assert.equal(world.ask('https://app/'), 'found App2')
  assert.equal(world.services.health().details['stale'], 0)
  rmSync(join(world.directory, 'App-1.json'))
  await world.services.reload()
  assert.equal(world.ask('https://app/'), 'unregistered')
})

test('a file that becomes whole within the second look is not reported', async () => {
  await using world = await openWorld({ files: { 'App-1.json': definition(1, 'App', '^https://app/.*') } })
  world.write('App-1.json', '{ "@class": ')
  const reloading = world.services.reload()
  await new Promise((resolve) => setTimeout(resolve, 100))
  world.write('App-1.json', definition(1, 'Whole', '^https://app/.*'))
  await reloading
  assert.equal(world.ask('https://app/'), 'found Whole')
  assert.deepEqual(world.messages('error'), [])
})

test('a directory that vanishes leaves the definitions in force, one error and a bad health', async () => {
  await using world = await openWorld({ files: { 'App-1.json': definition(1, 'App', '^https://app/.*') } })
  rmSync(world.directory, { recursive: true })
  await world.services.reload()
  await world.services.reload()
  assert.equal(world.ask('https://app/'), 'found App')
  assert.equal(world.services.health().up, false)
  assert.equal(world.messages('error').length, 1)
  world.write('App-1.json', definition(1, 'Back', '^https://app/.*'))
  await world.services.reload()
  assert.equal(world.ask('https://app/'), 'found Back')
  assert.equal(world.services.health().up, true)
})

test('what cannot be looked at any more stays in force as it was read, with one warning, until it can', async () => {
  await using outer = await openWorld()
  const services = join(outer.directory, 'services')
  const target = join(outer.directory, 'target.json')
  mkdirSync(services)
  writeFileSync(target, JSON.stringify(definition(1, 'App', '^https://app/.*')))
  const link = join(services, 'App-1.json')
  symlinkSync(target, link)
  await using world = await openWorld({ directory: services })
  assert.equal(world.ask('https://app/'), 'found App')
  rmSync(link)
  symlinkSync('App-1.json', link)
  await world.services.reload()
  await world.services.reload()
  assert.equal(world.ask('https://app/'), 'found App')
  assert.deepEqual(world.messages('warn', 'error'), ['App-1.json cannot be looked at (ELOOP); what was read of it before stays in force.'])
  assert.deepEqual(
    world.services.problems().map(({ message }) => message.replace(`${services}/`, '').replace(/ before 20.*/, ' before')),
    ['App-1.json cannot be looked at (ELOOP)', 'stale: using the version read before'],
  )
  assert.equal(world.services.health().details['stale'], 1)
  rmSync(link)
  symlinkSync(target, link)
  await world.services.reload()
  assert.deepEqual([world.services.problems(), world.services.health().details['stale']], [[], 0])
  rmSync(target)
  await world.services.reload()
  assert.equal(world.ask('https://app/'), 'empty-registry', 'a link that leads nowhere is a file that is gone')
})

test('a volume that was taken away, and leaves an empty directory, takes no definition along', async (t) => {
  await using outer = await openWorld({ files: { 'one/App-1.json': definition(1, 'App', '^https://app/.*') } })
  const elsewhere = mkdtempSync('/dev/shm/castellan-services-')
  t.after(() => rmSync(elsewhere, { recursive: true }))
  assert.notEqual(statSync(elsewhere).dev, statSync(outer.directory).dev, 'another file system')
  const mounted = join(outer.directory, 'mounted')
  symlinkSync('one', mounted)
  await using world = await openWorld({ directory: mounted })
  rmSync(mounted)
  symlinkSync(elsewhere, mounted)
  await world.services.reload()
  assert.equal(world.ask('https://app/'), 'found App')
  assert.equal(world.services.health().up, false)
  assert.match(world.messages('error').join(), /is empty now, and on another file system; the definitions read before stay in force/)
  writeFileSync(join(elsewhere, 'Next-2.json'), JSON.stringify(definition(2, 'Next', '^https://app/.*')))
  await world.services.reload()
  assert.equal(world.ask('https://app/'), 'found Next')
  rmSync(join(elsewhere, 'Next-2.json'))
  await world.services.reload()
  assert.equal(world.ask('https://app/'), 'empty-registry', 'on the same file system, somebody has deleted it')
})

test('unknown members are kept and named once, with the name that was probably meant', async () => {
  await using world = await openWorld({
    files: {
      'App-1.json': definition(1, 'App', '^https://app/.*', {
        evaluationOrdr: 7,
        tags: ['a'],
        accessStrategy: { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy', enabeld: true },
      }),
    },
  })
  assert.deepEqual(
    world
      .messages('warn')
      .map((message) => message.replace(/^[^ ]+ /, ''))
      .toSorted(),
    [
      'the member "accessStrategy.enabeld" is not known and has no effect; did you mean "enabled"?',
      'the member "evaluationOrdr" is not known and has no effect; did you mean "evaluationOrder"?',
      'the member "tags" is not known and has no effect',
    ],
  )
  assert.deepEqual(world.services.byId('1')?.definition['tags'], ['a'])
})

test('definitions of several kinds are loaded; only those of CAS take a service', async () => {
  await using world = await openWorld({
    files: {
      'OAuth-1.json': {
        '@class': 'org.apereo.cas.support.oauth.services.OAuthRegisteredService',
        serviceId: '^https://app/.*',
        name: 'OAuth',
        id: 1,
        clientId: 'c',
        codeExpirationPolicy: {
          '@class': 'org.apereo.cas.support.oauth.services.DefaultRegisteredServiceOAuthCodeExpirationPolicy',
          timeToLive: 10,
        },
      },
      'Saml-2.json': {
        '@class': 'org.apereo.cas.support.saml.services.SamlRegisteredService',
        serviceId: '.*',
        name: 'Saml',
        id: 2,
        anything: 1,
      },
      'Old-3.json': { '@class': 'org.jasig.cas.services.RegexRegisteredService', serviceId: '^https://app/.*', name: 'Old', id: 3 },
      'list.hjson': `[ { "@class": "org.apereo.cas.services.RegexRegisteredService", "serviceId": "^https://listed/.*", "name": "Listed", "id": 4 } ]`,
    },
  })
  assert.equal(world.ask('https://app/'), 'found Old')
  assert.equal(world.ask('https://listed/'), 'found Listed')
  assert.deepEqual(
    world.services.all().map(({ name, protocol, className }) => [name, protocol, className.split('.').at(-1)]),
    [
      ['Saml', 'saml2', 'SamlRegisteredService'],
      ['OAuth', 'oauth', 'OAuthRegisteredService'],
      ['Listed', 'cas', 'CasRegisteredService'],
      ['Old', 'cas', 'CasRegisteredService'],
    ],
  )
})

test('a definition with environments is active in its profiles only', async () => {
  const files = { 'Dev-1.json': definition(1, 'Dev', '^https://dev/.*', { environments: ['java.util.HashSet', ['dev', 'test']] }) }
  const answers: string[] = []
  for (const options of [{}, { profiles: ['prod'] }, { profiles: ['prod', 'dev'] }, { settings: { 'castellan.environments': ['test'] } }]) {
    await using world = await openWorld({ files, ...options })
    answers.push(world.ask('https://dev/'))
  }
  assert.deepEqual(answers, ['found Dev', 'unregistered', 'found Dev', 'found Dev'])
})

test('a definition without an id gets one that stays the same', async () => {
  const text = '{ "@class": "org.apereo.cas.services.CasRegisteredService", "serviceId": "^https://app/.*", "name": "App" }'
  await using world = await openWorld({ files: { 'App.json': text } })
  const [service] = world.services.all()
  assert.match(service?.id ?? '', /^\d+$/)
  await using again = await openWorld({ directory: world.directory })
  assert.equal(again.services.all()[0]?.id, service?.id)
})

async function open(location: string, configurationDirectory: string, lines: Line[] = []) {
  const services = await createServices({
    settings: settingsWith({ 'json.location': location, 'json.watcherEnabled': false, 'schedule.enabled': false }),
    clock: Date.now,
    log: recordingLog(lines),
    audit: memoryAudit(),
    profiles: [],
    configurationDirectory,
    defaultAttributesToRelease: [],
    hostName: 'node1',
  })
  await services.close()
  return services
}

test('a location whose last segment is missing is created with a warning; otherwise the start is refused', async () => {
  const base = mkdtempSync(join(tmpdir(), 'castellan-location-'))
  try {
    const lines: Line[] = []
    await open(`file:${base}/services`, base, lines)
    assert.match(lines.find((line) => line.level === 'warn')?.message ?? '', /did not exist and was created/)
    writeFileSync(join(base, 'file'), '')
    const unusable = (what: RegExp) => (error: unknown) =>
      error instanceof ServiceRegistryUnusable && what.test(error.message) && error.exitCode === 78
    await assert.rejects(
      open(`${base}/a/b`, base),
      unusable(/^cas\.service-registry\.json\.location names .*\/a\/b, which does not exist$/),
    )
    await assert.rejects(open(`file://${base}/file`, base), unusable(/is not a directory/))
    if (process.getuid?.() !== 0) {
      mkdirSync(join(base, 'closed'), { mode: 0 })
      await assert.rejects(open(`${base}/closed`, base), unusable(/cannot be read/))
      chmodSync(join(base, 'closed'), 0o700)
    }
  } finally {
    rmSync(base, { recursive: true, force: true })
  }
})

test('the default location is the directory services next to the configuration, else nothing', async () => {
  const base = mkdtempSync(join(tmpdir(), 'castellan-location-'))
  try {
    const configuration = join(base, 'config')
    mkdirSync(configuration)
    assert.equal((await open('classpath:/services', configuration)).all().length, 0)
    mkdirSync(join(base, 'services'))
    writeFileSync(join(base, 'services/App-1.json'), JSON.stringify(definition(1, 'App', '^https://app/.*')))
    assert.equal((await open('classpath:/services', configuration)).all().length, 1)
    mkdirSync(join(base, 'more'))
    writeFileSync(join(base, 'more/App-2.json'), JSON.stringify(definition(2, 'App2', '^https://app2/.*')))
    assert.equal((await open(`${base}/services, file:${base}/more`, configuration)).all().length, 2)
  } finally {
    rmSync(base, { recursive: true, force: true })
  }
})

test('an edited file is honoured by itself, and is not with watcher and schedule off [A12]', async () => {
  await using watched = await openWorld({
    settings: { 'json.watcherEnabled': true },
    files: { 'App-1.json': definition(1, 'App', '^https://app/.*') },
  })
  await using blind = await openWorld({ directory: watched.directory })
  watched.write('App-1.json', definition(1, 'Edited', '^https://app/.*'))
  assert.ok(await until(() => watched.ask('https://app/') === 'found Edited', 2000))
  watched.write('New-2.json', definition(2, 'New', '^https://new/.*'))
  assert.ok(await until(() => watched.ask('https://new/') === 'found New', 2000))
  watched.write('deep/er/Sub-3.json', definition(3, 'Sub', '^https://sub/.*'))
  assert.ok(await until(() => watched.ask('https://sub/') === 'found Sub', 2000))
  rmSync(join(watched.directory, 'App-1.json'))
  assert.ok(await until(() => watched.ask('https://app/') === 'unregistered', 2000))
  assert.equal(blind.ask('https://app/'), 'found App')
  assert.equal(blind.ask('https://new/'), 'unregistered')
})

test('with the watcher off a new file is honoured within the interval of the schedule [A13]', async () => {
  await using world = await openWorld({
    settings: { 'schedule.enabled': true, 'schedule.startDelay': 0.05, 'schedule.repeatInterval': 0.1 },
  })
  assert.equal(world.ask('https://app/'), 'empty-registry')
  world.write('App-1.json', definition(1, 'App', '^https://app/.*'))
  assert.ok(await until(() => world.ask('https://app/') === 'found App', 2000))
})

test('the schedule keeps to its hosts and to its cron expression', async () => {
  await using elsewhere = await openWorld({
    settings: {
      'schedule.enabled': true,
      'schedule.startDelay': 0.01,
      'schedule.repeatInterval': 0.02,
      'schedule.enabledOnHost': 'node[2-9].*',
    },
  })
  await using byCron = await openWorld({
    directory: elsewhere.directory,
    settings: { 'schedule.enabled': true, 'schedule.cronExpression': '* * * * * *' },
  })
  elsewhere.write('App-1.json', definition(1, 'App', '^https://app/.*'))
  assert.ok(await until(() => byCron.ask('https://app/') === 'found App', 3000))
  assert.equal(elsewhere.ask('https://app/'), 'empty-registry')
  await assert.rejects(openWorld({ settings: { 'schedule.enabled': true, 'schedule.cronExpression': 'at noon' } }), /cron expression/)
})

test('nodes that share a directory follow one another [A5]', async () => {
  await using one = await openWorld({ settings: { 'json.watcherEnabled': true } })
  await using two = await openWorld({ directory: one.directory, settings: { 'json.watcherEnabled': true } })
  one.write('App-1.json', definition(1, 'App', '^https://app/.*'))
  assert.ok(await until(() => two.ask('https://app/') === 'found App', 2000))
})
