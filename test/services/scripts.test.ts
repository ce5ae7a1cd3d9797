import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type Finding, type Services, serviceReference } from '../../src/services/index.ts'
import { answering, type HttpStub, httpStub } from '../support/http-stub.ts'
import { definition, openWorld, type World } from './world.ts'

const CLASS = 'org.apereo.cas.services.'
const URL = 'https://app/x'
const USER = { uid: ['u1'], cn: ['Case User'], memberOf: ['staff', 'admins'] }

const scripts = mkdtempSync(join(tmpdir(), 'castellan-scripts-'))
after(() => rmSync(scripts, { recursive: true, force: true }))

/** Writes a module. @returns its path. */
function script(name: string, text: string): string {
  const path = join(scripts, name)
  writeFileSync(path, text)
  return path
}

async function worldWith(members: object): Promise<World> {
  return openWorld({ files: { 'App-1.json': definition(1, 'App', '^https://app/.*', members) } })
}

const policy = (type: string, members: object) => ({ '@class': CLASS + type, ...members })

async function find(services: Services, url = URL): Promise<Finding> {
  const reference = serviceReference(url)
  if (!reference || reference === 'unusable') throw new Error('no reference')
  return services.find(reference)
}

const QUESTIONS = `
export const isServiceAccessAllowed = ({ service, registeredService }) => service.id !== 'https://app/closed' && registeredService.name === 'App'
export const isServiceAccessAllowedForSso = async ({ service }) => service.id !== 'https://app/password'
export const authorizeRequest = ({ principalId, attributes }) => principalId === 'casuser' && (attributes.memberOf ?? []).includes('admins')
export const getUnauthorizedRedirectUrl = () => 'https://no.example.org/why'
`

test('a module answers each question of the access strategy', async () => {
  const groovyScript = `file:${script('access.mjs', QUESTIONS)}`
  await using world = await worldWith({ accessStrategy: policy('GroovyRegisteredServiceAccessStrategy', { groovyScript }) })
  const { services } = world
  const found = await find(services)
  assert.equal(found.kind === 'found' && found.service.ssoEnabled, true)
  const password = await find(services, 'https://app/password')
  assert.equal(password.kind === 'found' && password.service.ssoEnabled, false)
  const closed = await find(services, 'https://app/closed')
  assert.deepEqual(closed.kind === 'refused' && [closed.reason, closed.unauthorizedRedirectUrl], ['disabled', 'https://no.example.org/why'])
  const service = found.kind === 'found' ? found.service : assert.fail()
  assert.deepEqual(await services.authorize(service, { id: 'casuser', attributes: USER }), { kind: 'allowed' })
  assert.deepEqual(await services.authorize(service, { id: 'casuser', attributes: {} }), {
    kind: 'denied',
    reason: 'the script of the access strategy says no',
    unauthorizedRedirectUrl: 'https://no.example.org/why',
  })
  assert.deepEqual(world.messages('warn', 'error'), [])
})

const FAILING: readonly (readonly [string, string, RegExp])[] = [
  ['throws', 'export const isServiceAccessAllowed = () => { throw new Error("no") }', /isServiceAccessAllowed\) failed/],
  ['answers with a text', 'export const isServiceAccessAllowed = () => "yes"', /answers with something else/],
  ['does not export what is needed', 'export default () => true', /must export the function `isServiceAccessAllowed`/],
  ['never ends', 'export const isServiceAccessAllowed = () => { for (;;); }', /no answer within/],
]

for (const [what, text, message] of FAILING) {
  test(`a script of the access strategy that ${what} lets nobody in, and the log says so`, async () => {
    const rest = what.startsWith('does not')
      ? ''
      : '\nexport const isServiceAccessAllowedForSso = () => true\nexport const authorizeRequest = () => true'
    const groovyScript = `file:${script(`failing-${text.length}.mjs`, text + rest)}`
    await using world = await openWorld({
      files: {
        'App-1.json': definition(1, 'App', '^https://app/.*', {
          accessStrategy: policy('GroovyRegisteredServiceAccessStrategy', { groovyScript }),
        }),
      },
      settings: { 'castellan.scripts.timeout': 0.3 },
    })
    const finding = await find(world.services)
    assert.equal(finding.kind === 'refused' && finding.reason, 'disabled')
    assert.match(world.messages('error').join('\n'), message)
  })
}

