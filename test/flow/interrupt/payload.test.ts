import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linkTarget } from '../../../src/flow/steps/interrupt/link.ts'
import { DEFAULT_MESSAGE, type InterruptPayload, payloadDigest, readPayload } from '../../../src/flow/steps/interrupt/payload.ts'

const rules = { linkSchemes: new Set(['https', 'http', 'mailto']) }
const extended = { ...rules, extended: true }

function payload(document: unknown, with_ = rules): InterruptPayload {
  const read = readPayload(document, with_)
  if (read.kind !== 'interrupt') assert.fail(JSON.stringify(read))
  return read.payload
}

test('what is absent has the value of CAS 7: an empty object interrupts', () => {
  assert.deepEqual(payload({}), {
    message: DEFAULT_MESSAGE,
    messageCode: undefined,
    format: undefined,
    links: [],
    block: false,
    ssoEnabled: true,
    autoRedirect: false,
    autoRedirectAfterSeconds: -1,
    data: {},
    acknowledge: 'no',
    tracked: true,
  })
  assert.deepEqual(payload(true), payload({}))
})

test('these mean "no interrupt"', () => {
  for (const document of [undefined, null, false, [], { interrupt: false, block: true }, { interrupt: 'FALSE' }]) {
    assert.equal(readPayload(document, rules).kind, 'none', JSON.stringify(document))
  }
})

test('a message code counts where the document has no message', () => {
  assert.equal(payload({ message: null }).message, undefined)
  assert.equal(payload({ message: ' ' }).message, undefined)
  assert.equal(payload({ messageCode: 'a.b' }).messageCode, 'a.b')
  assert.equal(payload({ messageCode: 'a.b' }).message, undefined)
  assert.equal(payload({ message: null, messageCode: 'a.b' }).messageCode, 'a.b')
  assert.equal(payload({ message: 'x', messageCode: 'a.b' }).messageCode, undefined)
})

test('texts for numbers and flags are taken, lists of data may be single values', () => {
  const found = payload({ block: 'True', autoRedirectAfterSeconds: '5', data: { a: 'x', b: ['y', 1], c: null, unknown: [] }, more: 1 })
  assert.equal(found.block, true)
  assert.equal(found.autoRedirectAfterSeconds, 5)
  assert.deepEqual(found.data, { a: ['x'], b: ['y', '1'], c: [], unknown: [] })
  assert.deepEqual(payload({ data: null, links: null }).data, {})
  assert.equal(payload({ autoRedirectAfterSeconds: 1e9 }).autoRedirectAfterSeconds, 86_400)
})

const wrong: readonly (readonly [unknown, RegExp])[] = [
  ['text', /no object/],
  [7, /no object/],
  [[1], /no object/],
  [{ message: 7 }, /"message" must be a text/],
  [{ message: 'x'.repeat(20_001) }, /longer than 20000/],
  [{ message: { en: 'x' } }, /"message" must be a text/],
  [{ messageCode: 'a b' }, /"messageCode"/],
  [{ links: ['a'] }, /"links"/],
  [{ links: { a: 1 } }, /"links"/],
  [{ links: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`l${n}`, 'https://x.org'])) }, /more than 50 links/],
  [{ interrupt: 'perhaps' }, /"interrupt" must be true or false/],
  [{ block: null }, /"block" must be true or false/],
  [{ ssoEnabled: 1 }, /"ssoEnabled"/],
  [{ autoRedirectAfterSeconds: 1.5 }, /whole number/],
  [{ data: [] }, /"data" must be an object/],
  [{ data: { a: { b: 1 } } }, /"data" must be lists/],
]
for (const [document, reason] of wrong) {
  test(`a payload that cannot be read says why: ${JSON.stringify(document).slice(0, 60)}`, () => {
    const read = readPayload(document, rules)
    assert.ok(read.kind === 'invalid' && reason.test(read.reason), JSON.stringify(read).slice(0, 200))
  })
}

