import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { memoryAudit } from '../../src/audit/index.ts'
import { Unavailable } from '../../src/base/errors.ts'
import { createMetrics } from '../../src/base/metrics.ts'
import { type Settings, schema } from '../../src/config/schema.ts'
import { openPasswordless, passwordlessTicketKinds } from '../../src/flow/index.ts'
import type { FlowEvent, Login, Outcome } from '../../src/flow/login.ts'
import { newLogin } from '../../src/flow/login-routes.ts'
import { passwordlessStep } from '../../src/flow/steps/passwordless/index.ts'
import { type Call, parameters } from '../../src/http/index.ts'
import { multifactorTicketKinds } from '../../src/mfa/index.ts'
import { createNotifications } from '../../src/notifications/index.ts'
import type { RegisteredService } from '../../src/services/index.ts'
import { type NewTicket, ticketKinds } from '../../src/tickets/index.ts'
import { engineWith } from '../authentication/support.ts'
import { openMultifactorWorld } from '../mfa/world.ts'
import { type Line, recordingLog } from '../notifications/world.ts'
import { frozenClock, key, serviceOf } from '../sso/sso-parts.ts'
import { openMemoryRegistry } from '../sso/sso-world.ts'
import { eventually } from '../support/castellan.ts'
import { type HttpStub, httpStub } from '../support/http-stub.ts'
import { type Overrides, settingsOf } from '../support/settings.ts'

/** The step by itself, over real accounts, codes, second factors and messages; those end at a provider on loopback. */
let sms: HttpStub
let source: HttpStub
const known: Record<string, object> = {
  ada: { username: 'ada', phone: '+15550000001' },
  both: { username: 'both', phone: '+15550000002', multifactorAuthenticationEligible: 'TRUE' },
  odd: { username: 'odd' },
}
before(async () => {
  sms = await httpStub()
  source = await httpStub((call, response) => {
    const name = call.query.get('username') ?? ''
    if (name === 'down') response.writeHead(500).end()
    else if (known[name]) response.writeHead(200).end(JSON.stringify(known[name]))
    else response.writeHead(404).end()
  })
})
after(async () => {
  await sms[Symbol.asyncDispose]()
  await source[Symbol.asyncDispose]()
})

function call(address = '192.0.2.7'): Call {
  const client = { address, userAgent: 'test', serverAddress: '192.0.2.1', secure: true }
  const values: Record<string, unknown> = { client, parameters: parameters(new URLSearchParams(), new URLSearchParams()) }
  return { get: (name: string) => values[name], req: { header: () => undefined, raw: { headers: new Headers() } } } as unknown as Call
}
const request = { service: undefined, renew: false, passive: false, method: undefined, locale: undefined, theme: undefined }
const login = (over: Partial<Login> = {}, address?: string): Login => ({ ...newLogin(call(address), request), ...over })