test('Groovy is refused with the module to write, which counts as soon as it is there', async () => {
  const path = join(scripts, 'later.groovy')
  writeFileSync(path, 'def run(args) { }')
  await using world = await worldWith({ accessStrategy: policy('GroovyRegisteredServiceAccessStrategy', { groovyScript: `file:${path}` }) })
  assert.match(
    world.messages('error')[0] ?? '',
    /^App-1\.json:1:\d+: Groovy cannot be run: write .*later\.mjs, which exports the functions isServiceAccessAllowed,/,
  )
  assert.equal((await find(world.services)).kind, 'refused')
  script('later.mjs', QUESTIONS)
  assert.equal((await find(world.services)).kind, 'found')
})

test('in a chain a script is one link among others', async () => {
  const groovyScript = `file:${script('link.mjs', QUESTIONS)}`
  const link = policy('GroovyRegisteredServiceAccessStrategy', { groovyScript })
  const off = policy('DefaultRegisteredServiceAccessStrategy', { enabled: false })
  const chain = (operator: string) => ({
    accessStrategy: policy('ChainingRegisteredServiceAccessStrategy', { strategies: ['java.util.ArrayList', [link, off]], operator }),
  })
  await using all = await worldWith(chain('AND'))
  await using one = await worldWith(chain('OR'))
  assert.equal((await find(all.services)).kind, 'refused')
  assert.equal((await find(one.services)).kind, 'found')
  assert.equal((await find(one.services, 'https://app/closed')).kind, 'refused')
})

test('a value of a rule may be a script that says yes or no', async () => {
  const rules = (text: string) => ({
    accessStrategy: policy('DefaultRegisteredServiceAccessStrategy', { requiredAttributes: { memberOf: ['java.util.HashSet', [text]] } }),
  })
  for (const [text, allowed] of [
    ["groovy { return currentValues.contains('admins') && principalId == 'casuser' }", true],
    ["groovy { return currentValues.contains('guests') }", false],
    ["groovy { return 'admins' }", false],
    ['js { return attributes.memberOf.length === 2 }', true],
    ['js { currentValues.length > 2 }', false],
    ['js { return nobody.knows }', false],
  ] as const) {
    await using world = await worldWith(rules(text))
    assert.equal((await world.authorize(URL, USER)) === 'allowed', allowed, text)
  }
  await using unreadable = await worldWith(rules("groovy { 'x'.execute() }"))
  assert.equal(unreadable.ask(URL), 'unusable')
  assert.match(unreadable.messages('error')[0] ?? '', /this Groovy is not understood here .*write js \{ … \} or a module/)
})

test('a script says whether the rules of a strategy apply; when it fails nobody gets in, whatever inactive means', async () => {
  const criteria = (text: string, allowIfInactive: boolean) => ({
    accessStrategy: policy('DefaultRegisteredServiceAccessStrategy', {
      requiredAttributes: { memberOf: ['nobody-has-this'] },
      activationCriteria: policy('GroovyRegisteredServiceAccessStrategyActivationCriteria', {
        groovyScript: `file:${script(`active-${text.length}.mjs`, text)}`,
        allowIfInactive,
      }),
    }),
  })
  const no = 'export default (context) => context.principalId !== "casuser"'
  for (const [text, allowIfInactive, allowed] of [
    [no, true, true],
    [no, false, false],
    ['export default () => true', true, false],
    ['export default () => { throw 1 }', true, false],
    ['export default () => undefined.x', false, false],
  ] as const) {
    await using world = await worldWith(criteria(text, allowIfInactive))
    assert.equal((await world.authorize(URL, USER)) === 'allowed', allowed, text)
  }
})

async function released(attributeReleasePolicy: object): Promise<unknown> {
  await using world = await worldWith({ attributeReleasePolicy })
  return (await world.release(URL, USER)).attributes
}

test('a module chooses the attributes', async () => {
  const text = `export default async (attributes, logger, principal, registeredService) => {
    logger.info('asked')
    return { login: attributes.uid, name: [principal.id + '@' + registeredService.id], none: [], count: 2 }
  }`
  const path = script('release.mjs', text)
  const chosen = { login: ['u1'], name: ['casuser@1'], count: [2] }
  assert.deepEqual(await released(policy('GroovyScriptAttributeReleasePolicy', { groovyScript: path })), chosen)
  assert.deepEqual(await released(policy('ScriptedRegisteredServiceAttributeReleasePolicy', { scriptFile: `file:${path}` })), chosen)
  const broken = script('release-broken.mjs', 'export default () => ({ uid: [{}] })')
  assert.deepEqual(await released(policy('GroovyScriptAttributeReleasePolicy', { groovyScript: broken })), {})
  assert.deepEqual(await released(policy('GroovyScriptAttributeReleasePolicy', {})), {})
})

