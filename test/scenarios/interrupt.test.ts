import assert from 'node:assert/strict'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { BrowserClient, loginUrl, type Page, ticketOf, validate } from '../support/browser-client.ts'
import { type Castellan, definition, eventually, startCastellan } from '../support/castellan.ts'

/** Interrupts from a file, asked about before the SSO session is made (interrupt.md 4-8, 10, 15). */
let cas: Castellan
const S = 'https://app.example.org/portal'
const QUIET = 'https://quiet.example.org/'
const OFF = 'https://off.example.org/'
const STAFF = 'https://staff.example.org/'
const MOVED = 'https://moved.example.org/'
const FORCED = 'https://forced.example.org/'

const links = { 'Read the notice': 'https://news.example.org/42', 'CAS Application': 'https://other.example.org/' }
const entries: Record<string, unknown> = {
  noted: {
    message: 'The archive is closed on <strong>Friday</strong>.',
    links,
    interrupt: true,
    block: false,
    ssoEnabled: true,
    autoRedirect: false,
    autoRedirectAfterSeconds: -1,
    data: { room: ['R1', 'R2'], floor: 'third' },
  },
  empty: {},
  passes: { interrupt: false, block: true, ssoEnabled: false },
  blocked: { message: 'Register your phone first.', links: { Register: 'https://phone.example.org/' }, interrupt: true, block: true },
  nosso: { message: 'On a shared computer you are not kept logged in.', interrupt: true, ssoEnabled: false },
  led: { message: 'Terms have changed.', links, interrupt: true, autoRedirect: true, autoRedirectAfterSeconds: 8 },
  ledAtOnce: { message: null, links, interrupt: true, autoRedirect: true },
  ledNowhere: { message: 'x', interrupt: true, autoRedirect: true, autoRedirectAfterSeconds: 3 },
  coded: { message: null, messageCode: 'screen.logout.security', interrupt: true },
  hostile: {
    message: '<b>x</b><script>alert(1)</script><img src=x onerror=alert(2)><a href="javascript:alert(3)">y</a>',
    links: {
      '<img src=x onerror=alert(4)>': 'https://safe.example.org/',
      Script: 'javascript:alert(5)',
      Data: 'data:text/html,<script>alert(6)</script>',
      Bare: 'bare.example.org/path',
      Local: '/cas/logout',
    },
    data: { '<i>k</i>': ['<i>v</i>'] },
  },
  long: { message: `<p>${'Very long. '.repeat(1500)}</p>`, links, interrupt: true },
  wrong: { message: 7, interrupt: 'perhaps' },
  '<i>x</i>': { message: 'hello', interrupt: true },
  changing: { message: 'one', interrupt: true },
}
const users = Object.keys(entries)

before(async () => {
  cas = await startCastellan({
    properties: {
      'cas.authn.accept.users': [...users, 'other'].map((user) => `${user}::pw`).join(','),
      'cas.interrupt.json.location': 'file:{dir}/interrupt.json',
      'castellan.ticket-registry.store': 'memory',
    },
    files: { 'interrupt.json': JSON.stringify(entries) },
    services: {
      'Application-1.json': definition(1, '^https://app\\.example\\.org/.*'),
      'Other-2.json': definition(2, '^https://other\\.example\\.org/.*'),
      // As the seed of CAS has it, with the class names it lost.
      'Quiet-3.json': `{ "@class": "", "serviceId": "^https://quiet\\\\.example\\\\.org/.*", "name": "Quiet", "id": 3,
        "properties": { "@class": "java.util.HashMap", "skipInterrupt": { "@class": "", "values": [ "java.util.HashSet", [ "true" ] ] } } }`,
      'Off-4.json': definition(4, '^https://off\\.example\\.org/.*', {
        webflowInterruptPolicy: {
          '@class': 'org.apereo.cas.services.DefaultRegisteredServiceWebflowInterruptPolicy',
          enabled: false,
        },
      }),
      'Staff-5.json': definition(5, '^https://staff\\.example\\.org/.*', {
        webflowInterruptPolicy: {
          '@class': 'org.apereo.cas.services.DefaultRegisteredServiceWebflowInterruptPolicy',
          attributeName: '^credentialT[yY]pe$',
          attributeValue: 'SmartCard',
        },
      }),
      'Moved-6.json': definition(6, '^https://moved\\.example\\.org/.*', {
        accessStrategy: {
          '@class': 'org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy',
          unauthorizedRedirectUrl: 'https://help.example.org/blocked',
        },
      }),
      'Forced-7.json': definition(7, '^https://forced\\.example\\.org/.*', {
        webflowInterruptPolicy: {
          '@class': 'org.apereo.cas.services.DefaultRegisteredServiceWebflowInterruptPolicy',
          forceExecution: 'TRUE',
        },
      }),
    },
  })
})
after(() => cas?.[Symbol.asyncDispose]())

