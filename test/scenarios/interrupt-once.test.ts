import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { BrowserClient, loginUrl, type Page } from '../support/browser-client.ts'
import { type Castellan, definition, startCastellan } from '../support/castellan.ts'
import { answering, type HttpStub, httpStub } from '../support/http-stub.ts'
import { authorizeUrl, follow, oauthClient, redirectOf } from '../support/oauth.ts'

/** How often a source is asked (interrupt.md 8.2): once for a login, whatever protocol leads to it. CAS 7.3 asks up to three times. */
let cas: Castellan
let stub: HttpStub
const S = 'https://app.example.org/'
const USER = ['ada', 'pw'] as const

before(async () => {
  stub = await httpStub(answering({ message: 'Read this', interrupt: true }))
  cas = await startCastellan({
    services: {
      'Application-1.json': definition(1, '^https://app\\.example\\.org/.*'),
      'Client-2.json': oauthClient(2, 'shop', {
        webflowInterruptPolicy: {
          '@class': 'org.apereo.cas.services.DefaultRegisteredServiceWebflowInterruptPolicy',
          forceExecution: 'TRUE',
        },
      }),
      'Quiet-3.json': oauthClient(3, 'quiet', {
        properties: { skipInterrupt: { '@class': '', values: ['java.util.HashSet', ['true']] } },
      }),
    },
    properties: {
      'castellan.ticket-registry.store': 'memory',
      'cas.authn.accept.users': 'ada::pw',
      'cas.interrupt.rest.url': stub.url,
    },
  })
})
after(async () => {
  await cas?.[Symbol.asyncDispose]()
  await stub?.[Symbol.asyncDispose]()
})

const isInterrupt = (page: Page) => page.status === 200 && page.body.includes('id="interruptLinks"')
/** How often the source was asked meanwhile. */
async function asked<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
  const before = stub.calls.length
  const result = await work()
  return [result, stub.calls.length - before]
}
const proceed = async (browser: BrowserClient, page: Page) => {
  const onward = await browser.post(`${cas.url}/login`, { execution: page.execution, _eventId: 'proceed' })
  return follow(cas.url, browser, (onward.location ?? '').replace(/^https:\/\/cas\.example\.org:8443\/cas/, cas.url))
}
const hasCode = (page: Page, client: string) => (page.location ?? '').startsWith(`${redirectOf(client)}?code=OC-`)
const triggered = async () => (await cas.logSoFar()).filter((line) => line['action'] === 'AUTHENTICATION_INTERRUPT_TRIGGERED').length

test('the first login on the way to an OAuth client asks once, as that to a CAS application does', async () => {
  const [page, times] = await asked(() => follow(cas.url, new BrowserClient(), authorizeUrl(cas.url, 'shop'), USER))
  assert.ok(isInterrupt(page))
  assert.equal(times, 1)
  const [other, again] = await asked(() => new BrowserClient().login(cas.url, ...USER, { service: S }))
  assert.ok(isInterrupt(other))
  assert.equal(again, 1)
})

test('a session that is interrupted on the way to a client asks once, and the audit tells of one page', async () => {
  const browser = new BrowserClient()
  assert.ok(hasCode(await follow(cas.url, browser, authorizeUrl(cas.url, 'quiet'), USER), 'quiet'))
  const pagesBefore = await triggered()
  const [page, times] = await asked(() => follow(cas.url, browser, authorizeUrl(cas.url, 'shop'), USER))
  assert.ok(isInterrupt(page))
  assert.equal(times, 1)
  const [done, more] = await asked(() => proceed(browser, page))
  assert.ok(hasCode(done, 'shop'), done.location ?? done.body.slice(0, 500))
  assert.equal(more, 0)
  assert.equal((await triggered()) - pagesBefore, 1)
})

test('what was found for one service is of no use on the way to another, nor twice', async () => {
  const browser = new BrowserClient()
  await follow(cas.url, browser, authorizeUrl(cas.url, 'quiet'), USER)
  const hop = (await browser.get(authorizeUrl(cas.url, 'shop'))).location ?? ''
  const handover = new URL(hop).searchParams.get('handover') ?? ''
  assert.match(handover, /^[A-Za-z0-9]{32}$/)
  const [page, times] = await asked(() => browser.get(loginUrl(cas.url, { service: S, handover })))
  assert.ok(isInterrupt(page))
  assert.equal(times, 1, 'another service is asked about itself')
  const service = new URL(hop).searchParams.get('service') ?? ''
  const [, spent] = await asked(() => browser.get(loginUrl(cas.url, { service, handover })))
  assert.equal(spent, 1, 'a spent one says nothing')
  const [, forged] = await asked(() => browser.get(loginUrl(cas.url, { service: S, handover: 'A'.repeat(32) })))
  assert.equal(forged, 1)
})

test('prompt=none asks once and tells the client that somebody would have to be asked; the audit tells of no page', async () => {
  const browser = new BrowserClient()
  await follow(cas.url, browser, authorizeUrl(cas.url, 'quiet'), USER)
  const pagesBefore = await triggered()
  const [told, times] = await asked(() => browser.get(authorizeUrl(cas.url, 'shop', { prompt: 'none' })))
  assert.match(told.location ?? '', /[?&]error=interaction_required/)
  assert.equal(times, 1)
  assert.equal(await triggered(), pagesBefore)
})

test('a session that is too old for max_age asks once, about the new login', async () => {
  const browser = new BrowserClient()
  await follow(cas.url, browser, authorizeUrl(cas.url, 'quiet'), USER)
  const [page, times] = await asked(() => follow(cas.url, browser, authorizeUrl(cas.url, 'shop', { max_age: '0' }), USER))
  assert.ok(isInterrupt(page))
  assert.equal(times, 1)
})
