import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { openBrowser } from '../support/browser.ts'
import { applicationStub, brokenRules, there, visit } from '../support/browser-visit.ts'
import { definition, startCastellan } from '../support/castellan.ts'
import { httpStub } from '../support/http-stub.ts'

/** The page of a code as a browser meets it: real server, real page, an application and a provider of SMS on loopback. */
const application = await applicationStub()
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

/** A wrong code is a 401, which browsers mention. */
const login = (user: string, options: BrowserContextOptions = {}) =>
  visit(browser, cas.url, { user, service: `${application.url}/start`, expected: /status of 401/, ...options })

/** The text of the last message to a number: the code with its prefix, as nothing else is configured. */
const lastMessage = (number: string) => sms.calls.findLast(({ query }) => query.get('to') === number)?.body ?? ''
const wrongFor = (message: string) => (message.endsWith('000000') ? '000001' : '000000')

const accessible = async (page: Page) => assert.deepEqual(await brokenRules(page), [])

test('a code is pasted as it stands in the message, with its prefix, and the way leads on; without scripts too', async () => {
  for (const javaScriptEnabled of [true, false]) {
    await using visitor = await login('ada', { javaScriptEnabled })
    const { page } = visitor
    assert.equal(await page.locator('#login h3').textContent(), 'Enter the code we sent you')
    assert.match(String(await page.locator('#login p').first().textContent()), /\+15\*+0001\. It is good for 5 minutes\./)
    await page.fill('#token', lastMessage('+15550000001'))
    await page.click('#submitBtn')
    await page.waitForSelector('#there')
    assert.equal(await there(page), '/start ticket')
    assert.deepEqual(visitor.complaints, [])
  }
})

test('by keyboard alone: the field has the focus, a wrong code is told and the field has it again, then another code is sent', async () => {
  await using visitor = await login('keys')
  const { page } = visitor
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
  assert.deepEqual(visitor.complaints, [])
})

test('of several phones one is chosen; on a phone nothing is wider than the screen, light and dark', async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    await using visitor = await login('many', { viewport: { width: 320, height: 640 }, colorScheme })
    const { page } = visitor
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
