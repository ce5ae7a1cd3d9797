import assert from 'node:assert/strict'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { httpStub } from '../support/http-stub.ts'
import { engineWith, serviceWith } from './support.ts'

const folder = await mkdtemp(join(tmpdir(), 'policy-'))
const location = join(folder, 'users.json')
await writeFile(location, JSON.stringify({ both: { password: 'x', attributes: { memberOf: ['staff', 'vpn'] } }, json: { password: 'x' } }))

/** `both` is known to both handlers, the others to one each; with `prevented` the file cannot be read. */
const SETTINGS = {
  'cas.authn.accept.users': 'both::x,static::x',
  'cas.authn.json.location': location,
  'cas.authn.json.name': 'Staff',
}
const policy = (name: string) => `cas.authn.policy.${name}`
const UNSATISFIED = 'UnsatisfiedAuthenticationPolicyException'
const BOTH = 'Static Credentials+Staff'

type Row = readonly [title: string, settings: Readonly<Record<string, string>>, user: string, verdict: string]
const ROWS: readonly Row[] = [
  ['any: one yes is enough', {}, 'both', 'Static Credentials'],
  ['any: one yes is enough after a no', {}, 'json', 'Staff'],
  ['any with try-all: all say yes', { [policy('any.tryAll')]: 'true' }, 'both', BOTH],
  // The failure of the other handler stands before that of the policy.
  ['any with try-all: one says no', { [policy('any.tryAll')]: 'true' }, 'static', 'AccountNotFoundException'],
  ['all: as many as credentials', { [policy('all.enabled')]: 'true' }, 'static', 'Static Credentials'],
  ['all-handlers: all say yes', { [policy('allHandlers.enabled')]: 'true' }, 'both', BOTH],
  ['all-handlers: one says no', { [policy('allHandlers.enabled')]: 'true' }, 'json', 'AccountNotFoundException'],
  ['req: the named one says yes', { [policy('req.enabled')]: 'true', [policy('req.handlerName')]: 'Other, Staff' }, 'both', BOTH],
  [
    'req: only another says yes',
    { [policy('req.enabled')]: 'true', [policy('req.handlerName')]: 'Staff' },
    'static',
    'AccountNotFoundException',
  ],
  ['req: nobody has the name', { [policy('req.enabled')]: 'true' }, 'both', UNSATISFIED],
  [
    'req with try-all: more answers than credentials',
    { [policy('req.enabled')]: 'true', [policy('req.handlerName')]: 'Staff', [policy('req.tryAll')]: 'true' },
    'both',
    UNSATISFIED,
  ],
  [
    'required-attributes: a value matches',
    { [policy('requiredAttributes.enabled')]: 'true', [policy('requiredAttributes.attributes.memberOf')]: 'v.n' },
    'both',
    BOTH,
  ],
  [
    'required-attributes: found within is not matched',
    { [policy('requiredAttributes.enabled')]: 'true', [policy('requiredAttributes.attributes.memberOf')]: 'taf' },
    'both',
    UNSATISFIED,
  ],
  [
    'required-attributes: of the event',
    { [policy('requiredAttributes.enabled')]: 'true', [policy('requiredAttributes.attributes.credentialType')]: 'Username.*' },
    'static',
    'Static Credentials',
  ],
  ['not-prevented: all say yes', { [policy('notPrevented.enabled')]: 'true' }, 'both', BOTH],
  [
    'not-prevented: one is out of order',
    { [policy('notPrevented.enabled')]: 'true', 'cas.authn.json.location': join(folder, 'missing.json') },
    'both',
    UNSATISFIED,
  ],
  [
    'req stands before all-handlers, which is not looked at',
    { [policy('req.enabled')]: 'true', [policy('req.handlerName')]: 'Static Credentials', [policy('allHandlers.enabled')]: 'true' },
    'static',
    'Static Credentials',
  ],
]

for (const [title, settings, user, expected] of ROWS) {
  test(`policy ${title}`, async () => {
    const { login } = await engineWith({ ...SETTINGS, ...settings })
    const outcome = await login(user, 'x')
    assert.equal(outcome.kind === 'authenticated' ? outcome.authentication.successes.join('+') : outcome.failure, expected)
  })
}

const criteria = (type: string, members = {}) => ({ type: `${type}RegisteredServiceAuthenticationPolicyCriteria`, members })
const CRITERIA: readonly (readonly [string, Parameters<typeof serviceWith>[0], string, string])[] = [
  ['Allowed', { requiredHandlers: ['Staff'], criteria: criteria('AllowedAuthenticationHandlers') }, 'both', 'Staff'],
  ['Excluded', { excludedHandlers: ['Staff'], criteria: criteria('ExcludedAuthenticationHandlers') }, 'both', 'Static Credentials'],
  ['Any', { criteria: criteria('AnyAuthenticationHandler') }, 'both', 'Static Credentials'],
  ['Any with tryAll', { criteria: criteria('AnyAuthenticationHandler', { tryAll: true }) }, 'both', BOTH],
  ['All', { criteria: criteria('AllAuthenticationHandlers') }, 'both', BOTH],
  ['NotPrevented', { criteria: criteria('NotPrevented') }, 'both', BOTH],
  ['a script that cannot be run, which refuses', { criteria: criteria('Groovy') }, 'both', UNSATISFIED],
  ['a script that says nothing', { criteria: { ...criteria('Groovy'), ask: async () => null } }, 'both', 'Static Credentials'],
  ['a script that says no', { criteria: { ...criteria('Groovy'), ask: async () => false } }, 'both', UNSATISFIED],
  ['a script that says something', { criteria: { ...criteria('Groovy'), ask: async () => 'maybe' } }, 'both', UNSATISFIED],
  ['a script that throws', { criteria: { ...criteria('Groovy'), ask: () => Promise.reject(new Error('no')) } }, 'both', UNSATISFIED],
  ['an address that is none, which refuses', { criteria: criteria('Restful', { url: 'file:/etc/passwd' }) }, 'both', UNSATISFIED],
  ['unknown ones, which refuse', { criteria: criteria('Astrological') }, 'both', UNSATISFIED],
]

