import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { BrowserClient, loginUrl, type Page } from '../support/browser-client.ts'
import { type Castellan, definition, eventually, runCastellan, startCastellan, writeConfiguration } from '../support/castellan.ts'

/** Interrupts from attributes, scripts, plug-ins and announcements (interrupt.md 9, 14). */
const S = 'https://app.example.org/portal'
const services = { 'Application-1.json': definition(1, '^https://app\\.example\\.org/.*') }
const base = { 'castellan.ticket-registry.store': 'memory', 'cas.authn.accept.users': 'user1::pw,user2::pw,slow::pw,thrower::pw' }

const login = (cas: Castellan, user: string, browser = new BrowserClient(), service = S) => browser.login(cas.url, user, 'pw', { service })
const send = (cas: Castellan, browser: BrowserClient, page: Page, event: string, more: Record<string, string> = {}) =>
  browser.post(`${cas.url}/login`, { execution: page.execution, _eventId: event, ...more })
const isInterrupt = (page: Page) => page.status === 200 && page.body.includes('id="interruptLinks"')
const passed = (page: Page) => page.status === 302 && (page.location ?? '').includes('ticket=ST-')

test('without a source nothing is different: no page, no cookie, at logout neither [I7]', async () => {
  await using cas = await startCastellan({ services, properties: { ...base, 'cas.interrupt.core.force-execution': true } })
  const browser = new BrowserClient()
  const page = await login(cas, 'user1', browser)
  assert.ok(passed(page))
  const out = await browser.get(`${cas.url}/logout`)
  assert.ok([...page.setCookies, ...out.setCookies].every((line) => !line.startsWith('CASINTERRUPT')))
})

test('a user with an attribute whose name and value match as a whole is interrupted; a part of the value is not enough [I20]', async () => {
  await using cas = await startCastellan({
    services,
    properties: {
      ...base,
      'cas.authn.attribute-repository.stub.attributes.affiliation': 'student-worker',
      'cas.interrupt.attributeName': 'affil.*',
      'cas.interrupt.attribute-value': 'student-[a-z]+',
    },
  })
  const page = await login(cas, 'user1')
  assert.ok(isInterrupt(page))
  assert.match(page.body, /Authentication flow is interrupted/)
  await using part = await startCastellan({
    services,
    properties: {
      ...base,
      'cas.authn.attribute-repository.stub.attributes.affiliation': 'student-worker',
      'cas.interrupt.regex.attribute-name': 'affiliation',
      'cas.interrupt.regex.attribute-value': 'student',
    },
  })
  assert.ok(passed(await login(part, 'user1')))
})

const SCRIPT = `
export default async function run(ctx) {
  if (ctx.principal.id === 'slow') for (;;) {}
  if (ctx.principal.id === 'thrower') throw new Error('no luck')
  ctx.logger.info('asked about', ctx.principal.id, Object.keys(process.env).length)
  if (ctx.principal.id !== 'user1') return ctx.respond.none()
  return ctx.respond.of('Rules for ' + ctx.escapeHtml('<' + ctx.registeredService.name + '>') + ' at ' + ctx.service.id, { Read: 'https://hr.example.org/' }, { block: true })
}
`

test('a script decides, in a thread without the environment; one that loops or throws lets the login go on, a new version counts [I20]', async () => {
  await using cas = await startCastellan({
    services,
    properties: { ...base, 'cas.interrupt.groovy.location': 'file:{dir}/interrupt.groovy', 'castellan.interrupt.script.timeout': 'PT0.4S' },
    files: { 'interrupt.mjs': SCRIPT, 'interrupt.groovy': 'def run(final Object... args) { }' },
  })
  const page = await login(cas, 'user1')
  assert.ok(isInterrupt(page))
  assert.match(page.body, /Rules for &lt;Application 1&gt; at https:\/\/app\.example\.org\/portal/)
  assert.doesNotMatch(page.body, /id="fm1"/)
  assert.ok(passed(await login(cas, 'user2')))
  const said = await cas.logged((line) => line.msg.startsWith('asked about user2'))
  assert.equal(said.msg, 'asked about user2 0')
  let slowEnded = false
  const slow = login(cas, 'slow').finally(() => {
    slowEnded = true
  })
  // A loop in the thread holds no page of the server.
  assert.equal((await new BrowserClient().get(loginUrl(cas.url))).status, 200)
  assert.equal(slowEnded, false)
  assert.ok(passed(await slow))
  assert.ok(passed(await login(cas, 'thrower')))
  await cas.logged((line) => line['source'] === 'script' && line['reason'] === 'no answer within 400 ms')
  await cas.logged((line) => line['source'] === 'script' && line['reason'] === 'Error: no luck')
  assert.ok(isInterrupt(await login(cas, 'user1')), 'the thread is there again')

  await writeFile(join(cas.configDirectory, 'interrupt.mjs'), 'export default () => ({ message: ')
  await eventually('the broken version is found', async () => {
    assert.ok(isInterrupt(await login(cas, 'user1')))
    return cas.logs().some((line) => /the one before stays/.test(line.msg)) || undefined
  })
  await writeFile(join(cas.configDirectory, 'interrupt.mjs'), 'export const run = () => true')
  await eventually('the new version counts', async () =>
    (await login(cas, 'user2')).body.includes('flow is interrupted') ? true : undefined,
  )
})

