import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { projectDirectory } from '../support/castellan.ts'

const folder = mkdtempSync(join(tmpdir(), 'castellan-package-'))
const command = join(folder, 'node_modules/.bin/castellan')
let contents: readonly string[] = []

function run(program: string, args: readonly string[], cwd: string) {
  const result = spawnSync(program, args, { cwd, encoding: 'utf8', env: { ...process.env, NODE_TEST_CONTEXT: '' } })
  assert.equal(result.status, 0, `${program} ${args.join(' ')}\n${result.stdout}${result.stderr}`)
  return result.stdout
}

before(() => {
  const packed: unknown = JSON.parse(
    run('npm', ['pack', '--json', '--silent', '--pack-destination', folder], projectDirectory).replace(/^[^[]*/, ''),
  )
  const [{ filename, files }] = packed as [{ filename: string; files: { path: string }[] }]
  contents = files.map(({ path }) => path)
  writeFileSync(join(folder, 'package.json'), '{"private":true}')
  run('npm', ['install', '--no-audit', '--no-fund', '--omit=dev', join(folder, filename)], folder)
})
after(() => rmSync(folder, { recursive: true, force: true }))

test('the package holds code and types, assets and licence, and no sources', () => {
  for (const path of [
    'bin/castellan',
    'dist/main.js',
    'dist/index.js',
    'dist/index.d.ts',
    'dist/config/catalogue.txt.gz',
    'LICENSE',
    'package.json',
  ]) {
    assert.ok(contents.includes(path), path)
  }
  assert.deepEqual(
    contents.filter((path) => !/^(bin|dist)\/|^(LICENSE|README\.md|package\.json)$/.test(path)),
    [],
  )
  assert.deepEqual(
    contents.filter((path) => /\.ts$/.test(path) && !/\.d\.ts$/.test(path)),
    [],
  )
})

test('the installed command says its version', () => {
  assert.match(run(command, ['version'], tmpdir()), /^castellan \d/)
})

test('the installed command checks a configuration', () => {
  const directory = join(folder, 'etc')
  mkdirSync(directory)
  writeFileSync(join(directory, 'cas.properties'), 'cas.authn.spnego.ntlm-allowed=true\n')
  writeFileSync(join(directory, 'cas.yml'), 'server:\n  port: 9443\n')
  assert.match(run(command, ['check', '--config-dir', directory], tmpdir()), /is known to CAS, no effect here\n.*: 0 errors/)
  assert.match(run(command, ['config', 'get', 'server.port', '--config-dir', directory], tmpdir()), /^9443\t/)
})
