import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { Unavailable } from '../../src/base/errors.ts'
import { createInterrupts } from '../../src/flow/steps/interrupt/interrupts.ts'
import { inquiry, parts } from '../flow/interrupt/world.ts'
import { eventually } from '../support/castellan.ts'
import { httpStub } from '../support/http-stub.ts'

/**
 * A REST source has 64 connections. Whoever began some hundred logins at once waited for one until the time was up, which counted as a source that is down:
 * a blocked user got in, and the source was left alone for everybody.
 */
test('one user cannot take all connections of a source; the logins beyond have to come again', async () => {
  const waiting: ServerResponse[] = []
  await using stub = await httpStub((_call, response) => void waiting.push(response))
  const interrupts = await createInterrupts(
    parts({
      'cas.interrupt.rest.url': stub.url,
      'castellan.interrupt.rest.connectTimeout': 60,
      'castellan.interrupt.rest.readTimeout': 60,
    }),
  )
  const flood = Array.from({ length: 200 }, () => interrupts.decide(inquiry('blocked')))
  const settled = Promise.allSettled(flood)
  await eventually('as many as may are asked', () => (waiting.length === 32 ? true : undefined), 30_000)
  const other = interrupts.decide(inquiry('somebody else'))
  await eventually('others are asked beside them', () => (waiting.length === 33 ? true : undefined), 30_000)
  for (const response of waiting) response.end(JSON.stringify({ message: 'No.', interrupt: true, block: true }))

  const answers = await settled
  const found = answers.filter((one) => one.status === 'fulfilled' && one.value.kind === 'found')
  const refused = answers.filter((one) => one.status === 'rejected' && one.reason instanceof Unavailable)
  assert.deepEqual([found.length, refused.length], [32, 168], 'nobody is let through')
  assert.equal((await other).kind, 'found')
  // Afterwards as before.
  const again = interrupts.decide(inquiry('blocked'))
  await eventually('it is asked again', () => (waiting.length === 34 ? true : undefined), 30_000)
  waiting.at(-1)?.end('{"interrupt":false}')
  assert.equal((await again).kind, 'none')
  await interrupts.close()
})
