// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of messages
import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { BrowserClient, loginUrl, type Page, ticketOf, validate } from '../support/browser-client.ts'
import { type Castellan, definition, eventually, startCastellan, writeConfiguration } from '../support/castellan.ts'
import { type HttpStub, httpStub } from '../support/http-stub.ts'
import { startMailServer, type TestMailServer } from '../support/mail-server.ts'
import { authorizeUrl, follow, oauthClient, redirectOf } from '../support/oauth.ts'

/** Logins without a password (authentication.md 14): two processes on one store, a real mail server, and a provider of SMS on loopback. */
const PLAIN = 'https://plain.example.org/'
const SAFE = 'https://safe.example.org/'
const CLOSED = 'https://closed.example.org/'
const LOCAL = 'https://local.example.org/'
let directory: string
let sms: HttpStub
let post: TestMailServer
let both: readonly [Castellan, Castellan]

const account = (username: string, more: object = {}) => ({
  '@class': 'org.apereo.cas.api.PasswordlessUserAccount',
  username,
  email: `${username}@example.org`,
  ...more,
})

before(async () => {
  sms = await httpStub()
  post = await startMailServer({ tls: 'none' })
  directory = await writeConfiguration({
    properties: {
      'cas.authn.accept.users': 'kim::pw,nobody::pw',
      'cas.authn.attribute-repository.json[0].location': 'file:{dir}/people.json',
      'cas.authn.passwordless.accounts.simple.sam': 'sam@example.org',
      'cas.authn.passwordless.accounts.json.location': 'file:{dir}/accounts.json',
      'cas.authn.passwordless.tokens.mail.from': 'sso@example.org',
      'cas.authn.passwordless.tokens.mail.subject': 'Your code',
      'cas.authn.passwordless.tokens.mail.text': 'Dear ${name}, your code is ${token}.',
      'cas.authn.passwordless.tokens.sms.from': 'sso',
      'spring.mail.host': post.host,
      'spring.mail.port': post.port,
      'cas.sms-provider.rest.url': `${sms.url}/`,
      'cas.authn.mfa.simple.sms.from': 'sso',
      'cas.authn.mfa.simple.time-to-kill-in-seconds': 300,
      'cas.interrupt.json.location': 'file:{dir}/interrupt.json',
      'castellan.passwordless.address-limit': 0,
    },
    files: {
      'accounts.json': JSON.stringify({
        '@class': 'java.util.LinkedHashMap',
        ada: account('ada', {
          phone: '+15550000001',
          name: 'Ada L.',
          attributes: { '@class': 'java.util.LinkedHashMap', team: ['java.util.ArrayList', ['engines']] },
        }),
        kim: account('kim', { requestPassword: true }),
        wren: account('wren'),
        flo: account('flo'),
        gus: account('gus'),
        ida: account('ida'),
        lou: account('lou', { phone: '+15550000002', multifactorAuthenticationEligible: 'TRUE' }),
        max: account('max'),
        'temp-[0-9]+': account('visitor'),
      }),
      'people.json': JSON.stringify({ ada: { role: ['staff'] }, ida: { phone: ['+15550000003'] }, max: {} }),
      'interrupt.json': JSON.stringify({ ida: { message: 'Read this.', interrupt: true } }),
    },
    services: {
      'Plain-1.json': definition(1, '^https://plain\\.example\\.org/.*', {
        attributeReleasePolicy: { '@class': 'org.apereo.cas.services.ReturnAllAttributeReleasePolicy' },
      }),
      'Safe-2.json': definition(2, '^https://safe\\.example\\.org/.*', {
        multifactorPolicy: {
          '@class': 'org.apereo.cas.services.DefaultRegisteredServiceMultifactorPolicy',
          multifactorAuthenticationProviders: ['java.util.HashSet', ['mfa-simple']],
        },
      }),
      'Closed-3.json': definition(3, '^https://closed\\.example\\.org/.*', {
        passwordlessPolicy: { '@class': 'org.apereo.cas.services.DefaultRegisteredServicePasswordlessPolicy', enabled: false },
      }),
      'Local-4.json': definition(4, '^https://local\\.example\\.org/.*', {
        authenticationPolicy: {
          '@class': 'org.apereo.cas.services.DefaultRegisteredServiceAuthenticationPolicy',
          requiredAuthenticationHandlers: ['java.util.TreeSet', ['AcceptUsersAuthenticationHandler']],
        },
      }),
      'Client-5.json': oauthClient(5, 'shop'),
    },
  })
  // One after the other: the first makes the keys.
  const first = await startCastellan({ configDirectory: directory })
  both = [first, await startCastellan({ configDirectory: directory })]
})
after(async () => {
  for (const cas of both ?? []) await cas[Symbol.asyncDispose]()
  await sms?.[Symbol.asyncDispose]()
  await post?.[Symbol.asyncDispose]()
  if (directory) await rm(directory, { recursive: true, force: true })
})

