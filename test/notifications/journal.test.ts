import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Journal, type JournalOptions, type JournalReader, openJournal } from '../../src/notifications/outbox/journal.ts'

interface Reading {
  readonly journal: Journal
  readonly texts: readonly string[]
}

async function read(root: string, options: JournalOptions = {}): Promise<Reading> {
  const texts: string[] = []
  const reader: JournalReader = {
    begin(summary) {
      texts.splice(0, texts.length, ...summary.split('\n').filter((text) => text !== ''))
    },
    apply: (text) => void texts.push(text),
    *summary() {
      for (const text of texts) yield `${text}\n`
    },
  }
  return { journal: await openJournal(root, reader, options), texts }
}

async function within(work: (root: string) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'castellan-journal-'))
  try {
    await work(root)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

const foldersOf = (root: string) => readdirSync(root).filter((name) => /^\d+-/.test(name))

for (const hardLinks of [true, false]) {
  const how = hardLinks ? '' : ', without second names'

  test(`all readers are given all texts in one order, over many epochs${how}`, async () => {
    await within(async (root) => {
      const options = { hardLinks, longEpoch: 5 }
      const readings = await Promise.all([read(root, options), read(root, options), read(root, options)])
      await Promise.all(
        readings.map(async ({ journal }, who) => {
          for (let count = 0; count < 40; count++) {
            await journal.append(`${who} ${count}`)
            if (count % 7 === who) await journal.tend()
          }
        }),
      )
      const late = await read(root, options)
      for (const { journal } of readings) await journal.catchUp()
      assert.equal(new Set(late.texts).size, 120)
      for (const { texts } of readings) assert.deepEqual(texts, late.texts)
      assert.ok(foldersOf(root).length <= 2, foldersOf(root).join(' '))
    })
  })
}

test('a process that was stopped over several epochs adds nothing to the past and loses nothing', async () => {
  await within(async (root) => {
    const stopped = await read(root)
    const other = await read(root, { longEpoch: 1 })
    await stopped.journal.append('first')
    for (let count = 0; count < 4; count++) {
      await other.journal.append(`other ${count}`)
      await other.journal.tend()
    }
    await stopped.journal.append('last')
    await other.journal.catchUp()
    const expected = ['first', 'other 0', 'other 1', 'other 2', 'other 3', 'last']
    assert.deepEqual(stopped.texts, expected)
    assert.deepEqual(other.texts, expected)
  })
})

test('one that only reads sees what came while it was stopped', async () => {
  await within(async (root) => {
    const stopped = await read(root)
    const other = await read(root, { longEpoch: 1 })
    for (let count = 0; count < 4; count++) {
      await other.journal.append(`other ${count}`)
      await other.journal.tend()
    }
    await stopped.journal.tend()
    assert.deepEqual(stopped.texts, other.texts)
  })
})

test('a process killed between any two steps of an epoch leaves a journal that all read alike', async () => {
  await within(async (root) => {
    const { journal, texts } = await read(root, { longEpoch: 2 })
    await journal.append('a')
    await journal.append('b')
    const before = join(root, 'before')
    mkdirSync(before)
    for (const name of readdirSync(root)) if (name !== 'before') cpSync(join(root, name), join(before, name), { recursive: true })
    await journal.tend()
    await journal.append('c')
    const next = foldersOf(root).find((name) => name.startsWith('1-')) ?? ''
    assert.notEqual(next, '')

    // Killed when the summary was written, but not named: it counts for nothing, and goes when an epoch of that number is begun.
    cpSync(join(root, next), join(before, '1-000000000000000000000000'), { recursive: true })
    const unnamed = await read(before, { longEpoch: 2 })
    assert.deepEqual(unnamed.texts, ['a', 'b'])
    await unnamed.journal.tend()
    assert.deepEqual(
      foldersOf(before).filter((name) => name.endsWith('-000000000000000000000000')),
      [],
    )

    // Killed when the epoch had ended, before its successor was pointed at.
    rmSync(join(root, '1.epoch'))
    const unpointed = await read(root)
    assert.deepEqual(unpointed.texts, texts)
    assert.equal(readFileSync(join(root, '1.epoch'), 'utf8').trim(), next)
  })
})

test('what waits for its name when a process is killed is taken away when it is old; only the owner can read any of it', async () => {
  await within(async (root) => {
    const { journal } = await read(root, { longEpoch: 1 })
    const [old, young] = [`.${'0'.repeat(24)}.tmp`, `.${'1'.repeat(24)}.tmp`]
    for (const name of [old, young]) writeFileSync(join(root, name), 'half a li')
    utimesSync(join(root, old), 1, 1)
    await journal.append('a')
    await journal.tend()
    const names = readdirSync(root)
    assert.deepEqual([names.includes(old), names.includes(young)], [false, true])
    for (const name of readdirSync(root, { recursive: true }).map(String)) {
      if (name !== young) assert.equal(statSync(join(root, name)).mode & 0o077, 0, name)
    }
  })
})

test('a pointer that leads out of the folder is not followed', async () => {
  await within(async (root) => {
    const outside = mkdtempSync(join(tmpdir(), 'castellan-outside-'))
    writeFileSync(join(outside, 'summary'), 'a\n')
    const { journal } = await read(root)
    await journal.append('a')
    const [folder = ''] = foldersOf(root)
    writeFileSync(join(root, folder, '2'), JSON.stringify({ next: `../${outside}` }))
    await assert.rejects(journal.catchUp(), /ends with what is no epoch/)
    rmSync(outside, { recursive: true })
  })
})
