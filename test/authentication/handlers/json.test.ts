import assert from 'node:assert/strict'
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { processorMs } from '../../support/processor-time.ts'
import { engineWith, NOW } from '../support.ts'

const folder = await mkdtemp(join(tmpdir(), 'json-users-'))
let files = 0
/** An engine that knows only the users of this file. */
async function usersIn(content: string | Buffer, more: Readonly<Record<string, string>> = {}) {
  const path = join(folder, `users-${files++}.json`)
  await writeFile(path, content)
  const made = await engineWith({ 'cas.authn.accept.users': '', 'cas.authn.json.location': `file:${path}`, ...more })
  const answer = async (name: string, password = 'pw') => {
    const outcome = await made.login(name, password)
    return outcome.kind === 'authenticated' ? 'in' : (Object.values(outcome.failures)[0] ?? outcome.failure)
  }
  return { ...made, path, answer }
}
const day = (offset: number) => new Date(NOW + offset * 86_400_000).toISOString().slice(0, 10)

test('a file as CAS writes it, class names and all, gives users with attributes', async () => {
  const { login, answer } = await usersIn(`{
    "@class": "java.util.LinkedHashMap",
    "user1": {
      "@class": "org.apereo.cas.adaptors.generic.CasUserAccount",
      "password": "correct horse",
      "status": "OK",
      "expirationDate": "2027-01-31",
      "attributes": {
        "@class": "java.util.LinkedHashMap",
        "mail": "user1@example.org",
        "memberOf": ["java.util.ArrayList", ["staff", "vpn"]],
        "pair": ["a", "b"],
        "none": null,
        "age": 42
      }
    }
  }`)
  const outcome = await login('user1', 'correct horse')
  assert.ok(outcome.kind === 'authenticated')
  assert.deepEqual(outcome.authentication.principal, {
    id: 'user1',
    attributes: { mail: ['user1@example.org'], memberOf: ['staff', 'vpn'], pair: ['a', 'b'], none: [], age: [42] },
  })
  assert.deepEqual(outcome.authentication.warnings, [])
  assert.deepEqual(outcome.authentication.attributes['authenticationMethod'], ['JsonResourceAuthenticationHandler'])
  assert.equal(await answer('user1'), 'FailedLoginException')
  assert.equal(await answer('user2'), 'AccountNotFoundException')
  assert.equal(await answer('@class'), 'AccountNotFoundException')
})

test('comments and trailing commas are read', async () => {
  const { answer } = await usersIn(`{
    // for the trial
    user1: {
      password: "pw"
      # who else
      status: "OK",
    },
  }`)
  assert.equal(await answer('user1'), 'in')
})

const STATES: readonly (readonly [account: object, right: string])[] = [
  [{ status: 'OK' }, 'in'],
  [{ status: 'ok' }, 'in'],
  [{ status: null }, 'in'],
  [{ status: 'LOCKED' }, 'AccountLockedException'],
  [{ status: 'DISABLED' }, 'AccountDisabledException'],
  [{ status: 'EXPIRED' }, 'AccountExpiredException'],
  [{ status: 'MUST_CHANGE_PASSWORD' }, 'AccountPasswordMustChangeException'],
  [{ expirationDate: day(1) }, 'in'],
  [{ expirationDate: day(0) }, 'AccountExpiredException'],
  [{ expirationDate: day(-1) }, 'AccountExpiredException'],
  [{ expirationDate: [2026, 1, 15] }, 'AccountExpiredException'],
  [{ expirationDate: [2026, 1, 16] }, 'in'],
  [{ expirationDate: ['java.time.LocalDate', day(-1)] }, 'AccountExpiredException'],
  [{ location: '^192\\.0\\.2\\.' }, 'in'],
  [{ location: '^198\\.51\\.100\\.' }, 'InvalidLoginLocationException'],
  [{ availability: '2026-01-01T00:00:00Z~2026-01-31T23:59:59Z' }, 'in'],
  [{ availability: '2026-01-15T12:00:00~2026-01-15T12:00' }, 'in'],
  [{ availability: '2026-01-15T13:00:00+02:00 ~ 2026-01-15T13:30:00+02:00' }, 'InvalidLoginTimeException'],
  [{ status: 'LOCKED', location: 'x', availability: '2020-01-01T00:00:00Z~2020-01-02T00:00:00Z' }, 'AccountLockedException'],
  [{ location: 'x', availability: '2020-01-01T00:00:00Z~2020-01-02T00:00:00Z' }, 'InvalidLoginLocationException'],
  [{ availability: '2020-01-01T00:00:00Z~2020-01-02T00:00:00Z', expirationDate: day(-1) }, 'InvalidLoginTimeException'],
]

