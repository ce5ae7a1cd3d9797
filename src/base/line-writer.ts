/** Takes lines, writes them in blocks; never fails and never waits. */
export interface LineWriter {
  /** @param text Whole lines, each with its end. */
  write(text: string): void
  /** Writes what waits, within a second, and takes no more. */
  close(): Promise<void>
}

export interface LineWriterParts {
  /** Writes some of a block. @returns How many bytes. @throws {Error} while that is impossible; it is tried again. */
  readonly append: (block: Buffer) => Promise<number>
  /** The same at once and without waiting, when the process ends otherwise than by `close`. */
  readonly appendAtExit: (block: Buffer) => number
  /** What may wait, in characters; beyond it lines are dropped, because the server matters more. */
  readonly mostWaiting: number
  /** Told once when nothing can be written. */
  readonly onFailing?: (code: string) => void
  /** Told once when it can be again. @param lost How many writes were dropped meanwhile. */
  readonly onRecovered?: (lost: number) => void
}

/** Lines wait this long for others to be written with them; each write wakes another thread, which costs more than the making of fifty lines. */
const FLUSH_MS = 50
const BLOCK_CHARACTERS = 65_536
const RETRY_MS = 1000
/** Whoever reads is slow; nothing is wrong. */
const BUSY_RETRY_MS = 20
const CLOSE_LIMIT_MS = 1000
const EXIT_TRIES = 50

/**
 * A queue before something that may be slow or full. A disk without room stops neither the server nor its end: what cannot be written waits up to a limit,
 * and is tried again each second.
 */
export function lineWriter({ append, appendAtExit, mostWaiting, onFailing, onRecovered }: LineWriterParts): LineWriter {
  let waiting: string[] = []
  let waitingLength = 0
  /** What is being written, or could not be. */
  let block: Buffer = Buffer.alloc(0)
  /** Whether the block may be written at this moment: at the end it must not be written twice. */
  let underWay = false
  let failing = false
  let lost = 0
  let closed = false
  let timer: NodeJS.Timeout | undefined
  let working: Promise<void> | undefined

  async function work(): Promise<void> {
    while (block.length > 0 || waiting.length > 0) {
      if (block.length === 0) {
        block = Buffer.from(waiting.join(''))
        waiting = []
        waitingLength = 0
      }
      try {
        underWay = true
        block = block.subarray(
          await append(block).finally(() => {
            underWay = false
          }),
        )
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
        if (code === 'EAGAIN' || code === 'EBUSY') {
          await new Promise((resolve) => setTimeout(resolve, BUSY_RETRY_MS))
          continue
        }
        if (!failing) onFailing?.(code)
        failing = true
        return
      }
      if (!failing) continue
      failing = false
      onRecovered?.(lost)
      lost = 0
    }
  }

  function schedule(ms: number): void {
    if (timer || working || closed) return
    timer = setTimeout(() => {
      timer = undefined
      start()
    }, ms)
    timer.unref()
  }
  function start(): void {
    clearTimeout(timer)
    timer = undefined
    working ??= work().finally(() => {
      working = undefined
      if (failing) schedule(RETRY_MS)
      else if (waiting.length > 0) schedule(FLUSH_MS)
    })
  }

  const onExit = () => {
    let rest: Buffer = Buffer.concat([underWay ? Buffer.alloc(0) : block, Buffer.from(waiting.join(''))])
    for (let tries = 0; rest.length > 0 && tries < EXIT_TRIES; ) {
      try {
        rest = rest.subarray(appendAtExit(rest))
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) return
        tries += 1
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_RETRY_MS)
      }
    }
  }
  process.on('exit', onExit)

  return {
    write(text) {
      if (closed) return
      if (waitingLength + text.length > mostWaiting) {
        lost += 1
        return
      }
      waiting.push(text)
      waitingLength += text.length
      if (failing) return
      if (waitingLength >= BLOCK_CHARACTERS) start()
      else schedule(FLUSH_MS)
    },
    async close() {
      if (closed) return
      closed = true
      start()
      const { promise: limit, resolve } = Promise.withResolvers<void>()
      const end = setTimeout(resolve, CLOSE_LIMIT_MS)
      await Promise.race([working, limit])
      clearTimeout(end)
      process.off('exit', onExit)
    },
  }
}
