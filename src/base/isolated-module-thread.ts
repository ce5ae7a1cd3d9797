/** The program of the thread in which a script of the operator runs; started by isolated-module.ts. */
import { parentPort, workerData } from 'node:worker_threads'
import type { FromScript, ToScript } from './isolated-module.ts'

type Script = (input: unknown) => unknown

const MAX_OUTPUT = 256 * 1024
const MAX_LINE = 1000

const { address, dress } = workerData as { readonly address: string; readonly dress: string | undefined }
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

async function load(): Promise<(input: unknown) => unknown> {
  const found = (await import(address)) as Readonly<Record<string, unknown>>
  const script = typeof found['default'] === 'function' ? found['default'] : found['run']
  if (typeof script !== 'function') throw new TypeError('the module must export a function, as default or as `run`')
  const dressed = dress === undefined ? undefined : ((await import(dress)) as { dress(input: unknown, logger: ScriptLogger): unknown })
  return (input) => (script as Script)(dressed ? dressed.dress(input, logger) : { ...(input as object), logger })
}

try {
  const run = await load()
  parentPort?.on('message', async ({ id, input }: ToScript) => {
    try {
      const output = JSON.stringify((await run(JSON.parse(input))) ?? null)
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
