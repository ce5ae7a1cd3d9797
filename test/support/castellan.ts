import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const projectDirectory = fileURLToPath(new URL('../..', import.meta.url))
export const executable = join(projectDirectory, 'bin/castellan')

/** One line of the server's log. */
export interface LogLine {
  readonly level: number
  readonly msg: string
  readonly [field: string]: unknown
}

export interface StartOptions {
  /** Lines of `cas.properties`, beyond the test settings; `undefined` takes a test setting away. */
  readonly properties?: Readonly<Record<string, string | number | boolean | undefined>>
  /** Definitions by file name, as objects or as the text of the file. */
  readonly services?: Readonly<Record<string, object | string>>
  /** Further files of the configuration directory by relative path. `{dir}` in their text becomes the directory. */
  readonly files?: Readonly<Record<string, string>>
  /** Further words of the command line; they stand after `run`. */
  readonly args?: readonly string[]
  /** Words of the command line before `run`. */
  readonly argsBefore?: readonly string[]
  /** Variables beyond `PATH` and `HOME`. */
  readonly env?: Readonly<Record<string, string>>
  /** Runs in this configuration directory of another server, e.g. as a second process on one state directory. Kept at the end. */
  readonly configDirectory?: string
  /** Another `castellan` than that of this tree. */
  readonly command?: string
  /** How long the start may take; a busy machine is slow. */
  readonly startLimitInMs?: number
}

/** A server in a process of its own. */
export interface Castellan extends AsyncDisposable {
  /** Address of the login without a slash at the end: `http://127.0.0.1:41234/cas`. */
  readonly url: string
  readonly configDirectory: string
  readonly servicesDirectory: string
  readonly stateDirectory: string
  readonly pid: number
  logs(): readonly LogLine[]
  /** What came on standard error. */
  errors(): string
  /** The log with all that was written before this call: blocks of it come from another thread, some time after the answer that they tell of. */
  logSoFar(): Promise<readonly LogLine[]>
  /** Waits until a line of the log satisfies the condition. */
  logged(condition: (line: LogLine) => boolean, limitInMs?: number): Promise<LogLine>
  /** Ends it with SIGTERM and waits. @returns its exit code. */
  stop(): Promise<number | null>
  /** `kill -9`, and waits. */
  kill(): Promise<void>
}

/** Settings that every test server has: plain http on a free port of the loopback address, its state inside the configuration directory. */
const testSettings = (directory: string): Record<string, string | number | boolean | undefined> => ({
  'server.port': 0,
  'server.address': '127.0.0.1',
  'server.ssl.enabled': false,
  'cas.service-registry.json.location': `file:${join(directory, 'services')}`,
  'castellan.state.directory': join(directory, 'state'),
  'castellan.log.format': 'json',
})

/** A definition as CAS writes it, for the common case. */
export function definition(id: number, serviceId: string, more: object = {}): object {
  return { '@class': 'org.apereo.cas.services.CasRegisteredService', serviceId, name: `Application ${id}`, id, ...more }
}

