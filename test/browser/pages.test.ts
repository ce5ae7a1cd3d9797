import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import { createRequire } from 'node:module'
import { after, test } from 'node:test'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { Env } from '../../src/http/index.ts'
import type { View } from '../../src/views/index.ts'
import { openBrowser } from '../support/browser.ts'
import { testCertificate } from '../support/certificates.ts'
import { samples } from '../views/samples.ts'
import { context, openViews } from '../views/world.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const views = await openViews()

/** Nothing but what the strict policy of the server allows. */
const POLICY =
  "default-src 'none'; script-src 'self' 'nonce-n0nce'; style-src 'self' 'nonce-n0nce'; img-src 'self' https: data:; font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
const AXE = '/cas/axe.js'
const POST: View = {
  id: 'protocol/casPostResponseView',
  props: { url: 'http://sso.example.org/cas/received?x=1', fields: [{ name: 'ticket', value: 'ST-1-abc' }] },
}

const app = new Hono<Env>().basePath('/cas')
for (const route of views.staticRoutes()) app.on(route.method, route.path, (call) => route.handle(call))
app.get('/page/:name', (call) => {
  const view = call.req.param('name') === 'post' ? POST : samples[call.req.param('name')]
  if (!view) return call.notFound()
  const { html } = views.render(view, {
    ...context,
    locale: call.req.query('locale') ?? 'en',
    here: `/cas/page/${call.req.param('name')}?a=1`,
  })
  return call.html(html, 200, { 'Content-Security-Policy': POLICY })
})
app.get('/axe.js', (call) => call.body(axe, 200, { 'Content-Type': 'text/javascript', 'Cache-Control': 'max-age=3600' }))
app.post('/page/login', async (call) => call.text(`sent ${new URLSearchParams((await call.req.parseBody()) as never)}`))
app.post('/received', async (call) => call.text(`received ${call.req.query('x')} ${(await call.req.parseBody())['ticket']}`))

/** What other servers answer: an empty picture. */
const PICTURE = Buffer.from('R0lGODlhAQABAAAAACw=', 'base64')

// Real servers, so that the browser keeps what it may keep: pages that are put into its hand one by one take five times as long.
const icon = (request: Request) => new URL(request.url).pathname === '/favicon.ico'
const pages = createServer(getRequestListener((request) => (icon(request) ? new Response(null, { status: 204 }) : app.fetch(request))))
using certificate = testCertificate()
const others = createSecureServer(
  { key: readFileSync(certificate.key), cert: readFileSync(certificate.certificate) },
  (_request, response) => void response.writeHead(200, { 'Content-Type': 'image/gif', 'Cache-Control': 'max-age=3600' }).end(PICTURE),
)
const browser: Browser = await openBrowser({ 'sso.example.org:80': await listening(pages), '*': await listening(others) })
after(async () => {
  await browser.close()
  for (const server of [pages, others]) {
    server.closeAllConnections()
    server.close()
  }
})

async function listening(server: Server | SecureServer): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `127.0.0.1:${address.port}`
}

interface Visit extends AsyncDisposable {
  readonly page: Page
  /** What the browser complained about: violations of the policy, errors of scripts. */
  readonly complaints: readonly string[]
  open(name: string, locale?: string): Promise<void>
}

async function visit(options: BrowserContextOptions = {}): Promise<Visit> {
  const browserContext = await browser.newContext({
    locale: 'en-GB',
    viewport: { width: 1280, height: 820 },
    ignoreHTTPSErrors: true,
    ...options,
  })
  const page = await browserContext.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || /Content Security Policy/.test(message.text())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  return {
    page,
    complaints,
    open: async (name, locale = 'en') => void (await page.goto(`http://sso.example.org/cas/page/${name}?locale=${locale}`)),
    [Symbol.asyncDispose]: () => browserContext.close(),
  }
}

/** Looks that show everything a page can have; the others differ in words only. */
const DISTINCT =
  'login-everything login-failed login-blank login-renew signed-in-applications interrupt interrupt-12-links interrupt-blocked interrupt-redirect interrupt-unread warn warnings service-unregistered throttled logout-confirm logout-propagation logout-onward oauth-approval device device-error device-confirm device-approved oauth-stale'.split(
    ' ',
  )

const EVERYTHING = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const COLOURS = ['cat.color']

/** Rules of axe that the page breaks. It is loaded as a script of the page's own server, which its policy allows and which the browser compiles once. */
async function broken(page: Page, tags: readonly string[] = EVERYTHING): Promise<readonly string[]> {
  if (!(await page.evaluate('"axe" in window'))) await page.addScriptTag({ url: AXE })
  return page.evaluate(`axe
    .run(document, { runOnly: ${JSON.stringify(tags)}, resultTypes: ['violations'] })
    .then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`)
}

