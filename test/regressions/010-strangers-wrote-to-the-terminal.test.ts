import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maskQuery } from '../../src/base/mask.ts'
import { textLines } from '../../src/cli/log-output.ts'

/** The log for people replaced line breaks only: a user name or a path could move the cursor, hide lines or turn the text round. */
test('nothing that a stranger sends does anything to the terminal that shows the log', () => {
  const written: string[] = []
  const field = '\u001b[2J\u001b]0;title\u0007 a\rb\nc\u0085d\u2028e\u202ef\u009b1mg'
  textLines({ write: (text: string) => written.push(text) }).write(
    JSON.stringify({ level: 30, time: '2031-01-01T00:00:00.000Z', msg: field, who: field }),
  )
  assert.equal(written.length, 1)
  assert.match(written[0] ?? '', /^[\x20-\x7e]+\n$/)
})

/** The session id of an application in a service was written into the access log. */
test('session ids of applications do not reach the access log', () => {
  for (const service of [
    'https%3A%2F%2Fapp.example.org%2Fx%3Bjsessionid%3DSECRET',
    'https://app.example.org/x;jsessionid=SECRET',
    'https%253A%252F%252Fapp.example.org%252Fx%253Bjsessionid%253DSECRET',
    'https%3A%2F%2Fapp.example.org%2Fx%253Ftoken%253DSECRET',
  ]) {
    assert.doesNotMatch(maskQuery(`service=${service}&renew=true`), /SECRET/)
  }
})
