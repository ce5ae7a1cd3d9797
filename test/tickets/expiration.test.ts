import assert from 'node:assert/strict'
import { test } from 'node:test'
import { touchWindowMs } from '../../src/tickets/expiration.ts'
import { type ExpirationPolicy, expiresAtMs, isExpired, isTooSoon, type Life } from '../../src/tickets/index.ts'
import { START } from '../conformance/ticket-registry.ts'

const life = (policy: ExpirationPolicy, more: Partial<Life> = {}): Life => ({
  createdAtMs: START,
  lastUsedAtMs: START,
  countOfUses: 0,
  policy,
  ...more,
})

test('every policy ends the millisecond after its limit, not at it', () => {
  const used = { lastUsedAtMs: START + 30_000, countOfUses: 1 }
  const rows: readonly (readonly [name: string, life: Life, limitMs: number])[] = [
    ['hard timeout', life({ timeToLiveInSeconds: 60 }), 60_000],
    ['hard timeout, used', life({ timeToLiveInSeconds: 60 }, used), 60_000],
    ['idle timeout', life({ timeToIdleInSeconds: 60 }), 60_000],
    ['idle timeout, used', life({ timeToIdleInSeconds: 60 }, used), 90_000],
    ['hard and idle, idle first', life({ timeToLiveInSeconds: 600, timeToIdleInSeconds: 60 }, used), 90_000],
    ['hard and idle, hard first', life({ timeToLiveInSeconds: 80, timeToIdleInSeconds: 60 }, used), 80_000],
    ['uses and timeout', life({ numberOfUses: 2, timeToLiveInSeconds: 60 }, { countOfUses: 1 }), 60_000],
    ['throttled, never used', life({ timeToIdleInSeconds: 60, timeBetweenUsesInSeconds: 5 }), 60_000],
    ['throttled, used', life({ timeToIdleInSeconds: 60, timeBetweenUsesInSeconds: 5 }, used), 90_000],
    ['a fraction of a second', life({ timeToLiveInSeconds: 0.5 }), 500],
    ['nothing', life({ timeToLiveInSeconds: 0 }), 0],
  ]
  for (const [name, state, limitMs] of rows) {
    assert.equal(expiresAtMs(state), START + limitMs, name)
    assert.equal(isExpired(state, START + limitMs - 1), false, `${name}: just before`)
    assert.equal(isExpired(state, START + limitMs), false, `${name}: at the limit`)
    assert.equal(isExpired(state, START + limitMs + 1), true, `${name}: just after`)
  }
})

test('without a limit nothing ends', () => {
  assert.equal(expiresAtMs(life({})), Number.POSITIVE_INFINITY)
  assert.equal(isExpired(life({}), Number.MAX_SAFE_INTEGER), false)
})

test('a ticket whose uses are used up has ended, however young it is', () => {
  const policy = { numberOfUses: 2, timeToLiveInSeconds: 60 }
  assert.deepEqual(
    [0, 1, 2, 3].map((countOfUses) => isExpired(life(policy, { countOfUses }), START)),
    [false, false, true, true],
  )
})

test('two uses need their distance, but for the first and those of one instant', () => {
  const policy = { timeToIdleInSeconds: 60, timeBetweenUsesInSeconds: 5 }
  assert.equal(isTooSoon(life(policy), START + 1), false)
  const used = life(policy, { countOfUses: 1 })
  assert.deepEqual(
    [0, 1, 4999, 5000, 5001].map((elapsed) => isTooSoon(used, START + elapsed)),
    [false, true, true, false, false],
  )
  assert.equal(isTooSoon(life({ timeToIdleInSeconds: 60 }, { countOfUses: 1 }), START + 1), false)
})

test('a last use is written again after five seconds or a hundredth of the idle limit, at once where uses count', () => {
  assert.equal(touchWindowMs({ timeToLiveInSeconds: 28_800, timeToIdleInSeconds: 7200 }, 5000), 5000)
  assert.equal(touchWindowMs({ timeToIdleInSeconds: 2 }, 5000), 20)
  assert.equal(touchWindowMs({ timeToIdleInSeconds: 7200 }, 0), 0)
  assert.equal(touchWindowMs({ numberOfUses: 5 }, 5000), 0)
  assert.equal(touchWindowMs({ timeToIdleInSeconds: 7200, timeBetweenUsesInSeconds: 1 }, 5000), 0)
})
