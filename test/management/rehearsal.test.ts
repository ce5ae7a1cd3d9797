import assert from 'node:assert/strict'
import { test } from 'node:test'
import { definition } from '../support/castellan.ts'
import { APPLICATION, openServer } from './server.ts'

const OPTIONS = {
  properties: {
    'cas.authn.attribute-repository.stub.attributes.mail': 'someone@example.org',
    'cas.authn.attribute-repository.stub.attributes.role': 'reader',
    'cas.authn.attribute-repository.stub.attributes.secret': 'hidden',
  },
  services: {
    'App-1.json': definition(1, '^https://app\\.example\\.org/.*', {
      attributeReleasePolicy: {
        '@class': 'org.apereo.cas.services.ReturnAllowedAttributeReleasePolicy',
        allowedAttributes: ['java.util.ArrayList', ['mail']],
      },
    }),
    'Hr-2.json': definition(2, '^https://hr\\.example\\.org/.*', {
      accessStrategy: {
        '@class': 'org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy',
        requiredAttributes: { '@class': 'java.util.HashMap', role: ['java.util.HashSet', ['hr']] },
      },
    }),
    'Off-3.json': definition(3, '^https://off\\.example\\.org/.*', {
      accessStrategy: { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy', enabled: false },
    }),
  },
}
const form = (fields: Record<string, string>) => new URLSearchParams(fields)

test('`resolveAttributes` says what the sources know of a user', async () => {
  await using server = await openServer(OPTIONS)
  const { body } = await server.ask('GET', '/resolveAttributes/alice')
  assert.equal(body.username, 'alice')
  assert.deepEqual(body.attributes.mail, ['someone@example.org'])
  const [repository] = (await server.ask('GET', '/personDirectory/repositories')).body
  assert.deepEqual([typeof repository.id[0], typeof repository.order], ['string', 'number'])
  assert.deepEqual((await server.ask('GET', '/personDirectory/cache/alice')).body.role, ['reader'])
  assert.equal((await server.ask('DELETE', '/personDirectory/cache/alice')).status, 200)
  await using empty = await openServer()
  assert.deepEqual((await empty.ask('GET', '/resolveAttributes/alice')).body, {})
})

test('`releaseAttributes` says what an application would see of a user, by its address or its number, without a password or with it', async () => {
  await using server = await openServer(OPTIONS)
  const expected = { username: 'alice', uid: 'alice', attributes: { mail: ['someone@example.org'] } }
  const post = (fields: Record<string, string>) => server.ask('POST', '/releaseAttributes', form(fields))
  assert.deepEqual((await post({ username: 'alice', service: APPLICATION })).body, expected)
  assert.deepEqual((await post({ username: 'alice', service: '1' })).body, expected)
  assert.deepEqual((await post({ username: 'alice', password: 'pw', service: APPLICATION })).body, expected)
  const asJson = await server.ask('POST', '/releaseAttributes', JSON.stringify({ username: 'alice', service: 1 }), {
    'content-type': 'application/json',
  })
  assert.deepEqual(asJson.body, expected)
  const old = (await server.ask('GET', `/releaseAttributes?username=alice&service=${encodeURIComponent(APPLICATION)}`)).body
  assert.deepEqual(old.assertion.primaryAuthentication.principal, { id: 'alice', attributes: expected.attributes })
  assert.deepEqual([old.service.id, old.registeredService.id], [APPLICATION, 1])

  const wrong = await post({ username: 'alice', password: 'wrong', service: APPLICATION })
  assert.equal(wrong.status, 403)
  assert.match(wrong.body.message, /FailedLoginException/)
  assert.equal((await post({ username: 'alice', service: 'https://other.example.org/' })).status, 403)
  assert.equal((await post({ username: 'alice', service: '77' })).status, 403)
  for (const fields of [{ service: APPLICATION }, { username: 'alice' }, { username: 'alice', service: 'javascript:alert(1)' }]) {
    assert.equal((await post(fields as Record<string, string>)).status, 400, JSON.stringify(fields))
  }
})

test('no rehearsal leaves a session or a ticket behind, and no password in the log or the trail', async () => {
  await using server = await openServer(OPTIONS)
  const fields = form({ username: 'alice', password: 'pw', service: APPLICATION })
  for (const path of ['/releaseAttributes', '/serviceAccess', '/casValidate/p3/serviceValidate']) {
    assert.equal((await server.ask('POST', path, fields)).status, 200, path)
  }
  await server.ask('POST', '/serviceAccess', form({ username: 'alice', password: 'v3ry-s3cret', service: APPLICATION }))
  assert.equal((await server.ask('GET', '/statistics')).body.validTickets, 0)
  assert.ok(!JSON.stringify(server.lines).includes('v3ry-s3cret'))
  assert.ok(!JSON.stringify((await server.ask('GET', '/auditLog?count=100')).body).includes('v3ry-s3cret'))
})

test('`serviceAccess` says whether a user may use an application, and why not', async () => {
  await using server = await openServer(OPTIONS)
  const post = (service: string) => server.ask('POST', '/serviceAccess', form({ username: 'alice', service }))
  const allowed = await post(APPLICATION)
  assert.deepEqual([allowed.status, allowed.body.authorized, allowed.body.registeredService.id], [200, true, 1])
  const denied = await post('https://hr.example.org/')
  assert.deepEqual([denied.status, denied.body.authorized, denied.body.registeredService.id], [403, false, 2])
  assert.ok(denied.body.reason)
  const off = await post('https://off.example.org/')
  assert.equal(off.status, 403)
  assert.match(off.body.message, /disabled/)
})

test('`casValidate` answers the bytes of a validation', async () => {
  await using server = await openServer(OPTIONS)
  const { ticket } = await server.signIn('alice', APPLICATION)
  const real = await (await server.request(`/p3/serviceValidate?service=${encodeURIComponent(APPLICATION)}&ticket=${ticket}`)).text()
  const fields = form({ username: 'alice', password: 'pw', service: APPLICATION })
  const rehearsed = await server.ask('POST', '/casValidate/p3/serviceValidate', fields)
  const withoutDate = (xml: string) => xml.replace(/<cas:authenticationDate>[^<]*/, '<cas:authenticationDate>')
  assert.equal(withoutDate(rehearsed.body), withoutDate(real))
  assert.match(rehearsed.headers.get('content-type') ?? '', /xml/)
  assert.match((await server.ask('POST', '/casValidate/serviceValidate', fields)).body, /<cas:user>alice<\/cas:user>/)
  assert.equal((await server.ask('POST', '/casValidate/validate', fields)).body, 'yes\nalice\n')
  const denied = await server.ask('POST', '/casValidate/serviceValidate', form({ username: 'alice', service: 'https://hr.example.org/' }))
  assert.equal(denied.status, 403)
})

test('handlers and policies are listed in the order in which they are asked', async () => {
  await using server = await openServer({ properties: { 'cas.authn.accept.name': 'Trial', 'cas.authn.policy.all.enabled': true } })
  const handlers = (await server.ask('GET', '/authenticationHandlers')).body
  assert.deepEqual(handlers[0], { name: 'Trial', type: 'AcceptUsersAuthenticationHandler', state: 'ACTIVE', order: 2_147_483_647 })
  assert.deepEqual((await server.ask('GET', '/authenticationHandlers/trial')).body, handlers[0])
  assert.equal((await server.ask('GET', '/authenticationHandlers/other')).status, 404)
  assert.deepEqual((await server.ask('GET', '/authenticationPolicies')).body, [
    { name: 'AllCredentialsValidatedAuthenticationPolicy', order: 0 },
    { name: 'AtLeastOneCredentialValidatedAuthenticationPolicy', order: 1 },
  ])
})

test('`ticketExpirationPolicies` says how long tickets live, in general and for one application', async () => {
  await using server = await openServer({
    services: {
      'App-1.json': definition(1, '^https://app\\.example\\.org/.*', {
        serviceTicketExpirationPolicy: {
          '@class': 'org.apereo.cas.services.DefaultRegisteredServiceServiceTicketExpirationPolicy',
          numberOfUses: 3,
          timeToLive: '77',
        },
      }),
    },
  })
  const { body } = await server.ask('GET', '/ticketExpirationPolicies')
  assert.deepEqual([body.TGT.timeToLive, body.TGT.timeToIdle, body.ST.numberOfUses, body.ST.timeToLive], [28_800, 7200, 1, 10])
  for (const id of ['1', encodeURIComponent(APPLICATION)]) {
    const own = (await server.ask('GET', `/ticketExpirationPolicies?serviceId=${id}`)).body
    assert.deepEqual([own.ST.numberOfUses, own.ST.timeToLive, own.PT.numberOfUses], [3, 77, 1])
  }
  assert.equal((await server.ask('GET', '/ticketExpirationPolicies?serviceId=9')).status, 404)
  assert.equal((await server.ask('GET', '/ticketExpirationPolicies?serviceId=javascript:alert(1)')).status, 400)
})

test('what the server can do is told to management applications', async () => {
  await using server = await openServer({ properties: { 'CasFeatureModule.RestProtocol.enabled': true } })
  const { profile } = (await server.ask('GET', '/discoveryProfile')).body
  assert.ok(profile.registeredServiceTypesSupported.includes('CAS Client@org.apereo.cas.services.CasRegisteredService'))
  assert.equal(profile.ticketTypesSupported.TGT.timeToLive, 28_800)
  assert.deepEqual(profile.multifactorAuthenticationProviderTypesSupported, { 'mfa-simple': 'Codes by SMS and mail' })
  assert.equal(profile.ticketTypesSupported.OC.storageName, 'oauthCodesCache')
  const features = (await server.ask('GET', '/casFeatures')).body
  assert.ok(features.includes('CasFeatureModule.OAuth') && features.includes('CasFeatureModule.RestProtocol'))
  assert.deepEqual(features, [...features].sort())
  assert.deepEqual((await server.ask('GET', '/features')).body, features)
  const mappings = JSON.stringify((await server.ask('GET', '/mappings')).body)
  for (const address of ['{GET [/p3/serviceValidate]}', '{POST [/login]}', '{DELETE [/actuator/ssoSessions/:ticket]}']) {
    assert.ok(mappings.includes(address), address)
  }
})
