import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appendTicket, headerSafe } from '../../src/flow/steps/deliver/location.ts'

test('the ticket stands before the fragment and leaves the rest of the URL byte for byte', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['https://a.example.org/', 'https://a.example.org/?ticket=ST-1'],
    ['https://a.example.org/x?y=1', 'https://a.example.org/x?y=1&ticket=ST-1'],
    ['https://a.example.org/x?y=1#part', 'https://a.example.org/x?y=1&ticket=ST-1#part'],
    ['https://a.example.org/#/route?q=1', 'https://a.example.org/?ticket=ST-1#/route?q=1'],
    ['https://a.example.org/x?', 'https://a.example.org/x?&ticket=ST-1'],
    ['https://a.example.org/x;jsessionid=1?a=%2B+b', 'https://a.example.org/x;jsessionid=1?a=%2B+b&ticket=ST-1'],
    ['myapp://cb', 'myapp://cb?ticket=ST-1'],
    ['https://a.example.org/?ticket=old', 'https://a.example.org/?ticket=old&ticket=ST-1'],
  ]
  for (const [service, expected] of cases) assert.equal(appendTicket(service, 'ST-1'), expected)
})

test('a header carries any address: what is not ASCII is percent-encoded, nothing else changes', () => {
  assert.equal(headerSafe('https://a.example.org/é?x=%20&y=a b'), 'https://a.example.org/%C3%A9?x=%20&y=a%20b')
  assert.equal(headerSafe('https://a.example.org/\ud800'), 'https://a.example.org/%EF%BF%BD')
  assert.equal(headerSafe('https://a.example.org/?q=[1]&r={2}|'), 'https://a.example.org/?q=[1]&r={2}|')
})
