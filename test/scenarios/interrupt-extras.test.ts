import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, test } from 'node:test'
import { BrowserClient, loginUrl, type Page } from '../support/browser-client.ts'
import { type Castellan, definition, eventually, startCastellan } from '../support/castellan.ts'
import { type HttpStub, httpStub } from '../support/http-stub.ts'

/** What interrupts do beyond CAS (interrupt.md 14): pages in a row, ways back from a link, somebody who is told, another memory. */
const S = 'https://app.example.org/portal'
const QUIET = 'https://quiet.example.org/'
const services = {
  'Application-1.json': definition(1, '^https://app\\.example\\.org/.*'),
  'Quiet-2.json': definition(2, '^https://quiet\\.example\\.org/.*', {
    properties: { skipInterrupt: { '@class': '', values: ['java.util.HashSet', ['true']] } },
  }),
}
const base = {
  'castellan.ticket-registry.store': 'memory',
  'cas.authn.accept.users': 'user1::pw,user2::pw,task::pw,vetoed::pw,stopped::pw',
}
const isInterrupt = (page: Page) => page.status === 200 && page.body.includes('id="interruptLinks"')
const passed = (page: Page) => page.status === 302 && (page.location ?? '').includes('ticket=ST-')
const position = (page: Page) => /<small id="position">([^<]*)</.exec(page.body)?.[1]
const message = (page: Page) => /id="interruptMessage"[^>]*>([^<]*)</.exec(page.body)?.[1]

const BOARD = {
  announcements: [
    { id: 'first', priority: 3, audience: { usernames: ['user1'] }, payload: { message: 'one' } },
    {
      id: 'second',
      priority: 2,
      exclusive: false,
      frequency: 'ONCE',
      audience: { usernames: ['user1', 'user2'] },
      payload: { message: 'two' },
    },
    { id: 'third', priority: 1, exclusive: false, audience: { usernames: ['user1', 'vetoed', 'stopped'] }, payload: { message: 'three' } },
    { id: 'alone', priority: 0, audience: { usernames: ['user1'] }, payload: { message: 'never: it wants to be alone' } },
  ],
}
const FILE = {
  vetoed: { message: 'No session for you.', interrupt: true, ssoEnabled: false },
  stopped: { message: 'Not today.', interrupt: true, block: true },
}

let cas: Castellan
let source: HttpStub
let hook: HttpStub
/** What the REST source says of the user `task`. */
let task: object = {}
const TASK = {
  message: 'Register your phone first.',
  interrupt: true,
  block: true,
  links: { Register: { href: 'https://phone.example.org/start?x=1#top', resume: true }, Help: 'https://help.example.org/' },
}

before(async () => {
  source = await httpStub((call, response) => {
    const document = call.query.get('username') === 'task' ? task : { interrupt: false }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document))
  })
  hook = await httpStub()
  cas = await startCastellan({
    services,
    properties: {
      ...base,
      'cas.interrupt.json.location': 'file:{dir}/file.json',
      'cas.interrupt.rest.url': source.url,
      'castellan.interrupt.announcements.location': 'file:{dir}/board.json',
      'castellan.interrupt.webhook.url': `${hook.url}/told`,
      'castellan.interrupt.webhook.secret': 'shared',
      'castellan.interrupt.audit-skipped': true,
    },
    files: { 'board.json': JSON.stringify(BOARD), 'file.json': JSON.stringify(FILE) },
  })
})
after(async () => {
  await cas?.[Symbol.asyncDispose]()
  await source?.[Symbol.asyncDispose]()
  await hook?.[Symbol.asyncDispose]()
})

const login = (browser: BrowserClient, user: string, service = S) => browser.login(cas.url, user, 'pw', { service })
const send = (browser: BrowserClient, page: Page, event: string, more: Record<string, string> = {}) =>
  browser.post(`${cas.url}/login`, { execution: page.execution, _eventId: event, ...more })

