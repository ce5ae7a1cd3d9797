import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { openBrowser } from '../support/browser.ts'
import { applicationStub, brokenRules, there, visit } from '../support/browser-visit.ts'
import { definition, startCastellan } from '../support/castellan.ts'

/** Interrupts as a browser meets them: real server, real pages, an application and a place elsewhere on loopback. */
const application = await applicationStub()
const links = { 'Read the notice': `${application.url}/notice`, Other: `${application.url}/other` }
const cas = await startCastellan({
  properties: {
    'castellan.ticket-registry.store': 'memory',
    'cas.tgc.secure': false,
    'cas.interrupt.cookie.secure': false,
    'cas.authn.accept.users': 'noted::pw,blocked::pw,led::pw,ledAtOnce::pw,hostile::pw,raw::pw',
    'cas.interrupt.json.location': 'file:{dir}/interrupt.json',
  },
  files: {
    'interrupt.json': JSON.stringify({
      noted: { message: 'Read <strong>this</strong>.', links, interrupt: true, data: { room: ['R1'] } },
      blocked: { message: 'No.', links, interrupt: true, block: true },
      led: { message: 'Terms.', links, interrupt: true, autoRedirect: true, autoRedirectAfterSeconds: 1 },
      ledAtOnce: { message: 'Terms.', links, interrupt: true, autoRedirect: true },
      hostile: {
        message: '<b>x</b><script>window.hurt=1</script><img src="x" onerror="window.hurt=2"><svg onload="window.hurt=3"></svg>',
        links: { 'javascript:window.hurt=4': `${application.url}/notice` },
        interrupt: true,
      },
    }),
  },
  services: { 'Application-1.json': definition(1, `^${application.url.replaceAll('.', '\\.')}/.*`) },
})
const browser: Browser = await openBrowser()
after(async () => {
  await browser.close()
  await cas[Symbol.asyncDispose]()
  await application[Symbol.asyncDispose]()
})

const login = (user: string, options: BrowserContextOptions = {}) =>
  visit(browser, cas.url, { user, service: `${application.url}/app`, ...options })

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with' : 'without'
  test(`${how} script: proceed leads to the application, a link to its place, a blocked page to its link only`, async () => {
    await using noted = await login('noted', { javaScriptEnabled })
    await noted.page.locator('#interruptMessage strong').waitFor()
    if (javaScriptEnabled) {
      assert.deepEqual(await brokenRules(noted.page), [])
      assert.equal(await noted.page.evaluate('document.activeElement.tagName'), 'H1')
    }
    await noted.page.click('#proceed')
    assert.equal(await there(noted.page), '/app ticket')
    assert.deepEqual(noted.complaints, [])

    await using linked = await login('noted', { javaScriptEnabled })
    await linked.page.click('#readthenotice')
    assert.equal(await there(linked.page), '/notice ')

    await using blocked = await login('blocked', { javaScriptEnabled })
    assert.equal(await blocked.page.locator('#proceed').count(), 0)
    if (javaScriptEnabled) assert.deepEqual(await brokenRules(blocked.page), [])
    await blocked.page.click('#other')
    assert.equal(await there(blocked.page), '/other ')
    assert.deepEqual([...linked.complaints, ...blocked.complaints], [])
  })

  test(`${how} script: a page leads on after its seconds, or at once, unless one stays`, async () => {
    await using led = await login('led', { javaScriptEnabled })
    await led.page.locator('#stay').waitFor()
    assert.equal(await there(led.page), '/notice ')
    await using atOnce = await login('ledAtOnce', { javaScriptEnabled })
    assert.equal(await there(atOnce.page), '/notice ')

    await using stays = await login('led', { javaScriptEnabled })
    await stays.page.click('#stay')
    await stays.page.locator('#autoRedirect').waitFor({ state: 'detached' })
    await new Promise((resolve) => setTimeout(resolve, 1300))
    await stays.page.click('#proceed')
    assert.equal(await there(stays.page), '/app ticket')
    assert.deepEqual([...led.complaints, ...atOnce.complaints, ...stays.complaints], [])
  })
}

test('with the keyboard alone one reads, follows and goes on', async () => {
  await using visitor = await login('noted')
  const { page } = visitor
  await page.locator('#interruptMessage').waitFor()
  const passed: string[] = []
  for (let step = 0; step < 3; step++) {
    await page.keyboard.press('Tab')
    passed.push(String(await page.evaluate('document.activeElement.id')))
  }
  assert.deepEqual(passed, ['readthenotice', 'other', 'proceed'])
  await page.keyboard.press('Enter')
  assert.equal(await there(page), '/app ticket')
})

test('script of a payload does not run', async () => {
  await using visitor = await login('hostile')
  await visitor.page.locator('#interruptMessage b').waitFor()
  assert.equal(await visitor.page.evaluate('window.hurt'), undefined)
  await visitor.page.locator('#interruptLinks button').click()
  assert.equal(await there(visitor.page), '/notice ')
})

test('a tool that sets #linkToRedirect and submits the form by hand is led there', async () => {
  await using visitor = await login('noted')
  await visitor.page.locator('#interruptMessage').waitFor()
  await visitor.page.evaluate(`(() => {
    document.querySelector('#linkToRedirect').value = ${JSON.stringify(links.Other)}
    document.querySelector('#formlinks').submit()
  })()`)
  assert.equal(await there(visitor.page), '/other ')
})

test('the page fits a phone, in the dark and from right to left', async () => {
  for (const options of [
    { viewport: { width: 360, height: 740 } },
    { colorScheme: 'dark', viewport: { width: 320, height: 600 } },
    { locale: 'ar' },
    { locale: 'de-DE', forcedColors: 'active' },
  ] as const) {
    await using visitor = await login('noted', options)
    await visitor.page.locator('#interruptMessage').waitFor()
    assert.equal(await visitor.page.evaluate('Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)'), 0)
    assert.deepEqual(await brokenRules(visitor.page), [])
  }
})
