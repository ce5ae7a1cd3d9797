import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainBeginning } from '../../src/base/java-regex/plain.ts'
import { compileJavaRegex, type JavaRegexOptions } from '../../src/base/java-regex.ts'
import { seeded } from '../services/world.ts'
import { processorMs } from '../support/processor-time.ts'

const FULL: JavaRegexOptions = { match: 'full', ignoreCase: true }

function takes(pattern: string, text: string, options: JavaRegexOptions = FULL): boolean {
  const compiled = compileJavaRegex(pattern, options)
  if (compiled.kind === 'invalid') assert.fail(`${pattern}: ${compiled.reason}`)
  return compiled.test(text)
}

/** pattern, a text it takes, a text it does not; as java.util.regex answers with matches() and CASE_INSENSITIVE. */
const ROWS: readonly (readonly [pattern: string, taken: string, refused: string])[] = [
  ['^https://app.example.org', 'https://app.example.org', 'https://app.example.org/'],
  ['https://app\\.example\\.org/.*', 'HTTPS://APP.example.org/X?y=1', 'https://appxexample.org/'],
  ['^(https|imaps)://.*', 'imaps://mail', 'http://mail'],
  ['https?://a{2,3}', 'http://aaa', 'http://aaaa'],
  ['\\Qa.b*\\E+', 'a.b***', 'aXb'],
  ['\\Qa.b', 'a.b', 'aXb'],
  ['(?i)abc', 'aBc', 'abd'],
  ['(?-i)abc', 'abc', 'ABC'],
  ['(?-i:a)b', 'aB', 'Ab'],
  ['a(?-i)b|c', 'Ab', 'C'],
  ['(?x) a b # comment', 'ab', 'a b'],
  ['a.b', 'a\u{1f600}b', 'a\nb'],
  ['a.b', 'a\tb', 'a\u0085b'],
  ['(?s)a.b', 'a\nb', 'ab'],
  ['(?d)a.b', 'a\u2028b', 'a\nb'],
  ['\\Aab\\z', 'ab', 'ab\n'],
  ['\\h\\v\\d\\D\\w\\W\\s\\S', '\u00a0\u20287a_-\tb', '\u00a0\u20287a_-xb'],
  ['\\R', '\r\n', '\r\r'],
  ['\\R\\n', '\r\n', '\r'],
  ['\\R{2}', '\r\n\n', '\r\n'],
  ['\\p{Alpha}\\p{Punct}\\P{Digit}', 'a!b', 'é!b'],
  ['\\p{L}\\pL\\p{IsGreek}', 'éaλ', 'é1λ'],
  ['\\p{Lower}', 'A', '1'],
  ['[a-c[x-z]]', 'Y', 'd'],
  ['[a-z&&[^x]]', 'b', 'X'],
  ['[a-z&&[^m-p]&&[^a]]', 'b', 'n'],
  ['[^a-c[x-z]]', 'd', 'y'],
  ['[]a]', ']', 'b'],
  ['[^]a]', 'b', ']'],
  ['[a-]', '-', 'b'],
  ['[\\w.-]', '-', '/'],
  ['[\\Q^]\\E]', '^', 'a'],
  ['\\x41\\u0042\\x{43}\\0104\\t\\a\\e\\cA', 'ABCD\t\u0007\u001b\u0001', 'ABCE\t\u0007\u001b\u0001'],
  ['\\uD83D\\uDE00', '\u{1f600}', '\u{1f601}'],
  ['(?<word>\\w+)-\\k<word>', 'ab-AB', 'ab-ac'],
  ['(a)(b)\\2\\1', 'abBA', 'abab'],
  ['a++b', 'aaab', 'aaa'],
  ['(?>a|ab)c', 'ac', 'abc'],
  ['(?=https)h.*', 'https://x', 'http://x'],
  ['https://(?!evil)[a-z]+', 'https://good', 'https://evil'],
  ['.*(?<=\\.org)', 'a.org', 'a.com'],
  ['\\bfoo\\b', 'foo', 'food'],
  ['a?b??c*?d+?', 'abccd', 'abcc'],
  ['', '', 'a'],
  ['a||b', '', 'c'],
]

for (const [pattern, taken, refused] of ROWS) {
  test(`${JSON.stringify(pattern)} takes ${JSON.stringify(taken)} and not ${JSON.stringify(refused)}`, () => {
    assert.equal(takes(pattern, taken), true)
    assert.equal(takes(pattern, refused), false)
  })
}

test('a possessive quantifier gives nothing back', () => {
  assert.equal(takes('a*+a', 'aaa'), false)
  assert.equal(takes('a*a', 'aaa'), true)
})

