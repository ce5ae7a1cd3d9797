import { Worker } from 'node:worker_threads'
import { programModule } from '../../base/program-files.ts'
import { parseStrictJson, type RelaxedJson } from '../../base/relaxed-json.ts'
import { type Format, parseDefinition } from './definition-text.ts'

/** What goes to the thread, and what comes back. */
export interface TextToParse {
  readonly id: number
  readonly text: string
  readonly format: Format
}
export interface ParsedText {
  readonly id: number
  readonly parsed: RelaxedJson
}

/** Characters whose parser takes up to about 10 ms. Strict JSON takes as long for the largest file that is read at all. */
const MAX_AT_ONCE: Readonly<Record<Format, number>> = { json: 64 * 1024, yaml: 16 * 1024 }
/** The largest file takes less than a second. */
const LIMIT_MS = 60_000
const KEPT_IDLE_MS = 5000
const MAX_OLD_SPACE_MB = 512
/** The thread's program lies beside this file, as TypeScript or as what was made of it. */
const PROGRAM = programModule('services/definitions/parse-apart-thread')

/**
 * Parses the text of a file as `parseDefinition` does. Large texts of Human JSON and YAML, whose parsers take up to half a second for the megabyte that a
 * file may have and cannot be interrupted, are parsed in a thread, so that requests do not wait for them (services.md 7.4).
 */
export async function parseApart(text: string, format: Format): Promise<RelaxedJson> {
  if (text.length <= MAX_AT_ONCE[format]) return parseDefinition(text, format)
  return (format === 'json' ? parseStrictJson(text) : undefined) ?? inThread(text, format)
}

const tooMuch = (why: string): RelaxedJson => ({ kind: 'broken', message: `the text cannot be parsed: ${why}`, line: 1, column: 1 })

interface Waiting {
  readonly text: string
  readonly format: Format
  readonly resolve: (parsed: RelaxedJson) => void
  readonly limit: NodeJS.Timeout
}

interface Thread {
  parse(text: string, format: Format): Promise<RelaxedJson>
}

/** One for the whole process; gone when there was nothing to do for a while. */
let thread: Thread | undefined

function inThread(text: string, format: Format): Promise<RelaxedJson> {
  thread ??= startThread()
  return thread.parse(text, format)
}

function startThread(): Thread {
  const worker = new Worker(PROGRAM, {
    // Nothing of the server's environment: it may hold secrets, and a parser needs none.
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: MAX_OLD_SPACE_MB },
  })
  const waiting = new Map<number, Waiting>()
  let idle: NodeJS.Timeout | undefined
  let nextId = 0

  const settle = (id: number, parsed: RelaxedJson) => {
    const one = waiting.get(id)
    waiting.delete(id)
    clearTimeout(one?.limit)
    one?.resolve(parsed)
    if (waiting.size > 0) return
    // A process that has nothing else to do may end.
    worker.unref()
    idle = setTimeout(() => end('the thread was ended'), KEPT_IDLE_MS).unref()
  }
  const end = (why: string) => {
    clearTimeout(idle)
    if (thread === self) thread = undefined
    // They are parsed one after the other: the first is to blame, those behind it get another thread.
    const [first, ...others] = waiting
    waiting.clear()
    for (const [, { limit }] of first ? [first, ...others] : []) clearTimeout(limit)
    first?.[1].resolve(tooMuch(why))
    for (const [, { text, format, resolve }] of others) void inThread(text, format).then(resolve)
    void worker.terminate()
  }
  worker.on('message', ({ id, parsed }: ParsedText) => settle(id, parsed))
  worker.on('error', (error: NodeJS.ErrnoException) =>
    end(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'it needs too much memory' : error.name),
  )
  worker.on('exit', () => end('its thread ended'))

  const self: Thread = {
    parse(text, format) {
      clearTimeout(idle)
      worker.ref()
      const id = nextId++
      return new Promise((resolve) => {
        const limit = setTimeout(() => end(`it takes longer than ${LIMIT_MS / 1000} s`), LIMIT_MS)
        waiting.set(id, { text, format, resolve, limit })
        worker.postMessage({ id, text, format } satisfies TextToParse)
      })
    },
  }
  return self
}
