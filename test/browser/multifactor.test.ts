import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, test } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { openBrowser } from '../support/browser.ts'
import { definition, startCastellan } from '../support/castellan.ts'
import { httpStub } from '../support/http-stub.ts'

/** The page of a code as a browser meets it: real server, real page, an application and a provider of SMS on loopback. */
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const application = await httpStub((call, response) => {
  response
    .writeHead(200, { 'content-type': 'text/html' })
    .end(`<!doctype html><title>there</title><p id="there">${[...call.query.keys()]}</p>`)
})
const sms = await httpStub()
const people = {
  ada: { phone: ['+15550000001'] },
  keys: { phone: ['+15550000002'] },
  many: { phone: ['+15550000003', '+15550000004'] },
}
const cas = await startCastellan({
  properties: {
    'castellan.ticket-registry.store': 'memory',
    'cas.tgc.secure': false,
    'cas.authn.accept.users': 'ada::pw,keys::pw,many::pw',
    'cas.authn.attribute-repository.json[0].location': 'file:{dir}/people.json',
    'cas.sms-provider.rest.url': `${sms.url}/sms`,
    'cas.authn.mfa.simple.sms.from': 'sso',
    'cas.authn.mfa.simple.token.core.time-to-kill-in-seconds': 300,
    'cas.authn.mfa.triggers.global.global-provider-id': 'mfa-simple',
  },
  files: { 'people.json': JSON.stringify(people) },
  services: { 'Application-1.json': definition(1, `^${application.url.replaceAll('.', '\\.')}/.*`) },
})
const browser: Browser = await openBrowser()
after(async () => {
  await browser.close()
  await cas[Symbol.asyncDispose]()
  await sms[Symbol.asyncDispose]()
  await application[Symbol.asyncDispose]()
})

interface Visit extends AsyncDisposable {
  readonly page: Page
  readonly complaints: readonly string[]
}

async function login(user: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 820 }, ...options })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    // A wrong code is a 401, which browsers mention.
    if ((message.type() === 'error' && !/status of 401/.test(message.text())) || /Content Security Policy/.test(message.text()))
      complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.goto(`${cas.url}/login?service=${encodeURIComponent(`${application.url}/start`)}`)
  await page.fill('#username', user)
  await page.fill('#password', 'pw')
  await page.click('button[name=submitBtn]')
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() }
}

/** The text of the last message to a number: the code with its prefix, as nothing else is configured. */
const lastMessage = (number: string) => sms.calls.findLast(({ query }) => query.get('to') === number)?.body ?? ''
const wrongFor = (message: string) => (message.endsWith('000000') ? '000001' : '000000')

async function accessible(page: Page): Promise<void> {
  await page.evaluate(axe)
  assert.deepEqual(await page.evaluate('axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0].html]))'), [])
}

test('a code is pasted as it stands in the message, with its prefix, and the way leads on; without scripts too', async () => {
  for (const javaScriptEnabled of [true, false]) {
    await using visit = await login('ada', { javaScriptEnabled })
    const { page } = visit
    assert.equal(await page.locator('#login h3').textContent(), 'Enter the code we sent you')
    assert.match(String(await page.locator('#login p').first().textContent()), /\+15\*+0001\. It is good for 5 minutes\./)
    await page.fill('#token', lastMessage('+15550000001'))
    await page.click('#submitBtn')
    await page.waitForSelector('#there')
    assert.equal(await page.locator('#there').textContent(), 'ticket')
    assert.deepEqual(visit.complaints, [])
  }
})

test('by keyboard alone: the field has the focus, a wrong code is told and the field has it again, then another code is sent', async () => {
  await using visit = await login('keys')
  const { page } = visit
  const focused = () => page.evaluate('document.activeElement?.id')
  assert.equal(await focused(), 'token')
  const old = lastMessage('+15550000002')
  await page.keyboard.type(wrongFor(old))
  await page.keyboard.press('Enter')
  await page.waitForSelector('#loginErrorsPanel')
  assert.equal(
    await page.locator('div .banner-danger span').textContent(),
    'This code is not right, or a newer one has been sent. Use the code from the latest message.',
  )
  assert.equal(await focused(), 'token')
  assert.equal(await page.locator('#token').getAttribute('aria-invalid'), 'true')
  assert.equal(await page.locator('#token').inputValue(), '')
  await accessible(page)
  await page.keyboard.press('Tab')
  assert.equal(await focused(), 'submitBtn')
  await page.keyboard.press('Tab')
  assert.equal(await focused(), 'resendButton')
  await page.keyboard.press('Enter')
  await page.waitForSelector('#sentAgain')
  await accessible(page)
  await page.keyboard.type(lastMessage('+15550000002').replace('CASMFA-', ''))
  await page.keyboard.press('Enter')
  await page.waitForSelector('#there')
  assert.deepEqual(visit.complaints, [])
})

test('of several phones one is chosen; on a phone nothing is wider than the screen, light and dark', async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    await using visit = await login('many', { viewport: { width: 320, height: 640 }, colorScheme })
    const { page } = visit
    const fits = () => page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')
    assert.equal(await fits(), true)
    await accessible(page)
    await page.locator('input[name=recipient]').nth(1).check()
    await page.click('#submitBtn')
    await page.waitForSelector('#token')
    assert.equal(await fits(), true)
    await accessible(page)
    await page.fill('#token', lastMessage('+15550000004'))
    await page.click('#submitBtn')
    await page.waitForSelector('#there')
  }
})
