import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Inquiry } from '../../src/mfa/index.ts'
import { serviceReference } from '../../src/services/index.ts'
import { httpStub } from '../support/http-stub.ts'
import { inquiryOf, loginOf, type MultifactorWorldOptions, openMultifactorWorld, serviceWith } from './world.ts'

const TRIGGERS = 'cas.authn.mfa.triggers'
const SIMPLE = 'cas.authn.mfa.simple'
/** A way to send codes: without one no provider can be used. */
const WAY = { 'cas.smsProvider.rest.url': 'http://127.0.0.1:9/', 'cas.authn.mfa.simple.sms.from': 'sso' }

/** What a login is asked for with these settings, in one word and the provider. */
async function demandOf(
  settings: Readonly<Record<string, unknown>>,
  inquiry: Inquiry,
  more: MultifactorWorldOptions = {},
): Promise<string> {
  await using world = await openMultifactorWorld({ settings: { ...WAY, ...settings }, ...more })
  const demand = await world.multifactor.demand(inquiry)
  return 'why' in demand ? `${demand.kind}: ${demand.why}` : demand.kind
}

const plain = inquiryOf(loginOf('ada'))
const staff = inquiryOf(loginOf('ada', { memberOf: ['users', 'staff'] }))
const passed = inquiryOf(loginOf('ada', {}, { authnContextClass: ['mfa-simple'] }))
const policy = (more: object) => serviceWith({ multifactorAuthenticationProviders: ['mfa-simple'], ...more })
const global = { [`${TRIGGERS}.global.globalProviderId`]: ['mfa-simple'] }

test('without any trigger nobody is asked', async () => {
  assert.equal(await demandOf({}, staff), 'none')
})

