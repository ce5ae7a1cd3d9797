import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Settings, schema } from '../../src/config/schema.ts'
import { sendingLimits } from '../../src/mfa/providers/simple/limits.ts'
import { settingsOf } from '../support/settings.ts'
import { openMultifactorWorld } from './world.ts'

const BANDWIDTH = { capacity: 3, initialTokens: undefined, refillCount: 2, refillDuration: 30, refillStrategy: 'GREEDY' }

async function limitsWorld(overrides: Readonly<Record<string, unknown>>) {
  const world = await openMultifactorWorld()
  const { registry, clock } = world
  const limits = sendingLimits({ settings: settingsOf<Settings>(schema, overrides), registry, clock })
  return { limits, world, clock, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() }
}

test('a user is sent no more codes than the limit within the window, however many ask at once, and others are not held up', async () => {
  await using it = await limitsWorld({ 'castellan.mfa.simple.sendLimit': 4, 'castellan.mfa.simple.sendWindow': 600 })
  const asked = await Promise.all(Array.from({ length: 50 }, (_, index) => it.limits.maySend(index % 2 === 0 ? 'ada' : 'ADA')))
  assert.equal(asked.filter(Boolean).length, 4)
  assert.equal(await it.limits.maySend('bob'), true)
  it.clock.advance(600_001)
  assert.equal(await it.limits.maySend('ada'), true)
})

test('bucket4j decides in place of that: capacity, refill little by little or all at once', async () => {
  await using greedy = await limitsWorld({
    'cas.authn.mfa.simple.bucket4j.enabled': true,
    'cas.authn.mfa.simple.bucket4j.bandwidth': [BANDWIDTH],
  })
  const take = (limits: typeof greedy.limits) => limits.maySend('ada')
  assert.deepEqual(
    [await take(greedy.limits), await take(greedy.limits), await take(greedy.limits), await take(greedy.limits)],
    [true, true, true, false],
  )
  greedy.clock.advance(15_000)
  assert.deepEqual([await take(greedy.limits), await take(greedy.limits)], [true, false])
  await using atOnce = await limitsWorld({
    'cas.authn.mfa.simple.bucket4j.enabled': true,
    'cas.authn.mfa.simple.bucket4j.bandwidth': [{ ...BANDWIDTH, initialTokens: 0, refillStrategy: 'INTERVALLY' }],
  })
  assert.equal(await take(atOnce.limits), false)
  atOnce.clock.advance(29_000)
  assert.equal(await take(atOnce.limits), false)
  atOnce.clock.advance(1_000)
  assert.deepEqual([await take(atOnce.limits), await take(atOnce.limits), await take(atOnce.limits)], [true, true, false])
})

test('bucket4j without a bandwidth is refused at the start', async () => {
  await assert.rejects(() => limitsWorld({ 'cas.authn.mfa.simple.bucket4j.enabled': true }), /needs at least one bandwidth/)
})

test('twenty wrong codes lock a user for a quarter of an hour, over all conversations; a right one makes them forgotten', async () => {
  await using it = await limitsWorld({})
  for (let number = 0; number < 19; number++) await it.limits.noteWrong('ada')
  assert.equal(await it.limits.isLocked('ada'), false)
  await it.limits.noteWrong('Ada')
  assert.deepEqual([await it.limits.isLocked('ada'), await it.limits.isLocked('bob')], [true, false])
  it.clock.advance(15 * 60_000 + 1)
  assert.equal(await it.limits.isLocked('ada'), false)
  for (let number = 0; number < 20; number++) await it.limits.noteWrong('ada')
  await it.limits.forgetWrong('ada')
  assert.equal(await it.limits.isLocked('ada'), false)
})
