import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { chain, verifyChains } from '../../src/audit/chain.ts'

const DAYS = ['audit-2026-01-30.jsonl', 'audit-2026-01-31.jsonl'] as const

/** Two processes whose records are mixed, over two days; then somebody else has the files. */
async function verifiedAfter(change: (lines: string[][]) => void) {
  const folder = mkdtempSync(join(tmpdir(), 'castellan-chain-'))
  try {
    const [one, two] = [chain('one'), chain('two')]
    const days = [0, 1].map((day) => [0, 1, 2].flatMap((at) => [one({ atMs: day * 10 + at }), two({ atMs: day * 10 + at })]))
    change(days)
    for (const [at, name] of DAYS.entries()) writeFileSync(join(folder, name), days[at]?.map((line) => `${line}\n`).join('') ?? '')
    writeFileSync(join(folder, 'notes.txt'), 'not a record')
    return await verifyChains(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('chains that nobody has touched hold, over days and among processes', async () => {
  const verified = await verifiedAfter(() => {})
  assert.deepEqual(verified.breaks, [])
  assert.equal(verified.records, 12)
  assert.deepEqual(
    verified.chains.map(({ writer, from, to }) => [writer, from, to]),
    [
      ['one', 0, 5],
      ['two', 0, 5],
    ],
  )
  assert.equal(new Set(verified.chains.map(({ head }) => head)).size, 2)
})

const CHANGES: readonly (readonly [
  string,
  (days: string[][]) => void,
  readonly [file: string, line: number, reason: RegExp] | undefined,
])[] = [
  [
    'a record is changed',
    ([day]) => void day?.splice(2, 1, day[2]?.replace('"atMs":1', '"atMs":9') ?? ''),
    [DAYS[0], 5, /number 1 of one, was another one/],
  ],
  ['a record is taken away', ([day]) => void day?.splice(2, 1), [DAYS[0], 4, /records 1 to 1 of one are missing/]],
  ['a record is put in a second time', ([day]) => void day?.push(day[0] ?? ''), [DAYS[0], 7, /number 0 of one is there a second time/]],
  ['a line is no record', ([day]) => void day?.push('{"atMs":'), [DAYS[0], 7, /is no record/]],
  ['a link is none', ([day]) => void day?.push('{"chain":{"writer":1}}'), [DAYS[0], 7, /is no record/]],
  ['the first day is gone, as its time was over', (days) => void days.shift(), undefined],
  ['records of an earlier version are among them', ([day]) => void day?.unshift('{"atMs":0}'), undefined],
  [
    'a clock that was set back has written to the day before',
    ([first, second]) => void first?.push(...(second?.splice(4, 2) ?? [])),
    undefined,
  ],
]
for (const [what, change, expected] of CHANGES) {
  test(`${what}: ${expected ? 'told with its place' : 'nothing is wrong'}`, async () => {
    const { breaks } = await verifiedAfter(change)
    const [first] = breaks
    assert.equal(breaks.length, expected ? 1 : 0, JSON.stringify(breaks))
    if (!expected || !first) return
    assert.deepEqual([first.file, first.line], [expected[0], expected[1]])
    assert.match(first.reason, expected[2])
  })
}

test('a folder that is not there has no records', async () => {
  assert.deepEqual(await verifyChains('/nonexistent'), { records: 0, unchained: 0, chains: [], breaks: [] })
})