const rows: readonly (readonly [what: string, settings: Readonly<Record<string, unknown>>, inquiry: Inquiry, expected: string])[] = [
  ['everybody, by the global trigger', global, plain, 'required'],
  ['nobody twice', global, passed, 'satisfied'],
  ['a global provider that is not here refuses', { [`${TRIGGERS}.global.globalProviderId`]: ['mfa-duo'] }, plain, 'absent'],
  ['and so does one beside another', { [`${TRIGGERS}.global.globalProviderId`]: ['mfa-simple', 'mfa-duo'] }, plain, 'absent'],
  ['whoever the request asks for', {}, { ...plain, requested: ['mfa-simple'] }, 'required'],
  ['a request for a provider that is not here is refused', {}, { ...plain, requested: ['mfa-gauth'] }, 'absent'],
  [
    'users with a value that matches',
    {
      [`${TRIGGERS}.principal.globalPrincipalAttributeNameTriggers`]: ['memberOf'],
      [`${TRIGGERS}.principal.globalPrincipalAttributeValueRegex`]: 'staff|admin',
    },
    staff,
    'required',
  ],
  [
    'a part of a value is no match',
    {
      [`${TRIGGERS}.principal.globalPrincipalAttributeNameTriggers`]: ['memberOf'],
      [`${TRIGGERS}.principal.globalPrincipalAttributeValueRegex`]: 'sta',
    },
    staff,
    'none',
  ],
  [
    'turned round: users without such a value',
    {
      [`${TRIGGERS}.principal.globalPrincipalAttributeNameTriggers`]: ['memberOf'],
      [`${TRIGGERS}.principal.globalPrincipalAttributeValueRegex`]: 'guest',
      [`${TRIGGERS}.principal.reverseMatch`]: true,
    },
    staff,
    'required',
  ],
  [
    'without a pattern the value has to be a provider',
    { [`${TRIGGERS}.principal.globalPrincipalAttributeNameTriggers`]: ['factor'] },
    inquiryOf(loginOf('ada', { factor: ['mfa-simple'] })),
    'required',
  ],
  [
    'nothing fits, and then the login is refused',
    { [`${TRIGGERS}.principal.globalPrincipalAttributeNameTriggers`]: ['factor'], [`${TRIGGERS}.principal.denyIfUnmatched`]: true },
    plain,
    'denied',
  ],
  [
    'logins with a value that matches',
    {
      [`${TRIGGERS}.authentication.globalAuthenticationAttributeNameTriggers`]: ['authenticationMethod'],
      [`${TRIGGERS}.authentication.globalAuthenticationAttributeValueRegex`]: 'Sta.*',
    },
    plain,
    'required',
  ],
  ['the application', {}, { ...plain, registeredService: policy({}) }, 'required'],
  ['by its other name', {}, { ...plain, registeredService: serviceWith({ multifactorAuthenticationProviders: 'mfa-simple' }) }, 'required'],
  ['the application always', {}, { ...passed, registeredService: policy({ forceExecution: true }) }, 'required'],
  [
    'a list with one that is here',
    {},
    { ...plain, registeredService: policy({ multifactorAuthenticationProviders: ['mfa-duo', 'mfa-simple'] }) },
    'required',
  ],
  [
    'a list with none that is here',
    {},
    { ...plain, registeredService: policy({ multifactorAuthenticationProviders: ['mfa-duo'] }) },
    'absent',
  ],
  [
    'only users with a fitting attribute',
    {},
    { ...staff, registeredService: policy({ principalAttributeNameTrigger: 'member.*', principalAttributeValueToMatch: 'staff' }) },
    'required',
  ],
  [
    'and no others',
    {},
    { ...plain, registeredService: policy({ principalAttributeNameTrigger: 'member.*', principalAttributeValueToMatch: 'staff' }) },
    'none',
  ],
  [
    'a pattern that is none asks everybody',
    {},
    { ...plain, registeredService: policy({ principalAttributeNameTrigger: '(', principalAttributeValueToMatch: 'staff' }) },
    'required',
  ],
  [
    'an application that lets everybody past',
    global,
    { ...plain, registeredService: policy({ bypassEnabled: true }) },
    'bypassed: bypassEnabled',
  ],
  [
    'one that lets some past',
    {},
    { ...staff, registeredService: policy({ bypassPrincipalAttributeName: 'memberOf', bypassPrincipalAttributeValue: 'staff' }) },
    'bypassed: bypassPrincipalAttributeName',
  ],
  [
    'or those without an attribute',
    {},
    { ...plain, registeredService: policy({ bypassPrincipalAttributeName: 'memberOf', bypassIfMissingPrincipalAttribute: true }) },
    'bypassed: bypassIfMissingPrincipalAttribute',
  ],
  [
    'a pattern that is none lets nobody past',
    {},
    { ...plain, registeredService: policy({ bypassPrincipalAttributeName: '(', bypassIfMissingPrincipalAttribute: true }) },
    'required',
  ],
  [
    'users with an attribute',
    { ...global, [`${SIMPLE}.bypass.principalAttributeName`]: 'memberOf', [`${SIMPLE}.bypass.principalAttributeValue`]: 'sta.+' },
    staff,
    'bypassed: principal-attribute-name',
  ],
  [
    'logins by a handler',
    { ...global, [`${SIMPLE}.bypass.authenticationHandlerName`]: 'Static|Json' },
    plain,
    'bypassed: authentication-handler-name',
  ],
  [
    'logins by a method',
    { ...global, [`${SIMPLE}.bypass.authenticationMethodName`]: 'Static' },
    plain,
    'bypassed: authentication-method-name',
  ],
  ['kinds of credentials', { ...global, [`${SIMPLE}.bypass.credentialClassType`]: 'Username.*' }, plain, 'bypassed: credential-class-type'],
  [
    'logins with an attribute',
    { ...global, [`${SIMPLE}.bypass.authenticationAttributeName`]: 'credentialType' },
    plain,
    'bypassed: authentication-attribute-name',
  ],
  [
    'clients by address',
    { ...global, [`${SIMPLE}.bypass.httpRequestRemoteAddress`]: '^192\\.0\\.2\\.' },
    plain,
    'bypassed: http-request-remote-address',
  ],
  ['not other addresses', { ...global, [`${SIMPLE}.bypass.httpRequestRemoteAddress`]: '^10\\.' }, plain, 'required'],
  [
    'requests with a header',
    { ...global, [`${SIMPLE}.bypass.httpRequestHeaders`]: ['X-Other', 'X-Intern.*'] },
    { ...plain, headerNames: () => ['host', 'x-internal'] },
    'bypassed: http-request-headers',
  ],
]
for (const [what, settings, inquiry, expected] of rows) {
  test(`asked: ${what}`, async () => {
    assert.equal(await demandOf(settings, inquiry), expected)
  })
}