async function stepWorld(overrides: Overrides = {}) {
  const clock = frozenClock()
  const base = await openMemoryRegistry(clock, [...ticketKinds, ...multifactorTicketKinds, ...passwordlessTicketKinds])
  const added: NewTicket[] = []
  const registry = new Proxy(base, {
    get: (target, name) =>
      name === 'add'
        ? async (ticket: NewTicket) => {
            added.push(ticket)
            await target.add(ticket)
          }
        : Reflect.get(target, name, target),
  })
  const all: Overrides = {
    'cas.smsProvider.rest.url': sms.url,
    'cas.authn.passwordless.tokens.sms.from': 'sso',
    'cas.authn.passwordless.accounts.rest.url': source.url,
    'cas.authn.mfa.simple.sms.from': 'sso',
    ...overrides,
  }
  const world = await openMultifactorWorld({ settings: all, registry, clock })
  const settings = settingsOf<Settings>(schema, all)
  const lines: Line[] = []
  const log = recordingLog(lines)
  const metrics = createMetrics()
  const notifications = await createNotifications({
    settings,
    stateDirectory: world.directory,
    servicesDirectory: undefined,
    configurationDirectory: world.directory,
    clock,
    log,
    audit: memoryAudit(),
    version: 'test',
  })
  const passwordless = await openPasswordless({
    settings,
    configurationDirectory: world.directory,
    scriptTimeoutMs: 2000,
    registry,
    notifications,
    keys: [key('passwordless')],
    isSet: () => false,
    metrics,
    clock,
    log,
  })
  const { engine } = await engineWith()
  const audit = memoryAudit()
  const step = passwordlessStep({
    passwordless,
    engine,
    multifactor: world.multifactor,
    uniformFailureMessage: true,
    rememberMeEnabled: true,
    offers: () => false,
    secureCookie: true,
    audit,
    clock,
  })
  const submit = async (current: Login, fields: Record<string, string>, id = 'submit'): Promise<{ outcome: Outcome; login: Login }> => {
    const event: FlowEvent = { id, fields: parameters(new URLSearchParams(), new URLSearchParams(fields)) }
    const outcome = (await step.submit?.(current, event)) as Outcome
    return { outcome, login: 'login' in outcome ? { ...current, ...outcome.login } : current }
  }
  return {
    step,
    submit,
    passwordless,
    audit,
    clock,
    added,
    lines,
    metrics,
    multifactor: world.multifactor,
    async [Symbol.asyncDispose]() {
      await passwordless.close()
      await engine.close()
      await notifications.close()
      await world[Symbol.asyncDispose]()
      await base.close()
    },
  }
}

const sentTo = (number: string) => sms.calls.filter(({ query }) => query.get('to') === number).map(({ body }) => body)
const codeTo = (number: string, others: number) => eventually(`a code to ${number}`, () => sentTo(number)[others])
const viewOf = (outcome: Outcome) => (outcome.kind === 'ask' ? outcome.view('x').id : outcome.kind)
const errorOf = (outcome: Outcome): string | undefined => {
  if (outcome.kind !== 'ask') return undefined
  const { props } = outcome.view('x') as { props: { error?: { key: string }; errors?: readonly { key: string }[] } }
  return props.error?.key ?? props.errors?.[0]?.key
}
const NAME = 'passwordless/casPasswordlessGetUserIdView'
const CODE = 'passwordless/casPasswordlessDisplayView'

test('a code is good for three minutes and kept as a digest; the page asked for again sends nothing', async () => {
  await using it = await stepWorld()
  const others = sentTo('+15550000001').length
  const named = await it.submit(login(), { username: ' ada ', rememberMe: 'true' })
  assert.equal(viewOf(named.outcome), CODE)
  const code = await codeTo('+15550000001', others)
  assert.match(code, /^\d{8}$/)
  assert.ok(!JSON.stringify([it.added, named.login.state, it.lines]).includes(code))
  assert.equal(viewOf(await it.step.enter(named.login)), CODE)
  assert.equal(sentTo('+15550000001').length, others + 1)
  it.clock.advance(180_001)
  const late = await it.submit(named.login, { token: code })
  assert.deepEqual([viewOf(late.outcome), errorOf(late.outcome)], [CODE, 'castellan.mfa.simple.gone'])
  const again = await it.submit(late.login, {}, 'resend')
  const done = await it.submit(again.login, { token: await codeTo('+15550000001', others + 1) })
  assert.equal(done.outcome.kind, 'pass')
  assert.equal(done.login.authentication?.principal.id, 'ada')
  assert.deepEqual(done.login.authentication?.successes, ['PasswordlessTokenAuthenticationHandler'])
  assert.deepEqual(done.login.presented, { rememberMe: true, publicWorkstation: false, warn: false })
  assert.deepEqual(done.login.state, {})
})

