import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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
    'dist/cas.schema.json',
    'dist/service.schema.json',
    'dist/LICENSES.txt',
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

test('what was built is a few files, and what is in them says under which licence', () => {
  const code = contents.filter((path) => path.endsWith('.js'))
  assert.ok(code.length > 10 && code.length < 200, String(code.length))
  assert.ok(!contents.includes('dist/.built-of'))
  const licences = readFileSync(join(folder, 'node_modules/castellan/dist/LICENSES.txt'), 'utf8')
  for (const name of ['hono', '@hono/node-server', 'pino', 'valibot', 'dot-properties']) {
    assert.match(licences, new RegExp(`^${name} \\d`, 'm'))
  }
})

test('threads and scripts that the program starts by address are in it', () => {
  const sources = globSync('src/**/*.ts', { cwd: projectDirectory }).map((path) => readFileSync(join(projectDirectory, path), 'utf8'))
  const named = sources.flatMap((text) => [...text.matchAll(/programModule\('([^']+)'\)/g)].map(([, module]) => `dist/${module}.js`))
  assert.ok(named.length > 2, named.join())
  assert.deepEqual(
    named.filter((path) => !contents.includes(path)),
    [],
  )
})

test('a plug-in gets what it needs from the installed package', () => {
  const plugIn = "import { Refusal } from 'castellan'; console.log(typeof Refusal, Refusal.prototype instanceof Error)"
  assert.equal(run(process.execPath, ['--input-type=module', '-e', plugIn], folder), 'function true\n')
})

test('the installed command says its version', () => {
  assert.match(run(command, ['version'], tmpdir()), /^castellan \d/)
})

test('the installed command checks a configuration', () => {
  const directory = join(folder, 'etc')
  mkdirSync(directory)
  writeFileSync(join(directory, 'cas.properties'), 'cas.authn.spnego.ntlm-allowed=true\n')
  writeFileSync(join(directory, 'cas.yml'), 'server:\n  port: 9443\n  ssl:\n    enabled: false\n')
  assert.match(
    run(command, ['check', '--config-dir', directory], tmpdir()),
    /1 known to CAS, no effect here:\n +SPNEGO .*[\s\S]*: 0 errors/,
  )
  assert.match(run(command, ['config', 'get', 'server.port', '--config-dir', directory], tmpdir()), /^9443\t/)
})

test('the installed server starts with its embedded store, shows the login page and stops', async () => {
  const state = join(folder, 'state')
  const settings = ['--server.port=0', '--server.address=127.0.0.1', '--server.ssl.enabled=false', `--castellan.state.directory=${state}`]
  const server = spawn(command, ['run', '--config-dir', join(folder, 'etc'), '--castellan.log.format=json', ...settings], { cwd: folder })
  const ended = once(server, 'close')
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let output = ''
      server.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk
        const ready = output.split('\n').find((line) => line.includes('"msg":"READY') && line.endsWith('}'))
        if (ready) resolve(String(JSON.parse(ready).url))
      })
      server.stderr.pipe(process.stderr)
      ended.then(() => reject(new Error(output)))
    })
    const page = await fetch(`${url}/login`)
    assert.equal(page.status, 200)
    assert.match(await page.text(), /name="username"/)
    const sheet = await fetch(`${url}/css/castellan.css`)
    assert.equal(sheet.status, 200)
  } finally {
    server.kill('SIGTERM')
  }
  assert.deepEqual(await ended, [0, null])
})
