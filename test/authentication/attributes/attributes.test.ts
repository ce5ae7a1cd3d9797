import assert from 'node:assert/strict'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { engineWith, type Written } from '../support.ts'

const folder = await mkdtemp(join(tmpdir(), 'attributes-'))
async function file(name: string, content: unknown): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}
const users = await file('users.json', { user1: { password: 'x', attributes: { mail: 'handler@example.org', own: 1 } } })
const one = await file('one.json', { user1: { mail: ['one@example.org'], cn: 'One' } })
const two = await file('two.json', {
  '@class': 'java.util.HashMap',
  user1: { '@class': 'java.util.HashMap', mail: ['java.util.ArrayList', ['two@example.org', 'one@example.org']], sn: 'Two' },
})
const BASE: Written = {
  'cas.authn.accept.users': '',
  'cas.authn.json.location': users,
  'cas.authn.attributeRepository.json': [{ location: one }, { location: two, id: 'two' }],
}

async function principalWith(settings: Written = {}) {
  const { login, lines } = await engineWith({ ...BASE, ...settings })
  const outcome = await login('user1', 'x')
  return { lines, principal: outcome.kind === 'authenticated' ? outcome.authentication.principal : outcome.failure }
}
async function attributesWith(settings: Written = {}) {
  const { principal } = await principalWith(settings)
  if (typeof principal === 'string') return principal
  const { username, ...attributes } = principal.attributes
  return attributes
}
const core = (name: string) => `cas.authn.attributeRepository.core.${name}`

test('the values of the settings are everybody’s attributes: commas make several, true and false become booleans', async () => {
  const { login } = await engineWith({
    'cas.authn.attributeRepository.stub.attributes.mail': 'a@example.org, b@example.org',
    'cas.authn.attributeRepository.stub.attributes.givenName': 'Case User',
    'cas.authn.attributeRepository.stub.attributes.active': 'true',
  })
  const outcome = await login('casuser', 'Mellon')
  assert.ok(outcome.kind === 'authenticated')
  assert.deepEqual(outcome.authentication.principal.attributes, {
    username: ['casuser'],
    mail: ['a@example.org', 'b@example.org'],
    givenName: ['Case User'],
    active: [true],
  })
})

test('REPLACE takes the last source that knows an attribute', async () => {
  assert.deepEqual(await attributesWith(), { mail: ['two@example.org', 'one@example.org'], own: [1], cn: ['One'], sn: ['Two'] })
})

test('ADD takes the first, which is the handler', async () => {
  assert.deepEqual(await attributesWith({ [core('merger')]: 'ADD' }), { mail: ['handler@example.org'], own: [1], cn: ['One'], sn: ['Two'] })
})

test('MULTIVALUED takes all values, none twice', async () => {
  assert.deepEqual(await attributesWith({ [core('merger')]: 'multivalued' }), {
    mail: ['handler@example.org', 'one@example.org', 'two@example.org'],
    own: [1],
    cn: ['One'],
    sn: ['Two'],
  })
})

test('NONE takes what the handler knows and asks no source', async () => {
  const missing = {
    'cas.authn.attributeRepository.json': [{ location: join(folder, 'missing.json') }],
    [core('recoverExceptions')]: 'false',
  }
  assert.deepEqual(await attributesWith({ [core('merger')]: 'NONE', ...missing }), { mail: ['handler@example.org'], own: [1] })
})

test('sources are asked in their order, not in that of the file, and only when they are active', async () => {
  const reversed = [
    { location: two, order: '2' },
    { location: one, order: '3' },
  ]
  assert.deepEqual(((await attributesWith({ 'cas.authn.attributeRepository.json': reversed })) as Record<string, unknown>)['mail'], [
    'one@example.org',
  ])
  const off = [
    { location: one, state: 'DISABLED' },
    { location: two, state: 'STANDBY' },
  ]
  assert.deepEqual(await attributesWith({ 'cas.authn.attributeRepository.json': off }), { mail: ['handler@example.org'], own: [1] })
})

test('definitions ask sources by their ids, those that stand by too', async () => {
  const { engine } = await engineWith({
    'cas.authn.attributeRepository.json': [
      { location: one, id: 'one', state: 'DISABLED' },
      { location: two, id: 'two', state: 'STANDBY' },
      { location: one, id: 'active' },
    ],
  })
  const names = async (...ids: string[]) =>
    Object.keys(await engine.attributesOf('user1', ids))
      .filter((name) => name !== 'username')
      .sort()
  assert.deepEqual(await names('two'), ['mail', 'sn'])
  assert.deepEqual(await names('two', 'active'), ['cn', 'mail', 'sn'])
  assert.deepEqual(
    [await names(), await names('*')],
    [
      ['cn', 'mail'],
      ['cn', 'mail'],
    ],
  )
  assert.deepEqual(await names('one', 'nobody'), [])
  assert.deepEqual(await engine.attributesOf('stranger', ['two']), {})
})

test('ids choose the sources: those active, and those for one handler', async () => {
  const some = { 'cas.personDirectory.activeAttributeRepositoryIds': 'two' }
  assert.deepEqual(await attributesWith(some), { mail: ['two@example.org', 'one@example.org'], own: [1], sn: ['Two'] })
  const byHandler = { 'cas.personDirectory.attributeRepositorySelection.JsonResourceAuthenticationHandler': 'json0' }
  assert.deepEqual(await attributesWith(byHandler), { mail: ['one@example.org'], own: [1], cn: ['One'] })
  assert.deepEqual(await attributesWith({ 'cas.personDirectory.attributeResolutionEnabled': 'false' }), {
    mail: ['handler@example.org'],
    own: [1],
  })
})