test('of a name that nobody has the sealed state is as long, and the right code of it lets nobody in', async () => {
  await using it = await stepWorld()
  const [mine, other] = [await it.submit(login(), { username: 'ada' }), await it.submit(login(), { username: 'eve' })]
  assert.equal(JSON.stringify(mine.login.state).length, JSON.stringify(other.login.state).length)
  // Its code is made and kept as any other: here it is found out by going past the step.
  const { challenge } = other.login.state['passwordless'] as unknown as { challenge: string }
  const { passwordless } = it
  const guessed = await passwordless.codes.create('eve')
  const state = {
    passwordless: { ...(other.login.state['passwordless'] as object), challenge: guessed.challenge },
  } as unknown as Login['state']
  assert.notEqual(guessed.challenge, challenge)
  const refused = await it.submit({ ...other.login, state }, { token: guessed.code })
  assert.deepEqual([viewOf(refused.outcome), errorOf(refused.outcome)], [CODE, 'castellan.mfa.simple.wrong'])
  assert.equal(it.added.length, 3)
  assert.deepEqual(
    it.audit.records.map(({ action, who }) => [action, who]),
    [['AUTHENTICATION_FAILED', 'eve']],
  )
})

test('twenty wrong codes lock a name for a quarter of an hour, one that nobody has as well', async () => {
  for (const username of ['ada', 'eve']) {
    await using it = await stepWorld({ 'castellan.passwordless.sendLimit': 0 })
    let wrong = 0
    for (let round = 0; round < 4; round++) {
      let { login: current } = await it.submit(login(), { username })
      for (let tries = 0; tries < 5; tries++) {
        const answer = await it.submit(current, { token: 'none' })
        assert.equal(answer.outcome.kind === 'ask' && answer.outcome.status, 401)
        current = answer.login
        wrong++
      }
    }
    assert.equal(wrong, 20)
    const locked = await it.submit(login(), { username })
    assert.ok(locked.outcome.kind === 'ask' && locked.outcome.status === 423)
    assert.deepEqual([viewOf(locked.outcome), errorOf(locked.outcome)], [NAME, 'castellan.mfa.simple.locked'])
    it.clock.advance(15 * 60_000 + 1)
    assert.equal(viewOf((await it.submit(login(), { username })).outcome), CODE)
  }
})

test('many names of one account are guessed at no more than one, and it does not show', async () => {
  await using it = await stepWorld()
  for (let number = 0; number < 5; number++) known[`alias${number}`] = { username: 'alias', phone: '+1 555 000-0008' }
  const others = sentTo('+15550000008').length
  for (let number = 0; number < 4; number++) {
    let { login: current } = await it.submit(login(), { username: `alias${number}` })
    for (let tries = 0; tries < 5; tries++) current = (await it.submit(current, { token: 'none' })).login
  }
  const named = await it.submit(login(), { username: 'alias4' })
  const right = await codeTo('+15550000008', others + 4)
  const refused = await it.submit(named.login, { token: right })
  assert.deepEqual([viewOf(refused.outcome), errorOf(refused.outcome)], [CODE, 'castellan.mfa.simple.wrong'])
  it.clock.advance(15 * 60_000 + 1)
  const later = await it.submit(login(), { username: 'alias4' })
  assert.equal((await it.submit(later.login, { token: await codeTo('+15550000008', others + 5) })).outcome.kind, 'pass')
})

test('one address asks for so many codes and no more, whatever the names', async () => {
  await using it = await stepWorld({ 'castellan.passwordless.addressLimit': 3 })
  const ask = async (username: string, address?: string) => (await it.submit(login({}, address), { username })).outcome
  for (const name of ['a', 'b', 'c']) assert.equal(viewOf(await ask(name)), CODE)
  const refused = await ask('d')
  assert.ok(refused.kind === 'ask' && refused.status === 429)
  assert.equal(errorOf(refused), 'castellan.mfa.simple.too-many')
  assert.equal(viewOf(await ask('d', '192.0.2.8')), CODE)
  it.clock.advance(10 * 60_000 + 1)
  assert.equal(viewOf(await ask('d')), CODE)
})

test('blank names and endless ones are asked for again; a source that is down is no unknown name', async () => {
  await using it = await stepWorld()
  for (const username of ['', '  ', 'x'.repeat(257)]) {
    const { outcome } = await it.submit(login(), { username })
    assert.deepEqual([viewOf(outcome), errorOf(outcome)], [NAME, 'username.required'])
  }
  await assert.rejects(it.submit(login(), { username: 'down' }), Unavailable)
})