test('a mapping may be a script, whose answer is the values', async () => {
  const allowedAttributes = {
    mail: "groovy { logger.info('x'); return attributes['uid'][0] + '@example.org' }",
    first: 'js { return attributes.cn[0].split(" ")[0] }',
    groups: `file:${script('groups.mjs', 'export const run = (attributes) => attributes.memberOf.map((each) => each.toUpperCase())')}`,
    failed: 'js { return nobody.knows }',
    file: 'file:/nowhere/x.groovy',
    uid: 'login',
  }
  assert.deepEqual(await released(policy('ReturnMappedAttributeReleasePolicy', { allowedAttributes })), {
    login: ['u1'],
    mail: ['u1@example.org'],
    first: ['Case'],
    groups: ['STAFF', 'ADMINS'],
  })
})

test('a script may filter what is released, and say whether anything is', async () => {
  const attributeFilter = (text: string) => ({
    '@class': `${CLASS}support.RegisteredServiceScriptedAttributeFilter`,
    script: script(`filter-${text.length}.mjs`, text),
  })
  const activationCriteria = (yes: boolean) =>
    policy('GroovyRegisteredServiceAttributeReleaseActivationCriteria', {
      groovyScript: script(`release-active-${yes}.mjs`, `export default ({ attributes }) => ${yes} && attributes.uid[0] === 'u1'`),
    })
  const all = (more: object) => released(policy('ReturnAllAttributeReleasePolicy', more))
  assert.deepEqual(await all({ attributeFilter: attributeFilter('export default (attributes) => ({ cn: attributes.cn })') }), {
    cn: USER.cn,
  })
  assert.deepEqual(await all({ attributeFilter: attributeFilter('export default () => 7') }), {})
  assert.deepEqual(await all({ activationCriteria: activationCriteria(true) }), USER)
  assert.deepEqual(await all({ activationCriteria: activationCriteria(false) }), {})
})

test('a script gives the name of the user; when it fails there is no name at all', async () => {
  const named = (type: string, member: string, text: string) => ({
    usernameAttributeProvider: policy(type, { [member]: script(`name-${text.length}.mjs`, text), canonicalizationMode: 'UPPER' }),
  })
  const text = 'export default (attributes, id, service) => [id, attributes.uid[0], service.id.length].join("-")'
  await using groovy = await worldWith(named('GroovyRegisteredServiceUsernameProvider', 'groovyScript', text))
  await using scripted = await worldWith(named('ScriptedRegisteredServiceUsernameProvider', 'script', text))
  assert.equal((await groovy.release(URL, USER)).username, 'CASUSER-U1-13')
  assert.equal((await scripted.release(URL, USER)).username, 'CASUSER-U1-13')
  await using blank = await worldWith(named('GroovyRegisteredServiceUsernameProvider', 'groovyScript', 'export default () => " "'))
  await assert.rejects(blank.release(URL, USER), /no text/)
  await using none = await worldWith({ usernameAttributeProvider: policy('GroovyRegisteredServiceUsernameProvider', {}) })
  assert.equal(none.ask(URL), 'unusable')
})

test('scripts are not told the secrets of a definition', async () => {
  const path = script('told.mjs', 'export default (a, l, p, registeredService) => ({ told: Object.keys(registeredService).sort() })')
  await using world = await openWorld({
    files: {
      'App-1.json': {
        '@class': 'org.apereo.cas.support.oauth.services.OAuthRegisteredService',
        clientId: 'c',
        clientSecret: 's',
        serviceId: '^https://app/.*',
        name: 'App',
        id: 1,
        attributeReleasePolicy: policy('GroovyScriptAttributeReleasePolicy', { groovyScript: path }),
      },
    },
  })
  const service = world.services.byId('1') ?? assert.fail()
  const { attributes } = await world.services.release(service, { id: 'u', attributes: USER }, { id: URL, originalUrl: URL })
  assert.equal(attributes['told']?.includes('clientId'), true)
  assert.equal(attributes['told']?.includes('clientSecret'), false)
})

