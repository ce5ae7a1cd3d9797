import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { ZipFile } from 'yazl'
import { entityHistoryEndpoint } from '../../src/management/endpoints/entityHistory.ts'
import { oldImportAndExport, registeredServicesEndpoint } from '../../src/management/endpoints/registeredServices.ts'
import { definitionsOfArchive } from '../../src/services/index.ts'
import { definition, NOW, openWorld, type WorldOptions } from '../services/world.ts'
import { ADMIN, openWorld as openFrame } from './world.ts'

const IDS = ['registeredServices', 'importRegisteredServices', 'exportRegisteredServices', 'entityHistory']
const RULE = { access: ['AUTHENTICATED'], requiredRoles: [], requiredAuthorities: [], requiredIpAddresses: [] }
const OPEN = {
  'management.endpoints.access.default': 'UNRESTRICTED',
  'management.endpoints.web.exposure.include': ['*'],
  'cas.monitor.endpoints.endpoint': Object.fromEntries(IDS.map((id) => [id, RULE])),
}

/** The endpoint over a registry of its own, asked by an administrator. */
async function open(context: TestContext, options: WorldOptions = {}) {
  const world = await openWorld(options)
  context.after(() => world[Symbol.asyncDispose]())
  const endpoint = registeredServicesEndpoint({ services: world.services, clock: () => NOW })
  const own = [endpoint, ...oldImportAndExport(endpoint), entityHistoryEndpoint({ services: world.services })]
  const frame = await openFrame(OPEN, {}, own)
  context.after(() => frame.close())
  const ask = (method: string, path: string, body?: string | object, headers: Record<string, string> = {}) => {
    const isText = body === undefined || typeof body === 'string' || body instanceof Uint8Array
    const content = isText ? (body as string | undefined) : JSON.stringify(body)
    return frame.ask(`/actuator/${path}`, {
      method,
      headers: { ...ADMIN, accept: 'application/json', 'content-type': 'application/json', ...headers },
      ...(content === undefined ? {} : { body: content }),
    })
  }
  return {
    world,
    ask,
    files: () =>
      readdirSync(world.directory)
        .filter((name) => !name.startsWith('.'))
        .sort(),
  }
}

const app = (more: object = {}) => definition(1, 'App', '^https://app\\.example\\.org/.*', more)
const OAUTH = 'org.apereo.cas.support.oauth.services.OAuthRegisteredService'
const oauth = { '@class': OAUTH, serviceId: '^https://shop/.*', name: 'Shop', id: 2, clientId: 'c1', clientSecret: 's1' }

test('the list has the form of Jackson, a plain one is given to whoever asks for it, a definition of the server itself to nobody', async (context) => {
  const internal = { values: ['true'] }
  const { ask, world } = await open(context, {
    files: {
      'App-1.json': app({
        evaluationOrder: 10,
        accessStrategy: { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy' },
      }),
      'Shop-2.json': oauth,
      'Own-3.json': definition(3, 'Own', '^https://own/.*', { properties: { internalServiceDefinition: internal } }),
    },
  })
  const answer = await ask('GET', 'registeredServices')
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('content-type'), 'application/json')
  assert.equal(answer.headers.get('cache-control')?.includes('no-store'), true)
  const expected = [oauth, app({ evaluationOrder: 10 })]
  assert.deepEqual(await answer.json(), ['java.util.ArrayList', expected])
  assert.deepEqual(await (await ask('GET', 'registeredServices', undefined, { accept: 'application/json;profile=plain' })).json(), expected)
  // Whoever asks sees what the store has now.
  world.write('New-4.json', definition(4, 'New', '^https://new/.*'))
  const [, all] = (await (await ask('GET', 'registeredServices')).json()) as [string, { id: number }[]]
  assert.deepEqual(all.map(({ id }) => id).sort(), [1, 2, 4])
})

test('one definition is found by its id, and by an address that it takes; another one is not there', async (context) => {
  const { ask } = await open(context, {
    files: {
      'App-1.json': app(),
      'Long-9223372036854775807.json': `{"@class":"org.apereo.cas.services.CasRegisteredService","serviceId":"^https://long/.*","name":"Long","id":9223372036854775807}`,
    },
  })
  assert.deepEqual(await (await ask('GET', 'registeredServices/1')).json(), app())
  assert.deepEqual(await (await ask('GET', `registeredServices/${encodeURIComponent('https://app.example.org/x?y=1')}`)).json(), app())
  assert.match(await (await ask('GET', 'registeredServices/9223372036854775807')).text(), /"id":9223372036854775807/)
  for (const other of ['999', 'App', encodeURIComponent('https://other.example.org/'), '-1', '99999999999999999999']) {
    assert.equal((await ask('GET', `registeredServices/${other}`)).status, 404, other)
  }
  for (const type of ['CasRegisteredService', 'casregisteredservice']) {
    const [, found] = (await (await ask('GET', `registeredServices/type/${type}`)).json()) as [string, unknown[]]
    assert.equal(found.length, 2, type)
  }
  assert.deepEqual(await (await ask('GET', 'registeredServices/type/OAuthRegisteredService')).json(), ['java.util.ArrayList', []])
})

