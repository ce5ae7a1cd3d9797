import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InterruptProps } from '../../src/views/index.ts'
import { samples } from './samples.ts'
import { context, interruptProps, openViews } from './world.ts'

const views = await openViews()
const page = (name: string, locale = 'en') => views.render(samples[name] as never, { ...context, locale }).html
const render = (over: Partial<InterruptProps>, locale = 'en') =>
  views.render({ id: 'interrupt/casInterruptView', props: { ...interruptProps, ...over } }, { ...context, locale }).html
const link = (text: string) => ({ text, address: `https://example.org/${encodeURIComponent(text)}` })

test('the page has what tools of CAS look for', () => {
  const html = page('interrupt')
  for (const piece of [
    '<title>CAS - Central Authentication Service Login</title>',
    /<h1[^>]*>Authentication Interrupt<\/h1>\n<p>The authentication flow has been interrupted/,
    /<form id="formlinks" method="post" action="login">\n<input type="hidden" name="execution" value="[^"]+">\n<input type="hidden" name="_eventId" value="redirect">\n<input type="hidden" name="link" id="linkToRedirect" value="">/,
    /<form id="fm1" name="fm1" method="post" action="login">\n<input type="hidden" name="execution" value="[^"]+">\n<input type="hidden" name="_eventId" value="proceed">/,
    /<button id="proceed" name="proceed" type="submit" accesskey="l"[^>]*>Proceed<\/button>/,
    '<td id="advisor">advisor</td><td id="advisor-value"><code>[First Advisor, Second Advisor]</code></td>',
    '<button type="submit" form="formlinks" name="link" value="https://www.example.org/continue" id="continue">',
  ]) {
    assert.ok(typeof piece === 'string' ? html.includes(piece) : piece.test(html), String(piece))
  }
  assert.doesNotMatch(html, /name="submit"|id="cancel"/)
})

test('a blocked page has no form to go on, only links and the way out', () => {
  const html = page('interrupt-blocked')
  assert.doesNotMatch(html, /id="fm1"|id="proceed"/)
  assert.match(html, /id="formlinks"/)
  assert.match(html, /role="alert"/)
  assert.match(html, /<a id="cancel" name="cancel" class="button" href="\/cas\/login">Cancel<\/a>/)
  assert.match(render({ blocked: true, signedOn: true }), /id="cancel"[^>]*>Proceed<\/a>/)
})

test('links keep their ids whatever they are called: letters and digits, numbered where two would be the same', () => {
  const html = render({ links: ['CAS Application', 'cas-application!', 'Proceed', 'Über uns', 'اتصل', 'اتصل بنا', 'content'].map(link) })
  const ids = [...html.matchAll(/name="link" value="[^"]*" id="([^"]*)"/g)].map(([, id]) => id)
  assert.deepEqual(ids, ['casapplication', 'casapplication-2', 'proceed-2', 'beruns', '-2', '-3', 'content-2'])
  const all = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id)
  assert.equal(new Set(all).size, all.length)
})

test('data cannot take the id of anything else, and is escaped', () => {
  const html = render({ data: { fm1: ['x'], 'two words': ['<b>'], ok: ['1', '2'] } })
  assert.equal(html.match(/id="fm1"/g)?.length, 1)
  assert.match(html, /<td>two words<\/td><td><code>\[&lt;b&gt;\]<\/code>/)
  assert.match(html, /<td id="ok">ok<\/td>/)
})

test('without a message there is no message line, links and table stay; without links their place stays', () => {
  const html = render({ links: [link('a')], data: { b: ['c'] } })
  assert.doesNotMatch(html, /interruptMessage/)
  assert.match(html, /id="attributesTable"[\s\S]*id="interruptLinks" class="links">\n<button/)
  assert.match(render({}), /<div id="interruptLinks" class="links"><\/div>/)
})

test('a text with paragraphs stands in a box, one without in a paragraph; a code shows the text of the bundle, an unknown one itself', () => {
  assert.match(render({ message: { text: '<p>a</p>', format: 'SAFE_HTML' } }), /<div id="interruptMessage"[^>]*><p>a<\/p><\/div>/)
  assert.match(render({ message: { text: '<b>a</b>', format: 'SAFE_HTML' } }), /<p id="interruptMessage"[^>]*><b>a<\/b><\/p>/)
  assert.match(render({ message: { code: 'screen.logout.header' } }, 'de'), /id="interruptMessage"[^>]*>Abmeldung/)
  assert.match(render({ message: { code: 'no.such.key' } }), /id="interruptMessage"[^>]*>no\.such\.key</)
})

test('a page that leads on names host and seconds in the language of the page, and works without script', () => {
  const at = (seconds: number, locale: string) =>
    render({ redirect: { href: 'https://next.example.org/a?b=1&c="', seconds }, links: [link('x')] }, locale)
  assert.match(
    at(8, 'en'),
    /<noscript><meta http-equiv="refresh" content="8;url=https:\/\/next\.example\.org\/a\?b=1&amp;c=&quot;"><\/noscript>/,
  )
  assert.match(at(8, 'en'), /taken to <strong><bdi>next\.example\.org<\/bdi><\/strong> in <strong><bdi id="secondsLeft">8 seconds<\/bdi>/)
  assert.match(at(1, 'de'), /In <strong><bdi id="secondsLeft">1 Sekunde<\/bdi>/)
  assert.match(at(8, 'fr'), /8\ssecondes/)
  assert.match(at(8, 'en'), /<form id="formstay"[\s\S]*name="_eventId" value="stay">[\s\S]*<button id="stay"/)
  assert.match(at(0, 'en'), /content="0;url=/)
  assert.doesNotMatch(at(0, 'en'), /secondsLeft|id="stay"/)
})
