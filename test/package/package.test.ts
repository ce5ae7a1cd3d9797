import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { BrowserClient } from '../support/browser-client.ts'
import { projectDirectory, startCastellan } from '../support/castellan.ts'

/** What people get who install the package instead of cloning the project. */
test('the package is built, installed elsewhere, and its command runs a server that people log in to', {
  timeout: 170_000,
}, async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'castellan-package-'))
  context.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  const npm = (...args: string[]) => execFileSync('npm', args, { encoding: 'utf8', cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })

  execFileSync('npm', ['run', '--silent', 'build'], { cwd: projectDirectory, stdio: 'pipe' })
  const [packed] = JSON.parse(npm('pack', '--json', '--pack-destination', folder, projectDirectory)) as {
    filename: string
    files: { path: string }[]
  }[]
  assert.ok(packed)
  const paths = packed.files.map((file) => file.path)
  assert.ok(paths.includes('bin/castellan') && paths.includes('dist/main.js') && paths.includes('README.md'), paths.join('\n'))
  assert.deepEqual(
    paths.filter((path) => /^(src|test|bench|tools|examples)\//.test(path)),
    [],
  )

  await writeFile(join(folder, 'package.json'), '{ "private": true }')
  npm('install', '--no-audit', '--no-fund', '--prefer-offline', join(folder, packed.filename))
  const command = join(folder, 'node_modules/.bin/castellan')
  assert.ok((await readdir(join(folder, 'node_modules'))).includes('castellan'))
  assert.match(execFileSync(command, ['version'], { encoding: 'utf8' }), /\d+\.\d+\.\d+/)

  await using cas = await startCastellan({ command, properties: { 'cas.authn.accept.users': 'student1::pw' } })
  const page = await new BrowserClient().login(cas.url, 'student1', 'pw')
  assert.match(page.body, /Log In Successful/)
  assert.equal(await cas.stop(), 0)
})