for (const [title, service, user, expected] of CRITERIA) {
  test(`criteria of a service: ${title}`, async () => {
    const { login } = await engineWith({ ...SETTINGS, [policy('req.enabled')]: 'true' })
    const outcome = await login(user, 'x', serviceWith(service))
    assert.equal(outcome.kind === 'authenticated' ? outcome.authentication.successes.join('+') : outcome.failure, expected)
  })
}

test('with required-handler-authentication-policy all handlers that a service requires must say yes', async () => {
  const service = serviceWith({ requiredHandlers: ['Static Credentials', 'Staff'] })
  const off = await engineWith(SETTINGS)
  const on = await engineWith({ ...SETTINGS, [policy('requiredHandlerAuthenticationPolicyEnabled')]: 'true' })
  assert.equal((await off.login('static', 'x', service)).kind, 'authenticated')
  assert.equal((await on.login('static', 'x', service)).kind, 'failed')
  const both = await on.login('both', 'x', service)
  assert.ok(both.kind === 'authenticated')
  assert.deepEqual(both.authentication.successes, ['Static Credentials', 'Staff'])
})

test('a module refuses by throwing or by saying no, globally; it is told of user and login', async () => {
  const module = join(folder, 'policy.mjs')
  await writeFile(
    module,
    `export default (authentication, principal, logger) => {
      logger.info(JSON.stringify([principal.id, authentication.successes]))
      if (principal.id === 'static') throw new Error('not static')
      return principal.attributes.memberOf ? undefined : false
    }`,
  )
  const { login, lines, engine } = await engineWith({ ...SETTINGS, [policy('groovy')]: [{ script: join(folder, 'policy.groovy') }] })
  const verdict = async (user: string) => {
    const outcome = await login(user, 'x')
    return outcome.kind === 'authenticated' ? outcome.authentication.successes.join('+') : outcome.failure
  }
  assert.equal(await verdict('both'), BOTH, 'the static list knows no memberOf: the second handler is asked too')
  assert.equal(await verdict('json'), 'AccountNotFoundException')
  assert.equal(await verdict('static'), 'AccountNotFoundException')
  assert.ok(
    lines.some(({ msg }) => msg.includes('both') && msg.includes('Static Credentials')),
    JSON.stringify(lines.map(({ msg }) => msg)),
  )
  assert.deepEqual(engine.policies().slice(0, 1), ['GroovyScriptAuthenticationPolicy'])
  await engine.close()
  await assert.rejects(engineWith({ ...SETTINGS, [policy('groovy')]: [{ script: '/nowhere/x.groovy' }] }), /\/nowhere\/x\.mjs/)
})

test('another server decides, globally and for a service: the user is posted to it, and its status says what is wrong', async () => {
  let status = 200
  await using server = await httpStub((_call, response) => response.writeHead(status).end())
  const { login, engine } = await engineWith({
    ...SETTINGS,
    [policy('rest')]: [{ url: `${server.url}/decide`, basicAuthUsername: 'castellan', basicAuthPassword: 'p:w' }],
  })
  const asked = await login('both', 'x')
  assert.equal(asked.kind, 'authenticated')
  const [call] = server.calls
  assert.equal(call?.method, 'POST')
  assert.equal(call?.headers.authorization, `Basic ${Buffer.from('castellan:p:w').toString('base64')}`)
  assert.deepEqual(JSON.parse(call?.body ?? ''), { id: 'both', attributes: {} })
  const FAILURES = [
    [401, 'FailedLoginException'],
    [403, 'AccountDisabledException'],
    [404, 'AccountNotFoundException'],
    [405, 'AccountDisabledException'],
    [412, 'AccountExpiredException'],
    [423, 'AccountLockedException'],
    [428, 'AccountPasswordMustChangeException'],
    [500, 'FailedLoginException'],
    [204, 'FailedLoginException'],
  ] as const
  for (const [said, failure] of FAILURES) {
    status = said
    const outcome = await login('both', 'x')
    assert.equal(outcome.kind === 'failed' && outcome.failures['AuthenticationPolicy'], failure, String(said))
  }
  status = 200
  const service = serviceWith({ criteria: criteria('Restful', { url: `${server.url}/service` }) })
  assert.equal((await login('both', 'x', service)).kind, 'authenticated')
  assert.equal(server.calls.at(-1)?.path, '/service')
  await server[Symbol.asyncDispose]()
  assert.equal((await login('both', 'x', service)).kind, 'failed')
  await engine.close()
  await assert.rejects(engineWith({ ...SETTINGS, [policy('rest')]: [{ url: 'gopher://x' }] }), /http\(s\) address/)
})