test('$ and \\Z stand at the end or before a last line terminator where a pattern is searched', () => {
  const find: JavaRegexOptions = { match: 'find' }
  for (const end of ['', '\n', '\r\n', '\u2028']) {
    assert.equal(takes('foo$', `a foo${end}`, find), true)
    assert.equal(takes('foo\\Z', `a foo${end}`, find), true)
  }
  assert.equal(takes('foo$', 'foo\nx', find), false)
  assert.equal(takes('foo\\z', 'foo\n', find), false)
  assert.equal(takes('(?m)^b$', 'a\nb\nc', find), true)
  assert.equal(takes('(?m)^$', 'a\n', find), false)
})

test('case is folded for ASCII letters only', () => {
  assert.equal(takes('https://kelvin', 'https://\u212aelvin'), false)
  assert.equal(takes('[j-l]', '\u212a'), false)
  assert.equal(takes('é', 'É'), false)
  assert.equal(takes('s', '\u017f'), false)
})

const INVALID = [
  '(',
  ')',
  '(a',
  'a)',
  '[a',
  '[]',
  'a{',
  'a{2',
  '{2}',
  'a{3,2}',
  '*a',
  'a**',
  '\\',
  '\\y',
  '\\X',
  '\\G',
  '\\p{Foo}',
  '[z-a]',
  '[a-\\d]',
  '(?u)a',
  '(?<1a>b)',
  '(?<a>b)(?<a>c)',
  '\\1',
  '(a\\1)',
  '\\k<no>',
  '(?<=a*)b',
  '\\xZ',
  '\\x{110000}',
  '(?P<n>a)',
  '(a)|b\\1',
  '[a&&]',
  `${'('.repeat(300)}a${')'.repeat(300)}`,
  'a'.repeat(20_000),
]

for (const pattern of INVALID) {
  test(`${JSON.stringify(pattern.slice(0, 20))} is no usable pattern`, () => {
    const compiled = compileJavaRegex(pattern, FULL)
    assert.equal(compiled.kind, 'invalid')
    assert.match(compiled.kind === 'invalid' ? compiled.reason : '', /\w{3}/)
  })
}

/** Patterns that hold up a backtracking engine, with texts that make them. */
const HOSTILE: readonly (readonly [string, string])[] = [
  ['^https://(a+)+$', `https://${'a'.repeat(40)}!`],
  ['(a|a)*b', 'a'.repeat(8000)],
  ['(a|aa)+b', 'a'.repeat(8000)],
  ['(x+x+)+y', 'x'.repeat(8000)],
  ['(.*a){12}', `${'a'.repeat(4000)}\n`],
  ['.*a.*a.*a.*a.*b', 'a'.repeat(8000)],
  ['(a?){40}a{40}', `${'a'.repeat(40)}!`],
  ['(\\w+\\s?)*!', 'word '.repeat(1000)],
  ['(.*)*y', 'x'.repeat(8000)],
  ['([a-z]+\\.)+example\\.org', 'a.'.repeat(4000)],
  ['.*\\.example\\.org/.*', `${'.example.org/'.repeat(600)}\u2028`],
]

test('no pattern holds anybody up, whatever the text', async () => {
  for (const [pattern, text] of HOSTILE) {
    const compiled = compileJavaRegex(pattern, FULL)
    assert.equal(compiled.kind, 'ok')
    if (compiled.kind !== 'ok') continue
    compiled.test('warm up')
    const spent = await processorMs(() => compiled.test(text))
    assert.ok(spent < 300, `${pattern}: ${spent} ms`)
  }
})

test('look-around together with nested repetition is refused, and without it long texts never match', () => {
  assert.equal(compileJavaRegex('(?=(x+)+y).*', FULL).kind, 'invalid')
  assert.equal(compileJavaRegex('(?:(?!x)a+)+', FULL).kind, 'invalid')
  assert.equal(takes('(?!evil).*', 'x'.repeat(2048)), true)
  assert.equal(takes('(?!evil).*', 'x'.repeat(2049)), false)
})

test('both engines give the same answer and the same groups', () => {
  // The repetition in itself sends the pattern to RE2; without it the same pattern runs as RegExp.
  for (const text of [
    'https://a.example.org/x',
    'https://a.b.example.org/',
    'https://example.org',
    'HTTPS://A.Example.ORG/\u{1f600}',
    '',
    'https://a.example.org/\u0085',
  ]) {
    const linear = compileJavaRegex('https://((?:[a-z]+\\.?)+)\\.example[.]org/([^\\u0085]*)', FULL)
    const script = compileJavaRegex('https://([a-z.]+)\\.example[.]org/([^\\u0085]*)', FULL)
    assert.ok(linear.kind === 'ok' && script.kind === 'ok')
    assert.deepEqual(linear.exec(text), script.exec(text), text)
    assert.equal(linear.test(text), script.test(text), text)
  }
})

