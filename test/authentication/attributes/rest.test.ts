import assert from 'node:assert/strict'
import { test } from 'node:test'
import { userFilter } from '../../../src/authentication/ldap/directory.ts'
import { answering, type HttpStub, httpStub } from '../../support/http-stub.ts'
import { engineWith, type Written } from '../support.ts'

const CORE = 'cas.authn.attributeRepository.core.'

async function attributesFrom(server: HttpStub, more: Written = {}, source: Readonly<Record<string, string>> = {}) {
  const { login, lines, engine } = await engineWith({
    'cas.authn.accept.users': 'student 1::pw',
    'cas.authn.attributeRepository.rest': [{ url: `${server.url}/people?as=json`, ...source }],
    ...more,
  })
  const outcome = await login('student 1', 'pw')
  const attributes = outcome.kind === 'authenticated' ? outcome.authentication.principal.attributes : outcome.failure
  return { attributes, lines, engine, login }
}

test('another server is asked by the name of the user, and its names and values become attributes', async () => {
  await using server = await httpStub(
    answering({ mail: 'x@example.org', groups: ['java.util.ArrayList', ['a', 'b']], level: 3, active: true }),
  )
  const { attributes, engine, login } = await attributesFrom(server, {}, { basicAuthUsername: 'castellan', basicAuthPassword: 'p:w' })
  assert.deepEqual(attributes, { mail: ['x@example.org'], groups: ['a', 'b'], level: [3], active: [true] })
  const [call] = server.calls
  assert.equal(call?.method, 'GET')
  assert.deepEqual(
    [...(call?.query ?? [])],
    [
      ['as', 'json'],
      ['username', 'student 1'],
    ],
  )
  assert.equal(call?.headers.authorization, `Basic ${Buffer.from('castellan:p:w').toString('base64')}`)
  await login('student 1', 'pw')
  assert.equal(server.calls.length, 1, 'the answer is remembered')
  assert.deepEqual(engine.attributeSources(), [{ id: 'rest0', order: 0 }])
  await engine.close()
})

test('method, parameter and headers are those of the settings; nothing is remembered where the settings say so', async () => {
  await using server = await httpStub(answering({ cn: 'One' }))
  const settings = { method: 'post', usernameAttribute: 'uid', 'headers.X-Realm': 'staff' }
  const { login } = await attributesFrom(server, { [`${CORE}expirationTime`]: '0' }, settings)
  await login('student 1', 'pw')
  assert.equal(server.calls.length, 2)
  assert.equal(server.calls[0]?.method, 'POST')
  assert.equal(server.calls[0]?.query.get('uid'), 'student 1')
  assert.equal(server.calls[0]?.headers['x-realm'], 'staff')
})

const FAULTS: readonly (readonly [what: string, answer: HttpStub['answer'], reason: RegExp])[] = [
  ['answers 500', answering('{}', 500), /answers 500/],
  ['answers with no JSON', answering('<html>'), /no JSON/],
  ['answers with a list', answering('[1]'), /something else than names and values/],
  ['closes the connection', (_call, response) => void response.destroy(), /failed/],
]
for (const [what, answer, reason] of FAULTS) {
  test(`a server that ${what} is passed over, or refuses the login`, async () => {
    await using server = await httpStub(answer)
    const { attributes, lines } = await attributesFrom(server)
    assert.deepEqual(attributes, {})
    assert.ok(
      lines.some(({ level, msg, cause }) => level === 50 && reason.test(`${msg} ${cause}`)),
      JSON.stringify(lines),
    )
    assert.ok(!JSON.stringify(lines).includes('username='))
    assert.equal((await attributesFrom(server, { [`${CORE}recoverExceptions`]: 'false' })).attributes, 'UNKNOWN')
  })
}

test('a server that does not know the user adds nothing; an address that is none refuses the start', async () => {
  await using server = await httpStub(answering('', 404))
  assert.deepEqual((await attributesFrom(server, { [`${CORE}recoverExceptions`]: 'false' })).attributes, {})
  await assert.rejects(engineWith({ 'cas.authn.attributeRepository.rest': [{ url: 'ftp://x' }] }), /rest\[0\]\.url must be an http/)
})

const LDAP: readonly (readonly [what: string, settings: Readonly<Record<string, string>>, refusal: RegExp])[] = [
  ['no address', { ldapUrl: 'http://x', searchFilter: 'uid={user}' }, /ldap\[0\]\.ldap-url must be addresses/],
  ['no name in the filter', { ldapUrl: 'ldap://x', searchFilter: 'uid=admin' }, /ldap\[0\]\.search-filter must have the name/],
  [
    'no file of certificates',
    { ldapUrl: 'ldaps://x', searchFilter: 'uid={user}', trustCertificates: '/nowhere.pem' },
    /trust-certificates cannot be read/,
  ],
]
for (const [what, settings, refusal] of LDAP) {
  test(`a directory refuses the start: ${what}`, () =>
    assert.rejects(engineWith({ 'cas.authn.attributeRepository.ldap': [settings] }), refusal))
}

test('the name of a user cannot become part of the grammar of a filter', () => {
  assert.equal(userFilter('uid={user}', 'student1'), '(uid=student1)')
  assert.equal(userFilter('(&(objectClass=person)(uid={0}))', 'a*)(uid=*'), '(&(objectClass=person)(uid=a\\2a\\29\\28uid\\3d\\2a))')
  assert.equal(userFilter('cn={username}', '\\\0é$&'), '(cn=\\5c\\00\\c3\\a9\\24\\26)')
})