test('an account that went while its code was on the way lets nobody in', async () => {
  await using it = await stepWorld()
  known['gone'] = { username: 'gone', phone: '+15550000009' }
  const named = await it.submit(login(), { username: 'gone' })
  const code = await codeTo('+15550000009', 0)
  delete known['gone']
  const refused = await it.submit(named.login, { token: code })
  assert.deepEqual([viewOf(refused.outcome), errorOf(refused.outcome)], [CODE, 'castellan.mfa.simple.wrong'])
})

test('a second factor stands in for the code only where it is really asked for: who is let past it gets the code', async () => {
  const asks = { 'cas.authn.mfa.triggers.global.globalProviderId': ['mfa-simple'] }
  await using strict = await stepWorld(asks)
  const factor = await strict.submit(login(), { username: 'both' })
  assert.equal(viewOf(factor.outcome), 'simple-mfa/casSimpleMfaLoginView')
  const [sent = ''] = sentTo('+15550000002').slice(-1)
  assert.match(sent, /^CASMFA-\d{6}$/)
  assert.equal(viewOf(await strict.step.enter(factor.login)), 'simple-mfa/casSimpleMfaLoginView')
  const done = await strict.submit(factor.login, { token: sent })
  assert.equal(done.outcome.kind, 'pass')
  assert.deepEqual(done.login.authentication?.attributes['authnContextClass'], ['mfa-simple'])
  assert.deepEqual(done.login.authentication?.attributes['credentialType'], ['CasSimpleMultifactorTokenCredential'])
  // Nobody has shown anything yet.
  await using bypassed = await stepWorld({ ...asks, 'cas.authn.mfa.simple.bypass.principalAttributeName': 'phone' })
  assert.equal(viewOf((await bypassed.submit(login(), { username: 'both' })).outcome), CODE)
  await using open = await stepWorld({ ...asks, 'cas.authn.mfa.simple.sms.from': '', 'cas.authn.mfa.simple.failureMode': 'OPEN' })
  assert.equal(viewOf((await open.submit(login(), { username: 'both' })).outcome), CODE)
  // Whoever does not say so goes by the setting.
  await using everybody = await stepWorld({ ...asks, 'cas.authn.passwordless.core.multifactorAuthenticationActivated': true })
  assert.equal(viewOf((await everybody.submit(login(), { username: 'ada' })).outcome), 'simple-mfa/casSimpleMfaLoginView')
})

test('an application may leave it to passwords, and who has logged in is not asked', async () => {
  await using it = await stepWorld()
  const closed = (enabled: unknown): RegisteredService => serviceOf({ definition: { passwordlessPolicy: { enabled } } as never })
  assert.equal((await it.step.enter(login({ registeredService: closed(false) }))).kind, 'pass')
  assert.equal((await it.step.enter(login({ registeredService: closed('FALSE') }))).kind, 'pass')
  assert.equal(viewOf(await it.step.enter(login({ registeredService: closed(true) }))), NAME)
  assert.equal((await it.submit(login({ registeredService: closed(false) }), { username: 'ada' })).outcome.kind, 'pass')
})

test('what became of codes stands in the figures; an account that cannot be reached is told of in the log alone', async () => {
  await using it = await stepWorld()
  for (const username of ['ada', 'odd', 'eve']) assert.equal(viewOf((await it.submit(login(), { username })).outcome), CODE)
  await it.passwordless.close()
  const families = await it.metrics.families()
  const counted = families.find(({ name }) => name === 'cas.passwordless')
  assert.ok(counted && counted.kind === 'counter')
  assert.deepEqual(
    new Map(counted.samples.map(({ labels, value }) => [labels['result'], value])),
    new Map([
      ['nobody', 1],
      ['unreachable', 1],
      ['sent', 1],
    ]),
  )
  assert.ok(it.lines.some(({ message }) => /cannot be sent: the account has no phone number/.test(message)))
})
