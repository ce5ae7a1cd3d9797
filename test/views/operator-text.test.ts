import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inLanguage, operatorMarkup } from '../../src/views/operator-text.ts'
import { processorMs } from '../support/processor-time.ts'

const safe = (text: string) => operatorMarkup(text, 'SAFE_HTML').markup.toString()

test('what operators write in messages stays', () => {
  for (const text of [
    '<strong>x</strong> <em>y</em> <a href="https://example.org/?a=1&amp;b=2" title="t">z</a>',
    '<ul class="plain"><li>one</li><li lang="de" dir="ltr">zwei</li></ul>',
    '<table><thead><tr><th scope="col" colspan="2">h</th></tr></thead><tbody><tr><td rowspan="2">d</td></tr></tbody></table>',
    '<h2>a</h2><blockquote>b</blockquote><pre><code>c</code></pre><small>d</small><sub>e</sub><sup>f</sup>',
    '<a href="mailto:desk@example.org">mail</a> <a href="/cas/logout">here</a>',
    'Tom &amp; Jerry &lt;3',
  ]) {
    assert.equal(safe(text), text)
  }
  assert.equal(safe('a<br>b<hr>'), 'a<br />b<hr />')
  assert.equal(safe('<img src="https://example.org/a.png" alt="x" width="3">'), '<img src="https://example.org/a.png" alt="x" width="3" />')
  assert.equal(safe('<img src="data:image/png;base64,AAAA">'), '<img src="data:image/png;base64,AAAA" />')
})

test('a link into a new window cannot reach back', () => {
  assert.equal(
    safe('<a href="https://x.org" target="_blank">a</a>'),
    '<a href="https://x.org" target="_blank" rel="noopener noreferrer">a</a>',
  )
  assert.equal(safe('<a href="https://x.org" target="top" rel="opener">a</a>'), '<a href="https://x.org">a</a>')
})

test('what runs, loads or disguises is dropped, with its content where that is code', () => {
  const hostile: readonly (readonly [string, string])[] = [
    ['a<script>alert(1)</script>b', 'ab'],
    ['a<style>*{display:none}</style>b', 'ab'],
    ['a<iframe src="https://x.org">c</iframe>b', 'ab'],
    ['a<svg onload=alert(1)><b>c</b></svg>b', 'ab'],
    ['a<math><mtext>c</mtext></math>b', 'ab'],
    ['a<form action="https://evil.example"><b>c</b></form>b', 'ab'],
    ['a<noscript><p title="</noscript><img src=x onerror=alert(1)>">', 'a'],
    ['<section onclick="alert(1)">c</section>', 'c'],
    ['<b onclick="alert(1)" style="color:red" id="fm1">c</b>', '<b>c</b>'],
    ['<a href="javascript:alert(1)">c</a>', '<a>c</a>'],
    ['<a href=" jAvA&#x09;script:alert(1)">c</a>', '<a>c</a>'],
    ['<a href="data:text/html,x">c</a>', '<a>c</a>'],
    ['<a href="//evil.example/">c</a>', '<a>c</a>'],
    ['<img src="javascript:alert(1)">', ''],
    ['<img src="http://x.org/a.png">', ''],
    ['<img src="data:image/svg+xml,<svg onload=alert(1)>">', ''],
    ['<img src=x onerror=alert(1)>', '<img src="x" />'],
    ['<<b>script>alert(1)', '&lt;<b>script&gt;alert(1)</b>'],
    ['<!-- <b>c</b> -->d', 'd'],
  ]
  for (const [text, expected] of hostile) assert.equal(safe(text), expected, text)
})

test('the usual tricks against sanitizers leave nothing that runs', () => {
  for (const text of [
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    '<a href="https://x.org" title="&quot;><img src=1 onerror=alert(1)>">c</a>',
    '<template><script>alert(1)</script></template>',
    '<xmp><p title="</xmp><img src=1 onerror=alert(1)>">',
    '<plaintext><script>alert(1)',
    '<textarea><b title="</textarea><script>alert(1)</script>">',
    '<scr<script>ipt>alert(1)</scr</script>ipt>',
  ]) {
    // Beyond quotes of attributes nothing may be a handler, a script or a foreign element.
    const outside = safe(text).replace(/="[^"]*"/g, '=""')
    assert.doesNotMatch(outside, /<script|<svg|<math|<style|\son[a-z]+=/i, text)
  }
})

test('a hostile message costs little time', async () => {
  const spent = await processorMs(() => {
    for (const text of ['<b>'.repeat(6000), `<a href="${'x'.repeat(20_000)}`, '<'.repeat(20_000), '&#'.repeat(10_000), '<a '.repeat(6000)])
      safe(text)
    for (const text of ['*'.repeat(20_000), '['.repeat(20_000), '_a'.repeat(10_000), '> '.repeat(9000), '|a'.repeat(9000)])
      operatorMarkup(text, 'MARKDOWN')
  })
  // A tenth of this is usual; a cost that grows with the square of the length is a hundred times as much.
  assert.ok(spent < 3_000)
})

test('Markdown has no HTML of its own and is sanitised like HTML', () => {
  const { markup, hasBlocks } = operatorMarkup('Hi **x** <b>raw</b> [a](javascript:alert(1)) [b](https://x.org)\n\n- one', 'MARKDOWN')
  assert.equal(
    markup.toString(),
    '<p>Hi <strong>x</strong> &lt;b&gt;raw&lt;/b&gt; [a](javascript:alert(1)) <a href="https://x.org">b</a></p>\n<ul>\n<li>one</li>\n</ul>',
  )
  assert.equal(hasBlocks, true)
})

test('plain text is escaped and keeps its lines; raw HTML stays as it is', () => {
  assert.equal(operatorMarkup('<b>a</b>\nb & c', 'TEXT').markup.toString(), '&lt;b&gt;a&lt;/b&gt;<br>b &amp; c')
  assert.equal(operatorMarkup('<b onclick="x">a</b>', 'RAW_HTML').markup.toString(), '<b onclick="x">a</b>')
})

test('the text of the language of the page is taken, else that without a country, the default, the first', () => {
  const texts = { fr_CA: 'a', fr: 'b', default: 'c', de: 'd' }
  assert.equal(inLanguage(texts, 'fr_CA'), 'a')
  assert.equal(inLanguage(texts, 'fr_BE'), 'b')
  assert.equal(inLanguage(texts, 'es'), 'c')
  assert.equal(inLanguage({ de: 'd', fr: 'b' }, 'es'), 'd')
  assert.equal(inLanguage('x', 'es'), 'x')
})
