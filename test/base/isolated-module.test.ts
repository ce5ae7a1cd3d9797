import assert from 'node:assert/strict'
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isolatedModule, ScriptFailure } from '../../src/base/isolated-module.ts'
import { silentLog } from '../../src/base/log.ts'
import { processorMs } from '../support/processor-time.ts'

async function script(text: string, timeoutMs = 300) {
  const directory = await mkdtemp(join(tmpdir(), 'castellan-script-'))
  const module = join(directory, 'script.mjs')
  await writeFile(module, text)
  const isolated = isolatedModule({ module, timeoutMs, log: silentLog })
  return {
    module,
    call: isolated.call,
    async [Symbol.asyncDispose]() {
      await isolated.close()
      await rm(directory, { recursive: true })
    },
  }
}
const fails = (kind: ScriptFailure['kind']) => (error: unknown) => error instanceof ScriptFailure && error.kind === kind

test('a script gets a copy of its input and gives back JSON', async () => {
  await using world = await script('export default async ({ a }) => ({ sum: a + 1, none: undefined })')
  assert.deepEqual(await world.call({ a: 1 }), { sum: 2 })
  await using named = await script('export const run = () => undefined')
  assert.equal(await named.call({}), null)
})

test('a loop is ended at its limit; the thread is made anew for the next call', async () => {
  await using world = await script('export default ({ loop }) => { while (loop) {} return 1 }')
  await assert.rejects(world.call({ loop: true }), fails('timeout'))
  assert.equal(await world.call({ loop: false }), 1)
})

test('what a script may not do: see the environment, take the server along, return what is no JSON or too much', async () => {
  process.env['CASTELLAN_TEST_SECRET'] = 'hush'
  await using seen = await script('export default () => Object.keys(process.env)')
  assert.deepEqual(await seen.call({}), [])
  await using exits = await script('export default () => process.exit(3)')
  await assert.rejects(exits.call({}), fails('threw'))
  await using circle = await script('export default () => { const a = {}; a.a = a; return a }')
  await assert.rejects(circle.call({}), fails('threw'))
  await using large = await script('export default () => "x".repeat(1e6)')
  await assert.rejects(large.call({}), fails('threw'))
  await using hoards = await script('export default () => { const all = []; for (;;) all.push(new Array(1e6).fill(1)) }', 10_000)
  await assert.rejects(hoards.call({}), fails('threw'))
})

test('a module that cannot be loaded fails each call and is not tried for each', async () => {
  await using world = await script('export default 7')
  await assert.rejects(world.call({}), fails('load'))
  const trials = await processorMs(async () => {
    for (let n = 0; n < 50; n++) await assert.rejects(world.call({}), fails('load'))
  })
  // A trial starts a thread: fifty of them would be seconds.
  assert.ok(trials < 1000, `${trials} ms`)
  await using missing = await script('export default () => 1')
  await rm(missing.module)
  await assert.rejects(missing.call({}), fails('load'))
})

test('a changed file counts, a broken one leaves the version before', async () => {
  await using world = await script('export default () => 1')
  assert.equal(await world.call({}), 1)
  const change = async (text: string, at: number) => {
    await writeFile(world.module, text)
    await utimes(world.module, at, at)
  }
  await change('export default () => (', 2_000_000_000)
  await new Promise((resolve) => setTimeout(resolve, 520))
  assert.equal(await world.call({}), 1)
  await change('export default () => 2', 2_000_000_100)
  await new Promise((resolve) => setTimeout(resolve, 520))
  assert.equal(await world.call({}), 2)
})
