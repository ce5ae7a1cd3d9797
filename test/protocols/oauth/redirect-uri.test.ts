import assert from 'node:assert/strict'
import { test } from 'node:test'
import { redirectProblem } from '../../../src/protocols/oauth/redirect-uri.ts'
import type { RegisteredService } from '../../../src/services/index.ts'

/** Only whether it may be asked at all: the pattern takes everything. */
const service = {} as RegisteredService
const problem = (uri: string) => redirectProblem(uri, service, { acceptsRedirect: () => true, loopbackAnyPort: false })

test('addresses that a browser and this server read alike are good', () => {
  for (const uri of [
    'https://app.example.org/cb',
    'https://app.example.org',
    'https://APP.example.org:8443/cb?a=b&c=%20',
    'https://app.example.org:443/cb',
    'http://127.0.0.1:5000/',
    'http://[::1]/cb',
    'https://app.example.org/a.b/.well-known/..x/cb',
    'https://app.example.org/cb?to=/../x',
    'com.example.app:/cb',
    'com.example.app://cb/x',
    'https://xn--bcher-kva.example/cb',
  ]) {
    assert.equal(problem(uri), undefined, uri)
  }
})

test('whatever tricks a pattern or a browser is not', () => {
  for (const uri of [
    '',
    'cb',
    '//app.example.org/cb',
    'https:app.example.org',
    'https:///app.example.org/cb',
    'https:\\\\app.example.org',
    'https://app.example.org\\@evil.example/',
    'https://app.example.org@evil.example/',
    'https://app.example.org%40evil.example/',
    'https://a:b@app.example.org/',
    'https://app.example.org/#x',
    'https://app.example.org/cb#',
    'https://app.example.org/\t',
    'https://app.example.org/a b',
    'https://app.example.org/\u0000',
    'https://bücher.example/cb',
    'https://app。example.org/cb',
    'https://0x7f.1/cb',
    'https://app.example.org/cb?code=x',
    'https://app.example.org/cb?x=1&state=2',
    'https://app.example.org/cb?response=x',
    'https://app.example.org/oauth/../open?to=https://evil.example/',
    'https://app.example.org/oauth/%2E%2e/open',
    'https://app.example.org/oauth/.%2e',
    'https://app.example.org/oauth/./cb',
    'com.example.app:/cb/../x',
    'javascript:alert(1)',
    'JaVaScRiPt://app.example.org/%0aalert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://app.example.org/x',
    `https://app.example.org/${'x'.repeat(2100)}`,
  ]) {
    assert.notEqual(problem(uri), undefined, uri)
  }
})

test('the port of a loopback address counts unless it is told not to', () => {
  const accepts = (_: RegisteredService, uri: string) => /^http:\/\/(127\.0\.0\.1|\[::1\])\/cb$/.test(uri)
  for (const [loopbackAnyPort, uri, good] of [
    [false, 'http://127.0.0.1:5000/cb', false],
    [true, 'http://127.0.0.1:5000/cb', true],
    [true, 'http://[::1]:5000/cb', true],
    [true, 'http://127.0.0.1/cb', true],
    [true, 'http://127.0.0.1:5000/other', false],
    [true, 'https://127.0.0.1:5000/cb', false],
    [true, 'http://127.0.0.2:5000/cb', false],
  ] as const) {
    assert.equal(redirectProblem(uri, service, { acceptsRedirect: accepts, loopbackAnyPort }) === undefined, good, uri)
  }
})
