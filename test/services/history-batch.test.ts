import assert from 'node:assert/strict'
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { historyBatches, nameOf } from '../../src/services/registry/history-batch.ts'
import { definition, NOW, openWorld } from './world.ts'

const COUNT = 40
const files = () =>
  Object.fromEntries(
    Array.from({ length: COUNT }, (_, at) => [`App-${at + 1}.json`, definition(at + 1, `App ${at + 1}`, `^https://app${at + 1}/.*`)]),
  )
const folder = (directory: string) => join(directory, '.castellan/history')
const expiring = (at: number) => ({
  expirationPolicy: {
    '@class': 'org.apereo.cas.services.DefaultRegisteredServiceExpirationPolicy',
    deleteWhenExpired: true,
    expirationDate: new Date(NOW - at * 1000).toISOString(),
  },
})

test('what many definitions were that went at once is one file, and each is found in it, also by another server', async () => {
  await using one = await openWorld({ files: files() })
  await using other = await openWorld({ directory: one.directory })
  for (let id = 1; id <= COUNT; id++) one.write(`App-${id}.json`, definition(id, `App ${id}`, `^https://app${id}/.*`, expiring(id)))
  await one.services.reload()
  await one.services.reload()
  await other.services.reload()
  assert.deepEqual(readdirSync(folder(one.directory)), ['ended'])
  assert.equal(existsSync(join(one.directory, 'App-7.json')), false)
  for (const world of [one, other]) {
    const said = (await world.services.pastVersions('7')).map(({ definition, ended }) => [definition['name'], ended.by, ended.who])
    assert.deepEqual(said, [
      ['App 7', 'replaced', 'unknown'],
      ['App 7', 'deleted', 'expiry'],
    ])
  }
  assert.deepEqual(await one.services.pastVersions('77'), [])
})

test('of definitions that are deleted by hand, all at once, two servers keep each version once', async () => {
  await using one = await openWorld({ files: files() })
  await using other = await openWorld({ directory: one.directory })
  for (const name of Object.keys(files())) rmSync(join(one.directory, name))
  await Promise.all([one.services.reload(), other.services.reload()])
  await one.services.reload()
  for (let id = 1; id <= COUNT; id++) assert.equal((await one.services.pastVersions(String(id))).length, 1)
  assert.equal(existsSync(join(folder(one.directory), '7')), false)
})

test('a definition that comes back is in its own folder and in the file of many, in order', async () => {
  await using world = await openWorld({ files: files() })
  for (const name of Object.keys(files())) rmSync(join(world.directory, name))
  await world.services.reload()
  await world.services.save(JSON.stringify(definition(7, 'App 7', '^https://app7/.*', { description: 'again' })), { who: 'admin' })
  await world.services.remove('7', { who: 'admin' })
  assert.deepEqual(
    (await world.services.pastVersions('7')).map(({ definition, ended }) => [definition['description'], ended.who]),
    [
      [undefined, 'unknown'],
      ['again', 'admin'],
    ],
  )
})

test('of a file of thousands each is found, whatever stands in it, and nothing of a file that is none', async () => {
  await using world = await openWorld()
  const batches = historyBatches((root) => join(root, 'ended'))
  const entries = new Map(
    Array.from({ length: 5000 }, (_, at) => [nameOf(`${at}`, NOW), JSON.stringify({ at, text: `a\u2028b\r\n${'x'.repeat(90)}` })]),
  )
  await batches.write(world.directory, entries, NOW)
  writeFileSync(join(world.directory, 'ended', `${'9'.repeat(15)}-abcdefabcdef.jsonl`), '"12 are no names"\n{}\n')
  for (const at of [0, 12, 4999]) {
    const name = nameOf(`${at}`, NOW)
    assert.deepEqual(await batches.entriesOf(world.directory, `${at}`), [{ name, text: entries.get(name) }])
  }
  assert.deepEqual(await batches.entriesOf(world.directory, '5000'), [])
  assert.equal((await batches.namesSince(world.directory, NOW)).size, 5000)
})
