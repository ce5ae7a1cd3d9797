import assert from 'node:assert/strict'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { BrowserClient, loginUrl } from '../support/browser-client.ts'
import {
  type Castellan,
  freePort,
  type LogLine,
  runCastellan,
  type StartOptions,
  startCastellan,
  writeConfiguration,
} from '../support/castellan.ts'

/** Settings from outside: the same setting in each notation has the same effect. The effect that is looked at: the name of the session cookie. */
const users = { 'cas.authn.accept.users': 'student1::pw' }

async function cookieNames(cas: Castellan): Promise<readonly string[]> {
  const page = await new BrowserClient().login(cas.url, 'student1', 'pw')
  assert.equal(page.status, 200, page.body.slice(0, 300))
  return page.setCookies.filter((line) => !/Max-Age=0/i.test(line)).map((line) => line.split('=')[0] ?? '')
}

async function showsCookie(name: string, options: StartOptions): Promise<void> {
  await using cas = await startCastellan({ ...options, properties: { ...users, ...options.properties } })
  const names = await cookieNames(cas)
  assert.ok(names.includes(name), `${name} is not among ${names.join(', ')}`)
}

const has = (line: LogLine, ...words: string[]) => words.every((word) => JSON.stringify(line).includes(word))

test('a setting in cas.properties of the configuration directory has its effect [CF1, CF2]', () =>
  showsCookie('INFILE', { properties: { 'cas.tgc.name': 'INFILE' } }))

test('the same setting as a YAML tree, values quoted or not [CF2, CF3]', async () => {
  await showsCookie('INYAML', { files: { 'cas.yml': 'cas:\n  tgc:\n    name: "INYAML"\n    max-age: "-1"\n    secure: "true"\n' } })
})

test('the same setting with -D, before and after the verb [CF2, CF4]', async () => {
  await showsCookie('BEFORE', { argsBefore: ['-Dcas.tgc.name=BEFORE'] })
  await showsCookie('AFTER', { args: ['-Dcas.tgc.name=AFTER'] })
})

test('the same setting as a variable of the environment, dashes and dots as underscores [CF2, L11]', async () => {
  await showsCookie('INENV', { env: { CAS_TGC_NAME: 'INENV' } })
  await using cas = await startCastellan({ properties: users, env: { CAS_WARNING_COOKIE_NAME: 'WARNED' } })
  const page = await new BrowserClient().login(cas.url, 'student1', 'pw', { warn: 'true' })
  assert.ok(page.setCookies.some((line) => line.startsWith('WARNED=')))
})

test('the same setting on the command line with two dashes [CF2]', () => showsCookie('INARG', { args: ['--cas.tgc.name=INARG'] }))

test('of all places the command line wins, then -D, the environment, the files; cas.properties beats cas.yml [CF2]', async () => {
  const files = { 'cas.yml': 'cas:\n  tgc:\n    name: YAML\n' }
  const properties = { 'cas.tgc.name': 'FILE' }
  const env = { CAS_TGC_NAME: 'ENV' }
  await showsCookie('FILE', { files, properties })
  await showsCookie('ENV', { files, properties, env })
  await showsCookie('SYSTEM', { files, properties, env, args: ['-Dcas.tgc.name=SYSTEM'] })
  await showsCookie('ARG', { files, properties, env, args: ['-Dcas.tgc.name=SYSTEM', '--cas.tgc.name=ARG'] })
})

test('camelCase, kebab-case and snake_case are one name [CF6, L11]', async () => {
  for (const name of ['cas.warningCookie.name', 'cas.warning-cookie.name', 'cas.warning_cookie.name']) {
    await using cas = await startCastellan({ properties: { ...users, [name]: 'RELAXED' } })
    const page = await new BrowserClient().login(cas.url, 'student1', 'pw', { warn: 'true' })
    assert.ok(
      page.setCookies.some((line) => line.startsWith('RELAXED=')),
      name,
    )
  }
})