/** What a reader sees of an element: upper case where the style sheet makes it so, nothing where it is hidden. */
const shown = (page: Page, selector = 'body'): Promise<string> =>
  page.evaluate(`document.querySelector(${JSON.stringify(selector)}).innerText.trim()`)

const focused = (page: Page): Promise<string> => page.evaluate('document.activeElement.id')

const overflow = (page: Page): Promise<number> =>
  page.evaluate('Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)')

const looks: readonly (readonly [string, BrowserContextOptions, string])[] = [
  ['light and dark', { colorScheme: 'light' }, 'en'],
  ['a phone of 360 pixels', { viewport: { width: 360, height: 740 }, colorScheme: 'light' }, 'de'],
  ['320 pixels, dark', { viewport: { width: 320, height: 600 }, colorScheme: 'dark' }, 'fr'],
  ['Arabic, from right to left', { colorScheme: 'light' }, 'ar'],
  ['Arabic on a phone, without a script', { viewport: { width: 360, height: 740 }, javaScriptEnabled: false }, 'ar'],
]

for (const [look, options, locale] of looks) {
  test(`every page is accessible, fits and breaks no policy: ${look}`, async () => {
    await using visitor = await visit(options)
    const thorough = new Set(look === 'light and dark' ? Object.keys(samples) : options.javaScriptEnabled === false ? [] : DISTINCT)
    for (const name of Object.keys(samples)) {
      await visitor.open(name, locale)
      assert.equal(await overflow(visitor.page), 0, `${name} is wider than the window`)
      if (thorough.has(name)) assert.deepEqual(await broken(visitor.page), [], name)
      if (look !== 'light and dark') continue
      // The same page in other colours, when none is on its way any more.
      await visitor.page.emulateMedia({ colorScheme: 'dark' })
      await visitor.page.evaluate('Promise.all(document.getAnimations().map(({ finished }) => finished)).then(() => undefined)')
      assert.deepEqual(await broken(visitor.page, COLOURS), [], `${name}, dark`)
      await visitor.page.emulateMedia({ colorScheme: 'light' })
    }
    assert.deepEqual(visitor.complaints, [])
  })
}

test('the check for accessibility would find something', async () => {
  await using visitor = await visit()
  await visitor.open('login')
  await visitor.page.evaluate(`document.querySelector('label[for=username]').remove()`)
  assert.match((await broken(visitor.page)).join(), /label/)
})

test('the page with an open language menu fits and is accessible', async () => {
  for (const [locale, width] of [
    ['en', 320],
    ['ar', 320],
    ['en', 1280],
    ['ar', 1280],
  ] as const) {
    await using visitor = await visit({ viewport: { width, height: 700 } })
    await visitor.open('login', locale)
    await visitor.page.locator('#languages summary').click()
    const box = await visitor.page.locator('#languages ul').boundingBox()
    assert.ok(box && box.x >= 0 && box.x + box.width <= width, `${locale} ${width}: ${JSON.stringify(box)}`)
    assert.equal(await overflow(visitor.page), 0)
    assert.deepEqual(await broken(visitor.page), [])
    await visitor.page.keyboard.press('Escape')
    assert.equal(await visitor.page.locator('#languages').getAttribute('open'), null)
  }
})

test('another language is one click away', async () => {
  await using visitor = await visit({ javaScriptEnabled: false })
  await visitor.open('login')
  await visitor.page.locator('#languages summary').click()
  await visitor.page.getByRole('link', { name: 'Deutsch' }).click()
  assert.match(visitor.page.url(), /\/cas\/page\/login\?a=1&locale=de$/)
  assert.equal(await visitor.page.locator('html').getAttribute('lang'), 'de')
  assert.equal(await shown(visitor.page, '#submitBtn'), 'ANMELDEN')
})

test('the first wrong field has the focus, else nothing has', async () => {
  for (const javaScriptEnabled of [true, false]) {
    await using visitor = await visit({ javaScriptEnabled })
    // The browser moves the focus with the first frame that it draws.
    await visitor.open('login-blank')
    await visitor.page.locator('#username:focus').waitFor()
    await visitor.open('login-failed')
    await visitor.page.locator('#password:focus').waitFor()
    await visitor.open('login')
    await visitor.page.screenshot()
    assert.equal(await focused(visitor.page), '')
  }
})

test('without a script the form is sent, a click on each option counts, and there is no button that would do nothing', async () => {
  await using visitor = await visit({ javaScriptEnabled: false })
  await visitor.open('login')
  const { page } = visitor
  assert.equal(await page.locator('.reveal-password').isVisible(), false)
  await page.fill('#username', 'student1')
  await page.fill('#password', 'Secret 1')
  await page.click('#rememberMeButton')
  await page.click('#warnButton')
  await page.click('#publicWorkstationButton')
  await page.evaluate(`document.querySelector('form').action = location.href`)
  await page.click('#submitBtn')
  const sent = new URLSearchParams((await shown(page)).replace('sent ', ''))
  assert.equal(sent.get('username'), 'student1')
  assert.equal(sent.get('password'), 'Secret 1')
  for (const option of ['rememberMe', 'warn', 'publicWorkstation']) assert.equal(sent.get(option), 'true')
  assert.equal(sent.get('_eventId'), 'submit')
})