test('several announcements come one after another, by priority, and say which of how many they are', async () => {
  const browser = new BrowserClient()
  const seen: unknown[] = []
  let page = await login(browser, 'user1')
  for (; isInterrupt(page); page = await send(browser, page, 'proceed')) seen.push([message(page), position(page)])
  assert.deepEqual(seen, [
    ['one', 'Page 1 of 3'],
    ['two', 'Page 2 of 3'],
    ['three', 'Page 3 of 3'],
  ])
  assert.ok(passed(page))
  assert.ok(passed(await browser.get(loginUrl(cas.url, { service: S }))), 'all of them are remembered')

  const elsewhere = await login(new BrowserClient(), 'user1')
  assert.deepEqual([message(elsewhere), position(elsewhere)], ['one', 'Page 1 of 2'], 'what is over for good is over in every browser')
  const only = await login(new BrowserClient(), 'user2')
  assert.deepEqual([message(only), position(only)], ['two', undefined], 'one page says nothing of pages')
})

test('who leaves in the middle of the row finds the rest of it at the next login', async () => {
  const browser = new BrowserClient()
  const first = await login(browser, 'user1')
  assert.equal(message(first), 'one')
  assert.equal(message(await send(browser, first, 'proceed')), 'three')
  const again = await login(browser, 'user1')
  assert.deepEqual([message(again), position(again)], ['three', undefined])
})

test('an announcement comes after the page of another source; what any page of the row says of the session counts', async () => {
  const browser = new BrowserClient()
  const first = await login(browser, 'vetoed')
  assert.deepEqual([message(first), position(first)], ['No session for you.', 'Page 1 of 2'])
  const second = await send(browser, first, 'proceed')
  assert.equal(message(second), 'three')
  assert.ok(passed(await send(browser, second, 'proceed')))
  assert.equal(browser.cookie('TGC'), undefined)
  const again = await login(browser, 'vetoed')
  assert.ok(passed(again))
  assert.equal(browser.cookie('TGC'), undefined, 'known pages still decide about the session')
})

test('nothing is promised behind a block', async () => {
  const page = await login(new BrowserClient(), 'stopped')
  assert.deepEqual([message(page), position(page)], ['Not today.', undefined])
})

test('a forged end of the row gets nobody past the pages that were not shown', async () => {
  const browser = new BrowserClient()
  const first = await login(browser, 'vetoed')
  const second = await send(browser, first, 'proceed')
  // The first page again: it counts once.
  const replayed = await send(browser, first, 'proceed')
  assert.equal(replayed.status, 302)
  assert.match(replayed.location ?? '', /\/cas\/login\?service=/)
  assert.equal(message(second), 'three')
})

async function leave(browser: BrowserClient): Promise<{ readonly resume: string; readonly location: string }> {
  task = TASK
  const page = await login(browser, 'task')
  assert.ok(isInterrupt(page))
  const left = await send(browser, page, 'redirect', { link: TASK.links.Register.href })
  const location = left.location ?? ''
  return { resume: new URL(location).searchParams.get('resume') ?? '', location }
}
const back = (browser: BrowserClient, resume: string) => browser.get(loginUrl(cas.url, { resume }))

