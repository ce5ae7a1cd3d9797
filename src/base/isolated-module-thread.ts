/** The program of the thread in which a script of the operator runs; started by isolated-module.ts. */
import { parentPort, workerData } from 'node:worker_threads'
import type { FromScript, ScriptThreadData, ToScript } from './isolated-module.ts'

type Script = (...parts: unknown[]) => unknown
type Input = Readonly<Record<string, unknown>>

const MAX_OUTPUT = 256 * 1024
const MAX_LINE = 1000

const { address, dress, parameters, functions } = workerData as ScriptThreadData
const say = (message: FromScript) => parentPort?.postMessage(message)
const reasonOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, MAX_LINE)

const line = (parts: readonly unknown[]): string =>
  parts
    .map((part) => (typeof part === 'string' ? part : part instanceof Error ? reasonOf(part) : safeJson(part)))
    .join(' ')
    .slice(0, MAX_LINE)
function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return '[…]'
  }
}
const levels = ['debug', 'info', 'warn', 'error'] as const
export type ScriptLogger = Readonly<Record<(typeof levels)[number], (...parts: readonly unknown[]) => void>>
const logger = Object.fromEntries(
  levels.map((level) => [level, (...parts: unknown[]) => say({ kind: 'log', level, text: line(parts) })]),
) as ScriptLogger

/** What is called, by its name; the default export has none. */
async function load(): Promise<(input: Input, name: string | undefined) => unknown> {
  const found = (await import(address)) as Readonly<Record<string, unknown>>
  const script = typeof found['default'] === 'function' ? found['default'] : found['run']
  if (!functions && typeof script !== 'function') throw new TypeError('the module must export a function, as default or as `run`')
  const missing = functions?.find((name) => typeof found[name] !== 'function')
  if (missing !== undefined) throw new TypeError(`the module must export the function \`${missing}\``)
  const dressed = dress === undefined ? undefined : ((await import(dress)) as { dress(input: unknown, logger: ScriptLogger): unknown })
  return (input, name) => {
    const called = name === undefined ? script : found[name]
    // A function that may be left out, and is.
    if (typeof called !== 'function') return null
    if (name === undefined && parameters) return (called as Script)(...parameters.map((each) => (each === 'logger' ? logger : input[each])))
    return (called as Script)(dressed ? dressed.dress(input, logger) : { ...input, logger })
  }
}

try {
  const run = await load()
  parentPort?.on('message', async ({ id, input, name }: ToScript) => {
    try {
      const output = JSON.stringify((await run(JSON.parse(input) as Input, name)) ?? null)
      if (output === undefined) throw new TypeError('the script must return JSON')
      if (output.length > MAX_OUTPUT) throw new RangeError('the script returns too much')
      say({ kind: 'answer', id, output })
    } catch (error) {
      say({ kind: 'threw', id, reason: reasonOf(error) })
    }
  })
  say({ kind: 'ready' })
} catch (error) {
  say({ kind: 'unusable', reason: reasonOf(error) })
}
