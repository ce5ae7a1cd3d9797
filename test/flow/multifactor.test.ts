import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { memoryAudit } from '../../src/audit/index.ts'
import type { Authentication } from '../../src/authentication/index.ts'
import { silentLog } from '../../src/base/log.ts'
import type { FlowEvent, Login, Outcome } from '../../src/flow/login.ts'
import { newLogin } from '../../src/flow/login-routes.ts'
import { multifactorStep } from '../../src/flow/steps/multifactor/index.ts'
import { type Call, parameters } from '../../src/http/index.ts'
import type { Attributes, RegisteredService } from '../../src/services/index.ts'
import { serviceReference } from '../../src/services/index.ts'
import type { Session } from '../../src/sso/index.ts'
import { loginOf, openMultifactorWorld, serviceWith } from '../mfa/world.ts'
import { serviceOf } from '../sso/sso-parts.ts'
import { type HttpStub, httpStub } from '../support/http-stub.ts'
import type { Overrides } from '../support/settings.ts'

/** The step of second factors by itself, over the real room; messages end at a provider on loopback. */
let sms: HttpStub
before(async () => {
  sms = await httpStub()
})
after(() => sms[Symbol.asyncDispose]())

const WAY = (): Overrides => ({ 'cas.smsProvider.rest.url': sms.url, 'cas.authn.mfa.simple.sms.from': 'sso' })
const EVERYBODY = { 'cas.authn.mfa.triggers.global.globalProviderId': ['mfa-simple'] }
const ada = loginOf('ada', { phone: ['+15550000001'] })
const service = serviceReference('https://safe.example.org/')
if (!service || service === 'unusable') throw new Error('no service')
const definition = (policy: object): RegisteredService => serviceOf({ definition: serviceWith(policy).definition })

function call(): Call {
  const client = { address: '192.0.2.7', userAgent: 'test', serverAddress: '192.0.2.1', secure: true }
  const request = { header: () => undefined, raw: { headers: new Headers() } }
  return { get: () => client, req: request } as unknown as Call
}

const request = { service, renew: false, passive: false, method: undefined, locale: undefined, theme: undefined }
const login = (over: Partial<Login> = {}): Login => ({ ...newLogin(call(), request), authentication: ada, ...over })

async function stepWorld(settings: Overrides) {
  const world = await openMultifactorWorld({ settings })
  const audit = memoryAudit()
  const added: Attributes[] = []
  const sso = {
    async addAttributes(session: Session, attributes: Attributes) {
      added.push(attributes)
      const { authentication } = session
      return { ...session, authentication: { ...authentication, attributes: { ...authentication.attributes, ...attributes } } }
    },
  }
  const step = multifactorStep({ multifactor: world.multifactor, sso, audit, log: silentLog })
  const submit = (current: Login, fields: Record<string, string>, id = 'submit'): Promise<Outcome> => {
    const event: FlowEvent = { id, fields: parameters(new URLSearchParams(), new URLSearchParams(fields)) }
    return step.submit?.(current, event) ?? Promise.reject(new Error('no submit'))
  }
  return { step, submit, audit, added, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() }
}

const sessionOf = (authentication: Authentication): Session => ({ id: 'TGT-1', authentication }) as unknown as Session
const lastCode = () => sms.calls.at(-1)?.body ?? ''
const afterwards = (current: Login, outcome: Outcome): Login => ('login' in outcome ? { ...current, ...outcome.login } : current)
const viewOf = (outcome: Outcome) =>
  outcome.kind === 'ask' ? outcome.view('x').id : outcome.kind === 'block' ? outcome.view.id : outcome.kind

test('a provider that cannot be used ends the login with a page, and sends a request that may ask nobody back', async () => {
  await using it = await stepWorld(EVERYBODY)
  const closed = await it.step.enter(login())
  assert.ok(closed.kind === 'block' && closed.status === 503)
  assert.equal(viewOf(closed), 'mfa/casMfaUnavailableView')
  const passive = await it.step.enter(login({ request: { ...login().request, passive: true } }))
  assert.equal(passive.kind, 'ask')
})

test('OPEN lets it pass unmarked, PHANTOM marked as if the provider had been passed', async () => {
  for (const [mode, expected] of [
    ['OPEN', undefined],
    ['PHANTOM', ['mfa-simple']],
  ] as const) {
    await using it = await stepWorld({ ...EVERYBODY, 'cas.authn.mfa.simple.failureMode': mode })
    const outcome = await it.step.enter(login())
    assert.equal(outcome.kind, 'pass')
    assert.deepEqual(afterwards(login(), outcome).authentication?.attributes['authnContextClass'], expected)
  }
})

test('nothing of the user fits: refused with a page, not with the form', async () => {
  await using it = await stepWorld({
    ...WAY(),
    'cas.authn.mfa.triggers.principal.globalPrincipalAttributeNameTriggers': ['factor'],
    'cas.authn.mfa.triggers.principal.denyIfUnmatched': true,
  })
  const outcome = await it.step.enter(login())
  assert.ok(outcome.kind === 'block' && outcome.status === 403)
  assert.equal(viewOf(outcome), 'mfa/casMfaDeniedView')
})

