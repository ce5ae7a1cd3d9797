import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { Client } from '../../src/base/client.ts'
import { definition, NOW, openWorld, type World } from './world.ts'

const CLASS = 'org.apereo.cas.services.'

async function withStrategy(type: string, members: object = {}): Promise<World> {
  return openWorld({
    files: { 'App-1.json': definition(1, 'App', '^https://app/.*', { accessStrategy: { '@class': CLASS + type, ...members } }) },
  })
}

const client = (address: string, userAgent = 'Mozilla/5.0'): Client => ({ address, userAgent, serverAddress: '127.0.0.1', secure: true })

const map = (entries: Readonly<Record<string, readonly string[]>>) => ({
  '@class': 'java.util.HashMap',
  ...Object.fromEntries(Object.entries(entries).map(([name, values]) => [name, ['java.util.HashSet', values]])),
})

type Rules = Readonly<Record<string, unknown>>
type Attributes = Readonly<Record<string, readonly string[]>>

/** members of the strategy, attributes of the user, whether they may (services.md 11.1). */
const ROWS: readonly (readonly [Rules, Attributes, boolean])[] = [
  [{}, {}, true],
  [{ requiredAttributes: map({ cn: ['admin'] }) }, { cn: ['admin'] }, true],
  [{ requiredAttributes: map({ cn: ['admin'] }) }, { cn: ['the admin group'] }, true],
  [{ requiredAttributes: map({ cn: ['^admin$'] }) }, { cn: ['the admin group'] }, false],
  [{ requiredAttributes: map({ cn: ['admin'] }) }, { cn: ['Admin'] }, false],
  [{ requiredAttributes: map({ cn: ['admin'] }), caseInsensitive: true }, { cn: ['Admin'] }, true],
  [{ requiredAttributes: map({ cn: ['admin'] }) }, { CN: ['admin'] }, false],
  [{ requiredAttributes: map({ cn: ['admin'] }) }, {}, false],
  [{ requiredAttributes: map({ cn: ['a', 'admin'] }) }, { cn: ['x', 'admin'] }, true],
  [{ requiredAttributes: map({ cn: ['admin'], givenName: ['x'] }) }, { cn: ['admin'], sn: ['y'] }, false],
  [{ requiredAttributes: map({ cn: ['admin'], givenName: ['x'] }) }, { cn: ['admin'], givenName: ['y'] }, false],
  [{ requiredAttributes: map({ cn: ['admin'], givenName: ['x'] }), requireAllAttributes: false }, { cn: ['admin'], sn: ['y'] }, true],
  [{ requiredAttributes: map({ cn: ['admin'], givenName: ['x'] }), requireAllAttributes: 'false' }, { cn: ['no'], sn: ['y'] }, false],
  [{ requiredAttributes: map({ cn: ['admin'], givenName: ['x'] }), requireAllAttributes: false }, { cn: ['admin'] }, false],
  [{ requiredAttributes: map({ cn: ['(unclosed'] }) }, { cn: ['(unclosed'] }, true],
  [{ requiredAttributes: map({ cn: ['(unclosed'] }) }, { cn: ['(unclosed]'] }, false],
  [{ rejectedAttributes: map({ cn: ['guest'] }) }, { cn: ['guest'] }, false],
  [{ rejectedAttributes: map({ cn: ['guest'] }) }, { cn: ['member'] }, true],
  [{ rejectedAttributes: map({ cn: ['guest'] }) }, {}, false],
  [{ rejectedAttributes: map({ cn: ['guest'], sn: ['x'] }) }, { cn: ['guest'], sn: ['y'] }, true],
  [{ rejectedAttributes: map({ cn: ['guest'], sn: ['x'] }), requireAllAttributes: false }, { cn: ['guest'], sn: ['y'] }, false],
  [{ requiredAttributes: { cn: 'groovy { return ["admin"] }' } }, { cn: ['groovy { return ["admin"] }'] }, false],
  [
    {
      requiredAttributes: map({ cn: ['admin'] }),
      activationCriteria: {
        '@class': `${CLASS}AttributeBasedRegisteredServiceAccessStrategyActivationCriteria`,
        requiredAttributes: map({ role: ['staff'] }),
        allowIfInactive: true,
      },
    },
    { cn: ['nobody'] },
    true,
  ],
  [
    {
      requiredAttributes: map({ cn: ['admin'] }),
      activationCriteria: {
        '@class': `${CLASS}AttributeBasedRegisteredServiceAccessStrategyActivationCriteria`,
        requiredAttributes: map({ role: ['staff'] }),
        allowIfInactive: false,
      },
    },
    { cn: ['admin'] },
    false,
  ],
  [
    {
      requiredAttributes: map({ cn: ['admin'] }),
      activationCriteria: {
        '@class': `${CLASS}AttributeBasedRegisteredServiceAccessStrategyActivationCriteria`,
        requiredAttributes: map({ role: ['staff'] }),
      },
    },
    { cn: ['nobody'], role: ['staff'] },
    false,
  ],
]

