import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { definition, NOW, openWorld } from './world.ts'

const app = (more: object = {}) => definition(1, 'App', '^https://app/.*', more)

test('what a definition was before is kept, with who changed it and when', async () => {
  await using world = await openWorld({ files: { 'App-1.json': app() } })
  await world.services.save(JSON.stringify(app({ description: 'two' })), { who: 'admin' })
  await world.services.remove('1', { who: 'other' })
  const versions = await world.services.pastVersions('1')
  assert.deepEqual(
    versions.map(({ definition, ended }) => [definition['description'], ended]),
    [
      [undefined, { who: 'admin', source: 'endpoint', atMs: NOW, by: 'replaced' }],
      ['two', { who: 'other', source: 'endpoint', atMs: NOW, by: 'deleted' }],
    ],
  )
  assert.equal(readFileSync(join(world.directory, '.castellan/.gitignore'), 'utf8'), '*\n')
  assert.deepEqual(await world.services.pastVersions('2'), [])
  assert.deepEqual(await world.services.pastVersions('../1'), [])
})

test('a file that is edited or deleted by hand is in the history too, once for all servers', async () => {
  await using one = await openWorld({ files: { 'App-1.json': app() } })
  await using other = await openWorld({ directory: one.directory })
  const both = async () => {
    await one.services.reload()
    await other.services.reload()
  }
  one.write('App-1.json', app({ description: 'by hand' }))
  await both()
  rmSync(join(one.directory, 'App-1.json'))
  await both()
  const ended = (await one.services.pastVersions('1')).map(({ ended }) => `${ended.who} ${ended.source} ${ended.by}`)
  assert.deepEqual(ended.sort(), ['unknown file deleted', 'unknown file replaced'])
})

test('a renamed file is no change; a change that fails leaves no version behind', async () => {
  await using world = await openWorld({ files: { 'odd.json': app() } })
  world.write('App-1.json', app())
  rmSync(join(world.directory, 'odd.json'))
  await world.services.reload()
  assert.ok(!existsSync(join(world.directory, '.castellan')))
  world.write(`.App-1.json.tmp-${process.pid}/x`, 'a directory where the text should go first')
  assert.equal((await world.services.save(JSON.stringify(app({ description: 'new' })))).kind, 'failed')
  assert.deepEqual(await world.services.pastVersions('1'), [])
})

test('only so many versions are kept, and none when none are wanted', async () => {
  for (const kept of [2, 0]) {
    await using world = await openWorld({
      files: { 'App-1.json': app() },
      settings: { 'castellan.serviceRegistry.history.versions': kept },
    })
    for (const description of ['a', 'b', 'c']) await world.services.save(JSON.stringify(app({ description })))
    assert.deepEqual(
      (await world.services.pastVersions('1')).map(({ definition }) => definition['description']),
      kept === 0 ? [] : ['a', 'b'],
    )
  }
})

test('entries of the history that somebody has spoiled by hand are passed over', async () => {
  await using world = await openWorld({ files: { 'App-1.json': definition(1, 'App', '^https://app/.*') } })
  assert.equal((await world.services.save(JSON.stringify(definition(1, 'App', '^https://app/.*', { description: 'new' })))).kind, 'saved')
  const [kept] = await world.services.pastVersions('1')
  const folder = join(world.directory, '.castellan/history/1')
  const spoiled = [
    '{}',
    'null',
    '[]',
    '{"sinceMs":1e20,"ended":{"atMs":1,"by":"deleted"},"definition":{}}',
    '{"sinceMs":1,"ended":{},"definition":{}}',
    '{',
  ]
  for (const [at, text] of spoiled.entries()) writeFileSync(join(folder, `00000000000000${at}-abcdef12.json`), text)
  assert.deepEqual(await world.services.pastVersions('1'), [kept])
})
