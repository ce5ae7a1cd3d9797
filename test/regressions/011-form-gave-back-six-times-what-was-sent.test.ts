import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrowserClient, loginUrl } from '../support/browser-client.ts'
import { startCastellan } from '../support/castellan.ts'

/** A user name of 650 KB of quotation marks came back as a page of four megabytes. */
test('a user name or a custom field that nobody has is not given back', async () => {
  await using cas = await startCastellan({ properties: { 'cas.view.custom-login-form-fields.phone.required': false } })
  const browser = new BrowserClient()
  const form = await browser.get(loginUrl(cas.url))
  const long = '"'.repeat(200_000)
  const page = await browser.submit(cas.url, form, { username: long, password: 'x', 'customFields[phone]': long })
  assert.equal(page.status, 401)
  assert.ok(page.body.length < 30_000, String(page.body.length))
  const usual = await browser.submit(cas.url, form, { username: 'a"b', password: 'x', 'customFields[phone]': '12' })
  assert.match(usual.body, /value="a&quot;b"[\s\S]* value="12"/)
})
