#!/usr/bin/env node
// `npm start`: the server with the configuration of examples/demo, and an application behind it that lets people sign in.
// Ports: CASTELLAN_DEMO_PORT (8080) and CASTELLAN_DEMO_APPLICATION_PORT (8090); a default that is taken is replaced by a free one, a port you name is not.
// CASTELLAN_DEMO_STATE names a folder for tickets and keys other than examples/demo/state.
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const directory = join(root, 'examples/demo')
const state = process.env.CASTELLAN_DEMO_STATE || join(directory, 'state')
const START_LIMIT_MS = 30_000
const STOP_LIMIT_MS = 15_000

/** What runs, in the order of its start. */
const children = []
let ending = false
let showWarnings = false

const isFree = (port) =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(undefined))
    probe.listen(port, '127.0.0.1', () => {
      const { port: got } = probe.address()
      probe.close(() => resolve(got))
    })
  })

async function choosePort(variable, usual) {
  const named = process.env[variable]
  if (named !== undefined) {
    if (/^\d+$/.test(named) && Number(named) > 0 && (await isFree(Number(named)))) return Number(named)
    fail(`port ${named} (${variable}) is taken or is no port`, 69)
  }
  return (await isFree(usual)) ?? (await isFree(0))
}

function fail(message, code) {
  console.error(`demo: ${message}`)
  process.exit(code)
}

/** Starts a part. When it ends by itself, what it said last is shown and the rest ends too. */
function start(name, command, args) {
  // In a group of its own: Ctrl-C reaches only this program, which ends its parts in the right order.
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const last = []
  const listeners = new Set()
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      last.push(line)
      if (last.length > 20) last.shift()
      for (const listen of listeners) listen(line)
      // Somebody who edits the demo's files wants to see what is wrong with them.
      if (showWarnings && !ending && /^\{"level":[456]0\b|^application: (?!ready)/.test(line)) console.log(line)
    })
  }
  const ended = new Promise((resolve) => {
    child.once('error', (error) => {
      last.push(error.message)
      resolve({ code: null })
    })
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
  const part = { name, child, ended, gone: false }
  children.push(part)
  ended.then(({ code, signal }) => {
    part.gone = true
    if (ending) return
    console.error(
      `demo: the ${name} ended (${signal ?? `exit code ${code}`}). Its last lines:\n${last.map((line) => `  ${line}`).join('\n')}`,
    )
    end(code || 1)
  })
  return (condition) =>
    new Promise((resolve) => {
      const limit = setTimeout(() => {
        console.error(`demo: the ${name} is not ready after ${START_LIMIT_MS / 1000} s:\n${last.join('\n')}`)
        end(70)
      }, START_LIMIT_MS)
      const listen = (line) => {
        if (!condition(line)) return
        clearTimeout(limit)
        listeners.delete(listen)
        resolve()
      }
      listeners.add(listen)
      ended.then(() => clearTimeout(limit))
    })
}

/** At once, with whatever the part started itself. */
function killGroup(child) {
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}

async function end(code) {
  if (ending) return
  ending = true
  for (const part of [...children].reverse()) {
    if (part.gone) continue
    part.child.kill('SIGTERM')
    const limit = setTimeout(() => killGroup(part.child), STOP_LIMIT_MS)
    await part.ended
    clearTimeout(limit)
  }
  process.exit(code)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (ending) {
      for (const part of children) if (!part.gone) killGroup(part.child)
      process.exit(130)
    }
    console.log('\ndemo: ending')
    end(0)
  })
}
// Whatever ends this program, nothing it started may be left over.
process.on('exit', () => {
  for (const part of children) if (!part.gone) killGroup(part.child)
})

mkdirSync(state, { recursive: true, mode: 0o700 })
const port = await choosePort('CASTELLAN_DEMO_PORT', 8080)
const applicationPort = await choosePort('CASTELLAN_DEMO_APPLICATION_PORT', 8090)
const serverName = `http://localhost:${port}`

const serverReady = start('server', join(root, 'bin/castellan'), [
  'run',
  '--config-dir',
  directory,
  `-Dserver.port=${port}`,
  `-Dcas.server.name=${serverName}`,
  `-Dcastellan.state.directory=${state}`,
  '-Dcastellan.log.format=json',
])
await serverReady((line) => /"msg":"READY/.test(line))
showWarnings = true
const applicationReady = start('application', process.execPath, [
  join(directory, 'application.mjs'),
  '--cas',
  `${serverName}/cas`,
  '--port',
  String(applicationPort),
])
await applicationReady((line) => line.startsWith('application: ready'))

const users = Object.entries(JSON.parse(readFileSync(join(directory, 'users.json'), 'utf8'))).filter(([, account]) => account?.password)
console.log(`
  Castellan runs.

  Demo application   http://localhost:${applicationPort}/demo/
  Server             ${serverName}/cas/login

${users.map(([name, { password }]) => `  User ${name.padEnd(14)}Password ${password}`).join('\n')}

  The configuration is in examples/demo. Ctrl-C ends both.
`)
