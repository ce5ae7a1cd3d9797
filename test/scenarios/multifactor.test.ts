// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of messages
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { BrowserClient, loginUrl, type Page, ticketOf, validate } from '../support/browser-client.ts'
import { type Castellan, definition, eventually, startCastellan } from '../support/castellan.ts'
import { startMailServer, type TestMailServer } from '../support/mail-server.ts'
import { authorizeUrl, basic, follow, oauthClient, postForm, redirectOf } from '../support/oauth.ts'
import { ACCOUNT, type FakeTwilio, startTwilio, TOKEN } from '../support/twilio.ts'

/** Second factors by SMS and mail, as users, applications and attackers see them (authentication.md 13). */
let cas: Castellan
let twilio: FakeTwilio
let post: TestMailServer

const PLAIN = 'https://plain.example.org/'
const SAFE = 'https://safe.example.org/'
const FORCED = 'https://forced.example.org/'
const ABSENT = 'https://absent.example.org/'
const STAFF = 'https://staff.example.org/'
const FREE = 'https://free.example.org/'

const policy = (more: object) => ({
  multifactorPolicy: { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceMultifactorPolicy', ...more },
})
const asks = (provider: string, more: object = {}) =>
  policy({ multifactorAuthenticationProviders: ['java.util.HashSet', [provider]], ...more })

const people: Record<string, Record<string, string[]>> = {
  ada: { phone: ['+1 (123) 456-7890'] },
  bob: { mail: ['bob@example.org'], displayName: ['Bob B.'] },
  both: { phone: ['+15550000001'], mail: ['both@example.org'] },
  many: { phone: ['+15550000002', '+15550000003'], mail: ['many@example.org'] },
  none: {},
  guess: { phone: ['+15550000004'] },
  again: { phone: ['+15550000005'] },
  flood: { phone: ['+15550000006'] },
  staff: { phone: ['+15550000007'], role: ['staff'] },
  guest: { phone: ['+15550000008'], role: ['guest'] },
  token: { phone: ['+15550000009'] },
  noted: { phone: ['+15550000010'] },
  down: { phone: ['+15550000011'] },
  rest: { phone: ['+15550000012'] },
  step: { phone: ['+15550000013'] },
  quiet: { phone: ['+15550000014'] },
  device: { phone: ['+15550000015'] },
}

before(async () => {
  twilio = await startTwilio()
  post = await startMailServer({ tls: 'none' })
  cas = await startCastellan({
    properties: {
      'cas.authn.accept.users': Object.keys(people)
        .map((user) => `${user}::pw`)
        .join(','),
      'cas.authn.attribute-repository.json[0].location': 'file:{dir}/people.json',
      'cas.sms-provider.twilio.account-id': ACCOUNT,
      'cas.sms-provider.twilio.token': TOKEN,
      'castellan.sms.twilio.base-url': twilio.url,
      'spring.mail.host': post.host,
      'spring.mail.port': post.port,
      'cas.authn.mfa.simple.sms.from': '+15551230000',
      'cas.authn.mfa.simple.sms.text': 'Your code: ${tokenWithoutPrefix} (${token})',
      'cas.authn.mfa.simple.mail.from': 'sso@example.org',
      'cas.authn.mfa.simple.mail.subject': 'A code for you',
      'cas.authn.mfa.simple.mail.text': 'Dear ${displayName}, your code is %s.',
      'cas.authn.mfa.simple.time-to-kill-in-seconds': 300,
      'castellan.mfa.simple.send-limit': 6,
      'cas.service-registry.sms.from': '+15551230000',
      'cas.service-registry.sms.text': 'The service ${service} has ended.',
      'cas.interrupt.json.location': 'file:{dir}/interrupt.json',
      'CasFeatureModule.RestProtocol.enabled': true,
      'castellan.ticket-registry.store': 'memory',
    },
    files: {
      'people.json': JSON.stringify(people),
      'interrupt.json': JSON.stringify({ noted: { message: 'Read this.', interrupt: true } }),
    },
    env: { NODE_EXTRA_CA_CERTS: twilio.authority.file },
    services: {
      'Plain-1.json': definition(1, '^https://plain\\.example\\.org/.*'),
      'Safe-2.json': definition(2, '^https://safe\\.example\\.org/.*', asks('mfa-simple')),
      'Forced-3.json': definition(3, '^https://forced\\.example\\.org/.*', asks('mfa-simple', { forceExecution: true })),
      'Absent-4.json': definition(4, '^https://absent\\.example\\.org/.*', asks('mfa-duo')),
      'Staff-5.json': definition(
        5,
        '^https://staff\\.example\\.org/.*',
        asks('mfa-simple', { principalAttributeNameTrigger: 'role', principalAttributeValueToMatch: 'staff|admin' }),
      ),
      'Free-6.json': definition(6, '^https://free\\.example\\.org/.*', asks('mfa-simple', { bypassEnabled: true })),
      'Ended-7.json': definition(7, '^https://ended\\.example\\.org/.*', {
        contacts: [
          'java.util.ArrayList',
          [{ '@class': 'org.apereo.cas.services.DefaultRegisteredServiceContact', name: 'Kim', phone: '+15559990000' }],
        ],
        expirationPolicy: {
          '@class': 'org.apereo.cas.services.DefaultRegisteredServiceExpirationPolicy',
          notifyWhenExpired: true,
          expirationDate: '2020-01-01',
        },
      }),
      'Client-8.json': oauthClient(8, 'shop', asks('mfa-simple')),
    },
  })
})
after(async () => {
  await cas?.[Symbol.asyncDispose]()
  await twilio?.[Symbol.asyncDispose]()
  await post?.[Symbol.asyncDispose]()
})

const login = (browser: BrowserClient, user: string, service?: string) =>
  browser.login(cas.url, user, 'pw', service === undefined ? {} : { service })
const sentTo = (number: string) => twilio.messages.filter(({ to }) => to === number).map(({ body }) => body)
const codeIn = (text: string | undefined) => /(?:code: |CASMFA-)(\d{6})/.exec(text ?? '')?.[1] ?? ''
const lastCode = (number: string) => codeIn(sentTo(number).at(-1))
const type = (browser: BrowserClient, page: Page, token: string) => browser.submit(cas.url, page, { token })
const isCodePage = (page: Page) => /<input id="token" name="token"/.test(page.body)
const error = (page: Page) => /class="banner banner-danger"[\s\S]*?<p><span>([^<]+)/.exec(page.body)?.[1]
const sets = (page: Page, name: string) => page.setCookies.find((line) => line.startsWith(`${name}=`) && !line.startsWith(`${name}=;`))

test('one server tells a contact of an ended service and sends a user a login code, both by SMS through one provider [N1, N12, AU1]', async () => {
  const browser = new BrowserClient()
  const page = await login(browser, 'ada', SAFE)
  assert.equal(page.status, 200)
  assert.ok(isCodePage(page), page.body.slice(0, 400))
  assert.equal(sets(page, 'TGC'), undefined)
  assert.match(page.body, /<h3>Enter the code we sent you<\/h3>/)
  assert.match(page.body, /inputmode="numeric" autocomplete="one-time-code"/)
  assert.match(page.body, /<bdi>\+11\*+7890<\/bdi>/)
  const [text = ''] = sentTo('+11234567890')
  assert.match(text, /^Your code: (\d{6}) \(CASMFA-\1\)$/)
  const done = await type(browser, page, codeIn(text))
  assert.equal(done.status, 302)
  assert.ok(sets(done, 'TGC'))
  const answer = await validate(cas.url, SAFE, ticketOf(done))
  assert.equal(answer.user, 'ada')
  assert.deepEqual(answer.attributes.get('authnContextClass'), ['mfa-simple'])
  assert.ok(answer.attributes.get('successfulAuthenticationHandlers')?.includes('CasSimpleMultifactorAuthenticationHandler'))
  await eventually('the message about the service', () => sentTo('+15559990000').length === 1 || undefined, 10_000)
  assert.deepEqual(sentTo('+15559990000'), ['The service Application 7 has ended.'])
  const all = JSON.stringify(await cas.logSoFar())
  assert.ok(!all.includes(codeIn(text)) && !all.includes('+11234567890'), 'neither the code nor the number is in the log')
})

test('a code by mail, typed with its prefix, and %s in the text', async () => {
  const browser = new BrowserClient()
  const page = await login(browser, 'bob', SAFE)
  assert.ok(isCodePage(page))
  const mail = post.mails.find(({ to }) => to.includes('bob@example.org'))
  assert.equal(mail?.headers.get('subject'), 'A code for you')
  assert.match(mail?.body ?? '', /^Dear Bob B\., your code is CASMFA-\d{6}\.\s*$/)
  assert.equal((await type(browser, page, ` casmfa-${codeIn(mail?.body)} `)).status, 302)
})

test('a phone and a mailbox both get the code; of several of a kind the user chooses one', async () => {
  const browser = new BrowserClient()
  const page = await login(browser, 'both', SAFE)
  const mailed = codeIn(post.mails.find(({ to }) => to.includes('both@example.org'))?.body)
  assert.equal(lastCode('+15550000001'), mailed)
  assert.equal((await type(browser, page, mailed)).status, 302)

  const other = new BrowserClient()
  const choice = await login(other, 'many', SAFE)
  assert.match(choice.body, /<h3>Where should the code go\?<\/h3>/)
  assert.equal([...choice.body.matchAll(/type="radio" name="recipient"/g)].length, 3)
  assert.ok(!choice.body.includes('+15550000003') && !choice.body.includes('many@example.org'), 'masked')
  assert.deepEqual([sentTo('+15550000002'), sentTo('+15550000003')], [[], []])
  const again = await other.submit(cas.url, choice, { recipient: '99' })
  assert.equal(error(again), 'Where should the code go?')
  const code = await other.submit(cas.url, again, { recipient: '1' })
  assert.ok(isCodePage(code))
  assert.deepEqual([sentTo('+15550000002').length, sentTo('+15550000003').length], [0, 1])
  assert.equal((await type(other, code, lastCode('+15550000003'))).status, 302)
})

test('nobody to send a code to: the login ends with a page and without a session', async () => {
  const browser = new BrowserClient()
  const page = await login(browser, 'none', SAFE)
  assert.equal(page.status, 403)
  assert.match(page.body, /<h2>We could not send you a code<\/h2>/)
  assert.equal(sets(page, 'TGC'), undefined)
})

test('a provider that takes no message: the page says so, and what was made is good for nothing', async () => {
  twilio.script.push({ kind: 'error', status: 400, code: 21211 })
  const page = await login(new BrowserClient(), 'down', SAFE)
  assert.equal(page.status, 503)
  assert.match(page.body, /could not be sent/)
})

test('a wrong code shows the page again; after five the login begins anew, and the right one is good for nothing', async () => {
  const browser = new BrowserClient()
  let page = await login(browser, 'guess', SAFE)
  const right = lastCode('+15550000004')
  const wrong = right === '000000' ? '000001' : '000000'
  for (let number = 1; number < 5; number++) {
    page = await type(browser, page, wrong)
    assert.equal(page.status, 401)
    assert.match(error(page) ?? '', /^This code is not right/)
    assert.match(page.body, /aria-invalid="true"/)
  }
  const blank = await type(browser, page, ' ')
  assert.equal(blank.status, 200)
  const last = await type(browser, blank, wrong)
  assert.equal(last.status, 401)
  assert.match(error(last) ?? '', /^Too many wrong codes/)
  assert.match(last.body, /name="password"/)
  assert.equal((await type(browser, blank, right)).location, `/cas/login?service=${encodeURIComponent(SAFE)}`)
  assert.equal(sets(last, 'TGC'), undefined)
})

test('a page with a code counts once, and the code of one conversation is none in another', async () => {
  const [mine, other] = [new BrowserClient(), new BrowserClient()]
  const first = await login(mine, 'again', SAFE)
  const code = lastCode('+15550000005')
  const second = await login(other, 'again', SAFE)
  assert.equal((await type(other, second, code)).status, 401)
  assert.equal((await type(mine, first, code)).status, 302)
  assert.equal((await type(mine, first, code)).location, `/cas/login?service=${encodeURIComponent(SAFE)}`)
})

test('another code can be sent; the one before is void; nobody is sent more than the limit', async () => {
  const browser = new BrowserClient()
  let page = await login(browser, 'flood', SAFE)
  const old = lastCode('+15550000006')
  page = await browser.post(`${cas.url}/login`, { execution: page.execution, _eventId: 'resend' })
  assert.match(page.body, /id="sentAgain" role="status"/)
  assert.equal(sentTo('+15550000006').length, 2)
  if (lastCode('+15550000006') !== old) {
    page = await type(browser, page, old)
    assert.equal(page.status, 401)
  }
  for (let number = 3; number <= 6; number++)
    page = await browser.post(`${cas.url}/login`, { execution: page.execution, _eventId: 'resend' })
  page = await browser.post(`${cas.url}/login`, { execution: page.execution, _eventId: 'resend' })
  assert.equal(page.status, 429)
  assert.match(error(page) ?? '', /^Many codes have been asked for just now/)
  assert.equal(sentTo('+15550000006').length, 6)
  const fresh = await login(new BrowserClient(), 'flood', SAFE)
  assert.equal(fresh.status, 429)
  assert.equal(sentTo('+15550000006').length, 6)
  assert.equal((await type(browser, page, lastCode('+15550000006'))).status, 302)
})

test('a session is stepped up for the application that needs it, once; one that always asks is asked for each time', async () => {
  const browser = new BrowserClient()
  const plain = await login(browser, 'step', PLAIN)
  const first = await validate(cas.url, PLAIN, ticketOf(plain))
  assert.equal(first.attributes.get('authnContextClass'), undefined)
  assert.deepEqual(sentTo('+15550000013'), [])
  const page = await browser.get(loginUrl(cas.url, { service: SAFE }))
  assert.equal(page.status, 200)
  assert.ok(isCodePage(page))
  assert.equal(page.location, undefined)
  const up = await type(browser, page, lastCode('+15550000013'))
  assert.deepEqual((await validate(cas.url, SAFE, ticketOf(up))).attributes.get('authnContextClass'), ['mfa-simple'])
  assert.equal((await browser.get(loginUrl(cas.url, { service: SAFE }))).status, 302)
  assert.equal((await browser.get(loginUrl(cas.url, { service: PLAIN }))).status, 302)
  assert.equal(sentTo('+15550000013').length, 1)
  const forced = await browser.get(loginUrl(cas.url, { service: FORCED }))
  assert.ok(isCodePage(forced))
  assert.equal((await type(browser, forced, lastCode('+15550000013'))).status, 302)
  assert.ok(isCodePage(await browser.get(loginUrl(cas.url, { service: FORCED }))))
  const demanded = await browser.get(loginUrl(cas.url, { service: PLAIN, authn_method: 'mfa-simple' }))
  assert.equal(demanded.status, 302)
  const gateway = await new BrowserClient().get(loginUrl(cas.url, { service: SAFE, gateway: 'true' }))
  assert.equal(gateway.location, SAFE)
})

test('a picture on a page elsewhere sends nobody a code; whoever sees the page can have one', async () => {
  const browser = new BrowserClient()
  await login(browser, 'quiet', PLAIN)
  const picture = { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image', 'sec-fetch-mode': 'no-cors' }
  for (const address of [loginUrl(cas.url, { service: SAFE }), authorizeUrl(cas.url, 'shop')]) await browser.get(address, picture)
  assert.deepEqual(sentTo('+15550000014'), [])
  const frame = await browser.get(loginUrl(cas.url, { service: SAFE }), { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'iframe' })
  assert.match(frame.body, /name="recipient" value="0"/)
  assert.ok(isCodePage(await browser.submit(cas.url, frame, { recipient: '0' })))
  const address = { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' }
  assert.ok(isCodePage(await browser.get(loginUrl(cas.url, { service: SAFE }), address)))
  assert.equal(sentTo('+15550000014').length, 2)
})

test('gateway: who would have to be asked goes back without a ticket, and is sent nothing', async () => {
  const browser = new BrowserClient()
  await login(browser, 'token', PLAIN)
  const page = await browser.get(loginUrl(cas.url, { service: SAFE, gateway: 'true' }))
  assert.equal(page.location, SAFE)
  assert.deepEqual(sentTo('+15550000009'), [])
})

test('an application may demand a second factor in the request; a provider that is not here refuses the login', async () => {
  const browser = new BrowserClient()
  const form = await browser.get(loginUrl(cas.url, { service: PLAIN, authn_method: 'mfa-simple' }))
  const page = await browser.submit(cas.url, form, { username: 'token', password: 'pw' })
  assert.ok(isCodePage(page))
  assert.equal((await type(browser, page, lastCode('+15550000009'))).status, 302)
  for (const address of [loginUrl(cas.url, { service: PLAIN, authn_method: 'mfa-gauth' }), loginUrl(cas.url, { service: ABSENT })]) {
    const other = new BrowserClient()
    const refused = await other.submit(cas.url, await other.get(address), { username: 'ada', password: 'pw' })
    assert.equal(refused.status, 401)
    assert.match(error(refused) ?? '', /second|factor|multifactor/i)
    assert.equal(sets(refused, 'TGC'), undefined)
  }
})

test('only users with a fitting attribute are asked, where the application says so; an application may let everybody past', async () => {
  assert.ok(isCodePage(await login(new BrowserClient(), 'staff', STAFF)))
  assert.equal((await login(new BrowserClient(), 'guest', STAFF)).status, 302)
  const browser = new BrowserClient()
  const free = await login(browser, 'guest', FREE)
  const answer = await validate(cas.url, FREE, ticketOf(free))
  assert.deepEqual(answer.attributes.get('bypassMultifactorAuthentication'), ['true'])
  assert.deepEqual(answer.attributes.get('bypassedMultifactorAuthenticationProviderId'), ['mfa-simple'])
  assert.equal(answer.attributes.get('authnContextClass'), undefined)
  // What lets a login past for one application is no proof for another.
  const page = await browser.get(loginUrl(cas.url, { service: SAFE }))
  assert.ok(isCodePage(page))
  const up = await validate(cas.url, SAFE, ticketOf(await type(browser, page, lastCode('+15550000008'))))
  assert.equal(up.attributes.get('bypassMultifactorAuthentication'), undefined)
})

test('the interrupt comes after the second factor', async () => {
  const browser = new BrowserClient()
  const page = await login(browser, 'noted', SAFE)
  assert.ok(isCodePage(page))
  const interrupt = await type(browser, page, lastCode('+15550000010'))
  assert.match(interrupt.body, /Authentication Interrupt/)
  assert.equal(sets(interrupt, 'TGC'), undefined)
  const done = await browser.post(`${cas.url}/login`, { execution: interrupt.execution, _eventId: 'proceed' })
  assert.equal(done.status, 302)
  assert.deepEqual((await validate(cas.url, SAFE, ticketOf(done))).attributes.get('authnContextClass'), ['mfa-simple'])
})

test('OAuth: the client gets a code after the second factor, silence is answered, and the password grant is refused', async () => {
  const browser = new BrowserClient()
  await login(browser, 'token', PLAIN)
  const silent = await browser.get(authorizeUrl(cas.url, 'shop', { prompt: 'none' }))
  assert.match(silent.location ?? '', /error=interaction_required/)
  const sent = sentTo('+15550000009').length
  const page = await follow(cas.url, browser, authorizeUrl(cas.url, 'shop'), ['token', 'pw'])
  assert.ok(isCodePage(page), page.body.slice(0, 300))
  assert.equal(sentTo('+15550000009').length, sent + 1)
  const typed = await type(browser, page, lastCode('+15550000009'))
  const end = await follow(
    cas.url,
    browser,
    new URL(typed.location ?? '', cas.url).href.replace(/^https?:\/\/[^/]+/, new URL(cas.url).origin),
  )
  assert.ok(end.location?.startsWith(`${redirectOf('shop')}?code=OC-`), end.location)
  const grant = { grant_type: 'password', username: 'rest', password: 'pw', client_id: 'shop' }
  const refused = await postForm(`${cas.url}/oauth2.0/accessToken`, grant, basic('shop', 'secret of shop'))
  assert.deepEqual([refused.status, refused.json['error']], [400, 'invalid_grant'])
  assert.deepEqual(sentTo('+15550000012'), [])
})

test('REST: neither a session nor a ticket for an application that wants a second factor', async () => {
  const credentials = { username: 'rest', password: 'pw' }
  const named = await postForm(`${cas.url}/v1/tickets`, { ...credentials, service: SAFE })
  assert.equal(named.status, 401)
  assert.match(named.text, /MultifactorAuthenticationRequiredException/)
  const session = await postForm(`${cas.url}/v1/tickets`, credentials)
  assert.equal(session.status, 201)
  const address = `${cas.url}/v1/tickets/${session.headers.get('location')?.split('/').at(-1)}`
  assert.equal((await postForm(address, { service: PLAIN })).status, 200)
  assert.equal((await postForm(address, { service: SAFE })).status, 401)
  assert.equal((await postForm(address, { service: SAFE, ...credentials })).status, 401)
  assert.deepEqual(sentTo('+15550000012'), [])
})

test('a device gets its token only after the second factor of its client', async () => {
  const started = await postForm(
    `${cas.url}/oauth2.0/accessToken`,
    { response_type: 'device_code', client_id: 'shop' },
    basic('shop', 'secret of shop'),
  )
  assert.equal(started.status, 200, started.text)
  const userCode = String(started.json['user_code'])
  const browser = new BrowserClient()
  await login(browser, 'device', PLAIN)
  const csrf = (page: Page) => /name="csrf" value="([^"]+)"/.exec(page.body)?.[1]
  const transaction = (page: Page) => /name="transaction" value="([^"]+)"/.exec(page.body)?.[1]
  const form = await browser.get(`${cas.url}/oauth2.0/device`)
  const post = (page: Page, more: Record<string, string> = {}) =>
    browser.post(`${cas.url}/oauth2.0/device`, { usercode: userCode, csrf: csrf(page), transaction: transaction(page), ...more })
  // Straight to the decision, past the page that would ask: nothing is decided.
  await post(form, { allow: 'true' })
  const poll = () =>
    postForm(
      `${cas.url}/oauth2.0/accessToken`,
      { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: String(started.json['device_code']), client_id: 'shop' },
      basic('shop', 'secret of shop'),
    )
  assert.match(String((await poll()).json['error']), /^(authorization_pending|slow_down)$/)
  const hop = await post(form)
  const page =
    hop.location === undefined
      ? hop
      : await follow(cas.url, browser, new URL(new URL(hop.location).pathname + new URL(hop.location).search, cas.url).href, [
          'device',
          'pw',
        ])
  assert.ok(isCodePage(page), page.body.slice(0, 500))
  const typed = await type(browser, page, lastCode('+15550000015'))
  const back = new URL(typed.location ?? '', cas.url)
  const entered = await follow(cas.url, browser, new URL(back.pathname + back.search, cas.url).href, ['device', 'pw'])
  const confirm = await post(entered)
  assert.match(confirm.body, /name="allow"/)
  assert.match((await post(confirm, { allow: 'true' })).body, /Code Approved/)
})
