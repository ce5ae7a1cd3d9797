import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { openBrowser } from '../support/browser.ts'
import { brokenRules } from '../support/browser-visit.ts'
import { definition, startCastellan } from '../support/castellan.ts'

/** The console as an operator meets it: real server, real pages, no script. */
const cas = await startCastellan({
  properties: {
    'CasFeatureModule.Palantir.enabled': true,
    'castellan.ticket-registry.store': 'memory',
    'spring.security.user.name': 'ops',
    'spring.security.user.password': 's3cret',
    'management.endpoints.access.default': 'UNRESTRICTED',
    'management.endpoints.web.exposure.include': '*',
    'management.endpoint.health.show-components': 'always',
    'cas.monitor.endpoints.endpoint.defaults.access': 'AUTHENTICATED',
    'cas.authn.oauth.code.number-of-use': 1,
  },
  services: {
    'Records-1.json': definition(1, '^https://records\\.example\\.org/.*', { name: 'Student Records' }),
    'Everything-2.json': definition(2, '^https://.*\\.example\\.org/.*', { name: 'Everything', evaluationOrder: 900 }),
    'Summer-3.json': definition(3, '^https://summer\\.example\\.org/.*', {
      name: 'Summer School',
      expirationPolicy: {
        '@class': 'org.apereo.cas.services.DefaultRegisteredServiceExpirationPolicy',
        expirationDate: '2020-01-01',
      },
    }),
    'Broken-4.json': '{ "@class": "org.ap',
  },
})
const browser: Browser = await openBrowser()
after(async () => {
  await browser.close()
  await cas[Symbol.asyncDispose]()
})

/** A browser, and what its pages complained about. */
async function visitor(options: BrowserContextOptions = {}) {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  const complaints: string[] = []
  page.on('console', (message) => {
    if (!/status of 4\d\d/.test(message.text())) complaints.push(message.text())
  })
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() }
}

async function logIn(page: Page): Promise<void> {
  await page.goto(`${cas.url}/admin`)
  await page.getByLabel('Username').fill('ops')
  await page.getByLabel('Password').fill('s3cret')
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
}

test('an operator without scripts logs in, finds which definition takes an address, changes it, and leaves [AU9]', async () => {
  await using visit = await visitor({ javaScriptEnabled: false })
  const { page, complaints } = visit
  await page.goto(`${cas.url}/palantir`)
  await page.getByLabel('Username').fill('ops')
  await page.getByLabel('Password').fill('guess')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').waitFor()
  assert.match((await page.getByRole('alert').textContent()) ?? '', /Username or password is not right/)
  await logIn(page)
  const attention = (await page.getByRole('list').last().textContent()) ?? ''
  for (const sentence of [/mistake/, /ended/, /nobody knows/]) assert.match(attention, sentence)

  await page.getByRole('link', { name: 'Services', exact: true }).click()
  await page.getByLabel('Name, file, pattern').fill('https://records.example.org/grades?term=1')
  await page.keyboard.press('Enter')
  await page.getByText('takes this address.').waitFor()
  const rows = await page.getByRole('row').allTextContents()
  assert.match(rows[1] ?? '', /Student Records.*takes it/)
  assert.match(rows[2] ?? '', /Everything.*comes later/)

  await page.getByRole('link', { name: 'Student Records' }).first().click()
  await page.getByRole('link', { name: 'Edit' }).click()
  const text = await page.getByLabel('Definition').inputValue()
  await page.getByLabel('Definition').fill(text.replace('Student Records', 'Records of students'))
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name: 'Records of students', level: 1 }).waitFor()

  await page.getByRole('button', { name: 'Log out' }).click()
  await page.getByLabel('Username').waitFor()
  await page.goBack()
  await page.goto(`${cas.url}/admin/services`)
  await page.getByLabel('Username').waitFor()
  assert.deepEqual(complaints, [])
})

const PAGES =
  '/admin /admin/services /admin/services?state=refused /admin/services?q=https://x.example.org/ /admin/services/2 /admin/services/2/edit /admin/services/new /admin/sessions'.split(
    ' ',
  )
for (const [look, options] of [
  ['light', { colorScheme: 'light' }],
  ['a phone of 320 pixels, dark', { viewport: { width: 320, height: 600 }, colorScheme: 'dark' }],
] as const satisfies readonly (readonly [string, BrowserContextOptions])[]) {
  test(`every page of the console can be used by everybody: ${look}`, async () => {
    await using visit = await visitor(options)
    const { page, complaints } = visit
    const check = async (path: string) => {
      assert.deepEqual(await brokenRules(page), [], path)
      const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
      assert.ok(Number(overflow) <= 0, `${path} is ${overflow} pixels too wide`)
    }
    await page.goto(`${cas.url}/admin/login`)
    await check('/admin/login')
    await logIn(page)
    for (const path of PAGES) {
      await page.goto(cas.url + path)
      await check(path)
    }
    assert.deepEqual(complaints, [])
  })
}
