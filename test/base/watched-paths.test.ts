import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLog } from '../../src/base/log.ts'
import { type Timers, watchPaths } from '../../src/base/watched-paths.ts'
import { eventually } from '../support/castellan.ts'

const SOON = 20_000

/** Watches `file` and `folder` of a new directory; counts what is told. */
async function watched(call: (root: string, told: () => number) => Promise<void>, pollMs?: number): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'castellan-paths-'))
  mkdirSync(join(root, 'folder'))
  writeFileSync(join(root, 'file'), 'one')
  let told = 0
  try {
    await using _watcher = watchPaths({
      paths: () => [join(root, 'file'), join(root, 'missing'), join(root, 'folder')],
      onChange: async () => void told++,
      readAtMs: Number.POSITIVE_INFINITY,
      log: silentLog,
      quietMs: 20,
      ...(pollMs === undefined ? {} : { pollMs }),
    })
    await call(root, () => told)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

const CHANGES: readonly (readonly [string, (root: string) => void])[] = [
  ['is written', (root) => writeFileSync(join(root, 'file'), 'two')],
  [
    'is replaced by another',
    (root) => {
      writeFileSync(join(root, 'draft'), 'one')
      renameSync(join(root, 'draft'), join(root, 'file'))
    },
  ],
  ['goes', (root) => unlinkSync(join(root, 'file'))],
  ['that was missing appears', (root) => writeFileSync(join(root, 'missing'), '')],
  ['appears in a folder', (root) => writeFileSync(join(root, 'folder/new'), '')],
]
for (const [what, change] of CHANGES) {
  test(`a file that ${what} is told`, async () => {
    await watched(async (root, told) => {
      // Before the first look nothing is known that could change.
      await new Promise((resolve) => setTimeout(resolve, 100))
      change(root)
      await eventually('it is told', () => (told() > 0 ? true : undefined), SOON)
    })
  })
}

test('what no event tells of is found by looking: a link that leads elsewhere', async () => {
  const root = mkdtempSync(join(tmpdir(), 'castellan-paths-'))
  mkdirSync(join(root, 'away'))
  for (const name of ['one', 'two']) writeFileSync(join(root, 'away', name), name)
  mkdirSync(join(root, 'here'))
  symlinkSync(join(root, 'away/link'), join(root, 'here/file'))
  symlinkSync('one', join(root, 'away/link'))
  let told = 0
  try {
    await using _watcher = watchPaths({
      paths: () => [join(root, 'here/file')],
      onChange: async () => void told++,
      readAtMs: Number.POSITIVE_INFINITY,
      log: silentLog,
      quietMs: 20,
      pollMs: 50,
    })
    await new Promise((resolve) => setTimeout(resolve, 200))
    unlinkSync(join(root, 'away/link'))
    symlinkSync('two', join(root, 'away/link'))
    await eventually('it is told', () => (told > 0 ? true : undefined), SOON)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
})

test('other files of the folder are nobody`s business, and what changed before the first look is told', async () => {
  await watched(async (root, told) => {
    await new Promise((resolve) => setTimeout(resolve, 100))
    writeFileSync(join(root, 'other'), '')
    await new Promise((resolve) => setTimeout(resolve, 300))
    assert.equal(told(), 0)
  }, 50)
  const root = mkdtempSync(join(tmpdir(), 'castellan-paths-'))
  writeFileSync(join(root, 'file'), '')
  let told = 0
  try {
    const watcher = watchPaths({ paths: () => [join(root, 'file')], onChange: async () => void told++, readAtMs: 0, log: silentLog })
    await eventually('it is told', () => (told > 0 ? true : undefined), SOON)
    await watcher[Symbol.asyncDispose]()
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
})

test('a change is told half a second after the last event, and after one second in a folder that is never quiet [configuration.md 19, 13]', async () => {
  const root = mkdtempSync(join(tmpdir(), 'castellan-paths-'))
  writeFileSync(join(root, 'file'), 'one')
  const time = givenTime()
  let told = 0
  try {
    await using _watcher = watchPaths({
      paths: () => [join(root, 'file')],
      onChange: async () => void told++,
      readAtMs: Number.POSITIVE_INFINITY,
      log: silentLog,
      timers: time,
    })
    /** Writes until the watcher has heard of it, which the system does not promise for the first write after it began to look. */
    const heard = async (file: string) => {
      const before = time.asked()
      await eventually(
        'an event comes',
        () => {
          writeFileSync(join(root, file), String(Math.random()))
          return time.asked() > before || undefined
        },
        SOON,
      )
      // More of the events of that write may be on their way; the next step is for after them.
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    await heard('file')
    time.pass(499)
    assert.equal(told, 0)
    time.pass(1)
    await eventually('it is told', () => (told === 1 ? true : undefined), SOON)

    await heard('file')
    for (let at = 0; at < 4; at++) {
      time.pass(249)
      await heard('log')
    }
    assert.equal(told, 1)
    time.pass(4)
    await eventually('it is told although the folder is not quiet', () => (told === 2 ? true : undefined), SOON)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
})

/** Time that passes when a test says so. */
function givenTime(): Timers & { pass(ms: number): void; asked(): number } {
  let nowMs = 0
  let count = 0
  const calls = new Set<{ readonly atMs: number; readonly call: () => void }>()
  return {
    after(ms, call) {
      count += 1
      const one = { atMs: nowMs + ms, call }
      calls.add(one)
      return () => calls.delete(one)
    },
    pass(ms) {
      nowMs += ms
      for (const one of [...calls].filter(({ atMs }) => atMs <= nowMs)) if (calls.delete(one)) one.call()
    },
    asked: () => count,
  }
}
