import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { openBrowser } from '../support/browser.ts'
import { applicationStub, brokenRules, there, visit } from '../support/browser-visit.ts'
import { definition, eventually, startCastellan } from '../support/castellan.ts'
import { httpStub } from '../support/http-stub.ts'

/** A login by name and code as a browser meets it: real server, real pages, an application and a provider of SMS on loopback. */
const application = await applicationStub()
const sms = await httpStub()
const cas = await startCastellan({
  properties: {
    'castellan.ticket-registry.store': 'memory',
    'cas.tgc.secure': false,
    'cas.authn.accept.users': '',
    'cas.ticket.tgt.remember-me.enabled': true,
    'cas.sms-provider.rest.url': `${sms.url}/sms`,
    'cas.authn.passwordless.accounts.simple.ada': '+15550000001',
    'cas.authn.passwordless.accounts.simple.keys': '+15550000002',
    'cas.authn.passwordless.accounts.simple.small': '+15550000003',
    'cas.authn.passwordless.tokens.sms.from': 'sso',
  },
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
const named = (user: string, options: BrowserContextOptions = {}) =>
  visit(browser, cas.url, { user, service: `${application.url}/start`, nameOnly: true, expected: /status of 401/, ...options })

const sentTo = (number: string) => sms.calls.filter(({ query }) => query.get('to') === number)
/** The code in the message after so many others. */
const codeTo = (number: string, others = 0) => eventually(`a code to ${number}`, () => sentTo(number)[others]?.body)
const accessible = async (page: Page) => assert.deepEqual(await brokenRules(page), [])

test('the name, the code from the message, and the way leads on; without scripts too', async () => {
  for (const [others, javaScriptEnabled] of [true, false].entries()) {
    await using visitor = await named('ada', { javaScriptEnabled })
    const { page } = visitor
    assert.equal(await page.locator('#login h3').textContent(), 'Enter the code we sent you')
    assert.match(String(await page.locator('#login p').first().textContent()), /^If ada may log in here, .* It is good for 3 minutes\.$/)
    await page.fill('#token', await codeTo('+15550000001', others))
    await page.click('#submitBtn')
    await page.waitForSelector('#there')
    assert.equal(await there(page), '/start ticket')
    assert.deepEqual(visitor.complaints, [])
  }
})

test('by keyboard alone: a wrong code is told, another one sent, another name given', async () => {
  await using visitor = await named('keys')
  const { page } = visitor
  const focused = () => page.evaluate('document.activeElement?.id')
  assert.equal(await focused(), 'token')
  const code = await codeTo('+15550000002')
  await page.keyboard.type(code === '00000000' ? '00000001' : '00000000')
  await page.keyboard.press('Enter')
  await page.waitForSelector('#loginErrorsPanel')
  assert.equal(await focused(), 'token')
  assert.equal(await page.locator('#token').getAttribute('aria-invalid'), 'true')
  await accessible(page)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  assert.equal(await focused(), 'resendButton')
  await page.keyboard.press('Enter')
  await page.waitForSelector('#sentAgain')
  await accessible(page)
  await page.click('#otherButton')
  await page.waitForSelector('#username')
  assert.equal(await page.locator('#password').count(), 0)
  await page.click('#submitBtn')
  // The browser itself asks for the field.
  assert.equal(await page.locator('#username:invalid').count(), 1)
  await page.fill('#username', 'keys')
  await page.check('#rememberMe')
  await page.click('#submitBtn')
  await page.waitForSelector('#token')
  await page.fill('#token', await codeTo('+15550000002', 2))
  await page.click('#submitBtn')
  await page.waitForSelector('#there')
  const [session] = (await page.context().cookies()).filter(({ name }) => name === 'TGC')
  assert.ok(session && session.expires > 0, 'remembered')
  assert.deepEqual(visitor.complaints, [])
})

test('on a phone nothing is wider than the screen, light and dark, in every language', async () => {
  for (const [colorScheme, locale] of [
    ['light', 'de-DE'],
    ['dark', 'ar'],
    ['light', 'fr'],
    ['dark', 'es'],
  ] as const) {
    await using visitor = await named('small', { viewport: { width: 320, height: 640 }, colorScheme, locale })
    const { page } = visitor
    const fits = () => page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')
    assert.equal(await page.locator('html').getAttribute('lang'), locale.slice(0, 2))
    assert.equal(await fits(), true)
    await accessible(page)
    await page.click('#otherButton')
    await page.waitForSelector('#username')
    assert.equal(await fits(), true)
    await accessible(page)
  }
})
