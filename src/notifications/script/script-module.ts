import { Worker } from 'node:worker_threads'
import type { Log } from '../../base/log.ts'

export interface ScriptModule {
  /** Calls the function `run` that the module exports. @throws {ScriptFailure} */
  run(...parameters: readonly unknown[]): Promise<unknown>
  close(): Promise<void>
}

/** A module of the operator's that did not do its work. */
export class ScriptFailure extends Error {
  /** Whether its function was called, so that it may have done something. */
  readonly called: boolean
  constructor(message: string, called: boolean) {
    super(message)
    this.name = 'ScriptFailure'
    this.called = called
  }
}

type Answer =
  | { readonly kind: 'loaded' }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id?: number; readonly message: string }
  | { readonly kind: 'log'; readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly message: string }

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (failure: ScriptFailure) => void
}

/**
 * A module with a function `run`, in a thread of its own: it can neither stall the server nor bring it down, and one that does not come back is ended. It is
 * started when it is first needed, and anew after it was ended.
 *
 * @param url Address of the module, `file:` or `data:`.
 * @param name How it is called in messages.
 */
export function scriptModule({ url, name, timeoutMs, log }: { url: string; name: string; timeoutMs: number; log: Log }): ScriptModule {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined
  let count = 0
  let loaded = false

  function start(): Worker {
    const file = `./script-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`
    const started = new Worker(new URL(file, import.meta.url), { workerData: { url }, stdin: false })
    loaded = false
    // It alone keeps no process from ending.
    started.unref()
    started.on('message', (answer: Answer) => {
      if (answer.kind === 'log') return log[answer.level]({ script: name }, answer.message)
      if (answer.kind === 'loaded') {
        loaded = true
        return
      }
      if (answer.kind === 'failure' && answer.id === undefined) return end(started, answer.message)
      const one = waiting.get(answer.id ?? -1)
      waiting.delete(answer.id ?? -1)
      if (answer.kind === 'result') one?.resolve(answer.value)
      else one?.reject(new ScriptFailure(`${name}: ${answer.message}`, true))
    })
    started.on('error', (error) => end(started, error.message))
    started.on('exit', () => end(started, 'it ended by itself'))
    return started
  }

  function end(which: Worker, reason: string): void {
    if (worker !== which) return
    worker = undefined
    void which.terminate()
    for (const { reject } of waiting.values()) reject(new ScriptFailure(`${name}: ${reason}`, loaded))
    waiting.clear()
  }

  return {
    run(...parameters) {
      const current = worker ?? start()
      worker = current
      const id = ++count
      return new Promise((resolve, reject) => {
        const limit = setTimeout(() => end(current, `no answer within ${timeoutMs / 1000} s`), timeoutMs)
        const settled =
          <T>(act: (value: T) => void) =>
          (value: T) => {
            clearTimeout(limit)
            act(value)
          }
        waiting.set(id, { resolve: settled(resolve), reject: settled(reject) })
        current.postMessage({ id, parameters })
      })
    },
    async close() {
      const current = worker
      if (!current) return
      end(current, 'the server is shutting down')
      await current.terminate()
    },
  }
}