test('a link that leads back: the task is done, the same login goes on without the password', async () => {
  const browser = new BrowserClient()
  const { resume, location } = await leave(browser)
  assert.match(location, /^https:\/\/phone\.example\.org\/start\?x=1&resume=[A-Za-z0-9]{32}#top$/)
  assert.equal(browser.cookie('TGC'), undefined)
  task = { interrupt: false }
  const done = await back(browser, resume)
  assert.ok(passed(done), done.body.slice(0, 300))
  assert.match(done.location ?? '', /^https:\/\/app\.example\.org\/portal\?ticket=/)
  assert.ok(browser.cookie('TGC'))
  assert.ok(!passed(await back(browser, resume)), 'it counts once')
})

test('a task that is not done blocks whoever comes back, as before', async () => {
  const browser = new BrowserClient()
  const { resume } = await leave(browser)
  const page = await back(browser, resume)
  assert.ok(isInterrupt(page))
  assert.doesNotMatch(page.body, /id="fm1"/)
  const refused = await send(browser, page, 'proceed')
  assert.equal(refused.location, undefined)
  assert.match(refused.body, /Application Not Authorized to Use CAS/)
})

test('the way back is of no use in another browser, garbled, or for another link', async () => {
  const victim = new BrowserClient()
  const { resume } = await leave(new BrowserClient())
  task = { interrupt: false }
  await victim.get(loginUrl(cas.url))
  for (const name of [resume, 'A'.repeat(32), '', `${resume}x`, '../x']) {
    const page = await back(victim, name)
    assert.equal(page.status, 302, name)
    assert.match(page.location ?? '', /\/cas\/login(\?service=[^&]*)?$/)
    assert.equal(victim.cookie('TGC'), undefined)
  }
  task = TASK
  const browser = new BrowserClient()
  const plain = await send(browser, await login(browser, 'task'), 'redirect', { link: TASK.links.Help })
  assert.equal(plain.location, 'https://help.example.org/', 'other links stay as they are')
})

test('another server is told what was finalised, signed, without the message; the login does not wait for it', async () => {
  hook.calls.length = 0
  hook.answer = () => {}
  const browser = new BrowserClient()
  const page = await login(browser, 'vetoed')
  assert.equal(message(await send(browser, page, 'proceed')), 'three', 'although nobody answers')
  const call = await eventually('the webhook is told', () => hook.calls.find(({ body }) => body.includes('vetoed')), 20_000)
  assert.deepEqual([call.method, call.path], ['POST', '/told'])
  const told = JSON.parse(call.body) as Record<string, unknown>
  assert.deepEqual(
    { event: told['event'], principal: told['principal'], service: told['service'], source: told['source'], via: told['via'] },
    { event: 'interrupt-finalized', principal: 'vetoed', service: S, source: 'json', via: 'proceed' },
  )
  assert.doesNotMatch(call.body, /No session/)
  assert.equal(call.headers['x-castellan-signature'], `sha256=${createHmac('sha256', 'shared').update(call.body).digest('hex')}`)
  hook.answer = (_call, response) => response.writeHead(204).end()
})

test('the audit tells of logins whose application wants no interrupt, if it is to', async () => {
  assert.ok(passed(await login(new BrowserClient(), 'vetoed', QUIET)))
  const line = await cas.logged((one) => one['action'] === 'AUTHENTICATION_INTERRUPT_SKIPPED', 20_000)
  assert.match(line.msg, /why=skipInterrupt/)
})

test('a module may remember who has accepted what, in place of the cookie; one that fails shows the page', async () => {
  await using other = await startCastellan({
    services,
    properties: {
      ...base,
      'cas.interrupt.json.location': 'file:{dir}/file.json',
      'castellan.interrupt.tracker': 'file:{dir}/tracker.mjs',
    },
    files: {
      'file.json': JSON.stringify({ user1: { message: 'hello', interrupt: true }, user2: { message: 'hello', interrupt: true } }),
      'tracker.mjs': `const seen = new Set()
        const key = ({ principalId }, mark) => principalId + ' ' + mark
        export default {
          isRemembered(visit, mark) { if (visit.principalId === 'user2') throw new Error('down'); return seen.has(key(visit, mark)) },
          record(visit, mark) { seen.add(key(visit, mark)) },
          async forget({ principalId }) { for (const each of seen) if (each.startsWith(principalId + ' ')) seen.delete(each) },
        }`,
    },
  })
  const go = (browser: BrowserClient, user: string) => browser.login(other.url, user, 'pw', { service: S })
  const proceed = (browser: BrowserClient, page: Page) =>
    browser.post(`${other.url}/login`, { execution: page.execution, _eventId: 'proceed' })
  const browser = new BrowserClient()
  const page = await go(browser, 'user1')
  assert.ok(isInterrupt(page))
  const done = await proceed(browser, page)
  assert.ok(passed(done))
  assert.ok(done.setCookies.every((line) => !line.startsWith('CASINTERRUPT')))
  assert.ok(passed(await go(new BrowserClient(), 'user1')), 'it is remembered in every browser')
  await browser.get(`${other.url}/logout`)
  assert.ok(isInterrupt(await go(new BrowserClient(), 'user1')))

  const failing = new BrowserClient()
  assert.ok(passed(await proceed(failing, await go(failing, 'user2'))))
  assert.ok(isInterrupt(await failing.get(loginUrl(other.url, { service: S }))))
  await other.logged((line) => line['setting'] === 'castellan.interrupt.tracker' && line.level === 50)
})
