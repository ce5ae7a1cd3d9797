import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { openBrowser } from '../support/browser.ts'
import { type Castellan, definition, eventually, freePort, startCastellan } from '../support/castellan.ts'

/** The login as people see it, in Chromium, against the running server. */
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let cas: Castellan
let chromium: Browser
let server: string
let service: string

before(async () => {
  const [port, applicationPort] = [await freePort(), await freePort()]
  server = `http://localhost:${port}/cas`
  // Nothing listens there, `visit` answers in its place: what Chromium asks for is all that counts.
  service = `http://localhost:${applicationPort}/portal`
  cas = await startCastellan({
    properties: {
      'server.port': port,
      'cas.server.name': `http://localhost:${port}`,
      'cas.tgc.secure': false,
      'cas.warning-cookie.secure': false,
      'cas.authn.accept.users': 'student1::pw',
      'cas.authn.attribute-repository.stub.attributes.displayName': 'First Student',
      'cas.ticket.tgt.remember-me.enabled': true,
      'cas.logout.confirm-logout': false,
    },
    services: {
      'Portal-1.json': definition(1, `^http://localhost:${applicationPort}/.*`, {
        name: 'Portal',
        description: 'Timetables, marks and forms',
        informationUrl: 'https://www.example.org/portal',
        privacyUrl: 'https://www.example.org/privacy',
      }),
    },
  })
  chromium = await openBrowser()
})
after(async () => {
  await chromium?.close()
  await cas?.[Symbol.asyncDispose]()
})

/** A fresh profile; it fails the test when the page broke its own content security policy or a script threw. */
async function visit(act: (page: Page, context: BrowserContext) => Promise<void>, options: BrowserContextOptions = {}): Promise<void> {
  const context = await chromium.newContext({ locale: 'en-GB', ...options })
  await context.route(
    (url) => url.href.startsWith(service),
    (route) => route.fulfill({ contentType: 'text/html', body: '<title>Portal</title>' }),
  )
  const complaints: string[] = []
  const page = await context.newPage()
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    // A page that refuses has the status of an error, which Chromium reports in the console.
    if (message.type() === 'error' && !/status of (401|403|404)/.test(message.text())) complaints.push(message.text())
  })
  try {
    await act(page, context)
  } finally {
    await context.close()
  }
  assert.deepEqual(complaints, [])
}

const login = (parameters = '') => `${server}/login${parameters}`
const withService = () => login(`?service=${encodeURIComponent(service)}`)

async function logIn(page: Page, password = 'pw'): Promise<void> {
  await page.fill('#username', 'student1')
  await page.fill('#password', password)
  await page.click('button[name=submitBtn]')
}

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string }[]
}

/** What axe-core finds on the page, in short. */
async function complaintsOfAxe(page: Page): Promise<readonly string[]> {
  // Through the debugger: the policy of the page forbids foreign scripts.
  await page.evaluate(axe)
  const violations = (await page.evaluate('axe.run().then(({ violations }) => violations)')) as readonly Violation[]
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)
}

/** As it is rendered: tests written for CAS read the capitals that the style sheet makes. */
// biome-ignore lint/performance/useDomNodeTextContent: the rendered text is what is asked for
const buttonText = async (page: Page) => (await page.innerText('button[name=submitBtn]')).trim()

/** Sideways scrolling is what a narrow screen must not need. */
const overflow = (page: Page) =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth') as Promise<number>

test('a person logs in for an application and arrives there with a ticket', () =>
  visit(async (page) => {
    await page.goto(withService())
    assert.equal(await page.title(), 'CAS - Central Authentication Service Login')
    assert.equal((await page.textContent('#serviceUIMetadataDisplayName'))?.trim(), 'Portal')
    const arrived = page.waitForRequest((request) => request.url().startsWith(service))
    await logIn(page)
    assert.match((await arrived).url(), /\/portal\?ticket=ST-/)
  }))

test('a wrong password is told, the user name stays, the second try succeeds; the button says that it works', () =>
  visit(async (page) => {
    await page.goto(login())
    await logIn(page, 'wrong')
    await page.waitForSelector('#loginErrorsPanel p')
    assert.match((await page.textContent('#loginErrorsPanel p')) ?? '', /^\s*Authentication attempt has failed/)
    assert.equal(await page.inputValue('#username'), 'student1')
    assert.equal(await page.inputValue('#password'), '')
    await page.fill('#password', 'pw')
    await page.press('#password', 'Enter')
    await page.waitForSelector('#principalId', { state: 'attached' })
    assert.match(await page.title(), /Log In Successful$/)
    assert.equal(await page.textContent('#principalId'), 'student1')
  }))

