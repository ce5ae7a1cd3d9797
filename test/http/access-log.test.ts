import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Mistake } from '../../src/base/schema.ts'
import type { Answered } from '../../src/http/access-log.ts'
import { accessPattern, extendedAccessPattern } from '../../src/http/access-pattern.ts'
import { openAccessFiles } from '../../src/http/index.ts'
import { httpSettings, recordingLog, testApp } from './http-parts.ts'

const HEADERS: Readonly<Record<string, string>> = {
  host: 'sso.example.org',
  referer: 'https://app.example.org/start?ticket=ST-1-abcdefghijklmnopqrst',
  'user-agent': 'a "browser"\u0007',
  authorization: 'Basic czNjcmV0',
  cookie: 'TGC=s3cret',
}
const ANSWERED: Answered = {
  requestId: 'r1',
  client: { address: '10.1.2.3', userAgent: '', serverAddress: '10.9.9.9', secure: true, header: (name) => HEADERS[name] },
  method: 'POST',
  path: '/cas/login',
  rawQuery: 'service=https://app.example.org/&ticket=ST-1-abcdefghijklmnopqrst',
  status: 302,
  milliseconds: 12.345,
  atMs: Date.parse('2026-01-31T09:58:11.500Z'),
  httpVersion: () => '2.0',
  port: () => 8443,
  responseHeader: (name) => ({ 'content-length': '17', location: '/cas/next' })[name],
}
const MASKED = 'service=https://app.example.org/&ticket=****************'

/** configuration.md 10.1: the directives of Tomcat's access log. */
const ROWS: readonly (readonly [string, string])[] = [
  ['%h %a %A %v', '10.1.2.3 10.1.2.3 10.9.9.9 sso.example.org'],
  ['%l %u %S', '- - -'],
  ['%t', '[31/Jan/2026:09:58:11 +0000]'],
  ['%r', `POST /cas/login?${MASKED} HTTP/2.0`],
  ['%s %b %B', '302 17 17'],
  ['%D %T %{us}T %{s}T', '12 0.012 12345 0.012'],
  ['%{Host}i|%{Location}o|%{none}i', 'sso.example.org|/cas/next|-'],
  ['%U %q', `/cas/login ?${MASKED}`],
  ['%m %p %H %% %I', 'POST 8443 HTTP/2.0 % main'],
  ['%{sec}t', String(Date.parse('2026-01-31T09:58:11Z') / 1000)],
]

test('each directive of an access log says what Tomcat has there', () => {
  for (const [pattern, text] of ROWS) assert.equal(accessPattern(pattern)(ANSWERED), text, pattern)
})

test('secrets of a request are in no line, and nobody breaks out of one', () => {
  const line = accessPattern('combined')(ANSWERED)
  assert.equal(
    line,
    `10.1.2.3 - - [31/Jan/2026:09:58:11 +0000] "POST /cas/login?${MASKED} HTTP/2.0" 302 17 "https://app.example.org/start?…" "a ?browser??"`,
  )
  const secrets = accessPattern('%{Authorization}i %{Cookie}i %{TGC}c %{Set-Cookie}o %{X-Auth-Token}i')(ANSWERED)
  assert.equal(secrets, Array(5).fill('****************').join(' '))
})

test('fields of the extended format are those of the W3C', () => {
  assert.equal(
    extendedAccessPattern(
      'date time c-ip s-ip cs-method cs-uri-stem sc-status time-taken x-H(secure) x-H(remoteUser) cs(Host) sc(Location)',
    )(ANSWERED),
    '2026-01-31 09:58:11 10.1.2.3 10.9.9.9 POST /cas/login 302 0.012 true - sso.example.org /cas/next',
  )
})

test('a directive that is not known is refused by name', () => {
  assert.throws(
    () => accessPattern('%h %Z'),
    (error: unknown) => error instanceof Mistake && error.message === 'has %Z, which is not known here',
  )
  assert.throws(() => accessPattern('%{open'), Mistake)
  assert.throws(() => extendedAccessPattern('c-ip nothing'), Mistake)
})

test('requests are written to the files that the settings name, one for each day', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'castellan-access-'))
  try {
    const overrides = {
      'server.tomcat.basedir': folder,
      'server.tomcat.accesslog.directory': 'logs',
      'server.tomcat.accesslog.pattern': '%m %U %s',
      'cas.server.tomcat.extAccessLog.enabled': true,
      'cas.server.tomcat.extAccessLog.directory': join(folder, 'extended'),
      'cas.server.tomcat.extAccessLog.pattern': 'cs-uri sc-status',
    }
    const { log } = recordingLog()
    const files = openAccessFiles(httpSettings(overrides), { clock: () => new Date(2026, 0, 31, 12).getTime(), log })
    assert.ok(files)
    const app = testApp(undefined, overrides, { requestSinks: [files] })
    await app.request('/cas/login?a=1')
    await app.request('/cas/nothing')
    await files.close()
    assert.deepEqual(readdirSync(join(folder, 'logs')), ['access_log.2026-01-31.log'])
    assert.equal(readFileSync(join(folder, 'logs/access_log.2026-01-31.log'), 'utf8'), 'GET /cas/login 200\nGET /cas/nothing 404\n')
    const extended = readFileSync(join(folder, 'extended/localhost_access_extended.2026-01-31.log'), 'utf8')
    assert.equal(extended, '/cas/login?a=1 200\n/cas/nothing 404\n')
    assert.ok(app.lines.some((line) => line['path'] === '/cas/login'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('a pattern without a folder is that of the log, and without either there is no file', async () => {
  assert.equal(openAccessFiles(httpSettings(), { clock: () => 0, log: recordingLog().log }), undefined)
  const app = testApp(undefined, { 'server.tomcat.accesslog.pattern': '%m %U %s' })
  await app.request('/cas/login')
  assert.ok(app.lines.some((line) => line.msg === 'GET /cas/login 200'))
})
