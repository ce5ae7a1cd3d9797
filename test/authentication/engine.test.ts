import assert from 'node:assert/strict'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AuthenticationOutcome } from '../../src/authentication/index.ts'
import { StartRefusal } from '../../src/base/start-refusal.ts'
import { engineWith, serviceWith } from './support.ts'

const folder = await mkdtemp(join(tmpdir(), 'engine-'))
/** `users` as a JSON file: name → password, or a whole account. */
async function usersFile(name: string, users: Readonly<Record<string, string | object>>): Promise<string> {
  const path = join(folder, `${name}.json`)
  const accounts = Object.entries(users).map(([user, account]) => [user, typeof account === 'string' ? { password: account } : account])
  await writeFile(path, JSON.stringify(Object.fromEntries(accounts)))
  return path
}
const verdict = (outcome: AuthenticationOutcome) =>
  outcome.kind === 'authenticated' ? outcome.authentication.successes.join('+') : outcome.failure

test('on a fresh install casuser logs in with Mellon', async () => {
  const { login, audit, engine } = await engineWith()
  const outcome = await login('casuser', 'Mellon')
  assert.ok(outcome.kind === 'authenticated')
  assert.deepEqual(outcome.authentication.principal, { id: 'casuser', attributes: {} })
  assert.deepEqual(outcome.authentication.successes, ['Static Credentials'])
  assert.deepEqual(outcome.authentication.attributes, {
    credentialType: ['UsernamePasswordCredential'],
    longTermAuthenticationRequestTokenUsed: [false],
    clientIpAddress: ['192.0.2.7'],
    serverIpAddress: ['192.0.2.1'],
    userAgent: ['test/1'],
    authenticationMethod: ['Static Credentials'],
    successfulAuthenticationHandlers: ['Static Credentials'],
  })
  assert.deepEqual(
    audit.records.map(({ action, who, client }) => [action, who, client?.address]),
    [['AUTHENTICATION_SUCCESS', 'casuser', '192.0.2.7']],
  )
  assert.equal(engine.staticUsersActive, true)
  await engine.close()
})

test('a wrong password and an unknown user are refused and recorded, the password nowhere', async () => {
  const { login, audit, lines } = await engineWith()
  assert.deepEqual(await login('casuser', 'hunter2'), {
    kind: 'failed',
    failure: 'FailedLoginException',
    failures: { 'Static Credentials': 'FailedLoginException' },
  })
  const unknown = await login('nobody', 'hunter2')
  assert.equal(verdict(unknown), 'AccountNotFoundException')
  assert.deepEqual(
    audit.records.map(({ action, who }) => [action, who]),
    [
      ['AUTHENTICATION_FAILED', 'casuser'],
      ['AUTHENTICATION_FAILED', 'nobody'],
    ],
  )
  assert.doesNotMatch(JSON.stringify([audit.records, lines, unknown]), /hunter2|Mellon/)
})

test('an empty list of static users lets nobody in and takes the notice off the login page', async () => {
  for (const off of [{ 'cas.authn.accept.users': '' }, { 'cas.authn.accept.enabled': 'false' }]) {
    const { login, engine } = await engineWith(off)
    assert.equal(engine.staticUsersActive, false)
    assert.equal(verdict(await login('casuser', 'Mellon')), 'UNKNOWN')
  }
})

test('static users: blanks and further colons belong to the password, blanks around a typed name do not to the name', async () => {
  const { login } = await engineWith({ 'cas.authn.accept.users': 'a:: p::q , b::x' })
  assert.equal(verdict(await login('a', ' p::q ')), 'Static Credentials')
  assert.equal(verdict(await login('a', 'p::q')), 'FailedLoginException')
  assert.equal(verdict(await login('  b  ', 'x')), 'Static Credentials')
  assert.equal(verdict(await login('__proto__', 'x')), 'AccountNotFoundException')
})

test('empty and endless names and passwords are refused without asking any handler, even one that accepts everybody', async () => {
  const { login } = await engineWith({ 'cas.authn.reject.users': 'root' })
  for (const [name, password] of [
    ['', 'x'],
    ['   ', 'x'],
    ['user1', ''],
    ['u'.repeat(1025), 'x'],
    ['user1', 'p'.repeat(4097)],
  ] as const) {
    assert.deepEqual(await login(name, password), { kind: 'failed', failure: 'FailedLoginException', failures: {} })
  }
})

test('a list of refused users accepts everybody else with any password, as in CAS, and the start warns', async () => {
  const { login, lines, engine } = await engineWith({ 'cas.authn.accept.users': '', 'cas.authn.reject.users': 'root,admin' })
  assert.equal(verdict(await login('root', 'x')), 'FailedLoginException')
  assert.equal(verdict(await login('user1', 'x')), 'RejectUsersAuthenticationHandler')
  assert.ok(lines.some(({ level, setting }) => level === 40 && setting === 'cas.authn.reject.users'))
  assert.equal(engine.staticUsersActive, true)
})