test('the keyboard alone is enough', () =>
  visit(async (page) => {
    await page.goto(login())
    await page.focus('#username')
    await page.keyboard.type('student1')
    await page.keyboard.press('Tab')
    await page.keyboard.type('pw')
    await page.keyboard.press('Enter')
    await page.waitForSelector('#principalId', { state: 'attached' })
  }))

test('the password can be shown and hidden', () =>
  visit(async (page) => {
    await page.goto(login())
    await page.fill('#password', 'pw')
    assert.equal(await page.getAttribute('#password', 'type'), 'password')
    await page.click('.reveal-password')
    assert.equal(await page.getAttribute('#password', 'type'), 'text')
    await page.click('.reveal-password')
    assert.equal(await page.getAttribute('#password', 'type'), 'password')
  }))

test('logout ends the session and says so', () =>
  visit(async (page, context) => {
    await page.goto(login())
    await logIn(page)
    await page.waitForSelector('#principalId', { state: 'attached' })
    assert.ok((await context.cookies()).some(({ name }) => name === 'TGC'))
    await page.click('a[href*="logout"]')
    await page.waitForSelector('#logoutMessage')
    assert.ok(!(await context.cookies()).some(({ name }) => name === 'TGC'))
    await page.goto(login())
    await page.waitForSelector('#fm1')
  }))

test('the remember-me switch is off, a click turns it on, and the session lasts', () =>
  visit(async (page, context) => {
    await page.goto(login())
    await page.click('#rememberMeButton')
    await logIn(page)
    await page.waitForSelector('#principalId', { state: 'attached' })
    const cookie = (await context.cookies()).find(({ name }) => name === 'TGC')
    assert.ok(cookie && cookie.expires > Date.now() / 1000 + 86_400 * 13)
  }))

test('the language is chosen by the browser, changed on the page and kept; Arabic runs from right to left', () =>
  visit(
    async (page) => {
      await page.goto(login())
      assert.equal(await page.getAttribute('html', 'lang'), 'de')
      assert.equal(await buttonText(page), 'ANMELDEN')
      await page.goto(login('?locale=ar'))
      assert.equal(await page.getAttribute('html', 'dir'), 'rtl')
      await page.goto(login())
      assert.equal(await page.getAttribute('html', 'lang'), 'ar')
      await page.goto(login('?locale=fr'))
      assert.equal(await buttonText(page), 'SE CONNECTER')
    },
    { locale: 'de-AT' },
  ))

test('dark and light follow the system', async () => {
  const ground = async (colorScheme: 'dark' | 'light') => {
    let colour = ''
    await visit(
      async (page) => {
        await page.goto(login())
        colour = (await page.evaluate('getComputedStyle(document.body).backgroundColor')) as string
      },
      { colorScheme },
    )
    return colour
  }
  assert.notEqual(await ground('dark'), await ground('light'))
})

test('360 pixels are wide enough for every page, in German too, and for fingers', () =>
  visit(
    async (page) => {
      for (const locale of ['en', 'de', 'ar']) {
        await page.goto(login(`?locale=${locale}&service=${encodeURIComponent(service)}`))
        assert.equal(await overflow(page), 0, locale)
        const box = await page.locator('button[name=submitBtn]').boundingBox()
        assert.ok(box && box.height >= 44, `${box?.height}`)
      }
      await page.goto(login('?locale=de'))
      await logIn(page, 'wrong')
      await page.waitForSelector('#loginErrorsPanel')
      assert.equal(await overflow(page), 0)
      await logIn(page)
      await page.waitForSelector('#principalId', { state: 'attached' })
      assert.equal(await overflow(page), 0)
      await page.goto(login(`?service=${encodeURIComponent('https://unknown.example.org/')}`))
      assert.equal(await overflow(page), 0)
    },
    { viewport: { width: 360, height: 740 } },
  ))

