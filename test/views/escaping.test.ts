import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { View } from '../../src/views/index.ts'
import { destination, imageSource, webLink } from '../../src/views/links.ts'
import { samples } from './samples.ts'
import { application, context, loginProps, openViews } from './world.ts'

const views = await openViews()
const HOSTILE = `"'><script>alert(1)</script><img src=x onerror=alert(1)>`
const render = (view: View): string => views.render(view, context).html

/** The same value in the place of every text; addresses that are looked at by their scheme get one appended. */
function poisoned(value: unknown, name = ''): unknown {
  if (typeof value === 'string')
    return /^https?:/.test(value)
      ? `${value}${HOSTILE}`
      : name === 'key' || name === 'format' || name === 'message' || name === 'heading'
        ? value
        : HOSTILE
  if (Array.isArray(value)) return value.map((one) => poisoned(one))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, one]) => [key, poisoned(one, key)])
  return Object.fromEntries(name.endsWith('Attributes') ? [...entries, [HOSTILE, [HOSTILE]]] : entries)
}

test('no page lets a hostile value become markup', () => {
  for (const [name, view] of Object.entries(samples)) {
    const html = render({ id: view.id, props: poisoned(view.props) } as View)
    assert.ok(!html.includes('<script>'), name)
    assert.ok(!html.includes('<img src=x'), name)
    assert.doesNotMatch(html, /=""'/, name)
  }
})

test('the form that hands over a ticket escapes names and values', () => {
  const html = render({
    id: 'protocol/casPostResponseView',
    props: { url: `https://app.example.org/?a=${encodeURIComponent(HOSTILE)}&b='"`, fields: [{ name: HOSTILE, value: HOSTILE }] },
  })
  assert.equal(html.match(/<script/g)?.length, 1)
  assert.ok(!html.includes('<img'))
})

test('a request number, a nonce and a query are escaped like everything else', () => {
  const { html } = views.render(samples['error-404'] as View, { ...context, requestId: HOSTILE, here: `/cas/login?${HOSTILE}` })
  assert.ok(!html.includes('<script>'))
})

test('a message key that nobody knows is shown escaped', () => {
  const html = render({ id: 'login/casLoginView', props: { ...loginProps, errors: [{ key: '<b>unknown</b>' }] } })
  assert.ok(html.includes('&lt;b&gt;unknown&lt;/b&gt;'))
})

test('arguments of messages are escaped, the message itself may be HTML', () => {
  const html = render({
    id: 'login/casLoginView',
    props: { ...loginProps, existingSession: { principalId: '<i>x</i>' }, application: { ...application, name: '<u>y</u>' } },
  })
  assert.ok(html.includes('Welcome back, <bdi>&lt;i&gt;x&lt;/i&gt;</bdi>.'))
  assert.ok(html.includes('&lt;u&gt;y&lt;/u&gt;'))
})

test('addresses that run something are dropped', () => {
  const bad = [
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,<script>',
    'vbscript:x',
    '//evil.example',
    '',
    'http://',
  ]
  for (const address of bad) {
    assert.equal(webLink(address), undefined, address)
    assert.equal(destination(address), undefined, address)
    const html = render({
      id: 'login/casLoginView',
      props: { ...loginProps, application: { ...application, informationUrl: address, privacyUrl: address, logo: address } },
    })
    assert.ok(!html.includes('serviceUIMetadataInformationUrl') && !html.includes('serviceUIMetadataPrivacyUrl'), address)
    assert.ok(!html.includes('serviceUIMetadataLogo'), address)
    const refusal: View = { id: 'error/casServiceErrorView', props: { message: 'x', reason: 'x', service: address, redirectUrl: address } }
    assert.deepEqual(views.render(refusal, context).headers, {}, address)
    assert.ok(!render({ id: 'logout/casLogoutView', props: { redirectUrl: address } }).includes('logoutRedirectButton'), address)
  }
})

test('an application on the device may be led to, but is no web link', () => {
  assert.equal(destination('com.example.app:/done'), 'com.example.app:/done')
  assert.equal(webLink('com.example.app:/done'), undefined)
})

test('a logo is a picture over https, in the definition itself, or on this server', () => {
  assert.equal(imageSource('https://app.example.org/logo.png', '/cas'), 'https://app.example.org/logo.png')
  assert.equal(imageSource('/themes/a/logo.png', '/cas'), '/cas/themes/a/logo.png')
  assert.equal(imageSource('images/logo.png', '/cas'), '/cas/images/logo.png')
  assert.equal(imageSource('data:image/png;base64,AAAA', '/cas'), 'data:image/png;base64,AAAA')
  for (const bad of ['http://app.example.org/logo.png', 'data:text/html,x', '/\\evil.example/x', '../../x', 'javascript:x']) {
    assert.equal(imageSource(bad, '/cas'), undefined, bad)
  }
})

test('a refresh header cannot be split or led astray', () => {
  const view: View = {
    id: 'error/casServiceErrorView',
    props: { message: 'x', reason: 'x', service: '', redirectUrl: 'https://www.example.org/ä;url=https://evil.example/' },
  }
  assert.equal(views.render(view, context).headers['Refresh'], '3; url=https://www.example.org/%C3%A4;url=https://evil.example/')
  const split: View = { ...view, props: { ...view.props, redirectUrl: 'https://www.example.org/\r\nSet-Cookie: a=b' } }
  assert.deepEqual(views.render(split, context).headers, {})
})