test('with the script: a button shows the password, empty fields are named in the language of the page', async () => {
  await using visitor = await visit()
  await visitor.open('login', 'de')
  const { page } = visitor
  await page.fill('#password', 'geheim')
  await page.click('.reveal-password')
  assert.equal(await page.getAttribute('#password', 'type'), 'text')
  assert.equal(await page.getAttribute('.reveal-password', 'aria-pressed'), 'true')
  await page.click('.reveal-password')
  assert.equal(await page.getAttribute('#password', 'type'), 'password')
  await page.click('#submitBtn')
  assert.equal(await shown(page, '#usernameValidationMessage'), 'Geben Sie Ihren Benutzernamen ein.')
  assert.equal(await page.locator('#passwordValidationMessage').isVisible(), false)
  assert.equal(await focused(page), 'username')
  assert.equal(await page.getAttribute('#username', 'aria-invalid'), 'true')
  assert.deepEqual(await broken(page), [])
  assert.deepEqual(visitor.complaints, [])
})

test('with the script: a form is sent once, and the button is back after the Back button', async () => {
  await using visitor = await visit()
  await visitor.open('login')
  const { page } = visitor
  await page.fill('#username', 'student1')
  await page.fill('#password', 'Secret 1')
  await page.evaluate(`document.querySelector('form').addEventListener('submit', (event) => event.preventDefault())`)
  await page.click('#submitBtn')
  await page.locator('#submitBtn:disabled').waitFor()
  assert.equal(await shown(page, '#submitBtn'), 'ONE MOMENT PLEASE…')
  await page.evaluate(`void dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))`)
  assert.equal(await shown(page, '#submitBtn'), 'LOGIN')
  assert.equal(await page.locator('#submitBtn').isEnabled(), true)
})

test('with the script: Caps Lock is noticed', async () => {
  await using visitor = await visit()
  await visitor.open('login')
  const { page } = visitor
  const press = (on: boolean) =>
    page.evaluate(
      `void document.querySelector('#password').dispatchEvent(new KeyboardEvent('keydown', { key: 'a', modifierCapsLock: ${on}, bubbles: true }))`,
    )
  await press(true)
  assert.equal(await shown(page, '#capslock'), 'Caps Lock is on.')
  await press(false)
  assert.equal(await page.locator('#capslock').isVisible(), false)
})

test('with the script: times are those of the reader', async () => {
  await using visitor = await visit({ timezoneId: 'Asia/Tokyo' })
  await visitor.open('throttled')
  assert.equal(await shown(visitor.page, 'time'), '02:26')
  assert.equal(await visitor.page.locator('time').getAttribute('title'), '17:26 UTC')
})

test('the form with the ticket sends itself, and waits for a click where there are no scripts', async () => {
  await using visitor = await visit()
  await visitor.open('post')
  await visitor.page.waitForURL('**/received?x=1')
  assert.equal(await shown(visitor.page), 'received 1 ST-1-abc')
  assert.deepEqual(visitor.complaints, [])
  await using without = await visit({ javaScriptEnabled: false })
  await without.open('post', 'fr')
  await without.page.getByRole('button', { name: 'Continuer' }).click()
  assert.equal(await shown(without.page), 'received 1 ST-1-abc')
})

test('every control can be hit with a thumb', async () => {
  await using visitor = await visit({ viewport: { width: 360, height: 740 }, hasTouch: true })
  for (const name of [
    'login',
    'login-everything',
    'signed-in-applications',
    'warn',
    'interrupt',
    'interrupt-blocked',
    'interrupt-redirect',
    'interrupt-unread',
    'logout-confirm',
    'service-unregistered',
    'error-500',
    'oauth-approval',
    'device',
    'device-confirm',
    'device-approved',
    'oauth-stale',
  ]) {
    await visitor.open(name)
    const small = await visitor.page.evaluate(`
      [...document.querySelectorAll('a:not(.skip), button, summary, label.check, input:not([type=hidden], [type=checkbox], [type=radio])')]
        .filter((element) => element.checkVisibility())
        .filter((element) => element.getBoundingClientRect().height < 44 && !element.closest('li, p:not(.row, .actions)'))
        .map((element) => element.outerHTML)`)
    assert.deepEqual(small, [], name)
  }
})

test('colours of the system are respected', async () => {
  await using visitor = await visit({ forcedColors: 'active' })
  for (const name of ['login-failed', 'service-unregistered', 'signed-in-applications']) {
    await visitor.open(name)
    assert.equal(await overflow(visitor.page), 0)
    assert.deepEqual(await broken(visitor.page), [], name)
  }
})