/** Writes a configuration directory into a new temporary folder. */
export async function writeConfiguration(options: StartOptions = {}): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'castellan-test-'))
  const services = join(directory, 'services')
  await mkdir(services)
  const settings = { ...testSettings(directory), ...options.properties }
  const lines = Object.entries(settings).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${escapeValue(String(value), directory)}`],
  )
  await writeFile(join(directory, 'cas.properties'), `${lines.join('\n')}\n`)
  for (const [name, content] of Object.entries(options.services ?? {})) {
    await writeFile(join(services, name), typeof content === 'string' ? content : JSON.stringify(content, undefined, 2))
  }
  for (const [name, content] of Object.entries(options.files ?? {})) {
    await mkdir(dirname(join(directory, name)), { recursive: true })
    await writeFile(join(directory, name), content.replaceAll('{dir}', directory))
  }
  return directory
}

const escapeValue = (value: string, directory: string) => value.replaceAll('{dir}', directory).replaceAll('\\', '\\\\')

/**
 * Starts `bin/castellan run` as a child and waits for its line `READY`.
 *
 * @throws with the whole log when it ends before, or is not ready in time.
 */
export async function startCastellan(options: StartOptions = {}): Promise<Castellan> {
  const directory = options.configDirectory ?? (await writeConfiguration(options))
  const child = spawnCastellan(
    [...(options.argsBefore ?? []), 'run', '--config-dir', directory, ...(options.args ?? [])],
    options.env,
    options.command,
  )
  const output = collect(child)
  const remove = async () => {
    if (options.configDirectory === undefined) await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  }
  let ready: LogLine
  try {
    ready = await output.line((line) => line.msg.startsWith('READY'), options.startLimitInMs ?? 60_000)
  } catch (cause) {
    child.kill('SIGKILL')
    await remove()
    throw new Error(`the server did not become ready: ${(cause as Error).message}\n${output.text()}`)
  }
  return {
    url: addressOf(ready),
    configDirectory: directory,
    servicesDirectory: join(directory, 'services'),
    stateDirectory: join(directory, 'state'),
    pid: child.pid ?? 0,
    logs: output.lines,
    errors: output.errors,
    async logSoFar() {
      // The line of this request comes after everything that was written before it.
      const path = `/nothing-${randomUUID()}`
      await (await fetch(`${addressOf(ready)}${path}`)).arrayBuffer()
      await output.line((line) => String(line['path']).endsWith(path))
      return output.lines()
    },
    logged: output.line,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      return (await output.ended).code
    },
    async kill() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await output.ended
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      const forced = setTimeout(() => child.kill('SIGKILL'), 15_000)
      await output.ended
      clearTimeout(forced)
      await remove()
    },
  }
}

/** The address to talk to, with the context path; that stands in `prefix` where `url` has none. */
function addressOf(ready: LogLine): string {
  const url = new URL(String(ready['url']))
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') url.hostname = '127.0.0.1'
  if (url.pathname === '/') url.pathname = new URL(String(ready['prefix'])).pathname
  return url.href.replace(/\/+$/, '')
}

/** What a run that ends by itself left behind. */
export interface Finished {
  readonly code: number | null
  readonly output: string
  readonly lines: readonly LogLine[]
}

/** Runs the command with these words until it ends, e.g. `check`, or a start that is refused. */
export async function runCastellan(
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly limitInMs?: number } = {},
): Promise<Finished> {
  const child = spawnCastellan(args, options.env)
  const output = collect(child)
  const limit = setTimeout(() => child.kill('SIGKILL'), options.limitInMs ?? 20_000)
  const { code } = await output.ended
  clearTimeout(limit)
  return { code, output: output.text(), lines: output.lines() }
}

function spawnCastellan(args: readonly string[], env: Readonly<Record<string, string>> = {}, command = executable): ChildProcess {
  // The environment of the caller is not passed on: a variable `CAS_…` of the machine would change a test.
  const inherited = Object.fromEntries(['PATH', 'HOME', 'TMPDIR'].flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
  return spawn(command, args, { env: { ...inherited, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
}

function collect(child: ChildProcess) {
  const lines: LogLine[] = []
  const waiting = new Set<() => void>()
  let plain = ''
  let errors = ''
  let rest = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    plain += chunk
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) if (part.startsWith('{')) lines.push(parse(part))
    for (const wake of waiting) wake()
  })
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk
  })
  let finished = false
  const ended = new Promise<{ code: number | null }>((resolve) => {
    child.once('error', (cause) => {
      errors += `${cause.message}\n`
      resolve({ code: null })
    })
    child.once('close', (code) => resolve({ code }))
  }).then((end) => {
    finished = true
    for (const wake of waiting) wake()
    return end
  })
  return {
    ended,
    lines: () => lines,
    errors: () => errors,
    text: () => plain + errors,
    line(condition: (line: LogLine) => boolean, limitInMs = 10_000): Promise<LogLine> {
      return new Promise((resolve, reject) => {
        let seen = 0
        const done = (act: () => void) => {
          clearTimeout(limit)
          waiting.delete(look)
          act()
        }
        const look = () => {
          for (; seen < lines.length; seen++) {
            const line = lines[seen]
            if (line && condition(line)) return done(() => resolve(line))
          }
          if (finished) done(() => reject(new Error(`it ended without that line (exit code ${child.exitCode})`)))
        }
        const limit = setTimeout(() => done(() => reject(new Error(`no such line within ${limitInMs} ms`))), limitInMs)
        waiting.add(look)
        look()
      })
    },
  }
}

function parse(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine
  } catch {
    return { level: 0, msg: text }
  }
}

/** A port of the loopback address that was free a moment ago. For servers that cannot be told to choose one themselves. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Asks again and again until the answer is not `undefined`. */
export async function eventually<T>(what: string, ask: () => Promise<T | undefined> | T | undefined, limitInMs = 30_000): Promise<T> {
  const end = performance.now() + limitInMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > end) throw new Error(`not within ${limitInMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

/** Ends a test at once, with a sentence that says what to install, when a program of Debian is missing. */
export function requirePrograms(...paths: readonly string[]): void {
  const missing = paths.filter((path) => !existsSync(path))
  if (missing.length === 0) return
  throw new Error(
    `this test needs ${missing.join(', ')}: run \`npm run setup:test\` as root, it installs what is missing (or says what to install)`,
  )
}

/** Names of the files below a folder, for tests that scan; fails when there are none. */
export async function filesBelow(folder: string, suffix: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true })
  const found = names.filter((name) => name.endsWith(suffix)).sort()
  if (found.length === 0) throw new Error(`no file ${suffix} below ${folder}`)
  return found
}