test('server.port and server.servlet.context-path decide where the server listens and under which path it is [CF8, CF21]', async () => {
  const port = await freePort()
  await using cas = await startCastellan({ properties: { ...users, 'server.port': port, 'server.servlet.context-path': '/sso' } })
  assert.equal(new URL(cas.url).port, String(port))
  const there = `http://127.0.0.1:${port}`
  const browser = new BrowserClient()
  assert.equal((await browser.get(`${there}/sso/login`)).status, 200)
  assert.equal((await browser.get(`${there}/cas/login`)).status, 404)
  const page = await browser.login(`${there}/sso`, 'student1', 'pw')
  assert.match(page.setCookies.find((line) => line.startsWith('TGC=')) ?? '', /Path=\/sso\//i)
})

test('a setting of a wrong type stops the start with 78 and one line that names key, file and line; no stack [CF10]', async () => {
  const directory = await writeConfiguration({
    properties: { ...users, 'cas.tgc.max-age': 'soon', 'cas.ticket.st.number-of-uses': 'many' },
  })
  const { code, output } = await runCastellan(['run', '--config-dir', directory])
  assert.equal(code, 78, output)
  // All mistakes at once.
  assert.match(output, /cas\.ticket\.st\.number-of-uses[^\n]*cas\.properties:\d+[^\n]*whole number/)
  assert.match(output, /cas\.tgc\.max-age[^\n]*cas\.properties:\d+/)
  assert.doesNotMatch(output, /^\s+at .*\.ts:\d+/m)
  const checked = await runCastellan(['check', '--config-dir', directory])
  assert.equal(checked.code, 1, checked.output)
  assert.match(checked.output, /cas\.ticket\.st\.number-of-uses/)
  await rm(directory, { recursive: true })
})

test('an unknown setting is named with file, line and the nearest known name; the server starts, with --strict it does not', async () => {
  const options = { properties: { ...users, 'cas.tgc.nmae': 'X' } }
  await using cas = await startCastellan(options)
  assert.ok((await cookieNames(cas)).includes('TGC'), 'the default holds')
  const line = cas.logs().find((one) => one.level >= 40 && has(one, 'cas.tgc.nmae', 'cas.properties:', 'cas.tgc.name'))
  assert.ok(
    line,
    cas
      .logs()
      .map((one) => one.msg)
      .join('\n'),
  )
  const strict = await runCastellan(['run', '--config-dir', cas.configDirectory, '--strict'])
  assert.equal(strict.code, 78, strict.output)
  assert.match(strict.output, /cas\.tgc\.nmae/)
})

test('a setting by its former name works and is reported with the new one [CF10]', async () => {
  await using cas = await startCastellan({ properties: { ...users, 'cas.sso.allowMissingServiceParameter': false } })
  assert.equal((await new BrowserClient().get(loginUrl(cas.url))).status, 403)
  assert.ok(cas.logs().some((line) => line.level === 40 && has(line, 'cas.sso.services.allow-missing-service-parameter')))
})

test('a list by indices: each entry counts; the higher place replaces the whole list [CF11]', async () => {
  const both = { 'cas.authn.accept.users[0]': 'student1::p,w', 'cas.authn.accept.users[1]': 'staff1::pw' }
  await using cas = await startCastellan({ properties: both })
  assert.equal((await new BrowserClient().login(cas.url, 'student1', 'p,w')).status, 200)
  assert.equal((await new BrowserClient().login(cas.url, 'staff1', 'pw')).status, 200)
  await using one = await startCastellan({ properties: both, args: ['-Dcas.authn.accept.users[0]=other1::pw'] })
  assert.equal((await new BrowserClient().login(one.url, 'other1', 'pw')).status, 200)
  assert.equal((await new BrowserClient().login(one.url, 'staff1', 'pw')).status, 401)
})

test('a duration as ISO-8601 and as a number of seconds is the same [CF12]', async () => {
  for (const value of ['PT2H', '7200', 'pt120m']) {
    await using cas = await startCastellan({
      properties: { ...users, 'cas.ticket.tgt.remember-me.enabled': true, 'cas.tgc.remember-me-max-age': value },
    })
    const page = await new BrowserClient().login(cas.url, 'student1', 'pw', { rememberMe: 'true' })
    assert.match(page.setCookies.find((line) => line.startsWith('TGC=')) ?? '', /Max-Age=7200/i, value)
  }
})

test('keys that are not set are generated once, kept readable for the owner only, and named without being shown [CF15]', async () => {
  const directory = await writeConfiguration({ properties: users })
  const browser = new BrowserClient()
  let port: number
  {
    await using cas = await startCastellan({ configDirectory: directory })
    port = Number(new URL(cas.url).port)
    await browser.login(cas.url, 'student1', 'pw')
    const file = join(cas.stateDirectory, 'keys.json')
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    const keys = await readFile(file, 'utf8')
    const warning = cas.logs().find((line) => line.level === 40 && has(line, 'cas.tgc.crypto', 'keys.json'))
    assert.ok(warning, 'the setting and the file are named')
    const log = JSON.stringify(cas.logs())
    for (const [, key = ''] of keys.matchAll(/"([A-Za-z0-9_-]{20,})"/g)) assert.ok(!log.includes(key), 'the key itself is not')
    assert.equal(await cas.stop(), 0)
  }
  await using again = await startCastellan({ configDirectory: directory, args: [`-Dserver.port=${port}`] })
  const page = await browser.get(loginUrl(again.url))
  assert.match(page.body, /Log In Successful/, 'the session outlives the restart')
  await again.stop()
  await rm(directory, { recursive: true, force: true })
})

test('mistakes that stop a start: a port in use is 69, an unreadable or malformed file 78; each with one line that names it', async (context) => {
  const blocker = createServer()
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve))
  context.after(() => blocker.close())
  const address = blocker.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const directory = await writeConfiguration({ properties: { ...users, 'server.port': port } })
  const taken = await runCastellan(['run', '--config-dir', directory])
  assert.equal(taken.code, 69, taken.output)
  assert.match(taken.output, new RegExp(`${port}`))

  await writeFile(join(directory, 'cas.yml'), 'cas:\n  tgc:\n   name: [unclosed\n')
  const malformed = await runCastellan(['run', '--config-dir', directory])
  assert.equal(malformed.code, 78, malformed.output)
  assert.match(malformed.output, /cas\.yml:\d+/)
  await rm(join(directory, 'cas.yml'))

  await writeFile(
    join(directory, 'cas.properties'),
    'cas.service-registry.json.location=file:/no/such/parent/services\nserver.ssl.enabled=false\nserver.port=0\n',
  )
  const missing = await runCastellan(['run', '--config-dir', directory])
  assert.notEqual(missing.code, 0)
  assert.match(missing.output, /cas\.service-registry\.json\.location/)
  assert.match(missing.output, /\/no\/such\/parent\/services/)

  await writeFile(join(directory, 'cas.properties'), 'server.ssl.key-store=file:/no/such/keystore\nserver.port=0\n')
  const noStore = await runCastellan(['run', '--config-dir', directory])
  assert.equal(noStore.code, 78, noStore.output)
  assert.match(noStore.output, /\/no\/such\/keystore/)
  for (const { output } of [taken, malformed, missing, noStore]) assert.doesNotMatch(output, /^\s+at .*\.ts:\d+/m)
  await rm(directory, { recursive: true })
})

