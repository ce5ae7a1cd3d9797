import { writeSync, write as writeTo } from 'node:fs'
import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino'
import { type LineWriter, lineWriter } from './line-writer.ts'
import { type LevelName, type LogLevels, logLevels, type Threshold, type Written } from './log-levels.ts'

/**
 * Writes events, not sentences: `log.warn({ service, reason }, 'service refused')`. Secrets are never fields of an event; ticket ids are masked
 * by whoever logs them.
 */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  child(fields: object): Log
}

/** The log of the whole process. */
export interface RootLog extends Log {
  /** What is written of each room; may be changed at any time. */
  readonly levels: LogLevels
  /** Written whatever the levels are: that the server is there. */
  announce(fields: object, message: string): void
}

export interface LogOptions {
  readonly level?: LevelName
  /** By logger name, as in `logging.level.*`; they beat `level`, which is that of the root. */
  readonly levels?: Readonly<Record<string, LevelName>>
  readonly destination?: DestinationStream
}

const STDOUT = 1
/** What a stuck reader of stdout can make wait, in characters. */
const MOST_WAITING = 32 * 1024 * 1024

/**
 * One logger per process, a child per room (`{ room }`) and per request (`{ requestId }`). JSON lines on stdout, written in blocks from another
 * thread; what is left is written when the process ends, however it ends but by `kill -9`.
 */
export function createLog({ level = 'INFO', levels: written = {}, destination }: LogOptions = {}): RootLog {
  const settings: LoggerOptions = { level: 'trace', timestamp: isoTime(), base: null }
  const levels = logLevels({ root: level, ...written })
  const logger = pino(settings, destination ?? standardOutput())
  const log = leveled(logger, levels.threshold(''), levels)
  return { ...log, levels, announce: (fields, message) => logger.info(fields, message) }
}

/** @param threshold Of the room that writes; its value may change while the log is in use. */
function leveled(logger: Logger, threshold: Threshold, levels: ReturnType<typeof logLevels>): Log {
  const { written } = levels
  const at = (name: keyof Written, number: number) => (fields: object, message: string) => {
    if (threshold.least > number) return
    written[name]++
    logger[name](fields, message)
  }
  return {
    debug: at('debug', 20),
    info: at('info', 30),
    warn: at('warn', 40),
    error: at('error', 50),
    child(fields) {
      const own = 'room' in fields && typeof fields.room === 'string' ? levels.threshold(fields.room) : threshold
      return leveled(logger.child(fields), own, levels)
    },
  }
}

/** Standard output, written in blocks from another thread. A reader that is gone, a pipe that is full and a disk without room are nobody's trouble. */
export function standardOutput(): LineWriter {
  const nobodyReads = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'EPIPE'
  return lineWriter({
    mostWaiting: MOST_WAITING,
    append: (block) =>
      new Promise((resolve, reject) =>
        writeTo(STDOUT, block, (error, written) => {
          if (!error) resolve(written)
          else if (nobodyReads(error)) resolve(block.length)
          else reject(error)
        }),
      ),
    appendAtExit: (block) => writeSync(STDOUT, block),
  })
}

/** For tests and for callers that do not want a log. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
}

/** The moment of a line, as pino wants it. Many lines have the same millisecond, and a date costs more than the rest of a short line. */
function isoTime(): () => string {
  let lastMs = 0
  let text = ''
  return () => {
    const nowMs = Date.now()
    if (nowMs !== lastMs) text = `,"time":"${new Date(nowMs).toISOString()}"`
    lastMs = nowMs
    return text
  }
}