test('everything works without JavaScript: login, error, ticket by form, logout', () =>
  visit(
    async (page) => {
      await page.goto(login())
      await logIn(page, 'wrong')
      await page.waitForSelector('#loginErrorsPanel')
      await logIn(page)
      await page.waitForSelector('#principalId', { state: 'attached' })
      await page.goto(login(`?method=POST&service=${encodeURIComponent(service)}`))
      const arrived = page.waitForRequest((request) => request.url().startsWith(service))
      await page.click('button[type=submit]')
      assert.match((await arrived).postData() ?? '', /^ticket=ST-/)
      await page.goto(`${server}/logout`)
      await page.waitForSelector('#logoutMessage')
    },
    { javaScriptEnabled: false },
  ))

test('with JavaScript the form with the ticket sends itself', () =>
  visit(async (page) => {
    await page.goto(login())
    await logIn(page)
    await page.waitForSelector('#principalId', { state: 'attached' })
    const arrived = page.waitForRequest((request) => request.url().startsWith(service))
    await page.goto(login(`?method=POST&service=${encodeURIComponent(service)}`))
    assert.match((await arrived).postData() ?? '', /^ticket=ST-/)
  }))

test('the login page is light: nothing from other hosts, at most 50 KB in all', () =>
  visit(async (page) => {
    let bytes = 0
    const foreign: string[] = []
    page.on('response', async (response) => {
      if (!response.url().startsWith(server)) foreign.push(response.url())
      bytes += (await response.body().catch(() => Buffer.alloc(0))).length
    })
    await page.goto(withService(), { waitUntil: 'networkidle' })
    assert.deepEqual(foreign, [])
    assert.ok(bytes > 1000 && bytes < 50_000, `${bytes} bytes`)
  }))

test('a frame of another page may not show the login', () =>
  visit(async (page) => {
    const answer = await page.goto(login())
    assert.equal(answer?.headers()['x-frame-options'], 'DENY')
    assert.match(answer?.headers()['content-security-policy'] ?? '', /frame-ancestors 'none'/)
  }))

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe-core finds nothing on any page, ${colorScheme}`, () =>
    visit(
      async (page) => {
        const look = async (what: string) => assert.deepEqual(await complaintsOfAxe(page), [], what)
        await page.goto(withService())
        await look('the form')
        await logIn(page, 'wrong')
        await page.waitForSelector('#loginErrorsPanel')
        await look('the form with an error')
        await page.goto(login(`?service=${encodeURIComponent('https://unknown.example.org/')}`))
        await look('the refusal')
        await page.goto(login('?locale=ar'))
        await look('Arabic')
        await page.goto(login('?locale=en'))
        await logIn(page)
        await page.waitForSelector('#principalId', { state: 'attached' })
        await look('the success page')
        await page.goto(login(`?renew=true&service=${encodeURIComponent(service)}`))
        await look('the form with a session')
        await page.goto(`${server}/no-such-page`)
        await look('an error page')
        await page.goto(`${server}/logout`)
        await look('the logout page')
      },
      { colorScheme },
    ))
}

test('a person sees each change of a definition: added, changed, broken, disabled, deleted', () =>
  visit(async (page) => {
    const file = join(cas.servicesDirectory, 'New-7.json')
    const address = 'https://new.example.org/app'
    const define = (more: object) => JSON.stringify(definition(7, '^https://new\\.example\\.org/.*', { name: 'New', ...more }))
    const shown = async () => {
      await page.goto(login(`?service=${encodeURIComponent(address)}`))
      const name = page.locator('#serviceUIMetadataDisplayName')
      return ((await name.count()) > 0 ? await name.textContent() : await page.textContent('#content h2'))?.trim()
    }
    const becomes = (text: string) => eventually(text, async () => (await shown()) === text || undefined)
    const refusal = 'Application Not Authorized to Use CAS'
    assert.equal(await shown(), refusal)
    writeFileSync(file, define({}))
    await becomes('New')
    writeFileSync(file, define({ name: 'Newer' }))
    await becomes('Newer')
    writeFileSync(file, '{ "@class": ')
    await cas.logged(({ level, file: named }) => level >= 50 && named === file, 30_000)
    assert.equal(await shown(), 'Newer')
    const disabled = { '@class': 'org.apereo.cas.services.DefaultRegisteredServiceAccessStrategy', enabled: false }
    writeFileSync(file, define({ accessStrategy: disabled }))
    await becomes(refusal)
    writeFileSync(file, define({ name: 'Back' }))
    await becomes('Back')
    rmSync(file)
    await becomes(refusal)
  }))
