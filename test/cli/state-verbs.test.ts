import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { auditHistory } from '../../src/audit/index.ts'
import { silentLog } from '../../src/base/log.ts'
import { dispatch } from '../../src/cli/commands.ts'
import { modulesOf } from '../../src/cli/overlay.ts'
import { readCommandLine } from '../../src/config/index.ts'

interface Run {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** A folder, and verbs that are run in it, in this process. */
async function withFolder(call: (folder: string, run: (words: string, typed?: string) => Promise<Run>) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'castellan-verbs-'))
  const run = async (line: string, typed = '') => {
    const argv = [
      ...line.split(' '),
      `--castellan.state.directory=${folder}/state`,
      `--cas.service-registry.json.location=file:${folder}/services`,
    ]
    const out: string[] = []
    const err: string[] = []
    const process = {
      env: {},
      version: 'v24.0.0',
      stdin: Readable.from(typed === '' ? [] : [`${typed}\n`]),
      stdout: { write: (text: string) => out.push(text) },
      stderr: { write: (text: string) => err.push(text) },
      cwd: () => folder,
      on: () => undefined,
      off: () => undefined,
      exit: (): never => {
        throw new Error('no verb ends the process itself')
      },
    }
    const { exitCode } = await dispatch({ argv, words: readCommandLine(argv).rest, process })
    return { code: exitCode, out: out.join(''), err: err.join('') }
  }
  try {
    mkdirSync(join(folder, 'services'))
    await call(folder, run)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const USERS = (folder: string, encoder = 'ARGON2') =>
  `--cas.authn.json.location=file:${folder}/users.json --cas.authn.json.password-encoder.type=${encoder} --cas.authn.accept.users=`

test('users are added with a hash, listed without one, and log in', async () => {
  await withFolder(async (folder, run) => {
    const settings = USERS(folder)
    const added = await run(`users add alice --attribute mail=a@example.org --attribute mail=b@example.org ${settings}`, 'first secret')
    assert.deepEqual([added.code, added.err], [0, ''])
    const file = join(folder, 'users.json')
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.match(readFileSync(file, 'utf8'), /"password": "\$argon2id\$/)
    assert.doesNotMatch(readFileSync(file, 'utf8'), /first secret/)
    assert.equal((await run(`users list ${settings}`)).out, 'alice\tOK\n')
    const listed = JSON.parse((await run(`users list --json ${settings}`)).out)
    assert.deepEqual(listed, [{ username: 'alice', status: 'OK', attributes: ['mail'] }])

    const good = await run(`authn test alice ${settings}`, 'first secret')
    assert.equal(good.code, 0)
    assert.match(
      good.out,
      /^alice would be logged in as alice\n {2}JsonResourceAuthenticationHandler: success\n {2}mail = a@example\.org, b@example\.org\n$/,
    )
    const wrong = await run(`authn test alice --json ${settings}`, 'wrong')
    assert.equal(wrong.code, 1)
    assert.equal(JSON.parse(wrong.out).handlers[0].result, 'FailedLoginException')

    assert.equal((await run(`users passwd alice ${settings}`, 'second secret')).code, 0)
    assert.equal((await run(`authn test alice ${settings}`, 'first secret')).code, 1)
    assert.equal((await run(`authn test alice ${settings}`, 'second secret')).code, 0)
    assert.equal((await run(`users remove alice ${settings}`)).code, 0)
    assert.equal((await run(`users list ${settings}`)).out, '')
  })
})

test('a change of the file of users that cannot be made leaves it alone and says why', async () => {
  await withFolder(async (folder, run) => {
    const file = join(folder, 'users.json')
    writeFileSync(file, '{\n  // kept by hand\n  "bob": { "password": "x" }\n}\n')
    const before = readFileSync(file, 'utf8')
    const rows: readonly (readonly [string, RegExp])[] = [
      [`users add carol ${USERS(folder)}`, /the file is no strict JSON: comments in it would be lost/],
      [`users add carol ${USERS(folder, 'NONE')}`, /passwords would lie in the file as they are typed; set .* to ARGON2/],
      ['users add carol', /cas\.authn\.json\.location is not set/],
    ]
    for (const [line, message] of rows) {
      const { code, err } = await run(line, 'pw')
      assert.notEqual(code, 0)
      assert.match(err, message)
    }
    assert.equal(readFileSync(file, 'utf8'), before)
    writeFileSync(file, '{"bob":{"password":"x","status":"LOCKED"}}')
    assert.match((await run(`users add bob ${USERS(folder)}`, 'pw')).err, /there is such a user already/)
    assert.match((await run(`users passwd eve ${USERS(folder)}`, 'pw')).err, /there is no such user/)
    assert.match((await run(`users passwd bob ${USERS(folder)}`)).err, /a password is expected on standard input/)
    assert.equal((await run(`users passwd bob ${USERS(folder)}`, 'new')).code, 0)
    assert.equal(JSON.parse(readFileSync(file, 'utf8')).bob.status, 'LOCKED')
    assert.match((await run(`authn test bob ${USERS(folder)}`, 'new')).out, /would not be logged in: AccountLockedException/)
  })
})

test('the audit trail that was kept is listed, newest first, filtered, without secrets', async () => {
  await withFolder(async (folder, run) => {
    const history = auditHistory({ directory: join(folder, 'state/audit'), keptDays: 30, log: silentLog })
    const now = Date.now()
    history.write({ action: 'LOGOUT_SUCCESS', who: 'alice', what: 'TGT-1-abcdefghijklmnopqrstuvwxyz-host' }, now - 7_200_000)
    history.write({ action: 'AUTHENTICATION_FAILED', who: 'bob', what: '{x}' }, now - 1000)
    await history.close()
    const all = (await run('audit list')).out.trim().split('\n')
    assert.equal(all.length, 2)
    assert.match(all[0] ?? '', /\tbob\tAUTHENTICATION_FAILED\t/)
    assert.match(all[1] ?? '', /TGT-1-\*{16}tuvwxyz-host$/)
    assert.equal((await run('audit list --interval PT1H')).out.trim().split('\n').length, 1)
    const json = (await run('audit list --action LOGOUT --json')).out.trim()
    assert.equal(JSON.parse(json).who, 'alice')
    assert.equal(JSON.parse(json).chain, undefined)
    const held = await run('audit verify')
    assert.equal(held.code, 0)
    assert.match(held.out, /^\S+\t0-1\t[\w-]{43}\n2 records in 1 chains: nothing is missing and nothing was changed\n$/)
    const day = join(folder, 'state/audit', readdirSync(join(folder, 'state/audit')).sort()[0] ?? '')
    writeFileSync(day, readFileSync(day, 'utf8').replace('"who":"alice"', '"who":"mallory"'))
    const broken = await run('audit verify')
    assert.equal(broken.code, 1)
    assert.match(broken.out, /^BROKEN audit-\S+:\d+ the record before it, number 0 of \S+, was another one\n/)
    assert.equal(JSON.parse((await run('audit verify --json')).out).breaks.length, 1)
    assert.equal((await run('audit list --principal nobody')).out, '')
    assert.equal((await run('audit list --action (')).code, 64)
    assert.equal((await run('audit list --count 0')).code, 64)
  })
})

const GRADLE = `dependencies {
  /* implementation "org.apereo.cas:cas-server-support-duo" */
  // implementation "org.apereo.cas:cas-server-support-saml-idp"
  implementation "org.apereo.cas:cas-server-core-api-configuration-model"
  implementation "org.apereo.cas:cas-server-webapp-init"
  implementation "org.apereo.cas:cas-server-support-json-service-registry"
  implementation "org.apereo.cas:cas-server-support-oauth-webflow"
  implementation "org.apereo.cas:cas-server-support-oauth-uma-core"
  implementation "org.apereo.cas:cas-server-support-ldap"
  implementation "org.apereo.cas:cas-server-support-of-the-future"
}`

test('modules of an overlay are here, behind a switch, missing or not needed', () => {
  assert.deepEqual(
    modulesOf(GRADLE).map(({ module, fate }) => [module, fate]),
    [
      ['core-api-configuration-model', 'not needed'],
      ['webapp-init', 'not needed'],
      ['support-json-service-registry', 'here'],
      ['support-oauth-webflow', 'switch'],
      ['support-oauth-uma-core', 'missing'],
      ['support-ldap', 'missing'],
      ['support-of-the-future', 'missing'],
    ],
  )
})

test('an overlay is reported, and its etc/cas copied over nothing', async () => {
  await withFolder(async (folder, run) => {
    const overlay = join(folder, 'overlay')
    mkdirSync(join(overlay, 'etc/cas/config'), { recursive: true })
    writeFileSync(join(overlay, 'build.gradle'), GRADLE)
    writeFileSync(join(overlay, 'etc/cas/config/cas.properties'), 'cas.server.name=https://sso.example.org\n')
    writeFileSync(join(overlay, 'etc/cas/config/log4j2.xml'), '<Configuration/>')
    const told = await run('import-overlay overlay')
    assert.equal(told.code, 1)
    assert.match(told.out, /^Here\n {2}cas-server-support-json-service-registry: /)
    assert.match(told.out, /\n {2}CasFeatureModule\.OAuth\.enabled=true\n/)
    assert.match(told.out, /2 files in etc\/cas; --to DIRECTORY copies them:\n {2}etc\/cas\/config\/cas\.properties\n/)
    mkdirSync(join(folder, 'target/config'), { recursive: true })
    writeFileSync(join(folder, 'target/config/log4j2.xml'), 'mine')
    const copied = JSON.parse((await run('import-overlay overlay --to target --json')).out)
    assert.deepEqual(copied.copied, [join(folder, 'target/config/cas.properties')])
    assert.deepEqual(copied.kept, [join(folder, 'target/config/log4j2.xml')])
    assert.equal(readFileSync(join(folder, 'target/config/log4j2.xml'), 'utf8'), 'mine')
    mkdirSync(join(folder, 'pipe'))
    execFileSync('mkfifo', [join(folder, 'pipe/build.gradle')])
    assert.equal((await run('import-overlay pipe')).code, 64)
    const none = await run('import-overlay services')
    assert.deepEqual([none.code, /there is no build\.gradle/.test(none.err)], [64, true])
  })
})

test('the version is told as JSON too', async () => {
  await withFolder(async (_folder, run) => {
    const told = JSON.parse((await run('version --json')).out)
    assert.deepEqual(Object.keys(told), ['version', 'cas', 'node'])
  })
})