test('the well-known user is an ERROR on a server with a public name, and strict does not start', async () => {
  const open = { serverName: 'https://sso.example.org' }
  const { lines } = await engineWith({}, open)
  assert.ok(lines.some(({ level, setting }) => level === 50 && setting === 'cas.authn.accept.users'))
  assert.ok(!JSON.stringify((await engineWith({}, { serverName: 'https://localhost' })).lines).includes('"level":50'))
  await assert.rejects(engineWith({}, { ...open, strict: true }), (error) => error instanceof StartRefusal && error.exitCode === 78)
  await engineWith({ 'cas.authn.accept.users': 'user1::other' }, { ...open, strict: true })
})

test('handlers are tried in their order until one says yes', async () => {
  const location = await usersFile('order', { both: 'json', json: 'json' })
  const settings = { 'cas.authn.accept.users': 'both::static', 'cas.authn.json.location': location }
  const later = await engineWith(settings)
  const outcome = await later.login('json', 'json')
  assert.ok(outcome.kind === 'authenticated')
  assert.deepEqual(outcome.authentication.failures, { 'Static Credentials': 'AccountNotFoundException' })
  const first = await engineWith({ ...settings, 'castellan.authn.json.order': '1', 'cas.authn.json.name': 'Staff' })
  const sooner = await first.login('json', 'json')
  assert.ok(sooner.kind === 'authenticated')
  assert.deepEqual([sooner.authentication.successes, sooner.authentication.failures], [['Staff'], {}])
})

test('of several failures the one earliest in the order of CAS decides: locked before wrong password', async () => {
  const location = await usersFile('precedence', { user1: { password: 'right', status: 'LOCKED' } })
  const { login } = await engineWith({ 'cas.authn.accept.users': 'user1::other', 'cas.authn.json.location': location })
  const outcome = await login('user1', 'right')
  assert.deepEqual(outcome, {
    kind: 'failed',
    failure: 'AccountLockedException',
    failures: { 'Static Credentials': 'FailedLoginException', JsonResourceAuthenticationHandler: 'AccountLockedException' },
  })
})

test('a handler that cannot answer is logged, and decides only when its failure is listed', async () => {
  const settings = { 'cas.authn.accept.users': '', 'cas.authn.json.location': join(folder, 'missing.json') }
  const { login, lines } = await engineWith(settings)
  const outcome = await login('user1', 'x')
  assert.deepEqual(outcome, {
    kind: 'failed',
    failure: 'UNKNOWN',
    failures: { JsonResourceAuthenticationHandler: 'PreventedException' },
  })
  assert.ok(lines.some(({ level, reason }) => level === 50 && /missing\.json: ENOENT/.test(String(reason))))
  const listed = await engineWith({ ...settings, 'cas.authn.errors.exceptions': 'org.apereo.cas.authentication.PreventedException' })
  assert.equal(verdict(await listed.login('user1', 'x')), 'PreventedException')
})

test('a service that requires a handler is not satisfied by another', async () => {
  const location = await usersFile('required', { user2: 'two' })
  const { login } = await engineWith({
    'cas.authn.accept.users': 'user1::one',
    'cas.authn.json.location': location,
    'cas.authn.json.name': 'Staff',
  })
  const staffOnly = serviceWith({ requiredHandlers: ['Staff'] })
  assert.equal(verdict(await login('user1', 'one', staffOnly)), 'AccountNotFoundException')
  assert.equal(verdict(await login('user2', 'two', staffOnly)), 'Staff')
  assert.equal(verdict(await login('user1', 'one', serviceWith({ excludedHandlers: ['Static Credentials'] }))), 'AccountNotFoundException')
  assert.equal(verdict(await login('user1', 'one')), 'Static Credentials')
  assert.equal(verdict(await login('user1', 'one', serviceWith({ requiredHandlers: ['LDAP'] }))), 'UNKNOWN')
})

test('a handler that stands by answers only to a service that names it', async () => {
  const location = await usersFile('standby', { user1: 'x' })
  const { login, engine } = await engineWith({
    'cas.authn.accept.users': 'other::x',
    'cas.authn.json.location': location,
    'castellan.authn.json.state': 'standby',
    'cas.authn.json.name': 'Staff',
    'cas.authn.policy.sourceSelectionEnabled': 'true',
  })
  assert.equal(verdict(await login('user1', 'x')), 'AccountNotFoundException')
  assert.equal(verdict(await login('user1', 'x', serviceWith({ excludedHandlers: ['Static Credentials'] }))), 'UNKNOWN')
  assert.equal(verdict(await login('user1', 'x', serviceWith({ requiredHandlers: ['Staff'] }))), 'Staff')
  assert.deepEqual(engine.sources(), ['Static Credentials'])
})

