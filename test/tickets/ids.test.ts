import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ticketIds } from '../../src/tickets/index.ts'

const random = (id: string) => id.split('-')[2] ?? ''

test('an id is prefix, number, random part and host', () => {
  const ids = ticketIds({ hostSuffix: 'sso1' })
  const [first, second] = [ids.create('ST', 20), ids.create('TGT', 50)]
  assert.match(first, /^ST-\d{6}-[A-Za-z0-9]{27}-sso1$/)
  assert.match(second, /^TGT-\d{6,7}-[A-Za-z0-9]{68}-sso1$/)
  assert.equal(Number(second.split('-')[1]), Number(first.split('-')[1]) + 1)
})

test('the random part has as many characters as the bytes are worth, and never fewer than 128 bits', () => {
  const ids = ticketIds({ hostSuffix: '' })
  const rows = [
    [16, 22],
    [20, 27],
    [24, 33],
    [50, 68],
    [8, 22],
    [0, 22],
    [-5, 22],
  ] as const
  for (const [bytes, characters] of rows) assert.equal(random(ids.create('ST', bytes)).length, characters)
})

test('a service ticket can be as short as 32 characters, which every client accepts', () => {
  assert.equal(ticketIds({ hostSuffix: '' }).create('ST', 16).length, 32)
})

test('no id is longer than 256 characters or holds anything but letters, digits and hyphens', () => {
  for (const hostSuffix of ['x'.repeat(500), 'sso_1.example.org', '../../etc', 'höst', '-', '\r\nSet-Cookie: x', '%00']) {
    for (const bytes of [20, 5000]) {
      const id = ticketIds({ hostSuffix }).create('PGTIOU', bytes)
      assert.ok(id.length <= 256)
      assert.match(id, /^[A-Za-z0-9-]+$/)
      assert.ok(random(id).length >= 22)
    }
  }
})

test('every character is equally likely: bytes that would favour some are thrown away', () => {
  // Every byte once: 248 of them are used, four for each character.
  let next = 0
  const ids = ticketIds({ hostSuffix: '', random: (count) => Buffer.from(Array.from({ length: count }, () => next++ % 256)) })
  const counts = new Map<string, number>()
  const texts = Array.from({ length: 62 * 4 }, () => random(ids.create('ST', 16)))
  for (const character of texts.join('')) counts.set(character, (counts.get(character) ?? 0) + 1)
  assert.equal(counts.size, 62)
  assert.ok(Math.max(...counts.values()) - Math.min(...counts.values()) <= 2)
})

test('the count starts anywhere, so that it does not tell how many were issued', () => {
  const starts = new Set(Array.from({ length: 50 }, () => ticketIds({ hostSuffix: '' }).create('ST', 16).split('-')[1]))
  assert.ok(starts.size > 45)
})

test('ten thousand ids are all different', () => {
  const ids = ticketIds({ hostSuffix: 'sso1' })
  assert.equal(new Set(Array.from({ length: 10_000 }, () => random(ids.create('ST', 20)))).size, 10_000)
})