test('the state of an account is told to somebody with its password only, in the order status, place, time, end', async () => {
  const accounts = STATES.map(([account], index) => [`user${index}`, { password: 'pw', ...account }])
  const { answer } = await usersIn(JSON.stringify(Object.fromEntries(accounts)))
  for (const [index, [account, right]] of STATES.entries()) {
    assert.equal(await answer(`user${index}`), right, JSON.stringify(account))
    assert.equal(await answer(`user${index}`, 'wrong'), 'FailedLoginException', JSON.stringify(account))
  }
})

test('an account that ends within 30 days warns with the days left, after its own warnings', async () => {
  const users = {
    user1: { password: 'pw', expirationDate: day(30), warnings: ['java.util.ArrayList', ['screen.custom', 'Please call.']] },
    user2: { password: 'pw', expirationDate: day(31) },
  }
  const warningsOf = async (name: string, more: Readonly<Record<string, string>> = {}) => {
    const { login } = await usersIn(JSON.stringify(users), more)
    const outcome = await login(name, 'pw')
    return outcome.kind === 'authenticated' ? outcome.authentication.warnings : assert.fail(outcome.failure)
  }
  const remaining = (days: string) => ({ key: 'password.expiration.loginsRemaining', args: [days] })
  const own = [{ key: 'screen.custom' }, { key: 'Please call.' }]
  assert.deepEqual(await warningsOf('user1'), [...own, remaining('30')])
  assert.deepEqual(await warningsOf('user2'), [])
  assert.deepEqual(await warningsOf('user2', { 'cas.authn.json.passwordPolicy.warningDays': '40' }), [remaining('31')])
  assert.deepEqual(await warningsOf('user2', { 'cas.authn.json.passwordPolicy.warnAll': 'true' }), [remaining('31')])
  assert.deepEqual(await warningsOf('user1', { 'cas.authn.json.passwordPolicy.enabled': 'false' }), own)
})

const BROKEN: readonly (readonly [account: unknown, problem: RegExp])[] = [
  ['text', /is no account/],
  [null, /is no account/],
  [['a'], /is no account/],
  [{}, /has no password/],
  [{ password: 7 }, /password that is no text/],
  [{ password: 'pw', stauts: 'LOCKED' }, /member "stauts"/],
  [{ password: 'pw', status: 'GONE' }, /status that is none of/],
  [{ password: 'pw', status: 'constructor' }, /status that is none of/],
  [{ password: 'pw', expirationDate: 'tomorrow' }, /expirationDate/],
  [{ password: 'pw', expirationDate: '2026-02-30' }, /expirationDate/],
  [{ password: 'pw', expirationDate: 1 }, /expirationDate/],
  [{ password: 'pw', location: '(' }, /location/],
  [{ password: 'pw', availability: '2026-01-01T00:00:00Z' }, /availability/],
  [{ password: 'pw', availability: 'x~y' }, /availability/],
  [{ password: 'pw', attributes: 'x' }, /attributes/],
  [{ password: 'pw', attributes: { a: { b: 1 } } }, /attributes/],
  [{ password: 'pw', warnings: [{}] }, /warnings/],
]