test('with source selection only the chosen handler is asked', async () => {
  const location = await usersFile('source', { user1: 'json' })
  const settings = { 'cas.authn.accept.users': 'user1::static', 'cas.authn.json.location': location, 'cas.authn.json.name': 'Staff' }
  const { login, engine } = await engineWith({ ...settings, 'cas.authn.policy.sourceSelectionEnabled': 'true' })
  assert.deepEqual(engine.sources(), ['Static Credentials', 'Staff'])
  assert.equal(verdict(await login('user1', 'json', undefined, { source: 'Staff' })), 'Staff')
  assert.equal(verdict(await login('user1', 'static', undefined, { source: 'Staff' })), 'FailedLoginException')
  assert.equal(verdict(await login('user1', 'static', undefined, { source: 'nobody' })), 'UNKNOWN')
  const off = await engineWith(settings)
  assert.deepEqual(off.engine.sources(), [])
  assert.equal(verdict(await off.login('user1', 'static', undefined, { source: 'Staff' })), 'Static Credentials')
})

test('credential criteria keep a handler from names it is not for', async () => {
  const { login } = await engineWith({
    'cas.authn.accept.users': 'a@example.org::x,b::x',
    'cas.authn.accept.credentialCriteria': '.+@EXAMPLE\\.org$',
  })
  assert.equal(verdict(await login('a@example.org', 'x')), 'Static Credentials')
  assert.equal(verdict(await login('b', 'x')), 'UNKNOWN')
})

test('a name is transformed in the order pattern, prefix and suffix, case, and a blocked one is refused', async () => {
  const { login } = await engineWith({
    'cas.authn.accept.users': 'x-user1-y::p,x-root-y::p',
    'cas.authn.accept.principalTransformation.pattern': '^(.+)@example\\.org$',
    'cas.authn.accept.principalTransformation.prefix': 'X-',
    'cas.authn.accept.principalTransformation.suffix': '-Y',
    'cas.authn.accept.principalTransformation.caseConversion': 'lowercase',
    'cas.authn.accept.principalTransformation.blockingPattern': '^x-root',
  })
  const outcome = await login('User1@example.org', 'p')
  assert.ok(outcome.kind === 'authenticated')
  assert.equal(outcome.authentication.principal.id, 'x-user1-y')
  assert.equal(verdict(await login('USER1', 'p')), 'Static Credentials')
  assert.equal(verdict(await login('root', 'p')), 'FailedLoginException')
})

test('a pattern that cannot be used is refused before the room is opened', async () => {
  for (const key of ['credentialCriteria', 'principalTransformation.pattern', 'principalTransformation.blockingPattern']) {
    await assert.rejects(engineWith({ [`cas.authn.accept.${key}`]: '(' }), /must be a regular expression of Java/, key)
  }
})

test('remembering is noted in what the authentication says of itself', async () => {
  const { login } = await engineWith()
  const outcome = await login('casuser', 'Mellon', undefined, { rememberMe: true })
  assert.ok(outcome.kind === 'authenticated')
  assert.deepEqual(outcome.authentication.attributes['longTermAuthenticationRequestTokenUsed'], [true])
  assert.deepEqual(outcome.authentication.attributes['credentialType'], ['RememberMeUsernamePasswordCredential'])
})

test('an unknown user costs the same check of a password as a known one, whatever the encoder', async () => {
  // A module that counts stands in for the clock: what is the same work takes the same time.
  const path = join(folder, 'counting.mjs')
  await writeFile(
    path,
    'export const seen = []\nexport const encode = (raw) => raw\nexport const matches = (raw, encoded) => { seen.push(encoded); return raw === encoded }',
  )
  const { seen } = (await import(path)) as { readonly seen: string[] }
  const location = await usersFile('timing', { user2: 'two', user3: 'three' })
  const lines = join(folder, 'users.txt')
  await writeFile(lines, 'user4::four\n')
  const { login } = await engineWith({
    'cas.authn.accept.users': 'user1::one',
    'cas.authn.accept.passwordEncoder.type': path,
    'cas.authn.json.location': location,
    'cas.authn.json.passwordEncoder.type': path,
    'cas.authn.file.filename': lines,
    'cas.authn.file.passwordEncoder.type': path,
  })
  await login('user1', 'wrong')
  const known = seen.splice(0).length
  await login('nobody', 'wrong')
  const unknown = seen.splice(0)
  assert.deepEqual([known, unknown.length], [3, 3])
  await login('nobody', 'other')
  assert.deepEqual(seen.splice(0), unknown, 'the same unknown name meets the same stored values')
})

test('what is wrong with files and names of handlers is said at start', async () => {
  const missing = await engineWith({
    'cas.authn.json.location': join(folder, 'gone.json'),
    'cas.authn.file.filename': join(folder, 'gone.txt'),
  })
  assert.deepEqual(
    missing.lines.filter(({ level }) => level === 50).map(({ setting }) => setting),
    ['cas.authn.json.location', 'cas.authn.file.filename'],
  )
  const twins = await engineWith({ 'cas.authn.json.location': await usersFile('twins', {}), 'cas.authn.json.name': 'Static Credentials' })
  assert.ok(twins.lines.some(({ level, names }) => level === 40 && String(names) === 'Static Credentials'))
  for (const key of ['cas.authn.json.location', 'cas.authn.file.filename']) {
    await assert.rejects(
      engineWith({ [key]: 'https://example.org/users' }),
      (error) => error instanceof StartRefusal && error.setting === key,
    )
  }
})
