import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { breath } from '../../src/base/breath.ts'
import { scan } from '../../src/services/registry/json/scan.ts'
import { touchedPaths } from '../../src/services/registry/json/touched.ts'
import { requirePrograms } from '../support/castellan.ts'
import { definition, openWorld, until } from './world.ts'

/** Only the watcher may find these changes: the periodic look is hours away. */
const WATCHED = { 'json.watcherEnabled': true, 'schedule.repeatInterval': 36_000 }
const app = (description: string) => JSON.stringify(definition(1, 'App', '^https://app/.*', { description }))

test('a volume of Kubernetes whose files are swapped by one link is followed', async () => {
  await using outer = await openWorld()
  const volume = join(outer.directory, 'volume')
  const version = (name: string, text: string) => {
    mkdirSync(join(volume, name), { recursive: true })
    writeFileSync(join(volume, name, 'App-1.json'), text)
    symlinkSync(name, join(volume, '..data_tmp'))
    renameSync(join(volume, '..data_tmp'), join(volume, '..data'))
  }
  version('..2026_01_01', app('one'))
  symlinkSync(join('..data', 'App-1.json'), join(volume, 'App-1.json'))
  await using world = await openWorld({ directory: volume, settings: WATCHED })
  assert.equal(world.services.byId('1')?.description, 'one')
  version('..2026_02_02', app('two'))
  rmSync(join(volume, '..2026_01_01'), { recursive: true })
  assert.ok(await until(() => world.services.byId('1')?.description === 'two', 30_000))
})

test('editors that write beside and rename, or move the old file away first, are followed', async () => {
  await using world = await openWorld({ files: { 'App-1.json': app('one') }, settings: WATCHED })
  const file = (name: string) => join(world.directory, name)
  writeFileSync(file('.App-1.json.swp'), app('half'))
  writeFileSync(file('App-1.json.tmp'), app('beside'))
  renameSync(file('App-1.json.tmp'), file('App-1.json'))
  assert.ok(await until(() => world.services.byId('1')?.description === 'beside', 30_000))
  renameSync(file('App-1.json'), file('App-1.json~'))
  writeFileSync(file('App-1.json'), app('moved away'))
  unlinkSync(file('App-1.json~'))
  assert.ok(await until(() => world.services.byId('1')?.description === 'moved away', 30_000))
  assert.deepEqual(world.messages('warn', 'error'), [])
})

test('a directory that disappears and comes back is found again by itself', async () => {
  await using outer = await openWorld()
  const directory = join(outer.directory, 'services')
  mkdirSync(directory)
  writeFileSync(join(directory, 'App-1.json'), app('one'))
  await using world = await openWorld({ directory, settings: WATCHED })
  rmSync(directory, { recursive: true })
  assert.ok(await until(() => !world.services.health().up, 30_000))
  assert.equal(await world.ask('https://app/x'), 'found App')
  mkdirSync(directory)
  writeFileSync(join(directory, 'App-1.json'), app('back'))
  assert.ok(await until(() => world.services.byId('1')?.description === 'back', 30_000))
  writeFileSync(join(directory, 'App-1.json'), app('and watched'))
  assert.ok(await until(() => world.services.byId('1')?.description === 'and watched', 30_000))
})

test('a folder that is exchanged for another is read anew, though no event names its files', async () => {
  await using outer = await openWorld()
  const directory = join(outer.directory, 'services')
  const next = join(outer.directory, 'next')
  for (const [folder, text] of [
    [join(directory, 'team'), 'one'],
    [next, 'two'],
  ] as const) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'App-1.json'), app(text))
  }
  await using world = await openWorld({ directory, settings: WATCHED })
  assert.equal(world.services.byId('1')?.description, 'one')
  renameSync(join(directory, 'team'), join(outer.directory, 'old'))
  renameSync(next, join(directory, 'team'))
  assert.ok(await until(() => world.services.byId('1')?.description === 'two', 30_000))
  writeFileSync(join(directory, 'team', 'App-1.json'), app('and watched'))
  assert.ok(await until(() => world.services.byId('1')?.description === 'and watched', 30_000))
})

