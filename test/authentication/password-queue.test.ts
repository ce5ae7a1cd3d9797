import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashingConcurrency, passwordQueue } from '../../src/authentication/password-queue.ts'
import { Unavailable } from '../../src/base/errors.ts'
import { engineWith } from './support.ts'

/** Promises that are let go by hand. */
function gates() {
  const open: (() => void)[] = []
  return { open, pass: () => new Promise<void>((resolve) => open.push(resolve)) }
}

const isFull = (error: unknown) =>
  error instanceof Unavailable && error.code === 'password-queue-full' && error.status === 503 && error.retryAfterInSeconds > 0

test('one password too many is answered 503 at once; those that wait get their turn in order', async () => {
  const { open, pass } = gates()
  const queue = passwordQueue({ size: 2, concurrency: 1 })
  const order: number[] = []
  const runs = [1, 2, 3].map((number) =>
    queue.run(async () => {
      await pass()
      order.push(number)
    }),
  )
  await assert.rejects(queue.run(pass), isFull)
  assert.equal(queue.waiting, 2)
  while (order.length < 3) {
    open.shift()?.()
    await new Promise(setImmediate)
  }
  await Promise.all(runs)
  assert.deepEqual(order, [1, 2, 3])
  assert.equal(await queue.run(async () => 'free again'), 'free again')
})

test('a check that fails makes room for the next', async () => {
  const queue = passwordQueue({ size: 1, concurrency: 1 })
  const bad = queue.run(async () => {
    throw new Error('broken')
  })
  const good = queue.run(async () => 'done')
  await assert.rejects(bad, /broken/)
  assert.equal(await good, 'done')
})

test('who has waited too long is answered 503 instead of being checked', async () => {
  const { open, pass } = gates()
  let now = 0
  const queue = passwordQueue({ size: 9, concurrency: 1, maxWaitMs: 10_000, now: () => now })
  const first = queue.run(pass)
  const late = assert.rejects(
    queue.run(async () => assert.fail('checked for nobody')),
    isFull,
  )
  now = 10_001
  const fresh = queue.run(async () => 'checked')
  open.shift()?.()
  await first
  await late
  assert.equal(await fresh, 'checked')
})

test('one core and at least two threads of the pool stay with everybody else', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 64].map((cores) => hashingConcurrency(cores)),
    [1, 1, 2, 2, 2],
  )
})

test('a full queue reaches the caller of the engine as 503', async () => {
  const stored = '$2y$06$cXDj3OcHtLYSuquH15MBnOhGM/xUj31rvEH0cPpmjafsU/B1FQ0Z.'
  const { login } = await engineWith({
    'cas.authn.accept.users': `user1::${stored}`,
    'cas.authn.accept.passwordEncoder.type': 'BCRYPT',
    'castellan.passwords.queueSize': '3',
  })
  const answers = await Promise.allSettled(Array.from({ length: 10 }, () => login('user1', 'wrong')))
  const full = answers.filter((answer) => answer.status === 'rejected' && isFull(answer.reason))
  assert.ok(full.length >= 4, `${full.length} refused`)
  assert.ok(answers.some((answer) => answer.status === 'fulfilled' && answer.value.kind === 'failed'))
})

test('20 wrong passwords at once leave the event loop free', async () => {
  const { login } = await engineWith({
    'cas.authn.accept.users': 'user1::$2a$10$dXJ3SW6G7P50lGmMkkmwe.20cQQubK3.HZWzG3YB1tlRy.fqvM/BG',
    'cas.authn.accept.passwordEncoder.type': 'BCRYPT',
  })
  let turns = 0
  const watch = setInterval(() => turns++, 1)
  const failures = await Promise.all(Array.from({ length: 20 }, () => login('user1', 'wrong'))).finally(() => clearInterval(watch))
  assert.equal(failures.length, 20)
  // On the event loop there would be a turn between two hashes at most; however busy the machine is, it turns far more often beside them.
  assert.ok(turns > 60, `${turns} turns`)
})
