import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { StartRefusal } from '../../src/base/start-refusal.ts'
import { repositoryAddress } from '../../src/services/registry/git/git.ts'
import { requirePrograms } from '../support/castellan.ts'
import { definition, openWorld } from './world.ts'

requirePrograms('/usr/bin/git')

const WHO = ['-c', 'user.name=admin', '-c', 'user.email=admin@example.org']
const git = (directory: string, ...args: readonly string[]) =>
  execFileSync('git', [...WHO, ...args], { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim()

/** A bare repository, a clone of somebody else's, and the settings of a server that serves it. */
function repository(context: TestContext, files: Readonly<Record<string, object | string>> = {}) {
  const base = mkdtempSync(join(tmpdir(), 'castellan-git-'))
  context.after(() => rmSync(base, { recursive: true, force: true }))
  const [remote, work, clone] = [join(base, 'remote.git'), join(base, 'work'), join(base, 'clone')]
  git(base, 'init', '--quiet', '--bare', '--initial-branch=master', remote)
  git(base, 'init', '--quiet', '--initial-branch=master', work)
  git(work, 'remote', 'add', 'origin', remote)
  const push = (changes: Readonly<Record<string, object | string | null>>) => {
    for (const [name, content] of Object.entries(changes)) {
      const path = join(work, name)
      mkdirSync(dirname(path), { recursive: true })
      if (content === null) rmSync(path)
      else writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
    }
    git(work, 'add', '--all')
    git(work, 'commit', '--quiet', '--allow-empty', '--message', 'by hand')
    git(work, 'push', '--quiet', 'origin', 'HEAD:refs/heads/master')
  }
  push(files)
  const settings = { 'git.repositoryUrl': `file://${remote}`, 'git.cloneDirectory.location': clone, 'git.timeout': 60 }
  const open = async (more: Readonly<Record<string, unknown>> = {}) => {
    const world = await openWorld({ settings: { ...settings, ...more }, environment: process.env })
    context.after(() => world[Symbol.asyncDispose]())
    return world
  }
  return { base, remote, work, clone, push, open }
}

const app = (more: object = {}) => definition(1, 'App', '^https://app/.*', more)
const save = (more: object = {}) => JSON.stringify(app(more))

test('the definitions of a repository are served, and what is pushed to it with the next look [N12]', async (context) => {
  const { push, open } = repository(context, {
    'App-1.json': app(),
    'team/Yaml-2.yml': '--- !<org.apereo.cas.services.CasRegisteredService>\nserviceId: ^https://yaml/.*\nname: Yaml\nid: 2\n',
    'README.md': 'not a definition',
  })
  const world = await open()
  assert.deepEqual([await world.ask('https://app/x'), await world.ask('https://yaml/x')], ['found App', 'found Yaml'])
  assert.match(world.messages('info').join(), /Loaded \[2\] service\(s\) from \[GitServiceRegistry\]/)
  push({ 'New-3.json': definition(3, 'New', '^https://new/.*'), 'App-1.json': null })
  await world.services.reload()
  assert.deepEqual([await world.ask('https://app/x'), await world.ask('https://new/x')], ['unregistered', 'found New'])
})

test('what is saved and deleted is committed in the folder of its kind, and pushed where that is wanted', async (context) => {
  const { remote, clone, open } = repository(context)
  const world = await open({ 'git.pushChanges': true, 'castellan.serviceRegistry.git.author': 'Registry <registry@example.org>' })
  assert.equal((await world.services.save(save())).kind, 'saved')
  assert.ok(existsSync(join(clone, 'cas-client/App-1.json')))
  await world.services.save(save({ name: 'Renamed\n' }))
  await world.services.importAll(
    [2, 3].map((id) => ({ name: `${id}`, text: JSON.stringify(definition(id, `N${id}`, `^https://n${id}/.*`)), format: 'json' })),
    { who: 'admin' },
  )
  await world.services.remove('2')
  assert.deepEqual(git(remote, 'log', '--reverse', '--format=%an <%ae>: %s', 'master').split('\n').slice(1), [
    'Registry <registry@example.org>: Saved changes to registered service App (1)',
    'Registry <registry@example.org>: Saved changes to registered service Renamed (1)',
    'Registry <registry@example.org>: Saved changes to registered services N2 (2), N3 (3)',
    'Registry <registry@example.org>: Deleted registered service N2 (2)',
  ])
  assert.deepEqual(git(remote, 'ls-tree', '-r', '--name-only', 'master').split('\n'), [
    'cas-client/N3-3.json',
    'cas-client/Renamed_-1.json',
  ])
  assert.equal(git(clone, 'status', '--porcelain'), '')
  assert.equal((await world.services.pastVersions('1')).length, 1)
})

test('without push a save stays in the clone, and is there after a restart', async (context) => {
  const { remote, open } = repository(context)
  const world = await open({ 'git.groupByType': false, 'git.rootDirectory': '/services' })
  await world.services.save(save())
  await world.services.close()
  assert.equal(git(remote, 'log', '--format=%s', 'master'), 'by hand')
  assert.equal(await (await open({ 'git.rootDirectory': 'services' })).ask('https://app/x'), 'found App')
})

test('a change that the repository does not take is not saved', async (context) => {
  const { remote, clone, open } = repository(context, { 'App-1.json': app() })
  const world = await open({ 'git.pushChanges': true })
  writeFileSync(join(remote, 'hooks/pre-receive'), '#!/bin/sh\necho "nobody pushes here" >&2\nexit 1\n', { mode: 0o755 })
  const before = git(clone, 'rev-parse', 'HEAD')
  const saved = await world.services.save(save({ name: 'Other' }))
  assert.match(JSON.stringify(saved), /"failed".*nobody pushes here/s)
  assert.equal((await world.services.save(JSON.stringify(definition(9, 'Nine', '^https://nine/.*')))).kind, 'failed')
  assert.equal((await world.services.remove('1')).kind, 'failed')
  assert.equal(await world.ask('https://app/x'), 'found App')
  assert.deepEqual([git(clone, 'rev-parse', 'HEAD'), git(clone, 'status', '--porcelain')], [before, ''])
  assert.deepEqual(
    world.audit.records.map(({ action }) => action),
    ['SAVE_SERVICE_FAILED', 'SAVE_SERVICE_FAILED', 'DELETE_SERVICE_FAILED'],
  )
})

test('histories that went different ways are never forced; with rebase they are put on top of one another', async (context) => {
  const { clone, push, open } = repository(context, { 'App-1.json': app() })
  const world = await open()
  await world.services.save(save({ description: 'here' }))
  push({ 'New-3.json': definition(3, 'New', '^https://new/.*') })
  await world.services.reload()
  assert.deepEqual([await world.ask('https://app/x'), await world.ask('https://new/x')], ['found App', 'unregistered'])
  assert.match(world.messages('error').join(), /have gone different ways; the clone stays as it is/)
  assert.match(String(world.services.health().details['repository']), /different ways/)
  await world.services.close()
  const rebasing = await open({ 'git.rebase': true })
  assert.deepEqual([rebasing.services.byId('1')?.description, await rebasing.ask('https://new/x')], ['here', 'found New'])
  push({ 'App-1.json': app({ description: 'there' }) })
  await rebasing.services.reload()
  assert.equal(rebasing.services.byId('1')?.description, 'here')
  assert.ok(!existsSync(join(clone, '.git/rebase-merge')))
})

test('a repository is seeded with the JSON files that it has nothing like', async (context) => {
  const { clone, base, open } = repository(context, { 'App-1.json': app() })
  mkdirSync(join(base, 'json'))
  const files = {
    same: app({ description: 'x' }),
    name: definition(5, 'App', '^https://b/.*'),
    url: definition(6, 'B', '^https://app/.*'),
    new: definition(7, 'New', '^https://new/.*'),
  }
  for (const [name, content] of Object.entries({ ...files, bad: 'no definition' }))
    writeFileSync(join(base, 'json', `${name}.json`), JSON.stringify(content))
  const world = await open({ 'core.initFromJson': true, 'json.location': join(base, 'json') })
  assert.deepEqual(
    world.services.all().map(({ id }) => id),
    ['1', '7'],
  )
  assert.equal(git(clone, 'log', '-1', '--format=%s'), 'Saved changes to registered services New (7)')
  assert.equal(world.messages('info').filter((line) => /Skipping .*, a matching service is found/.test(line)).length, 3)
})

test('a repository that is gone: a clone serves on, also after a restart; without a clone the start is refused', async (context) => {
  const { remote, clone, open } = repository(context, { 'App-1.json': app() })
  const world = await open()
  renameSync(remote, `${remote}.away`)
  await world.services.reload()
  await world.services.reload()
  assert.equal(await world.ask('https://app/x'), 'found App')
  assert.equal(world.messages('error').filter((line) => /cannot be read; the clone stays in force/.test(line)).length, 1)
  assert.ok(world.services.health().up)
  await world.services.close()
  const again = await open()
  assert.equal(await again.ask('https://app/x'), 'found App')
  assert.match(again.messages('warn').join(), /the server starts with its clone/)
  await assert.rejects(open({ 'git.cloneDirectory.location': `${clone}2` }), /cannot be cloned/)
  assert.deepEqual(
    readdirSync(dirname(clone)).filter((name) => name.startsWith('clone2')),
    [],
  )
  renameSync(`${remote}.away`, remote)
  await again.services.reload()
  assert.match(again.messages('info').join(), /can be read again/)
})

test('a clone of something else, or a directory with something else in it, is not touched', async (context) => {
  const { clone, base, open } = repository(context)
  await open()
  await assert.rejects(open({ 'git.repositoryUrl': `file://${base}/work` }), /is not what .* was cloned from/)
  mkdirSync(join(base, 'full'))
  writeFileSync(join(base, 'full/notes.txt'), 'mine')
  await assert.rejects(open({ 'git.cloneDirectory.location': join(base, 'full') }), /has something else in it/)
  await assert.rejects(open({ 'git.rootDirectory': '../outside' }), /leads out of the clone/)
  await assert.rejects(open({ 'git.activeBranch': '--upload-pack=x' }), /no name of a branch/)
  await assert.rejects(open({ 'git.privateKeyPassphrase': 'x' }), /ssh agent/)
  assert.equal(readFileSync(join(base, 'full/notes.txt'), 'utf8'), 'mine')
  assert.ok(existsSync(clone))
})

test('addresses that could have a program run, or a secret seen, are refused', () => {
  const good = [
    'https://git.example.org/a/b.git',
    'ssh://git@git.example.org:22/a.git',
    'git@git.example.org:a/b.git',
    'file:///srv/git/a.git',
    '/srv/git/a.git',
  ]
  for (const address of good) assert.equal(repositoryAddress(` ${address} `), address)
  const bad = [
    'ext::sh -c touch% /tmp/x',
    '--upload-pack=touch /tmp/x',
    '-x',
    'ssh://-oProxyCommand=x/a',
    '-oProxyCommand=x:a',
    'git@-oProxyCommand:a',
    'http://git.example.org/a.git',
    'git://git.example.org/a.git',
    'https://user:secret@git.example.org/a.git',
    'https://token@git.example.org/a.git',
    'fd::17',
    'https://git.example.org/a b',
    'a.git',
    '',
  ]
  for (const address of bad) assert.throws(() => repositoryAddress(address), StartRefusal, address)
})

test('hooks of the clone are not run, and links in the repository lead nowhere', async (context) => {
  const { base, clone, work, push, open } = repository(context, { 'App-1.json': app() })
  const world = await open()
  for (const hook of ['post-merge', 'pre-commit', 'post-checkout', 'post-commit']) {
    writeFileSync(join(clone, '.git/hooks', hook), `#!/bin/sh\ntouch ${base}/run\n`, { mode: 0o755 })
  }
  writeFileSync(join(base, 'outside.json'), JSON.stringify(definition(8, 'Outside', '^https://outside/.*')))
  execFileSync('ln', ['-s', join(base, 'outside.json'), join(work, 'Link-8.json')])
  push({ 'New-3.json': definition(3, 'New', '^https://new/.*') })
  await world.services.save(save({ description: 'x' }))
  assert.equal(await world.ask('https://new/x'), 'found New')
  assert.equal(await world.ask('https://outside/x'), 'unregistered')
  assert.ok(!existsSync(join(base, 'run')))
})

test('locks of a git that was killed are taken away, at the start and while the server runs', async (context) => {
  const { clone, push, open } = repository(context, { 'App-1.json': app() })
  const leaveLock = (name: string, ageInSeconds: number) => {
    const path = join(clone, '.git', name)
    writeFileSync(path, '')
    const then = Date.now() / 1000 - ageInSeconds
    utimesSync(path, then, then)
  }
  await (await open()).services.close()
  leaveLock('index.lock', 3600)
  leaveLock('refs/heads/master.lock', 3600)
  const world = await open({ 'git.timeout': 3 })
  assert.equal(world.messages('warn').filter((line) => /was left behind by a git that is no more/.test(line)).length, 2)
  leaveLock('index.lock', 2)
  push({ 'New-3.json': definition(3, 'New', '^https://new/.*') })
  await world.services.reload()
  assert.equal(world.ask('https://new/x'), 'found New')
  leaveLock('index.lock', 60)
  assert.equal((await world.services.save(save({ description: 'saved' }))).kind, 'saved')
  assert.ok(!existsSync(join(clone, '.git/index.lock')))
})

test('a server that does not answer holds nobody up for longer than the time allowed', async (context) => {
  const { base, open } = repository(context)
  const silent = createServer(() => {})
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  context.after(() => silent.close())
  const address = silent.address()
  const port = typeof address === 'object' ? address?.port : 0
  const waiting = open({
    'git.repositoryUrl': `https://127.0.0.1:${port}/a.git`,
    'git.cloneDirectory.location': join(base, 'other'),
    'git.timeout': 1,
  })
  await assert.rejects(waiting, /took too long/)
})