test('a page that is shown again sends nothing; another user in the conversation begins anew', async () => {
  await using it = await stepWorld({ ...WAY(), ...EVERYBODY })
  const sent = sms.calls.length
  const first = await it.step.enter(login())
  assert.equal(viewOf(first), 'simple-mfa/casSimpleMfaLoginView')
  const asked = afterwards(login(), first)
  assert.equal(viewOf(await it.step.enter(asked)), 'simple-mfa/casSimpleMfaLoginView')
  assert.equal(sms.calls.length, sent + 1)
  const code = lastCode()
  const bob = { ...asked, authentication: loginOf('bob', { phone: ['+15550000002'] }) }
  const other = await it.submit(bob, { token: code })
  assert.equal(viewOf(other), 'simple-mfa/casSimpleMfaLoginView')
  assert.equal(sms.calls.length, sent + 2)
  assert.equal((await it.submit(asked, { token: code })).kind, 'pass')
})

test('whoever may be shown nothing is sent nothing', async () => {
  await using it = await stepWorld({ ...WAY(), ...EVERYBODY })
  const sent = sms.calls.length
  assert.equal((await it.step.enter(login({ request: { ...login().request, passive: true } }))).kind, 'ask')
  assert.equal(sms.calls.length, sent)
})

test('what lets a login past is said once, told to applications, and taken back when the factor is passed after all', async () => {
  await using it = await stepWorld(WAY())
  const free = definition({ multifactorAuthenticationProviders: ['mfa-simple'], bypassEnabled: true })
  const past = afterwards(login({ registeredService: free }), await it.step.enter(login({ registeredService: free })))
  assert.deepEqual(past.authentication?.attributes['bypassMultifactorAuthentication'], [true])
  await it.step.enter(past)
  const said = it.audit.records.filter(({ action }) => action === 'MULTIFACTOR_AUTHENTICATION_BYPASS_EVALUATION')
  assert.equal(said.length, 1)
  assert.match(said[0]?.what ?? '', /provider=mfa-simple, bypass=bypassEnabled/)

  const strict = definition({ multifactorAuthenticationProviders: ['mfa-simple'] })
  const session = sessionOf(past.authentication ?? ada)
  const stepUp = login({ authentication: undefined, session, registeredService: strict })
  const asked = afterwards(stepUp, await it.step.enter(stepUp))
  const done = afterwards(asked, await it.submit(asked, { token: lastCode() }))
  assert.deepEqual(done.session?.authentication.attributes['authnContextClass'], ['mfa-simple'])
  assert.deepEqual(done.session?.authentication.attributes['bypassMultifactorAuthentication'], [])
  assert.deepEqual(done.session?.authentication.attributes['authenticationMethod'], ['Static', 'CasSimpleMultifactorAuthenticationHandler'])
  assert.deepEqual(done.session?.authentication.successes, ['Static'], 'a code is no source of passwords')
  assert.equal(it.added.length, 1)
})

test('what always asks is asked for once in a conversation', async () => {
  await using it = await stepWorld(WAY())
  const forced = definition({ multifactorAuthenticationProviders: ['mfa-simple'], forceExecution: true })
  const asked = afterwards(login({ registeredService: forced }), await it.step.enter(login({ registeredService: forced })))
  const passed = afterwards(asked, await it.submit(asked, { token: lastCode() }))
  assert.equal((await it.step.enter(passed)).kind, 'pass')
  const later = { ...passed, state: {} }
  assert.equal(viewOf(await it.step.enter(later)), 'simple-mfa/casSimpleMfaLoginView')
})

test('who only looks in with a session, on the way to nothing, is not asked', async () => {
  await using it = await stepWorld({ ...WAY(), ...EVERYBODY })
  const request = { ...login().request, service: undefined }
  assert.equal((await it.step.enter(login({ authentication: undefined, session: sessionOf(ada), request }))).kind, 'pass')
  assert.equal((await it.step.enter(login({ request }))).kind, 'ask')
})

test('in one request what decides is asked once about a way, and anew about another', async () => {
  await using server = await httpStub(
    (request, response) => void response.writeHead(200).end(request.body.includes('safe.example.org') ? '' : 'mfa-simple'),
  )
  await using it = await stepWorld({ ...WAY(), 'cas.authn.mfa.triggers.rest.url': server.url })
  const first = login()
  assert.equal((await it.step.enter(first)).kind, 'pass')
  assert.equal((await it.step.enter(first)).kind, 'pass')
  assert.equal(server.calls.length, 1)
  const other = serviceReference('https://pay.example.org/')
  assert.ok(other && other !== 'unusable')
  assert.equal((await it.step.enter({ ...first, request: { ...first.request, service: other } })).kind, 'ask')
  assert.equal((await it.step.enter(login())).kind, 'pass')
  assert.equal(server.calls.length, 3)
})