for (const [members, attributes, allowed] of ROWS) {
  test(`${JSON.stringify(attributes)} ${allowed ? 'may' : 'may not'} with ${JSON.stringify(members).slice(0, 150)}`, async () => {
    await using world = await withStrategy('DefaultRegisteredServiceAccessStrategy', members)
    const finding = world.find('https://app/')
    const decision = finding.kind === 'found' && (await world.authorize('https://app/', attributes)) === 'allowed'
    assert.equal(decision, allowed)
  })
}

test('several rejected attributes of which all must match are warned about', async () => {
  await using world = await withStrategy('DefaultRegisteredServiceAccessStrategy', { rejectedAttributes: map({ a: ['1'], b: ['2'] }) })
  assert.match(world.messages('warn')[0] ?? '', /only if all of the rejectedAttributes match/)
})

test('a disabled application is refused, with the URL of its definition if that is one', async () => {
  await using world = await withStrategy('DefaultRegisteredServiceAccessStrategy', {
    enabled: false,
    unauthorizedRedirectUrl: 'https://no.example.org/why',
  })
  const finding = world.find('https://app/')
  assert.equal(finding.kind === 'refused' && finding.reason, 'disabled')
  assert.equal(finding.kind === 'refused' && finding.messageKey, 'screen.service.error.message')
  assert.equal(finding.kind === 'refused' && finding.unauthorizedRedirectUrl, 'https://no.example.org/why')
  await using evil = await withStrategy('DefaultRegisteredServiceAccessStrategy', {
    enabled: false,
    unauthorizedRedirectUrl: 'javascript:alert(1)',
  })
  const refused = evil.find('https://app/')
  assert.equal('unauthorizedRedirectUrl' in refused, false)
  assert.match(evil.messages('error')[0] ?? '', /no http or https URL/)
})

test('ssoEnabled and the denial carry over', async () => {
  await using world = await withStrategy('DefaultRegisteredServiceAccessStrategy', {
    ssoEnabled: false,
    requiredAttributes: map({ cn: ['admin'] }),
    unauthorizedRedirectUrl: 'https://no.example.org/why',
  })
  const service = world.services.byId('1')
  assert.ok(service)
  assert.equal(service.ssoEnabled, false)
  assert.deepEqual(await world.services.authorize(service, { id: 'u', attributes: {} }), {
    kind: 'denied',
    reason: 'the user has no attributes',
    unauthorizedRedirectUrl: 'https://no.example.org/why',
  })
})

test('a time window opens and closes', async () => {
  await using world = await withStrategy('TimeBasedRegisteredServiceAccessStrategy', {
    startingDateTime: '2026-03-01T13:00:00+01:00',
    endingDateTime: '2026-03-01T14:00',
    zoneId: 'Europe/Paris',
  })
  const answers = [-1, 0, 3_600_000, 3_600_001].map((offset) => {
    world.setNow(NOW + offset)
    return world.ask('https://app/')
  })
  assert.deepEqual(answers, ['outside-time-window', 'found App', 'found App', 'outside-time-window'])
  await using broken = await withStrategy('TimeBasedRegisteredServiceAccessStrategy', { startingDateTime: 'soon' })
  assert.equal(broken.ask('https://app/'), 'unusable')
  assert.match(broken.messages('error')[0] ?? '', /startingDateTime/)
})

test('address and browser are asked for, and nothing known means no', async () => {
  await using world = await withStrategy('HttpRequestRegisteredServiceAccessStrategy', { ipAddress: '^192\\.168\\.', userAgent: 'firefox' })
  assert.equal(world.ask('https://app/', client('192.168.7.9', 'Mozilla Firefox')), 'found App')
  assert.equal(world.ask('https://app/', client('10.0.0.1', 'Mozilla Firefox')), 'client-not-allowed')
  assert.equal(world.ask('https://app/', client('192.168.7.9', 'curl')), 'client-not-allowed')
  assert.equal(world.ask('https://app/'), 'client-not-allowed')
})

