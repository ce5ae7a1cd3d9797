import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { executable, projectDirectory } from '../support/castellan.ts'

function inFolder(call: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'castellan launcher '))
  try {
    call(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const run = (
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
) => spawnSync(command, args, { encoding: 'utf8', ...options, env: { PATH: '/usr/bin:/bin', ...options.env } })

test('the command works through symbolic links, from another folder, with blanks in its path', () => {
  inFolder((folder) => {
    mkdirSync(join(folder, 'bin'))
    symlinkSync(executable, join(folder, 'first'))
    symlinkSync('../first', join(folder, 'bin/castellan'))
    const { stdout, status } = run(join(folder, 'bin/castellan'), ['version'], { cwd: folder })
    assert.equal(status, 0)
    assert.match(stdout, /^castellan \d+\.\d+\.\d+ \(speaks as CAS 7\.3\.5, Node v\d+\./)
  })
})

test('without a Node that is new enough the command says what to do and ends with 78', () => {
  inFolder((folder) => {
    for (const name of ['program/bin', 'tools']) mkdirSync(join(folder, name), { recursive: true })
    copyFileSync(executable, join(folder, 'program/bin/castellan'))
    const tools = ['sh', 'readlink', 'dirname']
    for (const tool of tools) symlinkSync(run('sh', ['-c', `command -v ${tool}`]).stdout.trim(), join(folder, 'tools', tool))
    const start = () => run(join(folder, 'program/bin/castellan'), ['version'], { env: { PATH: join(folder, 'tools') } })
    const none = start()
    assert.equal(none.status, 78)
    assert.match(none.stderr, /^castellan: Node 22\.18 or newer is needed, found: none\.\n/)
    fakeNode(join(folder, 'tools/node'), 'v22.17.9')
    assert.match(start().stderr, /found: v22\.17\.9\./)
    writeFileSync(join(folder, 'program/package-lock.json'), '{}')
    assert.match(start().stderr, /run "npm ci" in .*program/)
    for (const version of ['v22.18.0', 'v23.0.0', 'v26.1.0']) {
      fakeNode(join(folder, 'tools/node'), version)
      const { status, stdout } = start()
      assert.equal(status, 0)
      assert.match(stdout, /program\/dist\/main\.js version\n$/)
    }
  })
})

test('a checkout runs what was built of it until one of its sources is another', () => {
  inFolder((folder) => {
    const program = join(folder, 'program')
    for (const name of ['bin', 'tools', 'src/base', 'dist']) mkdirSync(join(program, name), { recursive: true })
    copyFileSync(executable, join(program, 'bin/castellan'))
    copyFileSync(join(projectDirectory, 'tools/sources.sh'), join(program, 'tools/sources.sh'))
    const sources = ['src/main.ts', 'src/base/a.ts', 'package.json', 'package-lock.json', 'tools/bundle.mjs']
    for (const name of sources) writeFileSync(join(program, name), name)
    fakeNode(join(folder, 'node'), 'v24.0.0')
    const started = () => {
      const { stdout } = run(join(program, 'bin/castellan'), [], { env: { CASTELLAN_NODE: join(folder, 'node') } })
      return stdout.trim().split('/program/').at(-1)
    }
    const built = () =>
      writeFileSync(
        join(program, 'dist/.built-of'),
        run('sh', ['-c', '. tools/sources.sh'], { cwd: program, env: { root: program } }).stdout || 'unknown\n',
      )
    assert.equal(started(), 'src/main.ts')
    for (const change of [
      () => writeFileSync(join(program, 'src/base/a.ts'), 'changed, and longer'),
      () => utimesSync(join(program, 'src/main.ts'), 1, 1),
      () => writeFileSync(join(program, 'src/base/b.ts'), ''),
      () => rmSync(join(program, 'src/base/b.ts')),
      () => writeFileSync(join(program, 'package-lock.json'), 'another library'),
      () => writeFileSync(join(program, 'dist/.built-of'), 'unknown\n'),
    ]) {
      built()
      assert.equal(started(), 'dist/main.js')
      change()
      assert.equal(started(), 'src/main.ts')
    }
  })
})

test('compiled code is kept beside the program, else where systemd says, else with the user who runs, and in no folder of another', () => {
  inFolder((folder) => {
    for (const name of ['program/bin', 'home', 'foreign']) mkdirSync(join(folder, name), { recursive: true })
    copyFileSync(executable, join(folder, 'program/bin/castellan'))
    fakeNode(join(folder, 'node'), 'v24.0.0', '$NODE_COMPILE_CACHE')
    const cache = (env: Readonly<Record<string, string>>) =>
      run(join(folder, 'program/bin/castellan'), [], { env: { CASTELLAN_NODE: join(folder, 'node'), ...env } }).stdout.trim()
    assert.equal(cache({ HOME: join(folder, 'home') }), join(folder, 'program/node_modules/.cache/castellan'))
    // From now on nothing can be written beside the program.
    rmSync(join(folder, 'program/node_modules'), { recursive: true })
    writeFileSync(join(folder, 'program/node_modules'), '')
    assert.equal(cache({ HOME: join(folder, 'home'), CACHE_DIRECTORY: join(folder, 'systemd') }), join(folder, 'systemd'))
    assert.equal(cache({ HOME: join(folder, 'home') }), join(folder, 'home/.cache/castellan'))
    assert.equal(cache({ HOME: join(folder, 'home'), NODE_COMPILE_CACHE: '/elsewhere' }), '/elsewhere')
    assert.equal(cache({}), '')
    if (process.getuid?.() !== 0) return
    chownSync(join(folder, 'foreign'), 65_534, 65_534)
    assert.equal(cache({ HOME: join(folder, 'foreign') }), '')
    assert.equal(cache({ CACHE_DIRECTORY: join(folder, 'foreign') }), '')
  })
})

/** Says its version when asked, else with which words it was called. */
function fakeNode(path: string, version: string, words = '"$@"'): void {
  writeFileSync(path, `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; else echo ${words}; fi\n`)
  chmodSync(path, 0o755)
}