test('an account that cannot be understood is refused and named in the log, and the others go on', async () => {
  const accounts = BROKEN.map(([account], index) => [`broken${index}`, account])
  const { answer, lines } = await usersIn(JSON.stringify({ ...Object.fromEntries(accounts), user1: { password: 'pw' } }))
  for (const [index, [, problem]] of BROKEN.entries()) {
    lines.length = 0
    assert.equal(await answer(`broken${index}`), 'PreventedException')
    const reasons = lines.filter(({ level, reason }) => level === 50 && typeof reason === 'string').map(({ reason }) => String(reason))
    assert.match(reasons.join(), problem)
  }
  assert.equal(await answer('user1'), 'in')
  assert.doesNotMatch(JSON.stringify(lines), /"pw"/)
})

test('the names that objects are born with are names like any other', async () => {
  const { answer } = await usersIn('{"__proto__": {"password": "pw"}, "constructor": {"password": "pw"}, "toString": {"password": "pw"}}')
  for (const name of ['__proto__', 'constructor', 'toString']) assert.equal(await answer(name), 'in')
  for (const name of ['hasOwnProperty', 'valueOf', '']) assert.notEqual(await answer(name), 'in')
})

test('an edited file counts at the next attempt; one that is gone or broken prevents, until it is back', async () => {
  const { answer, path, lines } = await usersIn('{"user1": {"password": "pw"}}')
  assert.equal(await answer('user1'), 'in')
  await writeFile(path, '{"user1": {"password": "another"}}')
  assert.equal(await answer('user1'), 'FailedLoginException')
  assert.equal(await answer('user1', 'another'), 'in')
  // The same length at the same moment: the time of the last change of the entry still differs.
  await writeFile(path, '{"user1": {"password": "changed"}}')
  await utimes(path, 1, 1)
  assert.equal(await answer('user1', 'changed'), 'in')
  await writeFile(path, '{"user1": {"password": "secret word"')
  assert.equal(await answer('user1'), 'PreventedException')
  await rm(path)
  assert.equal(await answer('user1'), 'PreventedException')
  await writeFile(path, '{"user1": {"password": "pw"}}')
  assert.equal(await answer('user1'), 'in')
  assert.doesNotMatch(JSON.stringify(lines), /secret word/)
})

const GARBAGE: readonly (readonly [string, string | Buffer])[] = [
  ['nothing', ''],
  ['one value', '42'],
  ['a list', '[{"password": "pw"}]'],
  ['random bytes', Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 193) % 256))],
  ['brackets without end', '['.repeat(1_000_000)],
  ['braces without end', '{"a":'.repeat(200_000)],
  ['strict JSON of a depth beyond reason', `{"user1": ${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
  ['2 MB of human JSON', `{ user1: { password: pw }\n${'# comment\n'.repeat(200_000)} }`],
  ['17 MB', Buffer.alloc(17 * 1024 * 1024, ' ')],
]

for (const [what, content] of GARBAGE) {
  test(`a file of users that is ${what} prevents, quickly and without an error of the server`, async () => {
    const { answer } = await usersIn(content)
    const spent = await processorMs(async () => assert.match(await answer('user1'), /^PreventedException$/))
    assert.ok(spent < 3000, `${spent} ms`)
  })
}

test('10 MB of accounts are read once; later attempts do not read them again', async () => {
  const accounts = Array.from({ length: 120_000 }, (_, index) => [
    `user${index}`,
    { password: 'pw', attributes: { mail: `user${index}@example.org` } },
  ])
  const { answer } = await usersIn(JSON.stringify(Object.fromEntries(accounts)))
  assert.equal(await answer('user119999'), 'in')
  const spent = await processorMs(async () => {
    for (let index = 0; index < 50; index++) assert.equal(await answer(`user${index}`), 'in')
  })
  // To read them fifty times would be ten seconds.
  assert.ok(spent < 2000, `${spent} ms for 50`)
})
