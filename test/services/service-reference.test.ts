import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sameService, serviceReference } from '../../src/services/index.ts'

test('a session id in the path is no part of the id; the original URL is kept', () => {
  assert.deepEqual(serviceReference('https://a.example.org/x;jsessionid=AB1?q=2'), {
    id: 'https://a.example.org/x?q=2',
    originalUrl: 'https://a.example.org/x;jsessionid=AB1?q=2',
  })
  assert.deepEqual(serviceReference('https://a.example.org/x;JSESSIONID=AB1')?.valueOf(), {
    id: 'https://a.example.org/x',
    originalUrl: 'https://a.example.org/x;JSESSIONID=AB1',
  })
})

test('nothing else is made the same: slash, port, case, order of the query', () => {
  for (const url of [
    'https://a.example.org',
    'https://A.example.org:443/X/',
    'https://a/x?b=1&a=2',
    'imap://mail.example.org',
    'myapp://cb',
    'https://a/%20',
  ]) {
    assert.deepEqual(serviceReference(url), { id: url, originalUrl: url })
  }
})

test('blank is no service, and what no browser may be sent to is unusable', () => {
  assert.equal(serviceReference(undefined), undefined)
  assert.equal(serviceReference('   '), undefined)
  for (const url of [
    'javascript:alert(1)',
    ' JavaScript :x',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'https://a/\r\nX: y',
    'https://a/\u0000',
    `https://a/${'x'.repeat(8192)}`,
  ]) {
    assert.equal(serviceReference(url), 'unusable', url.slice(0, 30))
  }
})

/** issued for, validated with, whether they match: the table of cas-protocol.md 3. */
const ROWS: readonly (readonly [string, string, boolean])[] = [
  ['https://a.example.org/x', 'https://a.example.org/X', true],
  ['https://a.example.org/', 'https://a.example.org', false],
  ['https://a.example.org/x#/route', 'https://a.example.org/x', true],
  ['https://a.example.org/x#', 'https://a.example.org/x', false],
  ['https://a.example.org/x?u=%C3%A9', 'https://a.example.org/x?u=é', true],
  ['https://a.example.org/x?u=a+b', 'https://a.example.org/x?u=a%20b', true],
  ['https://a.example.org', 'https://www.a.example.org', false],
  ['https://a.example.org/x;jsessionid=1', 'https://a.example.org/x', true],
  ['https://a.example.org/x?b=1&a=2', 'https://a.example.org/x?a=2&b=1', false],
  ['https://a.example.org/%', 'https://a.example.org/%', false],
]

for (const [issued, presented, expected] of ROWS) {
  test(`a ticket for ${issued} ${expected ? 'is' : 'is not'} good for ${presented}`, () => {
    const idOf = (url: string) => {
      const reference = serviceReference(url)
      return reference && reference !== 'unusable' ? reference.id : ''
    }
    assert.equal(sameService(idOf(issued), idOf(presented)), expected)
    assert.equal(sameService(idOf(presented), idOf(issued)), expected)
  })
}

test('the strict comparison looks at path and query exactly, at the host without case', () => {
  assert.equal(sameService('https://A.example.org/x', 'https://a.example.org/x', true), true)
  assert.equal(sameService('https://a.example.org/x', 'https://a.example.org/X', true), false)
  assert.equal(sameService('https://a.example.org/x?a=B', 'https://a.example.org/x?a=b', true), false)
})
