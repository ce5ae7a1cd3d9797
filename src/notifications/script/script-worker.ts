/** The thread in which a module of the operator's runs. It gets calls and gives results, nothing else. */
import { parentPort, workerData } from 'node:worker_threads'

const { url } = workerData as { readonly url: string }
const say = (level: string) => (message: unknown) => parentPort?.postMessage({ kind: 'log', level, message: String(message) })
/** What scripts of CAS get as `logger`. */
const logger = { trace: say('debug'), debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }

/** Stands where a script gets the logger. */
const LOGGER = '\u0000logger'

const loading = (import(url) as Promise<{ readonly run?: unknown }>).then(({ run }) => {
  if (typeof run !== 'function') throw new Error('it exports no function run')
  return run as (...parameters: readonly unknown[]) => unknown
})
loading.then(
  () => parentPort?.postMessage({ kind: 'loaded' }),
  (error: unknown) => parentPort?.postMessage({ kind: 'failure', message: messageOf(error) }),
)

parentPort?.on('message', async ({ id, parameters }: { readonly id: number; readonly parameters: readonly unknown[] }) => {
  try {
    const run = await loading
    const value: unknown = await run(...parameters.map((one) => (one === LOGGER ? logger : one)))
    parentPort?.postMessage({ kind: 'result', id, value: typeof value === 'boolean' || typeof value === 'string' ? value : undefined })
  } catch (error) {
    parentPort?.postMessage({ kind: 'failure', id, message: messageOf(error) })
  }
})

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