const login = (browser: BrowserClient, user: string, service = S) => browser.login(cas.url, user, 'pw', service === '' ? {} : { service })
const send = (browser: BrowserClient, page: Page, event: string, more: Record<string, string> = {}) =>
  browser.post(`${cas.url}/login`, { execution: page.execution, _eventId: event, ...more })
const heading = (page: Page) => /<h([12])[^>]*>([^<]+)<\/h\1>/.exec(page.body)?.[2]
const isInterrupt = (page: Page) => page.status === 200 && heading(page) === 'Authentication Interrupt'
const isRefusal = (page: Page) => heading(page) === 'Application Not Authorized to Use CAS'
const sets = (page: Page, name: string) => page.setCookies.find((line) => line.startsWith(`${name}=`) && !line.startsWith(`${name}=;`))
const removes = (page: Page, name: string) => page.setCookies.some((line) => line.startsWith(`${name}=;`))

test('good credentials of a user in the file show the page, with message, links in their order and data; no session yet [I1, I2, I3, I4, I8, I9, I16, AU6, L1, P10]', async () => {
  const browser = new BrowserClient()
  const page = await login(browser, 'noted')
  assert.ok(isInterrupt(page))
  assert.equal(page.location, undefined)
  assert.equal(sets(page, 'TGC'), undefined)
  assert.equal(sets(page, 'CASINTERRUPT'), undefined)
  assert.match(page.body, /<title>CAS - Central Authentication Service Login<\/title>/)
  assert.match(page.body, /<p>The authentication flow has been interrupted for <strong><bdi>noted<\/bdi><\/strong>/)
  assert.match(page.body, /<p id="interruptMessage"[^>]*>The archive is closed on <strong>Friday<\/strong>\.<\/p>/)
  const [first, second] = [page.body.indexOf('id="readthenotice"'), page.body.indexOf('id="casapplication"')]
  assert.ok(page.body.indexOf('id="interruptLinks"') < first && first < second)
  assert.match(page.body, /<td id="room-value"><code>\[R1, R2\]<\/code>/)
  assert.match(page.body, /<td id="floor-value"><code>\[third\]<\/code>/)
  for (const id of ['formlinks', 'linkToRedirect', 'fm1', 'proceed', 'attributesTable'])
    assert.match(page.body, new RegExp(`id="${id}"`), id)
  assert.doesNotMatch(page.body, /id="cancel"|name="submit"/)
  assert.match(page.headers.get('cache-control') ?? '', /no-store/)
})

test('a user who is not in the file goes straight through [I4]', async () => {
  const page = await login(new BrowserClient(), 'other')
  assert.match(page.location ?? '', /\?ticket=ST-/)
  assert.equal(sets(page, 'CASINTERRUPT'), undefined)
})