test('headers are asked for too: all that are named must be there and fit', async () => {
  const headers = { '@class': 'java.util.HashMap', 'X-Network': '^inside$', 'X-Device': 'managed' }
  await using world = await withStrategy('HttpRequestRegisteredServiceAccessStrategy', { headers })
  const sending = (sent: Readonly<Record<string, string>>): Client => ({ ...client('10.0.0.1'), header: (name) => sent[name] })
  assert.equal(world.ask('https://app/', sending({ 'x-network': 'Inside', 'x-device': 'a managed one' })), 'found App')
  assert.equal(world.ask('https://app/', sending({ 'x-network': 'outside', 'x-device': 'managed' })), 'client-not-allowed')
  assert.equal(world.ask('https://app/', sending({ 'x-network': 'inside' })), 'client-not-allowed')
  assert.equal(world.ask('https://app/', client('10.0.0.1')), 'client-not-allowed')
  await using broken = await withStrategy('HttpRequestRegisteredServiceAccessStrategy', { headers: { 'X-Network': '(' } })
  assert.equal(broken.ask('https://app/', sending({ 'x-network': '(' })), 'client-not-allowed')
})

test('a chain needs all of its links, or one', async () => {
  const links = [
    { '@class': `${CLASS}DefaultRegisteredServiceAccessStrategy`, order: 2, requiredAttributes: map({ cn: ['a'] }) },
    { '@class': `${CLASS}DefaultRegisteredServiceAccessStrategy`, order: 1, requiredAttributes: map({ sn: ['b'] }), ssoEnabled: false },
  ]
  const strategies = ['java.util.ArrayList', links]
  await using all = await withStrategy('ChainingRegisteredServiceAccessStrategy', { strategies, operator: 'AND' })
  await using one = await withStrategy('ChainingRegisteredServiceAccessStrategy', { strategies, operator: 'OR' })
  for (const [attributes, byAll, byOne] of [
    [{ cn: ['a'], sn: ['b'] }, true, true],
    [{ cn: ['a'], sn: ['x'] }, false, true],
    [{ cn: ['x'], sn: ['x'] }, false, false],
  ] as const) {
    assert.equal((await all.authorize('https://app/', attributes)) === 'allowed', byAll)
    assert.equal((await one.authorize('https://app/', attributes)) === 'allowed', byOne)
  }
  assert.equal(all.services.byId('1')?.ssoEnabled, false)
  assert.equal(one.services.byId('1')?.ssoEnabled, true)
})

for (const type of ['OpenFGARegisteredServiceAccessStrategy', 'SurrogateRegisteredServiceAccessStrategy']) {
  test(`${type} is not built, so the application is closed with an error`, async () => {
    await using world = await withStrategy(type)
    assert.equal(world.ask('https://app/'), 'unusable')
    assert.match(world.messages('error')[0] ?? '', new RegExp(`${type} is not built here; the application is closed`))
  })
}

test('another server is asked about each user, and only a status that is listed lets in', async () => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers['x-key']}`)
    if (request.url?.includes('elsewhere')) response.setHeader('Location', 'http://localhost:1/')
    response.statusCode = request.url?.includes('elsewhere') ? 302 : request.url?.includes('/no') ? 403 : 202
    response.end()
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const verdict = async (endpointUrl: string, more: object = {}) => {
    await using world = await withStrategy('RemoteEndpointServiceAccessStrategy', {
      ...{ endpointUrl, acceptableResponseCodes: '200, 202', headers: { '@class': 'java.util.HashMap', 'X-Key': 'k' }, ...more },
    })
    const finding = world.ask('https://app/')
    return finding === 'found App' ? await world.authorize('https://app/', { cn: ['a'] }) : finding
  }
  try {
    const base = `http://127.0.0.1:${port}`
    assert.equal(await verdict(`${base}/may?x=1`), 'allowed')
    assert.deepEqual(asked, ['GET /may?x=1&username=casuser k'])
    assert.equal(await verdict(`${base}/no`), `127.0.0.1:${port} answers 403`)
    assert.match(await verdict(`${base}/elsewhere`), /redirects to another server/)
    assert.match(await verdict(`${base}/may`, { headers: { 'X-Key': 'a\nb' } }), /does not answer/)
    const count = asked.length
    // The rules of the definition come first.
    assert.match(await verdict(`${base}/may`, { requiredAttributes: map({ cn: ['b'] }) }), /required attributes/)
    assert.equal(await verdict('file:///etc/passwd'), 'unusable')
    assert.equal(await verdict(`${base}/may`, { acceptableResponseCodes: '' }), 'unusable')
    assert.equal(asked.length, count)
  } finally {
    await new Promise((resolve) => void server.close(resolve))
  }
  assert.match(await verdict(`http://127.0.0.1:${port}/may`), /does not answer: ECONNREFUSED/)
})

test('a strategy that is not built closes a chain too', async () => {
  const strategies = [
    { '@class': `${CLASS}DefaultRegisteredServiceAccessStrategy` },
    { '@class': `${CLASS}OpenFGARegisteredServiceAccessStrategy` },
  ]
  await using world = await withStrategy('ChainingRegisteredServiceAccessStrategy', { strategies })
  assert.equal(world.ask('https://app/'), 'unusable')
})