const NO_WAY = { 'cas.smsProvider.rest.url': '', ...global }
const modes: readonly (readonly [string, Readonly<Record<string, unknown>>, object, string])[] = [
  ['the provider says CLOSED unless told otherwise', {}, {}, 'unavailable'],
  ['OPEN', { [`${SIMPLE}.failureMode`]: 'OPEN' }, {}, 'waived'],
  ['NONE does not look', { [`${SIMPLE}.failureMode`]: 'NONE' }, {}, 'required'],
  [
    'UNDEFINED takes the global one',
    { [`${SIMPLE}.failureMode`]: 'UNDEFINED', 'cas.authn.mfa.core.globalFailureMode': 'OPEN' },
    {},
    'waived',
  ],
  [
    'UNDEFINED altogether is CLOSED',
    { [`${SIMPLE}.failureMode`]: 'UNDEFINED', 'cas.authn.mfa.core.globalFailureMode': 'UNDEFINED' },
    {},
    'unavailable',
  ],
  ['the application decides first', { [`${SIMPLE}.failureMode`]: 'OPEN' }, { failureMode: 'CLOSED' }, 'unavailable'],
]
for (const [what, settings, members, expected] of modes) {
  test(`a provider that cannot be used: ${what}`, async () => {
    assert.equal(await demandOf({ ...NO_WAY, ...settings }, { ...plain, registeredService: policy(members) }), expected)
  })
}

test('PHANTOM goes on and says that it was passed; OPEN does not say so', async () => {
  for (const [mode, marked] of [
    ['PHANTOM', true],
    ['OPEN', false],
  ] as const) {
    await using world = await openMultifactorWorld({ settings: { ...NO_WAY, [`${SIMPLE}.failureMode`]: mode } })
    const demand = await world.multifactor.demand(plain)
    assert.ok(demand.kind === 'waived')
    assert.equal(demand.marked, marked)
  }
})

test('acr_values of an OAuth request ask for a provider that is here; others are wishes that nobody grants', async () => {
  const service = (acr: string) =>
    serviceReference(`https://sso.example.org/cas/oauth2.0/callbackAuthorize?client_id=shop&acr_values=${encodeURIComponent(acr)}`)
  const inquiry = (acr: string, protocol: 'oauth' | 'cas') => {
    const reference = service(acr)
    assert.ok(reference && reference !== 'unusable')
    return { ...plain, service: reference, registeredService: serviceWith({}, protocol) }
  }
  assert.equal(await demandOf({}, inquiry('urn:some:level mfa-simple', 'oauth')), 'required')
  assert.equal(await demandOf({}, inquiry('mfa-duo', 'oauth')), 'none')
  assert.equal(await demandOf({}, inquiry('mfa-simple', 'cas')), 'none')
})

test('a script decides, with what CAS hands to one; a script that fails lets nobody in', async () => {
  const files = {
    'mfa.mjs': `export default (service, registeredService, authentication, httpRequest, logger) => {
      if (authentication.principal.id === 'broken') throw new Error('no')
      if (authentication.principal.id === 'odd') return 7
      return authentication.principal.attributes.memberOf?.includes('staff') && httpRequest.remoteAddress === '192.0.2.7' ? 'mfa-simple' : null
    }`,
  }
  const settings = { 'cas.authn.mfa.groovyScript.location': '{dir}/mfa.mjs' }
  assert.equal(await demandOf(settings, staff, { files }), 'required')
  assert.equal(await demandOf(settings, plain, { files }), 'none')
  assert.equal(await demandOf(settings, inquiryOf(loginOf('broken')), { files }), 'unavailable')
  assert.equal(await demandOf(settings, inquiryOf(loginOf('odd')), { files }), 'unavailable')
})

test('a predicate decides by the attributes of the user; the script of an application likewise', async () => {
  const files = {
    'predicate.mjs': `export default (service, principal, provider) => provider.id === 'mfa-simple' && principal.attributes.memberOf?.includes('staff') === true`,
  }
  const settings = { [`${TRIGGERS}.principal.globalPrincipalAttributePredicate.location`]: '{dir}/predicate.mjs' }
  assert.equal(await demandOf(settings, staff, { files }), 'required')
  assert.equal(await demandOf(settings, plain, { files }), 'none')
  const script = `js { return authentication.principal.id === 'ada' ? 'mfa-simple' : null }`
  assert.equal(await demandOf({}, { ...plain, registeredService: serviceWith({ script }) }), 'required')
  assert.equal(await demandOf({}, { ...inquiryOf(loginOf('bob')), registeredService: serviceWith({ script }) }), 'none')
  assert.equal(await demandOf({}, { ...plain, registeredService: serviceWith({ script: 'file:/nowhere/mfa.groovy' }) }), 'unavailable')
})

