import { stat } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { Json } from './json.ts'
import type { Log } from './log.ts'
import { programModule } from './program-files.ts'

/**
 * A module of the operator, run in a thread of its own: it cannot hold up logins, does not see the server's memory or environment, and is ended when a call
 * takes too long (services.md 13). Read again when its file changes; a new version that cannot be loaded leaves the old one in place.
 */
export interface IsolatedModule {
  /**
   * Calls the default export (or `run`), or the export of that name, with a copy of `input`; functions are added to it by the `dress` module.
   *
   * @throws {ScriptFailure} It threw, took too long, gives back what is no JSON, or has no such function.
   */
  call(input: Json, name?: string): Promise<Json>
  close(): Promise<void>
}

/** A script of the operator did not do its work. The message is for the log. */
export class ScriptFailure extends Error {
  /** `load`, `busy`: it was not called at all. */
  readonly kind: 'load' | 'threw' | 'timeout' | 'busy'
  constructor(kind: ScriptFailure['kind'], message: string) {
    super(message)
    this.name = 'ScriptFailure'
    this.kind = kind
  }
}

export interface IsolatedModuleParts {
  /** Path of the module, or its source text as `data:` URL. */
  readonly module: string
  /** Address of a module of ours that exports `dress(input, logger)`; what it returns is what the script is given. */
  readonly dress?: string
  /** Members of the input that are the arguments of the default export, in their order; `logger` is one. Absent: the input is the only argument. */
  readonly parameters?: readonly string[]
  /** Functions that the module must export, where its default export is not what is called. */
  readonly functions?: readonly string[]
  readonly timeoutMs: number
  readonly log: Log
}

/** What goes to the thread. */
export type ToScript = { readonly id: number; readonly input: string; readonly name?: string | undefined }
/** What the thread is started with. */
export interface ScriptThreadData {
  readonly address: string
  readonly dress: string | undefined
  readonly parameters: readonly string[] | undefined
  readonly functions: readonly string[] | undefined
}
/** What comes back: an answer, a line for the log, or that the module is (not) there. */
export type FromScript =
  | { readonly kind: 'ready' }
  | { readonly kind: 'unusable'; readonly reason: string }
  | { readonly kind: 'answer'; readonly id: number; readonly output: string }
  | { readonly kind: 'threw'; readonly id: number; readonly reason: string }
  | { readonly kind: 'log'; readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly text: string }

const MAX_PENDING = 256
const MAX_OLD_SPACE_MB = 64
const LOOK_AT_MOST_EVERY_MS = 500
const LOAD_LIMIT_MS = 10_000
/** The thread's program lies beside this file, as TypeScript or as what was made of it. */
const PROGRAM = programModule('base/isolated-module-thread')

interface Thread {
  call(input: string, name?: string): Promise<string>
  end(): Promise<void>
  readonly ended: boolean
}

export function isolatedModule(parts: IsolatedModuleParts): IsolatedModule {
  const { module, timeoutMs, log } = parts
  const isFile = !module.startsWith('data:')
  let current: Thread | undefined
  let stamp: string | undefined
  let lookedAtMs = Number.NEGATIVE_INFINITY
  let preparing: Promise<Thread> | undefined
  let failure: unknown
  let closed = false

  async function stampNow(): Promise<string> {
    if (!isFile) return 'inline'
    const { mtimeMs, size, ino } = await stat(module).catch((error: NodeJS.ErrnoException) => {
      throw new ScriptFailure('load', `${module}: ${error.code}`)
    })
    return `${mtimeMs} ${size} ${ino}`
  }

  /** The thread to ask; a new one when the file has changed or the last one was ended. */
  async function prepare(): Promise<Thread> {
    lookedAtMs = performance.now()
    const old = current?.ended === false ? current : undefined
    try {
      const found = await stampNow()
      if (old && found === stamp) return old
      const address = isFile ? `${pathToFileURL(module).href}?v=${encodeURIComponent(found)}` : module
      const next = await startThread({ ...parts, address })
      if (closed) await next.end()
      current = next
      stamp = found
      if (old) {
        log.info({ module }, 'script read again')
        // Calls under way in the old one still get their time.
        setTimeout(() => old.end(), timeoutMs + 100).unref()
      }
      return next
    } catch (error) {
      if (!old) throw error
      // Until the file changes once more.
      stamp = await stampNow().catch(() => undefined)
      log.error({ module, reason: (error as Error).message }, 'a script cannot be loaded; the one before stays')
      return old
    }
  }

  async function thread(): Promise<Thread> {
    const recent = performance.now() - lookedAtMs < LOOK_AT_MOST_EVERY_MS
    if (current?.ended === false && (!isFile || recent)) return current
    // Threads cost tens of milliseconds: what cannot be loaded is not tried for each login.
    if (failure !== undefined && recent) throw failure
    preparing ??= prepare()
      .then(
        (ready) => {
          failure = undefined
          return ready
        },
        (error: unknown) => {
          failure = error
          // On a busy machine the trial itself may have taken as long as it is to be remembered.
          lookedAtMs = performance.now()
          throw error
        },
      )
      .finally(() => {
        preparing = undefined
      })
    return preparing
  }

  return {
    async call(input, name) {
      if (closed) throw new ScriptFailure('load', 'the server is stopping')
      const text = JSON.stringify(input)
      return JSON.parse(await (await thread()).call(text, name)) as Json
    },
    async close() {
      closed = true
      await preparing?.catch(() => {})
      await current?.end()
    },
  }
}