test('POST creates a file under a new id, PUT changes what has the id, DELETE takes the file away [A2, CF22]', async (context) => {
  const { ask, files, world } = await open(context)
  const created = await ask('POST', 'registeredServices', app({ id: 77 }))
  assert.equal(created.status, 200)
  const { id } = (await created.json()) as { id: number }
  assert.equal(id, NOW)
  assert.deepEqual(files(), [`App-${NOW}.json`])
  assert.equal(await world.ask('https://app.example.org/x'), 'found App')

  const changed = await ask('PUT', 'registeredServices', app({ id, name: 'Newer' }))
  assert.equal(changed.status, 200)
  assert.deepEqual(await changed.json(), app({ id, name: 'Newer' }))
  assert.deepEqual(files(), [`Newer-${NOW}.json`])
  assert.equal((await ask('PUT', 'registeredServices', app({ id: 77 }))).status, 200)
  assert.deepEqual(files(), ['App-77.json', `Newer-${NOW}.json`])

  // No content type is needed for a request without a body.
  const removed = await ask('DELETE', 'registeredServices/77', undefined, { 'content-type': '' })
  assert.equal(removed.status, 200)
  assert.deepEqual(await removed.json(), app({ id: 77 }))
  const byAddress = await ask('DELETE', `registeredServices/${encodeURIComponent('https://app.example.org/x')}`)
  assert.equal(byAddress.status, 200)
  assert.deepEqual(files(), [])
  assert.equal((await ask('DELETE', 'registeredServices/77')).status, 404)
  assert.equal((await ask('DELETE', 'registeredServices')).status, 405)
  assert.deepEqual(
    world.audit.records.map(({ action, who, client }) => [action, who, client?.address]),
    ['SAVE', 'SAVE', 'SAVE', 'DELETE', 'DELETE'].map((what) => [`${what}_SERVICE_SUCCESS`, 'admin', '127.0.0.1']),
  )
})

test('what is no definition is refused with the place of each mistake, and nothing is written', async (context) => {
  const { ask, files } = await open(context)
  const refusals: readonly (readonly [string, string | object, number, readonly string[]])[] = [
    ['nothing', '', 400, []],
    ['half of it', '{ "@class": ', 400, []],
    ['no class', { zzz: 1 }, 422, ['/@class']],
    ['no name', app({ name: ' ' }), 422, ['/name']],
    ['a pattern that is none', app({ serviceId: '^https://(' }), 422, ['/serviceId']],
    [
      'a policy that is not known',
      app({ accessStrategy: { '@class': 'org.apereo.cas.services.NoneSuchStrategy' } }),
      422,
      ['/accessStrategy'],
    ],
    [
      'two mistakes',
      app({ privacyUrl: 'javascript:alert(1)', expirationPolicy: { expirationDate: 'soon' } }),
      422,
      ['/privacyUrl', '/expirationPolicy/expirationDate'],
    ],
    ['two definitions', [app(), app({ id: 2 })], 422, ['']],
    ['bytes that are no text', new Uint8Array([0x22, 0xff, 0x22]), 400, []],
  ]
  for (const [what, body, status, pointers] of refusals) {
    for (const [method, path] of [
      ['POST', 'registeredServices'],
      ['PUT', 'registeredServices'],
      ['POST', 'registeredServices/import'],
    ] as const) {
      const answer = await ask(method, path, body)
      assert.equal(answer.status, status, `${what}: ${method} ${path}`)
      if (status !== 422) continue
      assert.equal(answer.headers.get('content-type'), 'application/problem+json')
      const { errors } = (await answer.json()) as { errors: { pointer: string }[] }
      assert.deepEqual(errors.map(({ pointer }) => pointer).sort(), [...pointers].sort(), what)
    }
  }
  assert.deepEqual(files(), [])
})