test('a server decides: it is asked with user and service, and its failures let nobody in', async () => {
  await using stub = await httpStub((call, response) => {
    const { principalId } = JSON.parse(call.body) as { principalId: string }
    response.writeHead(principalId === 'down' ? 500 : 200).end(principalId === 'ada' ? 'mfa-simple\n' : '')
  })
  const settings = {
    [`${TRIGGERS}.rest.url`]: stub.url,
    [`${TRIGGERS}.rest.basicAuthUsername`]: 'sso',
    [`${TRIGGERS}.rest.basicAuthPassword`]: 'secret',
  }
  const service = serviceReference('https://app.example.org/')
  assert.ok(service && service !== 'unusable')
  assert.equal(await demandOf(settings, { ...plain, service }), 'required')
  assert.equal(await demandOf(settings, { ...inquiryOf(loginOf('bob')), service }), 'none')
  assert.equal(await demandOf(settings, { ...inquiryOf(loginOf('down')), service }), 'unavailable')
  assert.equal(await demandOf(settings, plain), 'none', 'not without a service')
  assert.equal(stub.calls.length, 3)
  const [asked] = stub.calls
  assert.deepEqual(
    [asked?.method, asked?.headers['content-type'], asked?.headers.authorization, asked?.body],
    ['GET', 'application/json', 'Basic c3NvOnNlY3JldA==', '{"principalId":"ada","serviceId":"https://app.example.org/"}'],
  )
})

test('a script lets past by exactly false; one that fails lets nobody past', async () => {
  const files = {
    'bypass.mjs': `export default (authentication, principal, registeredService, provider, logger, httpRequest) => {
      if (principal.id === 'broken') throw new Error('no')
      if (principal.id === 'nothing') return null
      return !(provider.id === 'mfa-simple' && authentication.attributes.authenticationMethod[0] === 'Static' && httpRequest.remoteAddress === '192.0.2.7' && principal.id === 'ada')
    }`,
  }
  const settings = { ...global, [`${SIMPLE}.bypass.groovy.location`]: '{dir}/bypass.mjs' }
  assert.equal(await demandOf(settings, plain, { files }), 'bypassed: groovy')
  for (const id of ['bob', 'broken', 'nothing']) assert.equal(await demandOf(settings, inquiryOf(loginOf(id)), { files }), 'required', id)
})

test('where nobody’s address is known no rule about addresses lets past', async () => {
  await using world = await openMultifactorWorld({
    settings: { ...WAY, ...global, [`${SIMPLE}.bypass.httpRequestRemoteAddress`]: '^(?!10\\.)' },
  })
  assert.equal((await world.multifactor.demand(plain)).kind, 'bypassed')
  assert.equal(await world.multifactor.lacks({ service: undefined, registeredService: undefined }, loginOf('ada')), true)
})

test('programs are told whether a login is enough; what always asks is content with what was passed', async () => {
  await using world = await openMultifactorWorld({ settings: WAY })
  const { lacks } = world.multifactor
  const way = (more: object = {}) => ({ service: undefined, registeredService: policy(more) })
  assert.equal(await lacks(way(), loginOf('ada')), true)
  assert.equal(await lacks(way(), passed.authentication), false)
  assert.equal(await lacks(way({ forceExecution: true }), passed.authentication), false)
  assert.equal(await lacks(way({ multifactorAuthenticationProviders: ['mfa-duo'] }), passed.authentication), true)
  assert.equal(await lacks(way({ bypassEnabled: true }), loginOf('ada')), false)
  assert.equal(await lacks({ service: undefined, registeredService: undefined }, loginOf('ada')), false)
})

test('what is configured and not built is said at the start, by name', async () => {
  await using world = await openMultifactorWorld({
    settings: { [`${TRIGGERS}.global.globalProviderId`]: ['mfa-duo'] },
    set: ['cas.authn.mfa.simple.trusted-device-enabled', 'cas.authn.mfa.simple.bypass.rest.url'],
  })
  const errors = world.lines.filter(({ level }) => level === 'error').map(({ message }) => message)
  assert.equal(errors.length, 3)
  assert.match(errors.join('\n'), /trusted-device-enabled has no effect here/)
  assert.match(errors.join('\n'), /names mfa-duo, which this server has not \(it has mfa-simple\): every login is refused/)
})

for (const [setting, value] of [
  [`${SIMPLE}.bypass.credentialClassType`, '('],
  [`${TRIGGERS}.rest.url`, 'ftp://x'],
  ['cas.authn.mfa.groovyScript.location', 'groovy { nonsense( }'],
] as const) {
  test(`a start is refused for ${setting} that cannot be used`, async () => {
    await assert.rejects(() => openMultifactorWorld({ settings: { ...WAY, [setting]: value } }), { name: 'StartRefusal' })
  })
}
