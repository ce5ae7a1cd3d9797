import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openPasswordlessAccounts, unbuiltPasswordless } from '../../../src/authentication/index.ts'
import { Unavailable } from '../../../src/base/errors.ts'
import { StartRefusal } from '../../../src/base/start-refusal.ts'
import { type Settings, schema } from '../../../src/config/schema.ts'
import { type Line, recordingLog } from '../../notifications/world.ts'
import { answering, httpStub } from '../../support/http-stub.ts'
import { type Overrides, settingsOf } from '../../support/settings.ts'

const ACCOUNTS = 'cas.authn.passwordless.accounts'

async function accountsOf(overrides: Overrides, files: Readonly<Record<string, string>> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'castellan-passwordless-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text)
  const lines: Line[] = []
  const placed = Object.entries(overrides).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.replace('{dir}', directory) : value,
  ])
  const accounts = await openPasswordlessAccounts({
    settings: settingsOf<Settings>(schema, Object.fromEntries(placed)),
    configurationDirectory: directory,
    scriptTimeoutMs: 2000,
    log: recordingLog(lines),
  })
  return {
    ...accounts,
    directory,
    lines,
    async [Symbol.asyncDispose]() {
      await accounts.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

test('without a source, and where it is switched off, nobody logs in without a password', async () => {
  await using none = await accountsOf({})
  assert.deepEqual(none.sources, [])
  for (const setting of ['cas.authn.passwordless.core.enabled', 'casFeatureModule.passwordlessAuthn.enabled']) {
    await using off = await accountsOf({ [setting]: false, [`${ACCOUNTS}.simple`]: { ada: 'ada@example.org' } })
    assert.deepEqual(off.sources, [])
    assert.equal(await off.find('ada'), undefined)
  }
})

test('settings name a mailbox or a phone for each user', async () => {
  await using accounts = await accountsOf({ [`${ACCOUNTS}.simple`]: { ada: ' ada@example.org ', bob: '+15550000001' } })
  const [ada, bob] = [await accounts.find('ada'), await accounts.find('bob')]
  assert.deepEqual([ada?.email, ada?.phone, bob?.email, bob?.phone], ['ada@example.org', '', '', '+15550000001'])
  for (const name of ['Ada', 'constructor', '__proto__', '']) assert.equal(await accounts.find(name), undefined, name)
})

test('a file of accounts as CAS writes it: names, patterns of names, and what each says; a change counts at once', async () => {
  const text = (more: object = {}) =>
    JSON.stringify({
      '@class': 'java.util.LinkedHashMap',
      ada: {
        '@class': 'org.apereo.cas.api.PasswordlessUserAccount',
        username: 'lovelace',
        email: 'ada@example.org',
        phone: 15550000001,
        name: 'Ada L.',
        attributes: { '@class': 'java.util.LinkedHashMap', team: ['java.util.ArrayList', ['engines', 'notes']] },
        multifactorAuthenticationEligible: 'TRUE',
        delegatedAuthenticationEligible: 'FALSE',
        allowedDelegatedClients: ['java.util.ArrayList', []],
        requestPassword: false,
      },
      'guest.+': { email: 'guests@example.org' },
      guest7: { username: 'seven', requestPassword: true, multifactorAuthenticationEligible: 'false' },
      broken: { attributes: 'none' },
      'bad(pattern': { email: 'x@example.org' },
      ...more,
    })
  await using accounts = await accountsOf({ [`${ACCOUNTS}.json.location`]: 'file:{dir}/accounts.json' }, { 'accounts.json': text() })
  assert.deepEqual(await accounts.find('ada'), {
    username: 'lovelace',
    email: 'ada@example.org',
    phone: '15550000001',
    attributes: { team: ['engines', 'notes'], name: ['Ada L.'] },
    requestPassword: false,
    multifactorEligible: true,
  })
  // A name counts as it stands before any pattern does, wherever it stands.
  assert.deepEqual((await accounts.find('guest7'))?.username, 'seven')
  assert.deepEqual([(await accounts.find('guest7'))?.requestPassword, (await accounts.find('guest7'))?.multifactorEligible], [true, false])
  assert.deepEqual((await accounts.find('guest12'))?.username, 'guest12')
  for (const name of ['a guest12', 'guest', 'nobody']) assert.equal(await accounts.find(name), undefined, name)
  await assert.rejects(accounts.find('broken'), Unavailable)
  writeFileSync(join(accounts.directory, 'accounts.json'), text({ eve: { phone: '+15550000002' } }))
  assert.equal((await accounts.find('eve'))?.phone, '+15550000002')
  rmSync(join(accounts.directory, 'accounts.json'))
  await assert.rejects(accounts.find('eve'), Unavailable)
  assert.ok(!accounts.lines.some((line) => JSON.stringify(line).includes('example.org')))
})

test('another server is asked by name; what it does not know is nobody, what it cannot say is no answer', async () => {
  await using stub = await httpStub((call, response) => {
    const name = call.query.get('username')
    if (name === 'ada') answering({ username: 'ada', email: 'ada@example.org' })(call, response)
    else if (name === 'empty') response.writeHead(200).end()
    else if (name === 'html') response.writeHead(200).end('<p>')
    else if (name === 'list') response.writeHead(200).end('[1]')
    else if (name === 'down') response.writeHead(500).end()
    else response.writeHead(404).end()
  })
  await using accounts = await accountsOf({
    [`${ACCOUNTS}.rest.url`]: `${stub.url}/accounts?tenant=1`,
    [`${ACCOUNTS}.rest.basicAuthUsername`]: 'cas',
    [`${ACCOUNTS}.rest.basicAuthPassword`]: 'secret',
    [`${ACCOUNTS}.rest.headers`]: { 'X-Reason': 'login' },
  })
  assert.equal((await accounts.find('ada'))?.email, 'ada@example.org')
  assert.equal(await accounts.find('x&y=z'), undefined)
  assert.equal(await accounts.find('empty'), undefined)
  for (const name of ['html', 'list', 'down']) await assert.rejects(accounts.find(name), Unavailable, name)
  const asked = stub.calls[1]
  assert.deepEqual([asked?.query.get('tenant'), asked?.query.get('username')], ['1', 'x&y=z'])
  assert.equal(asked?.headers.authorization, `Basic ${Buffer.from('cas:secret').toString('base64')}`)
  assert.equal(asked?.headers['x-reason'], 'login')
  await assert.rejects(accountsOf({ [`${ACCOUNTS}.rest.url`]: 'ftp://example.org' }), StartRefusal)
})

test('a module finds accounts; one that fails finds nobody out', async () => {
  const script = `export default function run(username) {
    if (username === 'ada') return { username, phone: '+15550000001', attributes: { team: ['engines'] } }
    if (username === 'bad') throw new Error('no')
    if (username === 'odd') return 'ada'
    return null
  }`
  await using accounts = await accountsOf({ [`${ACCOUNTS}.groovy.location`]: 'file:{dir}/accounts.mjs' }, { 'accounts.mjs': script })
  assert.deepEqual((await accounts.find('ada'))?.attributes, { team: ['engines'] })
  assert.equal(await accounts.find('bob'), undefined)
  for (const name of ['bad', 'odd']) await assert.rejects(accounts.find(name), Unavailable, name)
})

test('of several sources the first that knows the name counts, and one that is down is no reason to pass over it', async () => {
  await using stub = await httpStub((_call, response) => response.writeHead(500).end())
  await using accounts = await accountsOf({ [`${ACCOUNTS}.simple`]: { ada: 'ada@example.org' }, [`${ACCOUNTS}.rest.url`]: stub.url })
  assert.deepEqual(accounts.sources, ['simple', 'rest'])
  assert.equal((await accounts.find('ada'))?.email, 'ada@example.org')
  await assert.rejects(accounts.find('bob'), Unavailable)
})

test('what is configured and not built is told by name', () => {
  const set = ['cas.authn.passwordless.core.delegated-authentication-activated', 'cas.authn.passwordless.accounts.mongo.client-uri']
  assert.deepEqual(
    unbuiltPasswordless((setting) => set.includes(setting)).map(({ message }) => message),
    [
      'cas.authn.passwordless.core.delegated-authentication-activated has no effect here: nobody is sent to another identity provider.',
      'cas.authn.passwordless.accounts.mongo.client-uri has no effect here: no account is read from MongoDB.',
    ],
  )
})