test('groups are counted as the author wrote them', () => {
  const compiled = compileJavaRegex('(?>x*)(a)(b)?', { match: 'find' })
  assert.ok(compiled.kind === 'ok')
  assert.deepEqual(compiled.exec('xxa!'), ['xxa', 'a', undefined])
  assert.equal(compiled.exec('nothing'), undefined)
  const digits = compileJavaRegex('(\\d)(\\d)', { match: 'find' })
  assert.ok(digits.kind === 'ok')
  assert.equal(
    digits.replaceAll('12-34-5', (groups) => `${groups[2]}${groups[1]}`),
    '21-43-5',
  )
})

test('a beginning tells how every text starts that a pattern takes', () => {
  const beginnings = (pattern: string, options: JavaRegexOptions = FULL) => {
    const compiled = compileJavaRegex(pattern, options)
    return compiled.kind === 'ok' ? compiled.beginnings()?.map(({ text }) => text) : undefined
  }
  assert.deepEqual(beginnings('^https?://App\\.example.org/.*'), ['http://app.example\ufffforg/', 'https://app.example\ufffforg/'])
  assert.deepEqual(beginnings('(https|imaps)://.*'), ['https://', 'imaps://'])
  assert.deepEqual(beginnings('.*'), [''])
  assert.deepEqual(beginnings('ab{2}c+d'), ['abbc'])
  assert.deepEqual(beginnings('a|b'), ['a', 'b'])
  assert.equal(beginnings('a', { match: 'find' }), undefined)
  assert.deepEqual(beginnings('^a', { match: 'find' }), ['a'])
})

test('a beginning says what may follow only where the pattern is nothing else', () => {
  const rests = (pattern: string, options: JavaRegexOptions = FULL) => {
    const compiled = compileJavaRegex(pattern, options)
    return compiled.kind === 'ok' ? compiled.beginnings()?.map(({ text, rest }) => `${text} ${rest}`) : undefined
  }
  assert.deepEqual(rests('^https://a\\.b/.*'), ['https://a.b/ anything'])
  assert.deepEqual(rests('^https://a(/.*)?$'), ['https://a nothing', 'https://a/ anything'])
  assert.deepEqual(rests('a.c'), ['a\uffffc nothing'])
  assert.deepEqual(rests('a.+'), ['a\uffff anything'])
  for (const more of [
    'a.*b',
    'a(?=b).*',
    'a\\b.*',
    'a[bc]',
    'a.*+',
    'a\\uffff',
    '(?-i)a.*',
    'a++.*',
    '(a)\\1',
    'a.{3,9}',
    'a.*|a'.repeat(9),
  ]) {
    assert.ok(
      rests(more)?.every((each) => each.endsWith(' undefined')),
      `${more}: ${rests(more)}`,
    )
  }
  assert.deepEqual(rests('a.*', { match: 'full' }), ['a undefined'])
  assert.deepEqual(rests('^a.*', { match: 'find', ignoreCase: true }), ['a undefined'])
})

test('a pattern that is read without a tree takes what it takes by its tree', () => {
  const random = seeded(20_261_130)
  const pick = (from: readonly string[]) => from[Math.floor(random() * from.length)] ?? ''
  const pieces = ['a', 'B', 'app', '-', '_', '/', '://', '\\.', '\\-', '\\/', '\\?', '.', ' ']
  const odd = ['.*', '$', '^', '*', '+', '?', '{2}', '\\w', '(a)', '|', '#', 'é', '\\#']
  const letters = ['a', 'A', 'b', 'app', '-', '_', '/', '://', '.', '?', '$', '#', ' ', 'é', '\n', '\u{1f600}', '']
  let plain = 0
  for (let round = 0; round < 1500; round++) {
    const length = round % 100 === 0 ? 90 : 6
    const pattern = `${pick(['^', ''])}${Array.from({ length }, () => pick(random() < 0.9 ? pieces : odd)).join('')}${pick(['.*', '.*$', '', '$'])}`
    const one = compileJavaRegex(pattern, FULL)
    // The group does nothing but to make a tree of it.
    const other = compileJavaRegex(`(?:${pattern})`, FULL)
    if (plainBeginning(pattern)) plain++
    if (one.kind !== 'ok' || other.kind !== 'ok') {
      assert.equal(one.kind, other.kind, pattern)
      continue
    }
    assert.equal(one.maxScriptLength, other.maxScriptLength, pattern)
    assert.deepEqual(one.beginnings(), other.beginnings(), pattern)
    assert.deepEqual(one.beginnings(), other.beginnings(), `${pattern}, asked again`)
    for (let turn = 0; turn < 10; turn++) {
      const text = Array.from({ length: 6 }, () => pick(letters)).join('')
      assert.equal(one.test(text), other.test(text), `${pattern} on ${text}`)
    }
  }
  assert.ok(plain > 200, String(plain))
})