test('a source that fails is passed over and logged, or refuses the login', async () => {
  const failing = { 'cas.authn.attributeRepository.json': [{ location: join(folder, 'missing.json'), id: 'gone' }, { location: one }] }
  const { principal, lines } = await principalWith(failing)
  assert.ok(typeof principal !== 'string')
  assert.deepEqual(principal.attributes['cn'], ['One'])
  assert.ok(lines.some(({ level, source }) => level === 50 && source === 'gone'))
  assert.equal((await principalWith({ ...failing, [core('recoverExceptions')]: 'false' })).principal, 'UNKNOWN')
})

test('a user a source does not know: the others count, none with require-all-repository-sources', async () => {
  const stranger = await file('stranger.json', { user2: { cn: 'Two' } })
  const sources = { 'cas.authn.attributeRepository.json': [{ location: one }, { location: stranger }] }
  assert.deepEqual(await attributesWith(sources), { mail: ['one@example.org'], own: [1], cn: ['One'] })
  assert.deepEqual(await attributesWith({ ...sources, [core('requireAllRepositorySources')]: 'true' }), {
    mail: ['handler@example.org'],
    own: [1],
  })
})

test('CASCADE asks the next source with the name the last one gave, and stops when the first knows nobody', async () => {
  const first = await file('first.json', { user1: { username: 'u-1' } })
  const second = await file('second.json', { 'u-1': { cn: 'Cascaded' }, user1: { cn: 'Direct' } })
  const sources = (...locations: readonly string[]) => ({
    'cas.authn.attributeRepository.json': locations.map((location) => ({ location })),
    [core('aggregation')]: 'CASCADE',
  })
  assert.deepEqual(((await attributesWith(sources(first, second))) as Record<string, unknown>)['cn'], ['Cascaded'])
  const nobody = await file('nobody.json', {})
  assert.deepEqual(await attributesWith(sources(nobody, second)), { mail: ['handler@example.org'], own: [1] })
})

test('a file of attributes that is edited counts at the next login', async () => {
  const changing = await file('changing.json', { casuser: { cn: 'Before' } })
  const { login } = await engineWith({ 'cas.authn.attributeRepository.json': [{ location: changing }] })
  const cn = async () => {
    const outcome = await login('casuser', 'Mellon')
    return outcome.kind === 'authenticated' ? outcome.authentication.principal.attributes['cn'] : outcome.failure
  }
  assert.deepEqual(await cn(), ['Before'])
  await writeFile(changing, '{ casuser: { cn: "After" } /* Human JSON */ }')
  assert.deepEqual(await cn(), ['After'])
})

test('principal-attribute names the id; without a value the name stays', async () => {
  const id = async (name: string) => {
    const { principal } = await principalWith({ 'cas.personDirectory.principalAttribute': name })
    return typeof principal === 'string' ? principal : principal.id
  }
  assert.equal(await id('cn'), 'One')
  assert.equal(await id('missing, sn'), 'Two')
  assert.equal(await id('missing'), 'user1')
})

test('the id can be transformed, and attributes are looked up by what comes out', async () => {
  const { login } = await engineWith({
    'cas.authn.accept.users': 'USER1::x',
    'cas.authn.attributeRepository.json': [{ location: one }],
    'cas.personDirectory.principalTransformation.caseConversion': 'LOWERCASE',
  })
  const outcome = await login('USER1', 'x')
  assert.ok(outcome.kind === 'authenticated')
  assert.equal(outcome.authentication.principal.id, 'user1')
  assert.deepEqual(outcome.authentication.principal.attributes['cn'], ['One'])
})

test('a user without attributes is refused only when that is fatal', async () => {
  const settings = { 'cas.personDirectory.returnNull': 'true' }
  const plain = await engineWith(settings)
  assert.equal((await plain.login('casuser', 'Mellon')).kind, 'authenticated')
  const fatal = await engineWith({ ...settings, 'cas.personDirectory.principalResolutionFailureFatal': 'true' })
  assert.equal((await fatal.login('casuser', 'Mellon')).kind, 'failed')
})

test('of several handlers that say yes the last names the user, or the first, and all give attributes', async () => {
  const settings = {
    ...BASE,
    'cas.authn.accept.users': 'user1::x',
    'cas.personDirectory.principalAttribute': 'mail',
    'cas.authn.policy.any.tryAll': 'true',
    'cas.authn.attributeRepository.json': [],
    'cas.authn.attributeRepository.stub.attributes.role': 'user',
  }
  // Static users have no mail, so that their handler leaves the name.
  for (const [strategy, id] of [
    ['first', 'user1'],
    ['last', 'handler@example.org'],
    ['whatever', 'handler@example.org'],
  ] as const) {
    const { login } = await engineWith({ ...settings, 'cas.personDirectory.principalResolutionConflictStrategy': strategy })
    const outcome = await login('user1', 'x')
    assert.ok(outcome.kind === 'authenticated')
    assert.deepEqual(outcome.authentication.successes, ['Static Credentials', 'JsonResourceAuthenticationHandler'])
    assert.equal(outcome.authentication.principal.id, id)
    assert.deepEqual(outcome.authentication.principal.attributes, {
      username: ['user1'],
      role: ['user'],
      mail: ['handler@example.org'],
      own: [1],
    })
  }
})