test('a Groovy script without a module beside it is named with what to write', async () => {
  await using cas = await startCastellan({
    services,
    properties: { ...base, 'cas.interrupt.groovy.location': 'file:{dir}/interrupt.groovy' },
    files: { 'interrupt.groovy': 'def run() {}' },
  })
  const line = await cas.logged((one) => one['setting'] === 'cas.interrupt.groovy.location')
  assert.equal(line.level, 50)
  assert.match(line.msg, /write .*interrupt\.mjs with a default export/)
  assert.ok(passed(await login(cas, 'user1')))
})

test('a plug-in with an order is asked before the file; one that throws is passed over [I20]', async () => {
  await using cas = await startCastellan({
    services,
    properties: {
      ...base,
      'cas.interrupt.json.location': 'file:{dir}/interrupt.json',
      'castellan.interrupt.plugins': 'file:{dir}/board.mjs',
    },
    files: {
      'interrupt.json': JSON.stringify({
        user1: { message: 'from the file' },
        user2: { message: 'from the file' },
        thrower: { message: 'from the file' },
      }),
      'board.mjs': `export default { name: 'board', order: 1, async inquire({ principal, service }) {
        if (principal.id === 'thrower') throw new Error('down')
        return principal.id === 'user1' ? { message: 'from the board about ' + service.id, interrupt: true } : null } }`,
    },
  })
  assert.match((await login(cas, 'user1')).body, /from the board about https:/)
  assert.match((await login(cas, 'user2')).body, /from the file/)
  assert.match((await login(cas, 'thrower')).body, /from the file/)
})

for (const [what, properties, said] of [
  [
    'a pattern',
    { 'cas.interrupt.regex.attribute-name': '(', 'cas.interrupt.regex.attribute-value': 'x' },
    /cas\.interrupt\.regex\.attribute-name .*pattern/,
  ],
  ['an address', { 'cas.interrupt.rest.url': 'ftp://example.org/' }, /cas\.interrupt\.rest\.url \(.*\) must be an http/],
  ['a plug-in', { 'castellan.interrupt.plugins': 'file:{dir}/none.mjs' }, /castellan\.interrupt\.plugins .*cannot be loaded/],
] as const) {
  test(`${what} that cannot work stops the start and names its setting`, async () => {
    const directory = await writeConfiguration({ services, properties: { ...base, ...properties } })
    const { code, output } = await runCastellan(['run', '--config-dir', directory])
    assert.equal(code, 78)
    assert.match(output, said)
  })
}

test('a file that is missing at the start is named, and counts as soon as it is there', async () => {
  await using cas = await startCastellan({ services, properties: { ...base, 'cas.interrupt.json.location': 'file:{dir}/interrupt.json' } })
  assert.ok(passed(await login(cas, 'user1')))
  const line = await cas.logged((one) => one['setting'] === 'cas.interrupt.json.location')
  assert.equal(line.level, 40)
  await writeFile(join(cas.configDirectory, 'interrupt.json'), '{ user1: { message: "now" } }')
  await eventually('the user is interrupted', async () => (isInterrupt(await login(cas, 'user1')) ? true : undefined))
})

test('shadow mode shows nothing and tells the audit', async () => {
  await using cas = await startCastellan({
    services,
    properties: { ...base, 'cas.interrupt.json.location': 'file:{dir}/interrupt.json', 'castellan.interrupt.shadow': true },
    files: { 'interrupt.json': '{ user1: { message: "hello", block: true } }' },
  })
  assert.ok(passed(await login(cas, 'user1')))
  await cas.logged((line) => line['action'] === 'AUTHENTICATION_INTERRUPT_TRIGGERED' && line.msg.includes('shadow=true'))
})

