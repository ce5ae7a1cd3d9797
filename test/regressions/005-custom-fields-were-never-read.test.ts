import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrowserClient, loginUrl } from '../support/browser-client.ts'
import { startCastellan } from '../support/castellan.ts'

/** The form sent `customFields[phone]`, the server looked for `phone-customField`: with a required field of their own nobody could log in. */
test('a required custom field is taken under the name that the form sends, and under its id', async () => {
  await using cas = await startCastellan({
    properties: { 'cas.authn.accept.users': 'student1::pw', 'cas.view.custom-login-form-fields.phone.required': true },
  })
  const form = await new BrowserClient().get(loginUrl(cas.url))
  const name = /<input id="phone-customField" name="([^"]+)"/.exec(form.body)?.[1] ?? ''
  for (const field of [name, 'phone-customField']) {
    const browser = new BrowserClient()
    assert.equal((await browser.login(cas.url, 'student1', 'pw', { [field]: '12' })).status, 200)
    assert.ok(browser.cookie('TGC'), field)
  }
  const browser = new BrowserClient()
  const wrong = await browser.login(cas.url, 'student1', 'wrong', { [name]: '"><b>' })
  assert.match(wrong.body, /name="customFields\[phone\]" type="text" value="&quot;&gt;&lt;b&gt;"/)
  await browser.login(cas.url, 'student1', 'pw', { [name]: ' ' })
  assert.equal(browser.cookie('TGC'), undefined)
})