test('a folder that is a location of its own, and lies in another, is read once, and followed', async () => {
  await using outer = await openWorld({ files: { 'services/team/App-1.json': app('one'), 'next/App-1.json': app('two') } })
  const team = join(outer.directory, 'services/team')
  await using world = await openWorld({ settings: { 'json.location': `${join(outer.directory, 'services')},${team}`, ...WATCHED } })
  assert.deepEqual(world.messages('warn', 'error'), [])
  renameSync(team, join(outer.directory, 'old'))
  renameSync(join(outer.directory, 'next'), team)
  assert.ok(await until(() => world.services.byId('1')?.description === 'two', 30_000))
})

test('an edited file is followed however the directory is written', async () => {
  await using outer = await openWorld({ files: { 'services/App-1.json': app('one') } })
  await using world = await openWorld({ directory: `${outer.directory}//services/../services/./`, settings: WATCHED })
  assert.equal(world.services.byId('1')?.description, 'one')
  writeFileSync(join(outer.directory, 'services/App-1.json'), app('two'))
  assert.ok(await until(() => world.services.byId('1')?.description === 'two', 30_000))
})

test('after an event only the files that it names are looked at, and those that are new', async () => {
  const files = Object.fromEntries([1, 2, 3].map((id) => [`App-${id}.json`, app(`${id}`)]))
  await using world = await openWorld({ files })
  const path = (id: number) => join(world.directory, `App-${id}.json`)
  const before = { size: 0, mtimeMs: 0, ctimeMs: 0, ino: 0 }
  const look = async (isTold: boolean) => {
    const stampOf = (file: string) => (file === path(2) || file === path(3) ? undefined : before)
    const { files: found } = await scan(world.directory, breath(), undefined, { entered: () => isTold, stampOf })
    return found.filter(({ stamp }) => stamp !== before).map((file) => file.path)
  }
  assert.deepEqual((await look(true)).toSorted(), [path(2), path(3)])
  assert.deepEqual((await look(false)).toSorted(), [path(1), path(2), path(3)])
})

test('what was touched is forgotten by those who look, but not what is touched meanwhile', () => {
  const touched = touchedPaths()
  assert.ok(touched.take()('/any'), 'nobody has looked yet')
  touched.add('/one')
  const first = touched.take()
  touched.add('/two')
  assert.deepEqual([first('/one'), first('/two')], [true, false])
  const second = touched.take()
  assert.deepEqual([second('/one'), second('/two')], [false, true])
  touched.add()
  assert.ok(touched.take()('/any'))
  for (let at = 0; at < 2000; at++) touched.add(`/${at}`)
  assert.ok(touched.take()('/any'), 'too many to remember')
})

test('a work tree of git in the directory is followed as a whole, and nothing is said about it [A11]', async () => {
  requirePrograms('/usr/bin/git')
  await using world = await openWorld({ files: { 'App-1.json': app('one') }, settings: WATCHED })
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=admin', '-c', 'user.email=admin@example.org', ...args], { cwd: world.directory, stdio: 'pipe' })
  git('init', '--quiet', '--initial-branch=main')
  git('add', '--all')
  git('commit', '--quiet', '--message', 'one')
  git('checkout', '--quiet', '-b', 'other')
  for (let id = 2; id <= 200; id++)
    writeFileSync(join(world.directory, `N-${id}.json`), JSON.stringify(definition(id, `N${id}`, `^https://n${id}/.*`)))
  writeFileSync(join(world.directory, 'App-1.json'), app('other'))
  git('add', '--all')
  git('commit', '--quiet', '--message', 'many')
  assert.ok(await until(() => world.services.all().length === 200, 30_000))
  git('checkout', '--quiet', 'main')
  assert.ok(await until(() => world.services.all().length === 1 && world.services.byId('1')?.description === 'one', 30_000))
  // What a save leaves beside the definitions is nothing to git.
  await world.services.save(app('saved'))
  assert.equal(git('status', '--porcelain').toString(), ' M App-1.json\n')
  assert.deepEqual(world.messages('warn', 'error'), [])
})
