import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { BrowserClient, loginUrl, type Page } from '../support/browser-client.ts'
import { type Castellan, definition, startCastellan, writeConfiguration } from '../support/castellan.ts'
import { type HttpStub, httpStub } from '../support/http-stub.ts'

/** Two processes on one store, and somebody who tries both at once: a code is used once, guessed at five times, and sent no more than the limit. */
const PLAIN = 'https://plain.example.org/'
const SAFE = 'https://safe.example.org/'
const users = ['ada', 'bob', 'eve', 'kim', 'lou']
let directory: string
let sms: HttpStub
let both: readonly [Castellan, Castellan]

before(async () => {
  sms = await httpStub()
  directory = await writeConfiguration({
    properties: {
      'cas.authn.accept.users': users.map((user) => `${user}::pw`).join(','),
      'cas.authn.attribute-repository.json[0].location': 'file:{dir}/people.json',
      'cas.sms-provider.rest.url': `${sms.url}/`,
      'cas.authn.mfa.simple.sms.from': 'sso',
      'cas.authn.mfa.simple.token.core.time-to-kill-in-seconds': 300,
      'castellan.mfa.simple.send-limit': 4,
    },
    files: {
      'people.json': JSON.stringify(
        Object.fromEntries(users.map((user) => [user, { phone: [`+1555000${user.charCodeAt(0)}${user.charCodeAt(1)}`] }])),
      ),
    },
    services: {
      'Plain-1.json': definition(1, '^https://plain\\.example\\.org/.*'),
      'Safe-2.json': definition(2, '^https://safe\\.example\\.org/.*', {
        multifactorPolicy: {
          '@class': 'org.apereo.cas.services.DefaultRegisteredServiceMultifactorPolicy',
          multifactorAuthenticationProviders: ['java.util.HashSet', ['mfa-simple']],
        },
      }),
    },
  })
  // One after the other: the first makes the keys.
  const first = await startCastellan({ configDirectory: directory })
  both = [first, await startCastellan({ configDirectory: directory })]
})
after(async () => {
  for (const cas of both ?? []) await cas[Symbol.asyncDispose]()
  await sms?.[Symbol.asyncDispose]()
  if (directory) await rm(directory, { recursive: true, force: true })
})

const numberOf = (user: string) => `+1555000${user.charCodeAt(0)}${user.charCodeAt(1)}`
const sentTo = (user: string) => sms.calls.filter(({ query }) => query.get('to') === numberOf(user))
const lastCode = (user: string) => sentTo(user).at(-1)?.body.replace('CASMFA-', '') ?? ''
const wrongFor = (code: string) => (code === '000000' ? '000001' : '000000')
const isCodePage = (page: Page) => page.body.includes('id="token"')
/** The same page sent to both processes at once, so many times. */
const storm = (browser: BrowserClient, page: Page, token: string, times: number) =>
  Promise.all(
    Array.from({ length: times }, (_, index) =>
      browser.post(`${both[index % 2]?.url}/login`, { execution: page.execution, _eventId: 'submit', token }),
    ),
  )
const hasTicket = ({ location }: Page) => location?.includes('ticket=ST-') ?? false

test('the right code, sent to both at once forty times, makes one login', async () => {
  const browser = new BrowserClient()
  const page = await browser.login(both[0].url, 'ada', 'pw', { service: SAFE })
  const answers = await storm(browser, page, lastCode('ada'), 40)
  assert.equal(answers.filter(hasTicket).length, 1)
})

test('the same for a session that is stepped up, whose page is no login', async () => {
  const browser = new BrowserClient()
  await browser.login(both[0].url, 'bob', 'pw', { service: PLAIN })
  const page = await browser.get(loginUrl(both[1].url, { service: SAFE }))
  assert.ok(isCodePage(page))
  const answers = await storm(browser, page, lastCode('bob'), 40)
  // Whoever comes after the first finds the session stepped up already, or a code that is gone.
  assert.ok(answers.some(hasTicket))
  assert.equal(answers.filter(({ status }) => status === 302 || status === 401 || status === 200).length, 40)
  const audited = (await Promise.all(both.map((cas) => cas.logSoFar())))
    .flat()
    .filter(
      (line) =>
        line['action'] === 'AUTHENTICATION_SUCCESS' && /CasSimpleMultifactorTokenCredential/.test(line.msg) && /WHO: bob/.test(line.msg),
    )
  assert.equal(audited.length, 1)
})

test('forty wrong codes at once spend a code after five; the right one then is good for nothing, and nobody is let in', async () => {
  const browser = new BrowserClient()
  await browser.login(both[0].url, 'eve', 'pw', { service: PLAIN })
  const page = await browser.get(loginUrl(both[0].url, { service: SAFE }))
  const right = lastCode('eve')
  const answers = await storm(browser, page, wrongFor(right), 40)
  assert.equal(answers.filter(hasTicket).length, 0)
  assert.equal(answers.filter(({ status, body }) => status === 401 && body.includes('This code is not right')).length, 4)
  assert.deepEqual((await storm(browser, page, right, 10)).filter(hasTicket), [])
})

test('whoever begins again and again gets neither more codes nor more guesses', async () => {
  const pages: Page[] = []
  const browsers = Array.from({ length: 12 }, () => new BrowserClient())
  await Promise.all(
    browsers.map(async (browser, index) => {
      pages[index] = await browser.login(both[index % 2]?.url ?? '', 'kim', 'pw', { service: SAFE })
    }),
  )
  assert.equal(sentTo('kim').length, 4)
  assert.equal(pages.filter(({ status }) => status === 200).length, 4)
  assert.equal(pages.filter(({ status }) => status === 429).length, 8)
  // Five tries at each: twenty, then the account is locked, at both.
  let wrong = 0
  for (const [index, first] of pages.entries()) {
    let page: Page | undefined = first
    while (page && isCodePage(page)) {
      page = await browsers[index]?.post(`${both[wrong % 2]?.url}/login`, {
        execution: page.execution,
        _eventId: 'submit',
        token: 'AAAAAA',
      })
      wrong++
    }
  }
  assert.equal(wrong, 20)
  const late = await new BrowserClient().login(both[1].url, 'kim', 'pw', { service: SAFE })
  assert.equal(late.status, 423)
  assert.match(late.body, /Wait a quarter of an hour/)
})

test('the page of one browser is none in another, and the code of one user none for another', async () => {
  const [mine, other] = [new BrowserClient(), new BrowserClient()]
  const page = await mine.login(both[0].url, 'lou', 'pw', { service: SAFE })
  await other.login(both[0].url, 'ada', 'pw', { service: PLAIN })
  const stolen = await other.post(`${both[0].url}/login`, { execution: page.execution, _eventId: 'submit', token: lastCode('lou') })
  assert.equal(stolen.location, `/cas/login?service=${encodeURIComponent(SAFE)}`)
  const theirs = await other.get(loginUrl(both[1].url, { service: SAFE }))
  assert.ok(isCodePage(theirs))
  assert.equal(
    (await other.post(`${both[1].url}/login`, { execution: theirs.execution, _eventId: 'submit', token: lastCode('lou') })).status,
    401,
  )
  // The page counts once, and that was the try above.
  assert.equal(
    (await mine.post(`${both[0].url}/login`, { execution: page.execution, _eventId: 'submit', token: lastCode('lou') })).status,
    302,
  )
})
