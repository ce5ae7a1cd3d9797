import { existsSync, statSync, unlinkSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { programModule } from '../../../base/program-files.ts'
import { codeOf, type Stamp, sameStamp, stampOf } from './scan.ts'

/** A file that is to go, if it still is what was read. */
export interface FileToRemove {
  readonly path: string
  readonly stamp: Stamp
}

/** `gone`: also when somebody else was faster; `changed`: it is another by now; else why it is still there. */
export type Gone = 'gone' | 'changed' | { readonly failure: string }

/** Takes one away, at once. */
export function removeFile({ path, stamp }: FileToRemove): Gone {
  try {
    const now = statSync(path, { throwIfNoEntry: false })
    if (!now) return existsSync(path) ? 'changed' : 'gone'
    if (!sameStamp(stamp, stampOf(now))) return 'changed'
    unlinkSync(path)
    return 'gone'
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? 'gone' : { failure: codeOf(error) || String(error) }
  }
}

/** So few are taken away before a thread would be there. */
const FEW = 8
const KEPT_IDLE_MS = 2000
const PROGRAM = programModule('services/registry/json/remove-files-thread')

interface Thread {
  remove(files: readonly FileToRemove[]): Promise<readonly Gone[] | undefined>
}

/** One for the whole process; gone when there was nothing to do for a while. */
let thread: Thread | undefined

/**
 * Takes many files away. The disk may let one wait while it writes others through, and a promise for each costs several times the time of the processor, so
 * many go in a thread, where nobody waits for them.
 *
 * @returns for each what became of it.
 */
export async function removeFiles(files: readonly FileToRemove[]): Promise<readonly Gone[]> {
  if (files.length <= FEW) return files.map(removeFile)
  thread ??= startThread()
  // What a thread that broke has taken away is gone, and is found to be.
  return (await thread.remove(files)) ?? files.map(removeFile)
}

function startThread(): Thread {
  // Nothing of the server's environment: it may hold secrets.
  const worker = new Worker(PROGRAM, { env: {}, execArgv: [] })
  const waiting: ((results: readonly Gone[] | undefined) => void)[] = []
  let idle: NodeJS.Timeout | undefined

  const end = () => {
    clearTimeout(idle)
    if (thread === self) thread = undefined
    for (const resolve of waiting.splice(0)) resolve(undefined)
    void worker.terminate()
  }
  // Answers come in the order of the questions.
  worker.on('message', (results: readonly Gone[]) => {
    waiting.shift()?.(results)
    if (waiting.length > 0) return
    // A process that has nothing else to do may end.
    worker.unref()
    idle = setTimeout(end, KEPT_IDLE_MS).unref()
  })
  worker.on('error', end)
  worker.on('exit', end)

  const self: Thread = {
    remove(files) {
      clearTimeout(idle)
      worker.ref()
      return new Promise((resolve) => {
        waiting.push(resolve)
        worker.postMessage(files)
      })
    },
  }
  return self
}
