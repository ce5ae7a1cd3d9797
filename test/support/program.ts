import { spawn } from 'node:child_process'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually } from './castellan.ts'

/** Somebody else's program that runs beside a test. */
export interface Program extends AsyncDisposable {
  output(): string
}

// A web server refuses to work as root; as `nobody` it behaves as for everybody else.
const NOBODY = 65_534
export const unprivileged = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}

/** A temporary folder that `unprivileged` programs may write to. */
export async function programFolder(name: string): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), `castellan-${name}-`))
  if (unprivileged.uid !== undefined) await chown(path, unprivileged.uid, unprivileged.gid)
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) }
}

/** Starts a program, without the rights of root unless it keeps them, and waits until something answers on its port. */
export async function startProgram(
  command: string,
  args: readonly string[],
  port: number,
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>>; readonly keepsRights?: boolean } = {},
): Promise<Program> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.keepsRights ? {} : unprivileged),
    // A group of its own, so that the workers it starts end with it.
    detached: true,
  })
  const signal = (name: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name)
    } catch {
      // The group has ended.
    }
  }
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
    })
  }
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
    child.once('error', (error) => {
      output += error.message
      resolve()
    })
  })
  const program: Program = {
    output: () => output,
    async [Symbol.asyncDispose]() {
      signal('SIGTERM')
      const forced = setTimeout(() => signal('SIGKILL'), 5_000)
      await closed
      clearTimeout(forced)
    },
  }
  try {
    await eventually(`${command} listens on port ${port}`, async () => {
      if (child.exitCode !== null) throw new Error(`${command} ended`)
      return (await accepts(port)) || undefined
    })
  } catch (cause) {
    await program[Symbol.asyncDispose]()
    throw new Error(`${(cause as Error).message}\n${output}`)
  }
  return program
}

const accepts = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