test('a dry run says what would come of it and changes nothing', async (context) => {
  const { ask, files, world } = await open(context, { files: { 'App-1.json': app() } })
  for (const [method, path, body, status] of [
    ['POST', 'registeredServices', app(), 200],
    ['PUT', 'registeredServices', app({ name: 'Other' }), 200],
    ['PUT', 'registeredServices', app({ serviceId: '(' }), 422],
    ['POST', 'registeredServices/import', app({ id: 5 }), 201],
    ['DELETE', 'registeredServices/1', undefined, 200],
  ] as const) {
    assert.equal((await ask(method, `${path}?dryRun=true`, body)).status, status, `${method} ${path}`)
  }
  assert.deepEqual(files(), ['App-1.json'])
  assert.deepEqual(JSON.parse(readFileSync(join(world.directory, 'App-1.json'), 'utf8')), app())
  assert.deepEqual(world.audit.records, [])
})

test('a change may be tied to the version that its author has seen', async (context) => {
  const { ask } = await open(context, { files: { 'App-1.json': app() } })
  const seen = (await ask('GET', 'registeredServices/1')).headers.get('etag') ?? ''
  assert.match(seen, /^"[\w-]{22}"$/)
  assert.equal((await ask('GET', 'registeredServices/1', undefined, { 'if-none-match': seen })).status, 304)
  const change = (description: string, headers: Record<string, string>) => ask('PUT', 'registeredServices', app({ description }), headers)
  const first = await change('one', { 'if-match': seen })
  assert.equal(first.status, 200)
  assert.notEqual(first.headers.get('etag'), seen)
  assert.equal((await change('two', { 'if-match': seen })).status, 412)
  assert.equal((await change('two', { 'if-match': `"x", ${first.headers.get('etag')}` })).status, 200)
  assert.equal((await change('three', { 'if-match': '*' })).status, 200)
  assert.equal((await change('four', { 'if-none-match': '*' })).status, 412)
  assert.equal((await ask('PUT', 'registeredServices', app({ id: 9 }), { 'if-match': '*' })).status, 412)
})

test('one definition is imported under its own id, with 201 and the id as a header', async (context) => {
  const { ask, files } = await open(context)
  const answer = await ask('POST', 'registeredServices/import', app({ id: 78 }))
  assert.equal(answer.status, 201)
  assert.equal(answer.headers.get('id'), '78')
  assert.deepEqual(await answer.json(), app({ id: 78 }))
  assert.equal((await ask('POST', 'importRegisteredServices', app({ id: 79 }))).status, 201)
  assert.deepEqual(files(), ['App-78.json', 'App-79.json'])
})

test('definitions go in and out as YAML', async (context) => {
  const { ask, files, world } = await open(context)
  const yaml = `--- !<org.apereo.cas.services.CasRegisteredService>
serviceId: ^https://app/.*
name: App
id: 5
attributeReleasePolicy: !<org.apereo.cas.services.ReturnAllowedAttributeReleasePolicy>
  allowedAttributes:
    - cn
`
  const type = 'application/vnd.cas.services+yaml'
  const answer = await ask('POST', 'registeredServices/import', yaml, { 'content-type': type, accept: type })
  assert.equal(answer.status, 201)
  assert.equal(answer.headers.get('content-type'), type)
  assert.equal((await answer.text()).replace('---\n', '--- '), yaml)
  assert.deepEqual(files(), ['App-5.json'])
  assert.deepEqual(JSON.parse(readFileSync(join(world.directory, 'App-5.json'), 'utf8')).attributeReleasePolicy, {
    '@class': 'org.apereo.cas.services.ReturnAllowedAttributeReleasePolicy',
    allowedAttributes: ['java.util.ArrayList', ['cn']],
  })
  assert.match(await (await ask('GET', 'registeredServices', undefined, { accept: type })).text(), /^---\n!<org\.apereo/)
})

/** Definitions as a zip, `[name, content]` each. */
async function zip(...entries: readonly (readonly [string, string | Buffer])[]): Promise<Uint8Array> {
  const file = new ZipFile()
  for (const [name, content] of entries) file.addBuffer(Buffer.from(content), name, { compress: content.length > 0 })
  file.end()
  return new Uint8Array(await buffer(file.outputStream))
}
const ARCHIVE = { 'content-type': 'application/octet-stream' }