/** Opens the form and sends the name. */
async function named(name: string, service?: string, browser = new BrowserClient(), cas = both[0]) {
  const form = await browser.get(loginUrl(cas.url, service === undefined ? {} : { service }))
  assert.ok(isNamePage(form), form.body.slice(0, 500))
  return { browser, page: await browser.submit(cas.url, form, { username: name }) }
}
const isNamePage = (page: Page) => page.body.includes('id="username"') && !page.body.includes('id="password"')
const isCodePage = (page: Page) => page.body.includes('id="otherForm"')
const mailsTo = (user: string) => post.mails.filter(({ to }) => to.includes(`${user}@example.org`))
const codeIn = (text: string) => /\b(\d{8})\b/.exec(text)?.[1] ?? ''
const nextCode = (user: string, before = 0) =>
  eventually(`a code for ${user}`, () => (mailsTo(user).length > before ? codeIn(mailsTo(user).at(-1)?.body ?? '') : undefined), 10_000)
const smsTo = (number: string) => sms.calls.filter(({ query }) => query.get('to') === number)
const error = (page: Page) => /class="banner banner-danger"[\s\S]*?<p><span>([^<]+)/.exec(page.body)?.[1]
const hasTicket = ({ location }: Page) => location?.includes('ticket=ST-') ?? false

test('a name, a code by mail and by SMS, and the application knows the user: once, at whichever server [N12]', async () => {
  const { browser, page } = await named('ada', PLAIN)
  assert.equal(page.status, 200)
  assert.ok(isCodePage(page), page.body.slice(0, 500))
  assert.equal(browser.cookie('TGC'), undefined)
  const code = await nextCode('ada')
  assert.match(mailsTo('ada')[0]?.body ?? '', /^Dear Ada L\., your code is \d{8}\./)
  assert.equal(smsTo('+15550000001').at(-1)?.body, code)
  assert.ok(!page.body.includes('@example.org') && !page.body.includes('5550000001'))
  // Forty times at once, at both: one login.
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      browser.submit(both[index % 2]?.url ?? '', page, { token: ` ${code.slice(0, 4)} ${code.slice(4)}` }),
    ),
  )
  const done = answers.filter(hasTicket)
  assert.equal(done.length, 1)
  const answer = await validate(both[1].url, PLAIN, ticketOf(done[0] as Page))
  assert.equal(answer.user, 'ada')
  assert.deepEqual(answer.attributes.get('team'), ['engines'])
  assert.deepEqual(answer.attributes.get('role'), ['staff'])
  assert.deepEqual(answer.attributes.get('credentialType'), ['OneTimePasswordCredential'])
  assert.deepEqual(answer.attributes.get('successfulAuthenticationHandlers'), ['PasswordlessTokenAuthenticationHandler'])
  // Single sign-on from here on.
  assert.ok(hasTicket(await browser.get(loginUrl(both[0].url, { service: PLAIN }))))
  const log = (await Promise.all(both.map((cas) => cas.logSoFar()))).flat().map((line) => JSON.stringify(line))
  assert.ok(!log.some((line) => line.includes(code)))
  assert.ok(log.some((line) => /AUTHENTICATION_SUCCESS/.test(line) && /OneTimePasswordCredential\(username=ada\)/.test(line)))
})

test('a name that nobody has is answered as one that somebody has, at each step', async () => {
  const [known, unknown] = [await named('wren', PLAIN), await named('zzyx', PLAIN)]
  const plain = ({ body }: Page, name: string) =>
    body
      .replaceAll(name, 'NAME')
      .replaceAll(/value="[0-9a-f-]{36}_[^"]+"/g, (all) => `value of ${all.length}`)
      .replaceAll(/nonce="[^"]+"|[0-9a-f-]{36}|It is good for \d+ \w+/g, '')
  assert.equal(plain(known.page, 'wren'), plain(unknown.page, 'zzyx'))
  const guess = (at: typeof known, page: Page) => at.browser.submit(both[0].url, page, { token: '00000000' })
  let [one, other] = [known.page, unknown.page]
  for (let tries = 1; tries <= 5; tries++) {
    ;[one, other] = [await guess(known, one), await guess(unknown, other)]
    assert.deepEqual([one.status, error(one)], [other.status, error(other)])
    assert.equal(plain(one, 'wren'), plain(other, 'zzyx'))
    assert.equal(one.status, 401)
  }
  assert.ok(isNamePage(one) && isNamePage(other))
  assert.match(error(one) ?? '', /Too many wrong codes/)
  await nextCode('wren')
  assert.deepEqual(mailsTo('zzyx'), [])
})

test('so many codes and no more for one name, whoever asks at whichever server; other names are not touched', async () => {
  const answers: Page[] = []
  for (let round = 0; round < 7; round++) answers.push((await named('flo', PLAIN, new BrowserClient(), both[round % 2])).page)
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200, 200, 200, 429, 429],
  )
  assert.match(error(answers[5] as Page) ?? '', /Many codes have been asked for/)
  await eventually('five mails', () => mailsTo('flo').length === 5 || undefined, 10_000)
  // Several names of one account share its limit, and do not show it.
  for (let round = 0; round < 7; round++) assert.equal((await named(`temp-${round}`, PLAIN)).page.status, 200)
  await eventually('five mails to the visitor', () => mailsTo('visitor').length === 5 || undefined, 10_000)
  await both[0].logged((line) => /as many codes as allowed, under several names/.test(line.msg))
  assert.equal(mailsTo('visitor').length, 5)
})