test('proceed leads to the application, with session and mark; the next login is not interrupted, a changed payload is', async () => {
  const browser = new BrowserClient()
  const done = await send(browser, await login(browser, 'changing'), 'proceed')
  assert.equal(done.status, 302)
  assert.match(sets(done, 'TGC') ?? '', /Path=\/cas\//)
  assert.match(sets(done, 'CASINTERRUPT') ?? '', /; Path=\/cas\/; SameSite=None; Secure; HttpOnly$/)
  const validation = await validate(cas.url, S, ticketOf(done))
  assert.equal(validation.user, 'changing')
  assert.deepEqual(validation.attributes.get('finalizedInterrupt'), ['true'])

  const second = await browser.get(loginUrl(cas.url, { service: 'https://other.example.org/' }))
  assert.match(second.location ?? '', /ticket=ST-/)
  const renewed = await browser.get(loginUrl(cas.url, { service: S, renew: 'true' }))
  assert.match((await browser.submit(cas.url, renewed, { username: 'changing', password: 'pw' })).location ?? '', /ticket=ST-/)

  await change({ changing: { message: 'two', interrupt: true } })
  const again = await eventually('the page comes back', async () => {
    const page = await browser.get(loginUrl(cas.url, { service: S }))
    return isInterrupt(page) ? page : undefined
  })
  assert.match(again.body, /two/)
  const tgc = browser.cookie('TGC')
  const onward = await send(browser, again, 'proceed')
  assert.match(onward.location ?? '', /ticket=ST-/)
  assert.equal(browser.cookie('TGC'), tgc, 'the session is kept')
})

/** Replaces the file by another, as editors do. */
async function change(more: Record<string, unknown>, text = JSON.stringify({ ...entries, ...more })): Promise<void> {
  const file = join(cas.configDirectory, 'interrupt.json')
  await writeFile(`${file}.new`, text)
  await rename(`${file}.new`, file)
}

test('the source says no: the very next login passes without a restart; a broken file leaves the last good one in force [I6]', async () => {
  const asked = () => login(new BrowserClient(), 'empty')
  assert.ok(isInterrupt(await asked()))
  await change({ empty: { interrupt: false } })
  await eventually('the user passes', async () => ((await asked()).status === 302 ? true : undefined))
  await change({}, '{ "empty": { "interrupt": ')
  await cas.logged((line) => line.level === 50 && /last good content stays/.test(line.msg))
  assert.equal((await asked()).status, 302)
  await change({})
  await eventually('the user is interrupted again', async () => (isInterrupt(await asked()) ? true : undefined))
})

test('an empty payload interrupts with the default text; interrupt false passes whatever else it says [I10]', async () => {
  const page = await login(new BrowserClient(), 'empty')
  assert.match(page.body, /id="interruptMessage"[^>]*>Authentication flow is interrupted</)
  const through = await login(new BrowserClient(), 'passes')
  assert.match(through.location ?? '', /ticket=ST-/)
  assert.ok(sets(through, 'TGC'))
})

test('a block has no way on; a forged proceed is refused, without ticket and session [I11, L2, P11]', async () => {
  const browser = new BrowserClient()
  const page = await login(browser, 'blocked')
  assert.ok(isInterrupt(page))
  assert.doesNotMatch(page.body, /id="fm1"|id="proceed"/)
  assert.match(page.body, /<a id="cancel" name="cancel" class="button" href="\/cas\/login">Cancel<\/a>/)
  for (const more of [{}, { link: 'https://phone.example.org/' }]) {
    const fresh = await login(browser, 'blocked')
    const refused = await send(browser, fresh, 'proceed', more)
    assert.equal(refused.status, 200)
    assert.ok(isRefusal(refused))
    assert.equal(refused.location, undefined)
    assert.equal(sets(refused, 'TGC'), undefined)
  }
  assert.match((await browser.get(loginUrl(cas.url))).body, /id="username"/)
})

test('a block is asked again after its link was followed, for nothing was done yet', async () => {
  const browser = new BrowserClient()
  const left = await send(browser, await login(browser, 'blocked'), 'redirect', { link: 'https://phone.example.org/' })
  assert.equal(left.location, 'https://phone.example.org/')
  assert.ok(isInterrupt(await login(browser, 'blocked')))
})

test('a block at an application with an address for the refused leads there', async () => {
  const browser = new BrowserClient()
  const refused = await send(browser, await login(browser, 'blocked', MOVED), 'proceed')
  assert.equal(refused.location, 'https://help.example.org/blocked')
})

test('a link leads where the payload says and gives no session: a CAS application asks for credentials [I17]', async () => {
  const browser = new BrowserClient()
  const page = await login(browser, 'noted')
  const left = await send(browser, page, 'redirect', { link: 'https://other.example.org/' })
  assert.equal(left.status, 302)
  assert.equal(left.location, 'https://other.example.org/')
  assert.ok(sets(left, 'CASINTERRUPT'))
  assert.equal(sets(left, 'TGC'), undefined)
  const form = await browser.get(loginUrl(cas.url, { service: 'https://other.example.org/' }))
  assert.match(form.body, /id="username"/)
  assert.match((await login(browser, 'noted')).location ?? '', /ticket=ST-/, 'what was accepted is remembered')
})

test('a link that was not offered is refused, whatever event it comes with; no link is a bad request', async () => {
  for (const event of ['redirect', 'proceed', 'anything']) {
    const browser = new BrowserClient()
    const refused = await send(browser, await login(browser, 'noted'), event, { link: 'https://evil.example.org/' })
    assert.equal(refused.status, 200)
    assert.ok(isRefusal(refused), event)
    assert.equal(refused.location, undefined)
  }
  const browser = new BrowserClient()
  assert.equal((await send(browser, await login(browser, 'noted'), 'redirect', { link: '' })).status, 400)
})

test('the link of a tool that sets #linkToRedirect counts beside the empty one of the form', async () => {
  const browser = new BrowserClient()
  const page = await login(browser, 'noted')
  const left = await browser.post(`${cas.url}/login`, {
    execution: page.execution,
    _eventId: 'redirect',
    link: ['', 'https://news.example.org/42'],
  })
  assert.equal(left.location, 'https://news.example.org/42')
})

test('an unknown event goes on, as in CAS; a page counts once', async () => {
  const browser = new BrowserClient()
  const page = await login(browser, 'noted')
  assert.match((await send(browser, page, 'whatever')).location ?? '', /ticket=ST-/)
  const replayed = await send(browser, page, 'proceed')
  assert.equal(replayed.status, 302)
  assert.match(replayed.location ?? '', /\/cas\/login\?service=/)
})

test('ssoEnabled false: a ticket that can be validated, no session; the next visit asks again [I12, AU7, P9, T10]', async () => {
  const browser = new BrowserClient()
  const done = await send(browser, await login(browser, 'nosso'), 'proceed')
  assert.equal(sets(done, 'TGC'), undefined)
  assert.ok(sets(done, 'CASINTERRUPT'))
  assert.equal((await validate(cas.url, S, ticketOf(done))).user, 'nosso')
  assert.match((await browser.get(loginUrl(cas.url))).body, /id="username"/)
  // What was accepted is not shown again, but still decides about the session.
  const again = await login(browser, 'nosso')
  assert.match(again.location ?? '', /ticket=ST-/)
  assert.equal(sets(again, 'TGC'), undefined)
})

test('ssoEnabled false without a service: logged in, without a cookie', async () => {
  const browser = new BrowserClient()
  const done = await send(browser, await login(browser, 'nosso', ''), 'proceed')
  assert.equal(done.status, 200)
  assert.equal(heading(done), 'Log In Successful')
  assert.equal(browser.cookie('TGC'), undefined)
})

test('ssoEnabled false after a forced login ends the session that the browser had', async () => {
  const browser = new BrowserClient()
  await change({ nosso: { interrupt: false } })
  await eventually('the user has a session', async () => {
    await login(browser, 'nosso')
    return browser.cookie('TGC') === undefined ? undefined : true
  })
  await change({})
  await eventually('the session is gone', async () => {
    const form = await browser.get(loginUrl(cas.url, { service: S, renew: 'true' }))
    const page = await browser.submit(cas.url, form, { username: 'nosso', password: 'pw' })
    if (!isInterrupt(page)) return undefined
    const done = await send(browser, page, 'proceed')
    assert.match(done.location ?? '', /ticket=ST-/)
    return browser.cookie('TGC') === undefined ? true : undefined
  })
  assert.match((await browser.get(loginUrl(cas.url))).body, /id="username"/)
})

test('autoRedirect: the page leads on after so many seconds, with and without script; nothing is remembered [I13, I14]', async () => {
  const browser = new BrowserClient()
  const page = await login(browser, 'led')
  assert.match(page.body, /<noscript><meta http-equiv="refresh" content="8;url=https:\/\/news\.example\.org\/42"><\/noscript>/)
  assert.match(page.body, /id="autoRedirect" data-seconds="8" data-href="https:\/\/news\.example\.org\/42"/)
  assert.match(page.body, /<script src="[^"]*castellan[^"]*\.js/)
  assert.equal(sets(page, 'CASINTERRUPT'), undefined)
  const stays = await send(browser, page, 'stay')
  assert.ok(isInterrupt(stays))
  assert.doesNotMatch(stays.body, /http-equiv="refresh"|autoRedirect/)
  assert.match((await send(browser, stays, 'proceed')).location ?? '', /ticket=ST-/)

  const atOnce = await login(new BrowserClient(), 'ledAtOnce')
  assert.match(atOnce.body, /content="0;url=https:\/\/news\.example\.org\/42"/)
  assert.match(atOnce.body, /id="readthenotice"/)
  assert.doesNotMatch(atOnce.body, /id="interruptMessage"/)

  const nowhere = await login(new BrowserClient(), 'ledNowhere')
  assert.ok(isInterrupt(nowhere))
  assert.doesNotMatch(nowhere.body, /http-equiv="refresh"|autoRedirect/)
})

test('a message code shows the text of the bundle in the language of the page', async () => {
  const page = await login(new BrowserClient({ 'accept-language': 'de' }), 'coded')
  assert.match(page.body, /<html lang="de"/)
  assert.match(page.body, /<h1[^>]*>Anmeldung unterbrochen<\/h1>/)
  assert.match(page.body, /id="interruptMessage"[^>]*>[^<]*Browser/)
})

test('markup and script of a payload do no harm, dangerous links are not there', async () => {
  const browser = new BrowserClient()
  const page = await login(browser, 'hostile')
  assert.match(page.body, /<b>x<\/b>/)
  assert.doesNotMatch(page.body, /alert\((?:1|2|3|5|6)\)|onerror=alert\(2\)|javascript:|data:text/)
  assert.match(page.body, /&lt;img src=x onerror=alert\(4\)&gt;/)
  assert.match(page.body, /&lt;i&gt;v&lt;\/i&gt;/)
  assert.match(page.body, /value="bare\.example\.org\/path"/)
  const left = await send(browser, page, 'redirect', { link: 'bare.example.org/path' })
  assert.equal(left.location, 'https://bare.example.org/path')
  await cas.logged((line) => line.level === 40 && line['remark'] === 'a link has no scheme, https is assumed')
  const local = await send(browser, await login(new BrowserClient(), 'hostile'), 'redirect', { link: 'javascript:alert(5)' })
  assert.equal(local.location?.startsWith('javascript:') ?? false, false)
})

test('a user whose name is markup is shown escaped', async () => {
  const page = await login(new BrowserClient(), '<i>x</i>')
  assert.match(page.body, /interrupted for <strong><bdi>&lt;i&gt;x&lt;\/i&gt;<\/bdi>/)
})

test('an entry that cannot be read counts as no, and is named in the log without its text', async () => {
  assert.match((await login(new BrowserClient(), 'wrong')).location ?? '', /ticket=ST-/)
  const line = await cas.logged((one) => one['source'] === 'json' && one.level === 50)
  assert.equal(line['reason'], '"interrupt" must be true or false')
})

test('an application may do without interrupts: skipInterrupt with blank class names, a policy that is not enabled, attributes that do not match [I21, A20]', async () => {
  for (const service of [QUIET, OFF, STAFF]) {
    assert.match((await login(new BrowserClient(), 'noted', service)).location ?? '', /ticket=ST-/, service)
  }
  assert.ok(isInterrupt(await login(new BrowserClient(), 'noted')))
})

test('the same session is interrupted on the way to the next application if the first had no interrupts; a forced one always', async () => {
  const browser = new BrowserClient()
  await login(browser, 'noted', QUIET)
  assert.ok(browser.cookie('TGC'))
  const home = await browser.get(loginUrl(cas.url))
  assert.equal(heading(home), 'Log In Successful')
  const page = await browser.get(loginUrl(cas.url, { service: S }))
  assert.ok(isInterrupt(page))
  assert.match((await send(browser, page, 'proceed')).location ?? '', /ticket=ST-/)
  for (let time = 0; time < 2; time++) {
    const forced = await browser.get(loginUrl(cas.url, { service: FORCED }))
    assert.ok(isInterrupt(forced))
    assert.match((await send(browser, forced, 'proceed')).location ?? '', /ticket=ST-/)
  }
})

test('gateway never ends on the page: back to the application without a ticket', async () => {
  const browser = new BrowserClient()
  await login(browser, 'noted', QUIET)
  const back = await browser.get(loginUrl(cas.url, { service: S, gateway: 'true' }))
  assert.equal(back.location, S)
  await send(browser, await browser.get(loginUrl(cas.url, { service: S })), 'proceed')
  assert.match((await browser.get(loginUrl(cas.url, { service: S, gateway: 'true' }))).location ?? '', /ticket=ST-/)
})

test('logout forgets what was accepted', async () => {
  const browser = new BrowserClient()
  await send(browser, await login(browser, 'noted'), 'proceed')
  const out = await browser.get(`${cas.url}/logout`)
  assert.ok(removes(out, 'CASINTERRUPT'))
  assert.match(out.setCookies.find((line) => line.startsWith('CASINTERRUPT')) ?? '', /Max-Age=0/)
  assert.ok(isInterrupt(await login(browser, 'noted')))
})

test('the mark belongs to the user, the browser and this server: of another it counts as absent', async () => {
  const browser = new BrowserClient()
  await send(browser, await login(browser, 'noted'), 'proceed')
  const mark = browser.cookie('CASINTERRUPT') ?? ''
  assert.ok(mark.length < 200)
  const elsewhere = new BrowserClient({ 'user-agent': 'another/1' })
  elsewhere.setCookie('CASINTERRUPT', mark, cas.url)
  assert.ok(isInterrupt(await login(elsewhere, 'noted')))
  for (const value of ['', 'x', `${mark.slice(0, -1)}_`, 'A'.repeat(4000)]) {
    const forged = new BrowserClient()
    forged.setCookie('CASINTERRUPT', value, cas.url)
    assert.ok(isInterrupt(await login(forged, 'noted')))
  }
})

test('two tabs are two conversations; another user in the same conversation is asked about anew', async () => {
  const browser = new BrowserClient()
  const [one, other] = [await login(browser, 'noted'), await login(browser, 'noted')]
  assert.match((await send(browser, one, 'proceed')).location ?? '', /ticket=ST-/)
  assert.match((await send(browser, other, 'proceed')).location ?? '', /ticket=ST-/)

  const form = await browser.get(loginUrl(cas.url, { service: S, renew: 'true' }))
  assert.match((await browser.submit(cas.url, form, { username: 'other', password: 'pw' })).location ?? '', /ticket=ST-/)
  assert.ok(isInterrupt(await browser.submit(cas.url, form, { username: 'blocked', password: 'pw' })))
})

test('a message that no cookie or form could carry is shown, and one goes on', async () => {
  const browser = new BrowserClient()
  const page = await login(browser, 'long')
  assert.ok(isInterrupt(page))
  assert.ok((page.execution ?? '').length < 200, 'the conversation is kept in the store')
  assert.match((await send(browser, page, 'proceed')).location ?? '', /ticket=ST-/)
})

test('the page is data for programs', async () => {
  const page = await login(new BrowserClient({ accept: 'application/json' }), 'noted').catch(() => undefined)
  assert.equal(page, undefined, 'the form too is data')
  const browser = new BrowserClient({ accept: 'application/json' })
  const form = JSON.parse((await browser.get(loginUrl(cas.url, { service: S }))).body) as { props: { execution: string } }
  const { status, body } = await browser.post(`${cas.url}/login`, {
    execution: form.props.execution,
    _eventId: 'submit',
    username: 'noted',
    password: 'pw',
  })
  const data = JSON.parse(body) as { view: string; props: { execution: string; links: { address: string }[] } }
  assert.equal(status, 200)
  assert.equal(data.view, 'interrupt/casInterruptView')
  assert.deepEqual(
    data.props.links.map(({ address }) => address),
    Object.values(links),
  )
})

test('the audit tells of pages, decisions and refusals, and never of the message', async () => {
  const browser = new BrowserClient()
  await send(browser, await login(browser, 'blocked'), 'proceed')
  const audit = (await cas.logSoFar()).filter((line) => String(line['action']).startsWith('AUTHENTICATION_INTERRUPT_'))
  const actions = new Set(audit.map((line) => line['action']))
  for (const action of ['TRIGGERED', 'FINALIZED', 'REDIRECTED', 'BLOCKED'])
    assert.ok(actions.has(`AUTHENTICATION_INTERRUPT_${action}`), action)
  assert.ok(audit.every((line) => !line.msg.includes('Register your phone')))
  assert.ok(audit.some((line) => line.msg.includes('source=json')))
})
