import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { httpStub } from './http-stub.ts'

/** A person at a browser of their own, who typed user name and password at the login page for an application. */
export interface Visit extends AsyncDisposable {
  readonly page: Page
  /** What the browser complained of: errors of scripts, and what the content security policy stopped. */
  readonly complaints: readonly string[]
}

export interface VisitOptions extends BrowserContextOptions {
  readonly user: string
  readonly service: string
  /** Where the form asks for the name alone. */
  readonly nameOnly?: boolean
  /** Complaints that the test expects, such as an answer 401. */
  readonly expected?: RegExp
}

/** Opens the login page of the server below `casUrl` and sends the password `pw`. */
export async function visit(
  browser: Browser,
  casUrl: string,
  { user, service, nameOnly = false, expected, ...options }: VisitOptions,
): Promise<Visit> {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 820 }, ...options })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    const text = message.text()
    if ((message.type() === 'error' && !expected?.test(text)) || /Content Security Policy/.test(text)) complaints.push(text)
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.goto(`${casUrl}/login?service=${encodeURIComponent(service)}`)
  await page.fill('#username', user)
  if (!nameOnly) await page.fill('#password', 'pw')
  await page.click('button[name=submitBtn]')
  return { page, complaints, [Symbol.asyncDispose]: () => context.close() }
}

/** An application on loopback whose only page says in `#there` which path and which parameters it was opened with. */
export const applicationStub = () =>
  httpStub((call, response) => {
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end(`<!doctype html><title>there</title><p id="there">${call.path} ${[...call.query.keys()]}</p>`)
  })

export const there = (page: Page) => page.locator('#there').textContent()

let axe: string | undefined

/** What axe-core finds wrong with a page, by the rules of WCAG 2.2 AA and of good practice; empty where it finds nothing. */
export async function brokenRules(page: Page): Promise<readonly string[]> {
  axe ??= readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  await page.evaluate(axe)
  return page.evaluate(`axe
    .run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
    .then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`)
}