test('links keep their order; those that may not be are left out with a remark, so that the first is one that may', () => {
  const read = readPayload({ autoRedirect: true, links: { bad: 'javascript:alert(1)', z: 'https://z.org', a: 'a.example.org' } }, rules)
  assert.ok(read.kind === 'interrupt')
  assert.deepEqual(
    read.payload.links.map(({ text, address, href }) => [text, address, href]),
    [
      ['z', 'https://z.org', 'https://z.org'],
      ['a', 'a.example.org', 'https://a.example.org/'],
    ],
  )
  assert.deepEqual(read.remarks, ['a link is left out: the scheme javascript is not allowed', 'a link has no scheme, https is assumed'])
  const none = readPayload({ autoRedirect: true }, rules)
  assert.ok(none.kind === 'interrupt' && !none.payload.autoRedirect && /no link/.test(none.remarks.join()))
})

test('announcements may have texts by language, links as a list, a format and a box to tick; other sources may not', () => {
  const document = {
    message: { en: 'a', 'pt-BR': 'b', default: 'c' },
    links: [{ text: { en: 'x', de: 'y' }, href: 'https://x.org' }],
    format: 'MARKDOWN',
    acknowledge: true,
  }
  const found = payload(document, extended)
  assert.deepEqual(found.message, { en: 'a', pt_BR: 'b', default: 'c' })
  assert.deepEqual(found.links[0]?.text, { en: 'x', de: 'y' })
  assert.equal(found.format, 'MARKDOWN')
  assert.equal(found.acknowledge, 'required')
  assert.equal(payload({ format: 'RAW_HTML', acknowledge: true }).format, undefined)
  assert.equal(readPayload({ message: { 'no language': 'x' } }, extended).kind, 'invalid')
  assert.equal(readPayload({ message: {} }, extended).kind, 'invalid')
  assert.equal(readPayload({ format: 'XML' }, extended).kind, 'invalid')
})

test('the digest follows every member and the order of links, not the order of other members', () => {
  const digest = (document: unknown) => payloadDigest(payload(document))
  const base = { message: 'a', links: { x: 'https://x.org', y: 'https://y.org' }, data: { a: ['1'], b: ['2'] } }
  assert.equal(digest(base), digest({ data: { b: ['2'], a: '1' }, links: base.links, message: 'a', interrupt: true }))
  for (const other of [
    { message: 'b' },
    { links: { y: 'https://y.org', x: 'https://x.org' } },
    { links: { x: 'https://x.org' } },
    { block: true },
    { ssoEnabled: false },
    { autoRedirect: true },
    { autoRedirectAfterSeconds: 3 },
    { data: { a: ['1', '2'] } },
  ])
    assert.notEqual(digest({ ...base, ...other }), digest(base), JSON.stringify(other))
  assert.equal(Buffer.from(digest(base), 'base64url').length, 32)
})

test('destinations of links: what is kept, completed, dropped', () => {
  const at = (address: string, schemes = rules.linkSchemes) => {
    const target = linkTarget(address, schemes)
    return target.kind === 'usable' ? target.href : target.kind
  }
  assert.equal(at('https://example.org/a?b=c#d'), 'https://example.org/a?b=c#d')
  assert.equal(at(' https://example.org '), 'https://example.org')
  assert.equal(at('https://example.org/ä b'), 'https://example.org/%C3%A4%20b')
  assert.equal(at('mailto:desk@example.org'), 'mailto:desk@example.org')
  assert.equal(at('/cas/logout'), '/cas/logout')
  assert.equal(at('google.com'), 'https://google.com/')
  assert.equal(at('example.org:8443/x'), 'https://example.org:8443/x')
  assert.equal(at('example.org?x=1'), 'https://example.org/?x=1')
  for (const address of [
    '',
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://x',
    'ftp://example.org',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'localhost',
    'relative/path',
    'https://',
    'https:evil path\u0000',
    `https://example.org/${'x'.repeat(5000)}`,
  ])
    assert.equal(at(address), 'dropped', JSON.stringify(address).slice(0, 60))
  assert.equal(at('ftp://example.org', new Set(['ftp'])), 'ftp://example.org')
  assert.equal(at('javascript:alert(1)', new Set(['javascript'])), 'dropped', 'no setting allows it')
})
