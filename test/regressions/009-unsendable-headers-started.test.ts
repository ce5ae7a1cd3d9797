import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { test } from 'node:test'
import { StartRefusal } from '../../src/base/start-refusal.ts'
import { sendableCookie } from '../../src/http/index.ts'
import { warningCookie } from '../../src/sso/cookie.ts'
import { route, testApp } from '../http/http-parts.ts'
import { ssoSettings } from '../sso/sso-parts.ts'
import { runCastellan, writeConfiguration } from '../support/castellan.ts'

/** A header or a cookie that cannot be sent let the server start, and then each request ended in 500. */
const HEADERS: readonly (readonly [setting: string, value: unknown, named: string])[] = [
  ['customHeaders', { 'X-Note': '\u20ac' }, 'cas.http-web-request.custom-headers.X-Note'],
  ['customHeaders', { 'X Note': 'a' }, 'cas.http-web-request.custom-headers.X Note'],
  ['header.xframeOptions', 'DENY\u2014', 'cas.http-web-request.header.xframe-options'],
  ['header.xssOptions', '1\u0001', 'cas.http-web-request.header.xss-options'],
  ['header.hstsOptions', 'max-age=\u20ac', 'cas.http-web-request.header.hsts-options'],
  ['header.contentSecurityPolicy', 'default-src \u201cself\u201d', 'cas.http-web-request.header.content-security-policy'],
]

const refuses = (setting: string) => (error: unknown) => error instanceof StartRefusal && error.setting === setting

test('headers that no answer can carry stop the start', () => {
  for (const [setting, value, named] of HEADERS) {
    assert.throws(() => testApp([], { [`cas.httpWebRequest.${setting}`]: value }), refuses(named), named)
  }
})

test('cookies that no answer can carry stop the start', async () => {
  const cookie = { name: 'A', path: '/', domain: '', secure: true, httpOnly: true, sameSite: 'Lax' } as const
  assert.equal(sendableCookie(cookie, 'cas.tgc'), cookie)
  assert.throws(() => sendableCookie({ ...cookie, name: 'T G C' }, 'cas.tgc'), refuses('cas.tgc.name'))
  assert.throws(() => sendableCookie({ ...cookie, domain: 'example.org; Path=/x' }, 'cas.tgc'), refuses('cas.tgc.domain'))
  const warning = ssoSettings({ 'cas.warningCookie.path': '/cas;x' })
  assert.throws(() => warningCookie(warning, '/cas'), refuses('cas.warning-cookie.path'))
  const configDirectory = await writeConfiguration({ properties: { 'cas.locale.cookie.name': 'a=b' } })
  const { code, lines } = await runCastellan(['run', '--config-dir', configDirectory])
  await rm(configDirectory, { recursive: true })
  assert.equal(code, 78)
  assert.ok(lines.some((line) => line.level === 50 && line['key'] === 'cas.locale.cookie.name'))
})

/** Whatever ends like a static file was allowed into caches, error pages with a request number and a nonce too. */
test('an error is not to be kept, whatever its address ends with', async () => {
  const app = testApp([route('/login', (call) => call.text(''))])
  for (const path of ['/cas/nothing.css', '/cas/nothing.png', '/cas/nothing']) {
    const answer = await app.request(path)
    assert.equal(answer.status, 404)
    assert.match(answer.headers.get('cache-control') ?? '', /no-store/)
  }
})