test('another server says what is released', async () => {
  const answers: Readonly<Record<string, HttpStub['answer']>> = {
    '/good': answering({ uid: 'from-there', groups: ['a', 'b'], none: [] }),
    '/odd': answering({ uid: { a: 1 } }),
    '/text': answering('no'),
    '/error': answering({ uid: 'no' }, 500),
  }
  await using stub = await httpStub((call, response) => answers[call.path]?.(call, response))
  const ask = (path: string, more: object = {}) =>
    released(policy('ReturnRestfulAttributeReleasePolicy', { endpoint: `${stub.url}${path}`, ...more }))
  assert.deepEqual(await ask('/good'), { uid: ['from-there'], groups: ['a', 'b'] })
  assert.deepEqual(await ask('/good', { allowedAttributes: { '@class': 'java.util.TreeMap', groups: 'roles' } }), { roles: ['a', 'b'] })
  const headers = { '@class': 'java.util.HashMap', 'X-Key': 'k' }
  assert.deepEqual(await ask('/good?x=1', { method: 'POST', headers }), { uid: ['from-there'], groups: ['a', 'b'] })
  const [first, , posted] = stub.calls
  assert.equal(String(first?.query), 'principal=casuser&service=https%3A%2F%2Fapp%2Fx')
  assert.equal(String(posted?.query), 'x=1&principal=casuser&service=https%3A%2F%2Fapp%2Fx')
  assert.equal(posted?.method, 'POST')
  assert.equal(posted?.headers['x-key'], 'k')
  assert.deepEqual(JSON.parse(posted?.body ?? ''), USER)
  for (const path of ['/odd', '/text', '/error']) assert.deepEqual(await ask(path), {}, path)
  assert.deepEqual(await released(policy('ReturnRestfulAttributeReleasePolicy', { endpoint: 'file:///etc/passwd' })), {})
})

test('a script says where those go who are refused; what is no address of a browser is not used', async () => {
  const where = `file:${script('where.mjs', "export default (service, logger) => 'https://help.example.org/' + service.id")}`
  const strategy = (more: object) => policy('DefaultRegisteredServiceAccessStrategy', { unauthorizedRedirectUrl: where, ...more })
  const urlOf = async (accessStrategy: object) => {
    await using world = await worldWith({ accessStrategy })
    const finding = await find(world.services)
    if (finding.kind === 'refused') return finding.unauthorizedRedirectUrl
    const decision = await world.services.authorize(finding.service, { id: 'casuser', attributes: {} })
    return decision.kind === 'denied' ? decision.unauthorizedRedirectUrl : 'allowed'
  }
  assert.equal(await urlOf(strategy({ enabled: false })), 'https://help.example.org/1')
  assert.equal(await urlOf(strategy({ requiredAttributes: { cn: ['x'] } })), 'https://help.example.org/1')
  assert.equal(await urlOf(strategy({})), 'allowed')
  const strategies = [policy('DefaultRegisteredServiceAccessStrategy', { enabled: false })]
  assert.equal(
    await urlOf(policy('ChainingRegisteredServiceAccessStrategy', { strategies, unauthorizedRedirectUrl: where })),
    'https://help.example.org/1',
  )
  assert.equal(await urlOf(strategy({ enabled: false, unauthorizedRedirectUrl: "js { 'javascript:alert(1)' }" })), undefined)
  assert.equal(await urlOf(strategy({ enabled: false, unauthorizedRedirectUrl: 'file:/nowhere/x.groovy' })), undefined)
})

test('scripts of the login are opened with the definition: what cannot be run is an error that names module and function', async () => {
  await using world = await worldWith({
    authenticationPolicy: {
      criteria: policy('GroovyRegisteredServiceAuthenticationPolicyCriteria', {
        script: `file:${script('criteria.mjs', 'export default (authentication, principal) => principal.id === "casuser"')}`,
      }),
    },
    singleSignOnParticipationPolicy: policy('ChainingRegisteredServiceSingleSignOnParticipationPolicy', {
      policies: [
        policy('GroovyRegisteredServiceSingleSignOnParticipationPolicy', { order: 2, groovyScript: 'file:/nowhere/sso.groovy' }),
        policy('GroovyRegisteredServiceSingleSignOnParticipationPolicy', {
          order: 1,
          groovyScript: "js { context.principalId === 'casuser' }",
        }),
      ],
    }),
  })
  const service = world.services.byId('1')
  const { criteria } = service?.authenticationPolicy ?? {}
  assert.equal(await criteria?.ask?.({ authentication: {}, principal: { id: 'casuser' } }), true)
  assert.equal(await criteria?.ask?.({ authentication: {}, principal: { id: 'other' } }), false)
  const [first, second] = service?.singleSignOnParticipation?.chain ?? []
  assert.equal(await first?.ask?.({ context: { principalId: 'casuser' } }), true)
  await assert.rejects(async () => second?.ask?.({ context: {} }), /\/nowhere\/sso\.mjs/)
  assert.match(
    world.messages('error').join(),
    /^App-1\.json.*\/nowhere\/sso\.mjs, which exports the default function run\(context, logger\)/,
  )
})
