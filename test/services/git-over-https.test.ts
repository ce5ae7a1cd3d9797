import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { requireApache, startApache } from '../support/apache.ts'
import { freePort, requirePrograms } from '../support/castellan.ts'
import { type TestCertificate, testCertificate } from '../support/certificates.ts'
import { type Program, programFolder, unprivileged } from '../support/program.ts'
import { definition, openWorld } from './world.ts'

/** The repository of an organisation as it is reached in life: Apache with TLS and passwords, and the program that git has for it. */
const BACKEND = '/usr/lib/git-core/git-http-backend'
const USER = 'castellan'
const PASSWORD = 'a password: with "quotes" and $(signs)'

let certificate: TestCertificate
let folder: AsyncDisposable & { readonly path: string }
let apache: Program
let address: string
let work: string

const git = (directory: string, ...args: readonly string[]) =>
  execFileSync('git', ['-c', 'user.name=admin', '-c', 'user.email=admin@example.org', ...args], {
    cwd: directory,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_SSL_CAINFO: certificate.certificate },
  }).trim()

before(async () => {
  requirePrograms('/usr/bin/git', BACKEND)
  requireApache('ssl', 'cgid', 'alias', 'env', 'auth_basic', 'authn_file')
  certificate = testCertificate()
  folder = await programFolder('git')
  const repositories = join(folder.path, 'repositories')
  work = join(folder.path, 'work')
  git(folder.path, 'init', '--quiet', '--bare', '--initial-branch=main', join(repositories, 'services.git'))
  git(join(repositories, 'services.git'), 'config', 'http.receivepack', 'true')
  git(folder.path, 'init', '--quiet', '--initial-branch=main', work)
  git(work, 'remote', 'add', 'origin', join(repositories, 'services.git'))
  push({ 'App-1.json': JSON.stringify(definition(1, 'App', '^https://app/.*')) })
  if (unprivileged.uid !== undefined) execFileSync('chown', ['-R', `${unprivileged.uid}:${unprivileged.gid}`, repositories])
  writeFileSync(join(folder.path, 'users'), `${USER}:{SHA}${createHash('sha1').update(PASSWORD).digest('base64')}\n`)
  chmodSync(join(folder.path, 'users'), 0o644)
  chmodSync(certificate.key, 0o644)
  const port = await freePort()
  address = `https://localhost:${port}/git/services.git`
  apache = await startApache({
    folder: folder.path,
    port,
    modules: ['ssl', 'cgid', 'alias', 'env', 'auth_basic', 'authn_file'],
    pages: { 'index.html': 'definitions' },
    directives: `SSLEngine On
SSLCertificateFile ${certificate.certificate}
SSLCertificateKeyFile ${certificate.key}
ScriptSock ${folder.path}/scripts.sock
SetEnv GIT_PROJECT_ROOT ${repositories}
SetEnv GIT_HTTP_EXPORT_ALL 1
SetEnv HOME ${folder.path}
ScriptAlias /git/ ${BACKEND}/
<Location /git/>
  AuthType Basic
  AuthName definitions
  AuthUserFile ${folder.path}/users
  Require valid-user
</Location>
`,
  })
  // Somebody who changes the definitions by hand does so over the same way.
  git(work, 'remote', 'set-url', 'origin', address.replace('//', `//${USER}:${encodeURIComponent(PASSWORD)}@`))
})

after(async () => {
  await apache?.[Symbol.asyncDispose]()
  await folder?.[Symbol.asyncDispose]()
  certificate?.[Symbol.dispose]()
})

function push(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(work, name), text)
  git(work, 'add', '--all')
  git(work, 'commit', '--quiet', '--message', 'by hand')
  git(work, 'push', '--quiet', 'origin', 'HEAD:refs/heads/main')
}

const open = (clone: string, settings: Readonly<Record<string, unknown>> = {}, environment: NodeJS.ProcessEnv = {}) =>
  openWorld({
    settings: {
      'git.repositoryUrl': address,
      'git.activeBranch': 'main',
      'git.cloneDirectory.location': join(folder.path, clone),
      'git.timeout': 60,
      'git.username': USER,
      'git.password': PASSWORD,
      ...settings,
    },
    environment: { ...process.env, GIT_SSL_CAINFO: certificate.certificate, ...environment },
  })

test('definitions come from a repository behind TLS and a password, and what is saved is pushed there', async () => {
  await using world = await open('clone', { 'git.pushChanges': true })
  assert.equal(world.ask('https://app/x'), 'found App')
  const saved = await world.services.save(JSON.stringify(definition(2, 'New', '^https://new/.*')), { who: 'admin' })
  assert.equal(saved.kind, 'saved', JSON.stringify(saved))
  git(work, 'pull', '--quiet', 'origin', 'main')
  assert.equal(git(work, 'log', '-1', '--format=%s'), 'Saved changes to registered service New (2)')
  // And the other way.
  push({ 'Third-3.json': JSON.stringify(definition(3, 'Third', '^https://third/.*')) })
  await world.services.reload()
  assert.equal(world.ask('https://third/x'), 'found Third')
  // The secret is in nothing that stays, however it is written.
  const forms = ['a password: with', 'a%20password', Buffer.from(`${USER}:${PASSWORD}`).toString('base64').slice(0, 24)]
  for (const text of [JSON.stringify(world.lines), JSON.stringify(world.audit), ...textsBelow(join(folder.path, 'clone/.git'))])
    for (const form of forms) assert.ok(!text.includes(form))
})

for (const [what, settings, environment, message] of [
  ['a wrong password', { 'git.password': 'wrong' }, {}, /cannot be cloned.*(Authentication failed|could not read)/i],
  [
    'no password',
    { 'git.username': undefined, 'git.password': undefined },
    {},
    /cannot be cloned.*(could not read Username|Authentication)/i,
  ],
  ['a certificate that nobody vouches for', {}, { GIT_SSL_CAINFO: undefined }, /cannot be cloned.*certificate/i],
] as const) {
  test(`with ${what} the start is refused, and says why without the password`, async () => {
    await assert.rejects(open('refused', settings, environment), (error: Error) => {
      assert.match(error.message, message)
      assert.ok(!error.message.includes(PASSWORD))
      return true
    })
  })
}

function textsBelow(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
}
