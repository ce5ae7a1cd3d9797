#!/usr/bin/env node
// Runs everything that `npm test` promises, step by step, and says at the end how long each took. A failing step does not hide the next one.
// Usage: node tools/test.mjs [step …]     without names: all steps, in this order.
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const cores = availableParallelism()

/** Folders of tests that start other programs; everything else below test/ is a unit, conformance or regression test. */
const apart = ['scenarios', 'clients', 'browser', 'package']

const files = (pattern, exclude = []) => globSync(pattern, { cwd: root, exclude }).sort()
const testsIn = (folder) => files(`test/${folder}/**/*.test.ts`)

const steps = {
  typecheck: () => run('tsc', ['--noEmit', '-p', '.']),
  lint: () => run('biome', ['check', '--error-on-warnings', '.']),
  architecture: () => test(files('test/architecture.test.ts')),
  docs: () => (scripts['docs:check'] === undefined ? undefined : run('npm', ['run', '--silent', 'docs:check'])),
  unit: () => test(files('test/**/*.test.ts', [...apart.map((folder) => `test/${folder}/**`), 'test/architecture.test.ts']), cores),
  // Each file starts servers of its own, which share the cores with it; while one waits for a start, another may work.
  scenarios: () => test(testsIn('scenarios'), Math.min(cores, Math.max(2, Math.floor(cores / 2)))),
  clients: () => test(testsIn('clients')),
  // Half of what a page takes is the browser's, half the test's.
  browser: () => test(testsIn('browser'), Math.min(2, cores)),
  package: () => test(testsIn('package')),
}

function run(command, args) {
  const path = `${join(root, 'node_modules/.bin')}${delimiter}${process.env.PATH}`
  // The inner `node --test` would believe itself a part of an outer one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  // Each test file is a process that loads the same hundreds of modules: with their compiled code kept, a third of the whole run is saved.
  const NODE_COMPILE_CACHE = env.NODE_COMPILE_CACHE ?? join(root, 'node_modules/.cache/castellan-tests')
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...env, NODE_COMPILE_CACHE, PATH: path } }).status === 0
}

function test(paths, atATime = 1) {
  if (paths.length === 0) {
    console.error('no test file found')
    return false
  }
  return run('node', ['--test', `--test-concurrency=${atATime}`, '--test-timeout=180000', '--test-reporter=spec', ...paths])
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in steps))
if (unknown.length > 0) {
  console.error(`no such step: ${unknown.join(', ')}; there are ${Object.keys(steps).join(', ')}`)
  process.exit(64)
}
const results = []
for (const name of wanted.length > 0 ? wanted : Object.keys(steps)) {
  console.log(`\n=== ${name}`)
  const begin = performance.now()
  const good = steps[name]()
  const seconds = ((performance.now() - begin) / 1000).toFixed(1)
  results.push([name, good === undefined ? 'nothing to do' : good ? 'good' : 'FAILED', seconds])
}
console.log('\n=== summary')
for (const [name, verdict, seconds] of results) console.log(`${name.padEnd(14)}${verdict.padEnd(16)}${seconds.padStart(7)} s`)
console.log(
  `${'together'.padEnd(30)}${results
    .reduce((sum, [, , seconds]) => sum + Number(seconds), 0)
    .toFixed(1)
    .padStart(7)} s`,
)
process.exit(results.some(([, verdict]) => verdict === 'FAILED') ? 1 : 0)