test('a thousand definitions go out as a zip and come in again without loss', async (context) => {
  const some = Array.from({ length: 1000 }, (_, at) =>
    definition(at + 1, `App ${at}`, `^https://app${at}/.*`, { description: `"${at}" ü`, evaluationOrder: at + 1 }),
  )
  const source = await open(context, { files: Object.fromEntries(some.map((each, at) => [`App${at}-${at + 1}.json`, each])) })
  const exported = await source.ask('GET', 'registeredServices/export')
  assert.equal(exported.headers.get('content-type'), 'application/zip')
  assert.equal(exported.headers.get('content-disposition'), 'attachment; filename="services-2026-03-01.zip"')
  assert.equal(exported.headers.get('filename'), 'services.zip')
  const archive = new Uint8Array(await exported.arrayBuffer())
  const names = (await definitionsOfArchive(Buffer.from(archive))).map(({ name }) => name)
  assert.deepEqual(names.slice(0, 2), ['App0-1.json', 'App1-2.json'])

  const target = await open(context)
  const imported = await target.ask('POST', 'registeredServices/import', archive, ARCHIVE)
  assert.deepEqual([imported.status, await imported.json()], [200, { saved: 1000, failed: [] }])
  const listOf = async ({ ask }: typeof target) => (await ask('GET', 'registeredServices')).json()
  assert.deepEqual(await listOf(target), await listOf(source))
  assert.equal((await target.ask('GET', 'exportRegisteredServices')).headers.get('content-type'), 'application/zip')

  const one = await target.ask('GET', 'registeredServices/export/3')
  assert.equal(one.headers.get('content-disposition'), 'attachment; filename="App2-3.json"')
  assert.deepEqual(await one.json(), some[2])
})

test('of an archive all definitions are stored or none, with what keeps them from it', async (context) => {
  const { ask, files, world } = await open(context, { files: { 'App-1.json': app() } })
  const archive = await zip(
    ['a/b/App-1.json', JSON.stringify(app({ name: 'Renamed' }))],
    ['Bad-2.json', '{ "@class": '],
    ['Twice-1.json', JSON.stringify(app())],
    ['notes.txt', 'no definition'],
    ['__MACOSX/._x.json', 'no definition'],
    ['New-3.yml', '--- !<org.apereo.cas.services.CasRegisteredService>\nserviceId: ^https://new/.*\nname: New\nid: 3\n'],
  )
  const refused = await ask('POST', 'registeredServices/import', archive, ARCHIVE)
  assert.equal(refused.status, 422)
  const { saved, failed } = (await refused.json()) as { saved: number; failed: { entry: string; error: string }[] }
  assert.equal(saved, 0)
  assert.deepEqual(failed.map(({ entry }) => entry).sort(), ['Bad-2.json', 'Twice-1.json'])
  assert.deepEqual(files(), ['App-1.json'])

  // The second cannot be written: the first is taken back.
  world.write('Other-8.json', 'nothing that is understood')
  const half = await zip(
    ['1.json', JSON.stringify(app({ name: 'Renamed' }))],
    ['8.json', JSON.stringify(definition(8, 'Other', '^https://other/.*'))],
  )
  const failing = await ask('POST', 'registeredServices/import', half, ARCHIVE)
  assert.equal(failing.status, 500)
  assert.deepEqual(files(), ['App-1.json', 'Other-8.json'])
  assert.deepEqual(JSON.parse(readFileSync(join(world.directory, 'App-1.json'), 'utf8')), app())
  assert.equal(await world.ask('https://app.example.org/x'), 'found App')
})

test('archives that are hostile are not taken', async (context) => {
  const { ask, files } = await open(context)
  const bomb = await zip(['Bomb-1.json', Buffer.alloc(30 * 1024 * 1024)])
  const good = await zip(['App-1.json', JSON.stringify(app())])
  const lying = Buffer.from(good)
  // The central directory says how big the entry becomes.
  lying.writeUInt32LE(5, lying.indexOf('PK\u0001\u0002') + 24)
  const outside = Buffer.from((await zip(['xx/App-1.json', JSON.stringify(app())])).map((byte) => (byte === 0x78 ? 0x2e : byte)))
  const many = await zip(...Array.from({ length: 10_001 }, (_, at) => [`${at}`, ''] as const))
  for (const [what, archive] of Object.entries({
    bomb,
    lying,
    outside,
    many,
    none: Buffer.from('no zip at all'),
    empty: Buffer.alloc(0),
  })) {
    const answer = await ask('POST', 'registeredServices/import', new Uint8Array(archive), ARCHIVE)
    assert.equal(answer.status, 400, what)
  }
  assert.deepEqual(files(), [])
})

test('a directory that is read-only says so, and serves what is in it', async (context) => {
  const { ask } = await open(context, {
    files: { 'services/App-1.json': app() },
    settings: { 'json.location': 'classpath:/services' },
  })
  for (const [method, path, body] of [
    ['POST', 'registeredServices', app()],
    ['PUT', 'registeredServices', app({ name: 'Other' })],
    ['DELETE', 'registeredServices/1', undefined],
  ] as const) {
    const answer = await ask(method, path, body)
    assert.equal(answer.status, 500, method)
    assert.match(((await answer.json()) as { detail: string }).detail, /read-only|no directory that definitions may be written to/)
  }
  assert.deepEqual(await (await ask('GET', 'registeredServices/1')).json(), app())
})