async function startThread(parts: IsolatedModuleParts & { readonly address: string }): Promise<Thread> {
  const { address, dress, parameters, functions, timeoutMs, log, module } = parts
  const worker = new Worker(PROGRAM, {
    workerData: { address, dress, parameters, functions } satisfies ScriptThreadData,
    // Nothing of the server's environment: it may hold secrets.
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: MAX_OLD_SPACE_MB, stackSizeMb: 4 },
  })
  worker.unref()
  const pending = new Map<number, { resolve(output: string): void; reject(error: Error): void; limit: NodeJS.Timeout }>()
  let nextId = 0
  let ended = false
  let ready = false

  function over(error: Error): void {
    ended = true
    for (const { reject, limit } of pending.values()) {
      clearTimeout(limit)
      reject(error)
    }
    pending.clear()
  }
  const settle = (id: number) => {
    const waiting = pending.get(id)
    pending.delete(id)
    clearTimeout(waiting?.limit)
    return waiting
  }

  await new Promise<void>((resolve, reject) => {
    const limit = setTimeout(() => {
      void worker.terminate()
      reject(new ScriptFailure('load', `${module} was not loaded within ${LOAD_LIMIT_MS} ms`))
    }, LOAD_LIMIT_MS)
    worker.on('message', (message: FromScript) => {
      switch (message.kind) {
        case 'ready':
          clearTimeout(limit)
          ready = true
          return resolve()
        case 'unusable':
          clearTimeout(limit)
          void worker.terminate()
          return reject(new ScriptFailure('load', message.reason))
        case 'answer':
          return settle(message.id)?.resolve(message.output)
        case 'threw':
          return settle(message.id)?.reject(new ScriptFailure('threw', message.reason))
        case 'log':
          return log[message.level]({ module }, message.text)
      }
    })
    const failed = (reason: string) => {
      clearTimeout(limit)
      const failure = new ScriptFailure(ready ? 'threw' : 'load', reason)
      over(failure)
      reject(failure)
    }
    worker.on('error', (error) => failed(error.message))
    worker.on('exit', (code) => failed(`the script ended its thread (${code})`))
  })
  // What it prints is thrown away: scripts have a logger.
  worker.stdout.resume()
  worker.stderr.resume()

  return {
    get ended() {
      return ended
    },
    call(input, name) {
      if (ended) throw new ScriptFailure('load', 'the script ended')
      if (pending.size >= MAX_PENDING) throw new ScriptFailure('busy', 'too many calls wait for the script')
      const id = nextId++
      return new Promise((resolve, reject) => {
        const limit = setTimeout(() => {
          // A loop that never ends cannot be interrupted, its thread can.
          over(new ScriptFailure('timeout', `no answer within ${timeoutMs} ms`))
          void worker.terminate()
        }, timeoutMs)
        pending.set(id, { resolve, reject, limit })
        worker.postMessage({ id, input, name } satisfies ToScript)
      })
    },
    async end() {
      over(new ScriptFailure('threw', 'the script was ended'))
      await worker.terminate()
    },
  }
}
