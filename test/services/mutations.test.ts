import assert from 'node:assert/strict'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { projectDirectory } from '../support/castellan.ts'
import { definition, openWorld, seeded } from './world.ts'

/** Sound definitions, out of the golden files: what stands above the line of dashes. */
const SOUND = globSync(join(projectDirectory, 'test/golden/services/*.golden'))
  .sort()
  .map((file) => Buffer.from(readFileSync(file, 'utf8').split(/^-{5,}\n/m)[0] ?? ''))

const random = seeded(20_261_130)
const below = (limit: number) => Math.floor(random() * limit)
const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T

/** One way of going wrong each, as editors, disks and copies have them. */
const MUTATIONS: readonly ((text: Buffer) => Buffer)[] = [
  /** Bytes flipped. */
  (text) => {
    const changed = Buffer.from(text)
    for (let n = 1 + below(8); n > 0; n--) changed[below(changed.length)] = below(256)
    return changed
  },
  /** Cut off. */
  (text) => text.subarray(0, below(text.length)),
  /** A piece missing. */
  (text) => {
    const from = below(text.length)
    return Buffer.concat([text.subarray(0, from), text.subarray(from + below(60))])
  },
  /** A piece doubled. */
  (text) => {
    const from = below(text.length)
    const piece = text.subarray(from, from + below(200))
    return Buffer.concat([text.subarray(0, from), piece, text.subarray(from)])
  },
  /** Nested in itself, or deep. */
  (text) => {
    const [open, close] = pick([
      ['[', ']'],
      ['{"a":', '}'],
      ['["java.util.ArrayList",[', ']]'],
    ] as const)
    const deep = pick([1, 5, 90, 200, 5000])
    return Buffer.concat([Buffer.from(open.repeat(deep)), text, Buffer.from(close.repeat(deep))])
  },
  /** A value replaced by one of another kind. */
  (text) => {
    const values = [
      'null',
      '[]',
      '{}',
      '-1',
      '1e999',
      '"\\u0000"',
      'true',
      '"x"',
      '["java.util.ArrayList", 7]',
      '92233720368547758080',
      "'''",
    ]
    return Buffer.from(text.toString().replace(/:\s*("[^"]*"|\d+|true|false)/g, (all) => (random() < 0.2 ? `: ${pick(values)}` : all)))
  },
  /** Two in one file. */
  (text) => Buffer.concat([text, text]),
  /** In another encoding. */
  (text) =>
    pick([
      Buffer.from(text.toString(), 'utf16le'),
      Buffer.concat([Buffer.from('\ufeff\ufeff'), text]),
      Buffer.from(text.toString(), 'latin1'),
    ]),
]

const COUNT = 2000

test(`of ${COUNT} damaged definitions none stops the registry, each one that is not used is named, and the sound one stays`, async () => {
  assert.ok(SOUND.length > 5)
  await using world = await openWorld({
    files: { 'Sound-77.json': definition(77, 'Sound', '^https://sound/.*', { evaluationOrder: -2147483648 }) },
  })
  const files: string[] = []
  for (let n = 0; n < COUNT; n++) {
    const name = `Damaged${n}-${n + 1000}.json`
    const damaged = pick(MUTATIONS)(pick(SOUND))
    world.write(name, damaged)
    if (damaged.toString('utf8').trim() !== '') files.push(name)
  }
  await world.services.reload()
  const used = new Set(world.services.all().map(({ file }) => basename(file)))
  const named = new Set(world.services.problems().map(({ file }) => basename(file)))
  const forgotten = files.filter((name) => !used.has(name) && !named.has(name))
  assert.deepEqual(forgotten, [])
  assert.ok(named.size > COUNT / 2, `only ${named.size} are named`)
  assert.equal(world.ask('https://sound/'), 'found Sound')
  // Whatever was let through can be asked.
  for (const service of world.services.all()) {
    await world.services.authorize(service, { id: 'u', attributes: { cn: ['x'] } })
    const reference = { id: 'https://x/', originalUrl: 'https://x/' }
    await world.services.release(service, { id: 'u', attributes: { cn: ['x'] } }, reference).catch(() => {})
  }
})

test('definitions that are damaged and mended again and again leave no memory behind', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const heap = () => {
    collect()
    return process.memoryUsage().heapUsed
  }
  await using world = await openWorld()
  const round = async (turn: number) => {
    for (let n = 0; n < 80; n++) {
      const text = pick(SOUND)
      writeFileSync(join(world.directory, `App-${n}.json`), turn % 2 === 0 ? text : pick(MUTATIONS)(text))
    }
    await world.services.reload()
    ;(world.lines as unknown[]).length = 0
  }
  for (let turn = 0; turn < 4; turn++) await round(turn)
  const before = heap()
  for (let turn = 4; turn < 14; turn++) await round(turn)
  const grown = (heap() - before) / 1e6
  // Ten turns read eight hundred texts; kept, with all that is made of them, they would be many megabytes.
  assert.ok(grown < 4, `${grown.toFixed(1)} MB more`)
})

const BEYOND = ['9223372036854775808', '-9223372036854775809', '1e30', '12345678901234567890123', '0x10', '1.5']

test('an id beyond 64 bits is a mistake with its place; the largest and the smallest are ids', async () => {
  const text = (id: string) =>
    `{\n  "@class": "org.apereo.cas.services.CasRegisteredService",\n  "serviceId": "^https://x/.*",\n  "name": "X",\n  "id": ${id}\n}\n`
  const files = Object.fromEntries(BEYOND.map((id, n) => [`Beyond-${n}.json`, text(id)]))
  const good = ['9223372036854775807', '-9223372036854775808']
  for (const [n, id] of good.entries()) files[`Good-10${n}.json`] = text(id)
  await using world = await openWorld({ files })
  assert.deepEqual(
    world.services
      .all()
      .map(({ id }) => id)
      .sort(),
    [...good].sort(),
  )
  for (const n of BEYOND.keys()) {
    const [problem] = world.services.problems().filter(({ file, severity }) => severity === 'error' && file.endsWith(`Beyond-${n}.json`))
    assert.equal(problem?.line, 5, BEYOND[n])
  }
})