test('a missing configuration directory stops the start and is named', async () => {
  const { code, output } = await runCastellan(['run', '--config-dir', '/no/such/directory'])
  assert.equal(code, 78, output)
  assert.match(output, /\/no\/such\/directory/)
})

test('castellan check: a good directory is 0', async () => {
  const directory = await writeConfiguration({ properties: users })
  const { code, output } = await runCastellan(['check', '--config-dir', directory])
  assert.equal(code, 0, output)
  await rm(directory, { recursive: true })
})

test('SIGTERM lets a running request finish and ends with 0', async () => {
  await using cas = await startCastellan({ properties: users })
  const browser = new BrowserClient()
  const form = await browser.get(loginUrl(cas.url))
  const pending = browser.submit(cas.url, form, { username: 'student1', password: 'pw' })
  await new Promise((resolve) => setTimeout(resolve, 20))
  const code = cas.stop()
  assert.equal((await pending).status, 200)
  assert.equal(await code, 0)
})

test('a state directory that cannot be made stops the start and is named', async () => {
  const directory = await writeConfiguration({ properties: { ...users, 'castellan.state.directory': '/dev/null/state' } })
  const { code, output } = await runCastellan(['run', '--config-dir', directory])
  assert.notEqual(code, 0)
  assert.match(output, /\/dev\/null\/state/)
  assert.doesNotMatch(output, /^\s+at .*\.ts:\d+/m)
  await rm(directory, { recursive: true })
})