const BOARD = `announcements:
  - id: closing
    priority: 5
    audience: { usernames: [user1], services: ["^https://app\\\\.example\\\\.org/.*"] }
    window: { from: "2020-01-01T00:00:00Z" }
    frequency: ONCE
    payload:
      message: { en: "Closed until **January**.", de: "Bis **Januar** geschlossen." }
      format: MARKDOWN
      links: [{ text: { en: Details, de: Einzelheiten }, href: "https://news.example.org/1" }]
  - id: rules
    audience: { usernamePattern: "user.*", not: { usernames: [user1] } }
    frequency: UNTIL_ACKNOWLEDGED
    payload: { message: "New rules.", acknowledge: true }
  - id: past
    window: { until: "2020-01-01T00:00:00Z" }
    payload: { message: "Over." }
  - id: wrong
    audience: { users: [user1] }
    payload: { message: "x" }
`

test('announcements: audience, languages, Markdown; once accepted they are over in every browser [I4]', async () => {
  await using cas = await startCastellan({
    services,
    properties: { ...base, 'castellan.interrupt.announcements.location': 'file:{dir}/board.yml' },
    files: { 'board.yml': BOARD },
  })
  const german = new BrowserClient({ 'accept-language': 'de' })
  const page = await login(cas, 'user1', german)
  assert.match(page.body, /<div id="interruptMessage"[^>]*><p>Bis <strong>Januar<\/strong> geschlossen\.<\/p><\/div>/)
  assert.match(page.body, /<bdi>Einzelheiten<\/bdi>/)
  assert.match((await login(cas, 'user1')).body, /Closed until <strong>January<\/strong>/, 'shown only is not accepted')
  assert.ok(passed(await send(cas, german, page, 'proceed')))
  assert.ok(passed(await login(cas, 'user1')), 'another browser')

  const browser = new BrowserClient()
  const rules = await login(cas, 'user2', browser)
  assert.match(rules.body, /<input type="checkbox" id="acknowledge" name="acknowledge" value="true" required>/)
  const unread = await send(cas, browser, rules, 'proceed')
  assert.match(unread.body, /id="acknowledgeProblem"[\s\S]*Tick the box to go on/)
  assert.ok(passed(await send(cas, browser, unread, 'proceed', { acknowledge: 'true' })))
  assert.ok(passed(await login(cas, 'user2')))
  const fault = await cas.logged((line) => line['problem'] !== undefined)
  assert.equal(fault['problem'], 'announcement wrong: "users" is not known here')
})

test('castellan interrupt test says what would happen and why, without a server', async () => {
  const configuration = await writeConfiguration({
    services: {
      ...services,
      'Quiet-2.json': definition(2, '^https://quiet\\.example\\.org/.*', {
        properties: { skipInterrupt: { values: ['java.util.HashSet', ['true']] } },
      }),
    },
    properties: {
      ...base,
      'cas.interrupt.json.location': 'file:{dir}/interrupt.json',
      'cas.interrupt.regex.attribute-name': 'memberOf',
      'cas.interrupt.regex.attribute-value': 'staff',
    },
    files: { 'interrupt.json': '{ user1: { message: "hello", links: { A: "https://a.example.org/" }, block: true } }' },
  })
  const ask = async (...words: string[]) => {
    const { code, output } = await runCastellan(['interrupt', 'test', ...words, '--json', '--config-dir', configuration])
    return {
      code,
      ...(JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('\n}') + 2)) as {
        outcome: string
        why?: string
        payload?: { block: boolean }
        sources: { source: string; outcome: string }[]
      }),
    }
  }
  const hit = await ask('user1', '--service', S)
  assert.equal(hit.outcome, 'interrupt')
  assert.equal(hit.payload?.block, true)
  assert.deepEqual(
    hit.sources.map(({ source, outcome }) => [source, outcome]),
    [
      ['json', 'interrupt'],
      ['regex', 'not asked'],
    ],
  )
  assert.equal((await ask('user2')).outcome, 'no interrupt')
  assert.equal((await ask('user2', '--attribute', 'memberOf=staff')).outcome, 'interrupt')
  const quiet = await ask('user1', '--service', 'https://quiet.example.org/')
  assert.equal(quiet.why, 'skipInterrupt')
  const { code, output } = await runCastellan(['interrupt', 'test', 'user1', '--service', S, '--config-dir', configuration])
  assert.equal(code, 0)
  assert.match(output, /user1 .*is interrupted[\s\S]*json +interrupt[\s\S]*regex +not asked/)
})