test('a new code takes the place of the one before; another name may be given', async () => {
  const { browser, page } = await named('gus', PLAIN)
  const first = await nextCode('gus')
  const again = await browser.post(`${both[1].url}/login`, { execution: page.execution, _eventId: 'resend' })
  assert.match(again.body, /We sent a new code/)
  const second = await nextCode('gus', 1)
  const old = await browser.submit(both[0].url, page, { token: first })
  assert.deepEqual([old.status, error(old)], [401, 'This code is too old. Choose "Send a new code".'])
  const other = await browser.post(`${both[0].url}/login`, { execution: again.execution, _eventId: 'other' })
  assert.ok(isNamePage(other))
  const gone = await browser.submit(both[0].url, again, { token: second })
  assert.equal(gone.status, 401)
})

test('an account may ask for the password, an application may refuse codes, and a handler may be required', async () => {
  const { browser, page } = await named('kim', PLAIN)
  assert.match(page.body, /id="password"/)
  assert.match(page.body, /name="username"[^>]* value="kim"/)
  assert.equal((await browser.submit(both[0].url, page, { username: 'kim', password: 'no' })).status, 401)
  assert.ok(hasTicket(await browser.submit(both[0].url, page, { username: 'kim', password: 'pw' })))
  assert.deepEqual(mailsTo('kim'), [])
  const closed = await new BrowserClient().login(both[0].url, 'nobody', 'pw', { service: CLOSED })
  assert.ok(hasTicket(closed))
  const local = await named('max', LOCAL)
  const before = mailsTo('max').length
  const refused = await local.browser.submit(both[0].url, local.page, { token: await nextCode('max', before) })
  assert.equal(refused.status, 401)
  assert.ok(isNamePage(refused))
  assert.equal(local.browser.cookie('TGC'), undefined)
})

test('without a password, then a second factor by SMS and a notice to be read: each of the neighbours has its turn [N12]', async () => {
  const { browser, page } = await named('ida', SAFE)
  const second = await browser.submit(both[0].url, page, { token: await nextCode('ida') })
  assert.match(second.body, /One more step/)
  const code = smsTo('+15550000003').at(-1)?.body.replace('CASMFA-', '') ?? ''
  const notice = await browser.submit(both[1].url, second, { token: code })
  assert.match(notice.body, /Read this\./)
  const done = await browser.post(`${both[0].url}/login`, { execution: notice.execution, _eventId: 'proceed' })
  const answer = await validate(both[0].url, SAFE, ticketOf(done))
  assert.equal(answer.user, 'ida')
  assert.deepEqual(answer.attributes.get('authnContextClass'), ['mfa-simple'])
  assert.deepEqual(answer.attributes.get('successfulAuthenticationHandlers'), [
    'PasswordlessTokenAuthenticationHandler',
    'CasSimpleMultifactorAuthenticationHandler',
  ])
})

test('who may have a second factor in place of the code passes that one only', async () => {
  const { browser, page } = await named('lou', SAFE)
  assert.match(page.body, /One more step/)
  const code = smsTo('+15550000002').at(-1)?.body.replace('CASMFA-', '') ?? ''
  const wrong = await browser.submit(both[0].url, page, { token: code === '000000' ? '000001' : '000000' })
  assert.equal(wrong.status, 401)
  const done = await browser.submit(both[1].url, wrong, { token: code })
  assert.ok(hasTicket(done), done.body.slice(0, 500))
  const answer = await validate(both[0].url, SAFE, ticketOf(done))
  assert.equal(answer.user, 'lou')
  assert.deepEqual(answer.attributes.get('authnContextClass'), ['mfa-simple'])
  assert.deepEqual(mailsTo('lou'), [])
  // Where none is demanded there is the code.
  const plain = await named('lou', PLAIN)
  assert.ok(isCodePage(plain.page))
})

test('the same for a client of OAuth', async () => {
  const browser = new BrowserClient()
  const form = await follow(both[0].url, browser, authorizeUrl(both[0].url, 'shop'))
  assert.ok(isNamePage(form), form.body.slice(0, 300))
  const page = await browser.submit(both[0].url, form, { username: 'sam' })
  const typed = await browser.submit(both[0].url, page, { token: await nextCode('sam') })
  const back = new URL(typed.location ?? '', both[0].url)
  const end = await follow(both[0].url, browser, new URL(back.pathname + back.search, both[0].url).href)
  assert.ok(end.location?.startsWith(`${redirectOf('shop')}?code=OC-`), end.location ?? end.body.slice(0, 300))
})

test('the page of one browser is none in another, and its code good for nobody else', async () => {
  const { page } = await named('sam', PLAIN)
  const stolen = await new BrowserClient().submit(both[0].url, page, { token: await nextCode('sam', 1) })
  assert.equal(stolen.location, `/cas/login?service=${encodeURIComponent(PLAIN)}`)
})
