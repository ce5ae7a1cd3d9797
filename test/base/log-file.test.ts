import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { lineWriter } from '../../src/base/line-writer.ts'
import { type LogFileOptions, localDay, logFile } from '../../src/base/log-file.ts'

const DAY_MS = 86_400_000
/** Files carry the time of the machine, so the clock of these tests begins there; `day(-1)` is yesterday. */
const START_MS = Date.now()
const day = (shift: number) => localDay(START_MS + shift * DAY_MS)

/** Log files in a folder of their own, with a clock that the test moves. */
async function withFolder(call: (world: World) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'castellan-log-'))
  const told: string[] = []
  const world: World = {
    folder,
    nowMs: START_MS,
    told,
    open: (more = {}) =>
      logFile({
        pathOn: () => join(folder, 'cas.log'),
        clock: () => world.nowMs,
        onTrouble: (_fields, message) => void told.push(message),
        ...more,
      }),
    read: (name = 'cas.log') => readFileSync(join(folder, name), 'utf8'),
    names: () => readdirSync(folder).sort(),
  }
  try {
    await call(world)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
interface World {
  readonly folder: string
  nowMs: number
  readonly told: readonly string[]
  open(more?: Partial<LogFileOptions>): ReturnType<typeof logFile>
  read(name?: string): string
  names(): readonly string[]
}

const ROTATION = { maxBytes: 100, keptDays: 2, totalBytes: 0 }
const line = (text: string) => `${text.padEnd(59, '.')}\n`

/** Everything so far is written, and what was put aside is tidied up. */
async function written(world: World, text: string, options: Partial<LogFileOptions> = {}): Promise<void> {
  const file = world.open(options)
  file.write(text)
  await file.close()
}

test('lines are appended to what is there, and only the owner and his group may read them', async () => {
  await withFolder(async (world) => {
    await written(world, 'one\n')
    await written(world, 'two\n')
    assert.equal(world.read(), 'one\ntwo\n')
    assert.equal(statSync(join(world.folder, 'cas.log')).mode & 0o007, 0)
    assert.deepEqual(world.told, [])
  })
})

test('a file that is too large, or of another day, is put aside and compressed', async () => {
  await withFolder(async (world) => {
    await written(world, line('first') + line('second'), { rotation: ROTATION })
    await written(world, line('third'), { rotation: ROTATION })
    await written(world, line('fourth'), { rotation: ROTATION })
    assert.deepEqual(world.names(), ['cas.log', `cas.log.${day(0)}.1.gz`])
    assert.equal(gunzipSync(readFileSync(join(world.folder, `cas.log.${day(0)}.1.gz`))).toString(), line('first') + line('second'))
    assert.equal(world.read(), line('third') + line('fourth'))
    const file = world.open({ rotation: { ...ROTATION, maxBytes: 10_000 } })
    file.write(line('today'))
    await file.close()
    const late = world.open({ rotation: { ...ROTATION, maxBytes: 10_000 } })
    late.write(line('still today'))
    await late.close()
    assert.equal(world.names().length, 2)
  })
})

test('archives that are too old, or too many bytes, are deleted', async () => {
  await withFolder(async (world) => {
    for (const shift of [-4, -2, -1]) writeFileSync(join(world.folder, `cas.log.${day(shift)}.1.gz`), 'x'.repeat(50))
    writeFileSync(join(world.folder, 'cas.log.old.gz'), 'not ours')
    await written(world, line('first') + line('second'), { rotation: ROTATION })
    await written(world, line('third'), { rotation: ROTATION })
    assert.deepEqual(world.names(), [
      'cas.log',
      `cas.log.${day(-2)}.1.gz`,
      `cas.log.${day(-1)}.1.gz`,
      `cas.log.${day(0)}.1.gz`,
      'cas.log.old.gz',
    ])
    const capped = { ...ROTATION, totalBytes: 160 }
    await written(world, line('fourth'), { rotation: capped })
    await written(world, line('fifth'), { rotation: capped })
    assert.ok(!world.names().includes(`cas.log.${day(-2)}.1.gz`))
    assert.ok(world.names().includes(`cas.log.${day(0)}.2.gz`))
  })
})

test('a path of another day begins another file, and old ones are deleted', async () => {
  await withFolder(async (world) => {
    const options = { pathOn: (of: string) => join(world.folder, `access.${of}.log`), keptDays: 1 }
    for (const name of [`access.${day(-2)}.log`, 'access.log', `other.${day(-2)}.log`]) writeFileSync(join(world.folder, name), '')
    const file = world.open(options)
    file.write(`${'x'.repeat(9000)}\n`)
    await eventually(() => world.names().includes(`access.${day(0)}.log`) && world.read(`access.${day(0)}.log`).length > 9000)
    world.nowMs += DAY_MS
    file.write('tomorrow\n')
    await file.close()
    assert.equal(world.read(`access.${day(1)}.log`), 'tomorrow\n')
    assert.deepEqual(world.names(), [`access.${day(0)}.log`, `access.${day(1)}.log`, 'access.log', `other.${day(-2)}.log`])
  })
})

test('a file that somebody has moved away is begun anew, at once when that is said', async () => {
  await withFolder(async (world) => {
    const file = world.open()
    const block = `${'x'.repeat(9000)}\n`
    file.write(block)
    await eventually(() => world.names().includes('cas.log') && world.read() === block)
    renameSync(join(world.folder, 'cas.log'), join(world.folder, 'cas.log.1'))
    file.reopen()
    file.write('after\n')
    await file.close()
    assert.equal(world.read(), 'after\n')
    assert.equal(world.read('cas.log.1'), block)
  })
})

test('two processes that rotate one file lose no line', async () => {
  await withFolder(async (world) => {
    const [one, other] = [world.open({ rotation: ROTATION }), world.open({ rotation: ROTATION })]
    for (let number = 0; number < 20; number += 1) {
      one.write(line(`one ${number}`))
      other.write(line(`other ${number}`))
    }
    await Promise.all([one.close(), other.close()])
    const all = world
      .names()
      .map((name) => (name.endsWith('.gz') ? gunzipSync(readFileSync(join(world.folder, name))).toString() : world.read(name)))
    assert.equal(all.join('').split('\n').length - 1, 40)
  })
})

test('what cannot be written waits, is said once, and is written when there is room', async () => {
  await withFolder(async (world) => {
    const inTheWay = join(world.folder, 'logs')
    writeFileSync(inTheWay, 'a file where a folder should be')
    const file = world.open({ pathOn: () => join(inTheWay, 'cas.log') })
    file.write('early\n')
    await eventually(() => world.told.length > 0)
    file.write('later\n')
    rmSync(inTheWay)
    await eventually(() => world.told.length > 1)
    await file.close()
    assert.equal(world.read('logs/cas.log'), 'early\nlater\n')
    assert.match(world.told[0] ?? '', /^the log file .*logs\/cas\.log cannot be written \((ENOTDIR|EEXIST)\)$/)
    assert.match(world.told[1] ?? '', /can be written again; 0 lines were lost$/)
  })
})

test('a full disk stops neither the server nor its end', async () => {
  await withFolder(async (world) => {
    symlinkSync('/dev/full', join(world.folder, 'cas.log'))
    const file = world.open()
    file.write('one\n')
    await eventually(() => world.told.length > 0)
    assert.match(world.told[0] ?? '', /\(ENOSPC\)$/)
    for (let number = 0; number < 200; number += 1) file.write('x'.repeat(100_000))
    await file.close()
  })
})

test('of what waits too long the newest is dropped, and the number is told', async () => {
  const out: string[] = []
  let full = true
  const told: number[] = []
  const writer = lineWriter({
    append: async (block) => {
      if (full) throw Object.assign(new Error('full'), { code: 'ENOSPC' })
      out.push(block.toString())
      return block.length
    },
    appendAtExit: (block) => block.length,
    mostWaiting: 10,
    onRecovered: (lost) => void told.push(lost),
  })
  for (const text of ['1234\n', '5678\n', 'abcd\n', 'efgh\n']) writer.write(text)
  full = false
  await writer.close()
  assert.deepEqual(out, ['1234\n5678\n'])
  assert.deepEqual(told, [])
})

async function eventually(isSo: () => boolean): Promise<void> {
  const { setTimeout: sleep } = await import('node:timers/promises')
  for (let tries = 0; tries < 500 && !isSo(); tries += 1) await sleep(10)
  assert.ok(isSo())
}
