import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { freePort, requirePrograms } from '../support/castellan.ts'
import { type Program, programFolder, startProgram } from '../support/program.ts'
import { definition, openWorld } from './world.ts'

/** The repository behind the server of OpenSSH, as git forges have it; ssh itself finds known hosts in a file of ours and not in that of the person who tests. */
const SSHD = '/usr/sbin/sshd'
const SSH = '/usr/bin/ssh'

let folder: AsyncDisposable & { readonly path: string }
let sshd: Program
let port: number
let address: string

const inFolder = (...names: readonly string[]) => join(folder.path, ...names)
const git = (directory: string, ...args: readonly string[]) =>
  execFileSync('git', ['-c', 'user.name=admin', '-c', 'user.email=admin@example.org', ...args], {
    cwd: directory,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' },
  }).trim()
const newKey = (name: string, ...args: readonly string[]) =>
  execFileSync('/usr/bin/ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', inFolder(name), ...args])

function push(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(inFolder('work', name), text)
  git(inFolder('work'), 'add', '--all')
  git(inFolder('work'), 'commit', '--quiet', '--message', 'by hand')
  git(inFolder('work'), 'push', '--quiet', 'origin', 'HEAD:refs/heads/main')
}

before(async () => {
  requirePrograms('/usr/bin/git', SSHD, SSH)
  folder = await programFolder('git-ssh')
  chmodSync(folder.path, 0o755)
  for (const name of ['host', 'mine', 'stranger', 'other-host']) newKey(name)
  copyFileSync(inFolder('mine.pub'), inFolder('authorized'))
  git(folder.path, 'init', '--quiet', '--bare', '--initial-branch=main', inFolder('services.git'))
  git(folder.path, 'init', '--quiet', '--initial-branch=main', inFolder('work'))
  git(inFolder('work'), 'remote', 'add', 'origin', inFolder('services.git'))
  push({ 'App-1.json': JSON.stringify(definition(1, 'App', '^https://app/.*')) })
  // Where the server of root wants to be locked up until somebody has logged in.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  port = await freePort()
  writeFileSync(
    inFolder('sshd_config'),
    `ListenAddress 127.0.0.1
Port ${port}
HostKey ${inFolder('host')}
AuthorizedKeysFile ${inFolder('authorized')}
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
PermitRootLogin prohibit-password
`,
  )
  sshd = await startProgram(SSHD, ['-D', '-e', '-f', inFolder('sshd_config')], port, { keepsRights: true })
  address = `ssh://${userInfo().username}@127.0.0.1:${port}${inFolder('services.git')}`
  mkdirSync(inFolder('bin'))
  writeFileSync(
    inFolder('bin/ssh'),
    `#!/bin/sh\nexec ${SSH} -F /dev/null -o UserKnownHostsFile=${inFolder('known')} -o GlobalKnownHostsFile=/dev/null "$@"\n`,
    { mode: 0o755 },
  )
})

after(async () => {
  await sshd?.[Symbol.asyncDispose]()
  await folder?.[Symbol.asyncDispose]()
})

/** The host is known by this key, or not at all. */
function known(key: string | undefined): void {
  rmSync(inFolder('known'), { force: true })
  if (key !== undefined) writeFileSync(inFolder('known'), `[127.0.0.1]:${port} ${readFileSync(inFolder(`${key}.pub`), 'utf8')}`)
}

const open = (clone: string, settings: Readonly<Record<string, unknown>> = {}) =>
  openWorld({
    settings: {
      'git.repositoryUrl': address,
      'git.activeBranch': 'main',
      'git.cloneDirectory.location': inFolder(clone),
      'git.timeout': 60,
      'git.privateKey.location': inFolder('mine'),
      ...settings,
    },
    environment: { ...process.env, PATH: `${inFolder('bin')}:${process.env['PATH']}`, SSH_AUTH_SOCK: undefined },
  })

test('definitions come from a repository behind ssh and a key, and what is saved is pushed there', async () => {
  known('host')
  await using world = await open('clone', { 'git.pushChanges': true })
  assert.equal(world.ask('https://app/x'), 'found App')
  const saved = await world.services.save(JSON.stringify(definition(2, 'New', '^https://new/.*')), { who: 'admin' })
  assert.equal(saved.kind, 'saved', JSON.stringify(saved))
  git(inFolder('work'), 'pull', '--quiet', 'origin', 'main')
  assert.equal(git(inFolder('work'), 'log', '-1', '--format=%s'), 'Saved changes to registered service New (2)')
  push({ 'Third-3.json': JSON.stringify(definition(3, 'Third', '^https://third/.*')) })
  await world.services.reload()
  assert.equal(world.ask('https://third/x'), 'found Third')
})

test('a host that nobody knows is refused, and learned where the settings say so', async () => {
  known(undefined)
  await assert.rejects(open('unknown'), /cannot be cloned.*Host key verification failed/i)
  await using world = await open('learned', { 'git.strictHostKeyChecking': false })
  assert.equal(world.ask('https://app/x'), 'found App')
  assert.match(readFileSync(inFolder('known'), 'utf8'), /127\.0\.0\.1/)
})

test('a host that has another key than the one that is known is refused, whatever the settings say', async () => {
  known('other-host')
  for (const strict of [true, false])
    await assert.rejects(
      open('changed', { 'git.strictHostKeyChecking': strict }),
      /cannot be cloned.*(Host key verification failed|IDENTIFICATION HAS CHANGED)/i,
    )
})

test('a key that the repository does not know is refused, and the start says so', async () => {
  known('host')
  await assert.rejects(open('refused', { 'git.privateKey.location': inFolder('stranger') }), /cannot be cloned.*Permission denied/i)
})

test('a key with a passphrase is not asked for: the start says what to do', async () => {
  known('host')
  execFileSync('/usr/bin/ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'open sesame', '-f', inFolder('locked')])
  await assert.rejects(open('locked-clone', { 'git.privateKeyPassphrase': 'open sesame' }), (error: Error) => {
    assert.match(error.message, /ssh agent/)
    assert.ok(!error.message.includes('open sesame'))
    return true
  })
})
