import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CodesParts, oneTimeCodes } from '../../src/mfa/codes.ts'
import { CODE } from '../../src/mfa/providers/simple/index.ts'
import type { TicketRegistry } from '../../src/tickets/index.ts'
import { key } from '../sso/sso-parts.ts'
import { openMultifactorWorld } from './world.ts'

const wrongFor = (code: string) => (code === '000000' ? '000001' : '000000')

async function codesWorld(more: Partial<CodesParts> = {}) {
  const world = await openMultifactorWorld()
  const { registry, clock } = world
  const codes = oneTimeCodes({
    registry,
    kind: CODE,
    typedPrefix: 'CASMFA-',
    keys: [key('codes')],
    length: 6,
    type: 'NUMERIC',
    timeToLiveInSeconds: 30,
    clock,
    ...more,
  })
  return Object.assign(codes, { world, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() })
}

test('a code gets somebody in once, for its user only, with its prefix or without, in any script', async () => {
  await using codes = await codesWorld()
  for (const written of [
    (code: string) => code,
    (code: string) => `CASMFA-${code}`,
    (code: string) => ` casmfa-${code.slice(0, 3)} ${code.slice(3)}\u200b`,
    (code: string) => [...code].map((digit) => String.fromCodePoint(0x660 + Number(digit))).join(''),
    (code: string) => [...code].map((digit) => String.fromCodePoint(0xff10 + Number(digit))).join(''),
  ]) {
    const { code, challenge } = await codes.create('ada')
    assert.match(code, /^\d{6}$/)
    assert.equal(await codes.check(challenge, 'bob', code), 'wrong')
    assert.equal(await codes.check(challenge, 'ada', written(code)), 'right', written(code))
    assert.equal(await codes.check(challenge, 'ada', code), 'gone')
  }
})

test('of a hundred right answers at once exactly one counts', async () => {
  await using codes = await codesWorld()
  const { code, challenge } = await codes.create('ada')
  const answers = await Promise.all(Array.from({ length: 100 }, () => codes.check(challenge, 'ada', code)))
  assert.equal(answers.filter((answer) => answer === 'right').length, 1)
})

test('five wrong tries, however many at once, spend a code; the fifth may still be right', async () => {
  await using codes = await codesWorld()
  const first = await codes.create('ada')
  const wrong = wrongFor(first.code)
  const answers = await Promise.all(Array.from({ length: 50 }, () => codes.check(first.challenge, 'ada', wrong)))
  assert.equal(answers.filter((answer) => answer === 'wrong').length, 4)
  assert.equal(answers.filter((answer) => answer === 'right').length, 0)
  assert.notEqual(await codes.check(first.challenge, 'ada', first.code), 'right')
  const second = await codes.create('ada')
  for (let number = 0; number < 4; number++) await codes.check(second.challenge, 'ada', wrongFor(second.code))
  assert.equal(await codes.check(second.challenge, 'ada', second.code), 'right')
})

test('a code ends with its time, and when another takes its place', async () => {
  await using codes = await codesWorld()
  const { clock } = codes.world
  const old = await codes.create('ada')
  clock.advance(30_000)
  const kept = await codes.create('ada')
  clock.advance(1)
  assert.equal(await codes.check(old.challenge, 'ada', old.code), 'gone')
  await codes.withdraw(kept.challenge)
  assert.equal(await codes.check(kept.challenge, 'ada', kept.code), 'gone')
})

test('what lies in the registry is no code, and fits neither another user nor another challenge', async () => {
  const added: unknown[] = []
  await using world = await openMultifactorWorld()
  const registry: Pick<TicketRegistry, 'add' | 'consume' | 'delete'> = {
    add: async (ticket) => {
      added.push(ticket)
      await world.registry.add(ticket)
    },
    consume: (id, kinds) => world.registry.consume(id, kinds),
    delete: (id) => world.registry.delete(id),
  }
  const parts = {
    registry,
    kind: CODE,
    typedPrefix: 'CASMFA-',
    length: 6,
    type: 'NUMERIC',
    timeToLiveInSeconds: 30,
    clock: world.clock,
  } as const
  const codes = oneTimeCodes({ ...parts, keys: [key('one')] })
  const { code, challenge } = await codes.create('ada')
  assert.ok(!JSON.stringify(added).includes(code))
  const rotated = oneTimeCodes({ ...parts, keys: [key('two'), key('one')] })
  assert.equal(await oneTimeCodes({ ...parts, keys: [key('two')] }).check(challenge, 'ada', code), 'wrong')
  assert.equal(await rotated.check(challenge, 'ada', code), 'right')
})

test('letters are capitals, and small ones are taken', async () => {
  await using codes = await codesWorld({ length: 12, type: 'ALPHANUMERIC' })
  const { code, challenge } = await codes.create('ada')
  assert.match(code, /^[A-Z0-9]{12}$/)
  assert.equal(await codes.check(challenge, 'ada', code.toLowerCase()), 'right')
})

test('every digit of a code is as likely as every other', async () => {
  await using codes = await codesWorld({ length: 32 })
  const counts = new Map<string, number>()
  for (let number = 0; number < 400; number++) {
    for (const digit of (await codes.create('ada')).code) counts.set(digit, (counts.get(digit) ?? 0) + 1)
  }
  // 12,800 digits: each about 1,280 times; seven standard deviations are 238.
  assert.equal(counts.size, 10)
  for (const [digit, count] of counts) assert.ok(Math.abs(count - 1280) < 238, `${digit}: ${count}`)
})
