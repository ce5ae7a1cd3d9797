import assert from 'node:assert/strict'
import { test } from 'node:test'
import { remembered } from '../../../src/authentication/attributes/remembered.ts'
import { silentLog } from '../../../src/base/log.ts'
import type { Attributes } from '../../../src/services/index.ts'

function world({ keptMs = 1000, staleMs = 0, mostUsers = 10 } = {}) {
  const asked: string[] = []
  let now = 0
  let answer: () => Attributes | undefined = () => ({ cn: ['One'] })
  const source = remembered(
    {
      id: 'x',
      order: 0,
      state: 'ACTIVE',
      async attributesOf(username) {
        asked.push(username)
        return answer()
      },
    },
    { keptMs, staleMs, mostUsers, clock: () => now, log: silentLog },
  )
  return {
    asked,
    source,
    at(ms: number) {
      now = ms
    },
    answers(next: () => Attributes | undefined) {
      answer = next
    },
  }
}
const fails = () => {
  throw new Error('no route to host')
}

test('an answer counts for its time and its user, and is asked for once by many at once', async () => {
  const { source, asked, at } = world()
  assert.deepEqual(await Promise.all([source.attributesOf('a'), source.attributesOf('a'), source.attributesOf('b')]), [
    { cn: ['One'] },
    { cn: ['One'] },
    { cn: ['One'] },
  ])
  at(999)
  await source.attributesOf('a')
  assert.deepEqual(asked, ['a', 'b'])
  at(1000)
  await source.attributesOf('a')
  assert.deepEqual(asked, ['a', 'b', 'a'])
})

test('without a time everything is asked anew', async () => {
  const { source, asked } = world({ keptMs: 0 })
  await source.attributesOf('a')
  await source.attributesOf('a')
  assert.equal(asked.length, 2)
})

test('neither a failure nor an unknown user is remembered', async () => {
  const { source, asked, answers } = world()
  answers(fails)
  await assert.rejects(source.attributesOf('a') as Promise<unknown>, /no route/)
  answers(() => undefined)
  assert.equal(await source.attributesOf('a'), undefined)
  answers(() => ({ cn: ['Two'] }))
  assert.deepEqual(await source.attributesOf('a'), { cn: ['Two'] })
  assert.equal(asked.length, 3)
})

test('while the source cannot be asked its last answer counts for as long as is allowed', async () => {
  const { source, at, answers } = world({ staleMs: 500 })
  await source.attributesOf('a')
  answers(fails)
  at(1499)
  assert.deepEqual(await source.attributesOf('a'), { cn: ['One'] })
  await assert.rejects(source.attributesOf('b') as Promise<unknown>, /no route/)
  at(1500)
  await assert.rejects(source.attributesOf('a') as Promise<unknown>, /no route/)
})

test('of more users than may be remembered the oldest answer goes', async () => {
  const { source, asked } = world({ mostUsers: 2 })
  for (const name of ['a', 'b', 'c', 'b', 'a']) await source.attributesOf(name)
  assert.deepEqual(asked, ['a', 'b', 'c', 'a'])
})