test('problems are listed with file and line, and what ends soon', async (context) => {
  const { ask } = await open(context, {
    files: {
      'Bad-1.json': '{\n  "@class": "org.apereo.cas.services.CasRegisteredService",\n  "serviceId": \n',
      'Ends-2.json': definition(2, 'Ends', '^https://ends/.*', { expirationPolicy: { expirationDate: '2026-03-10' } }),
      'Later-3.json': definition(3, 'Later', '^https://later/.*', { expirationPolicy: { expirationDate: '2027-03-10' } }),
    },
  })
  const answer = await (await ask('GET', 'registeredServices/problems')).json()
  const { problems, expiring } = answer as {
    problems: { file: string; line: number; severity: string }[]
    expiring: { id: string; expiresAt: string }[]
  }
  assert.match(problems[0]?.file ?? '', /Bad-1\.json$/)
  assert.equal(problems[0]?.severity, 'error')
  assert.ok((problems[0]?.line ?? 0) >= 3)
  assert.deepEqual(
    expiring.map(({ id, expiresAt }) => [id, expiresAt]),
    [['2', '2026-03-10T00:00:00.000Z']],
  )
  const longer = (await (await ask('GET', 'registeredServices/problems?expiringWithin=P500D')).json()) as { expiring: unknown[] }
  assert.equal(longer.expiring.length, 2)
  assert.equal((await ask('GET', 'registeredServices/problems?expiringWithin=soon')).status, 400)
  assert.deepEqual(await (await ask('DELETE', 'registeredServices/cache')).json(), { deleted: 2 })
})

test('an address is explained: which definition takes it, and which others would have', async (context) => {
  const { ask } = await open(context, {
    files: {
      'App-1.json': app({
        evaluationOrder: 1,
        accessStrategy: { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy', enabled: false },
      }),
      'All-2.json': definition(2, 'All', '^https://.*', { evaluationOrder: 9 }),
    },
  })
  const explain = async (address: string) => {
    const answer = await ask('GET', `registeredServices?match=${encodeURIComponent(address)}`)
    return {
      status: answer.status,
      ...((await answer.json()) as { taken: string; allowed: boolean; reason?: string; candidates?: { id: string; verdict: string }[] }),
    }
  }
  const { taken, allowed, reason, candidates } = await explain('https://app.example.org/x')
  assert.deepEqual([taken, allowed, reason], ['1', false, 'disabled'])
  assert.deepEqual(
    candidates?.map(({ id, verdict }) => [id, verdict]),
    [
      ['1', 'taken'],
      ['2', 'comes-later'],
    ],
  )
  assert.equal((await explain('https://other/x')).taken, '2')
  assert.equal((await explain('')).status, 400)
})

test('the history of a definition has its versions, who made them and what changed', async (context) => {
  const { ask } = await open(context, { files: { 'App-1.json': app() } })
  await ask('PUT', 'registeredServices', app({ name: 'Two', theme: 'dark' }))
  await ask('PUT', 'registeredServices', app({ name: 'Three' }))
  const versions = (await (await ask('GET', 'entityHistory/registeredServices/1')).json()) as Record<string, unknown>[]
  assert.deepEqual(
    versions.map(({ version, who, source, diff }) => ({ version, who, source, diff })),
    [
      {
        version: 3,
        who: 'admin',
        source: 'endpoint',
        diff: [
          { op: 'replace', path: '/name', value: 'Three', old: 'Two' },
          { op: 'remove', path: '/theme', old: 'dark' },
        ],
      },
      {
        version: 2,
        who: 'admin',
        source: 'endpoint',
        diff: [
          { op: 'replace', path: '/name', value: 'Two', old: 'App' },
          { op: 'add', path: '/theme', value: 'dark' },
        ],
      },
      { version: 1, who: 'unknown', source: 'file', diff: [] },
    ],
  )
  assert.deepEqual(versions[2]?.['definition'], app())
  await ask('DELETE', 'registeredServices/1')
  const text = await (await ask('GET', 'entityHistory/registeredServices/1/changelog')).text()
  assert.match(text, /^Version 4, 2026-03-01T12:00:00\.000Z, by admin \(endpoint\): deleted\n/)
  assert.match(text, / {2}replace \/name "Two" -> "Three"\n/)
  assert.equal((await ask('GET', 'entityHistory/registeredServices/2')).status, 404)
})
