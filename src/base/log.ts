import { type DestinationStream, type Level, type LoggerOptions, pino, stdTimeFunctions } from 'pino'

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

export interface LogOptions {
  readonly level?: Level | 'silent'
  readonly destination?: DestinationStream
}

/** Lines wait this long for others to be written with them; each write costs as much as the making of ten lines. */
const FLUSH_MS = 20
const BLOCK_BYTES = 8192
/** What a stuck reader of stdout can make wait; beyond it lines are dropped, because the server matters more. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024

/**
 * One logger per process, a child per room (`{ room }`) and per request (`{ requestId }`). JSON lines on stdout, written in blocks from another
 * thread; what is left is written when the process ends, however it ends but by `kill -9`.
 */
export function createLog(options: LogOptions = {}): Log {
  const settings: LoggerOptions = { level: options.level ?? 'info', timestamp: stdTimeFunctions.isoTime, base: null }
  return pino(settings, options.destination ?? standardOutput())
}

function standardOutput(): DestinationStream {
  return pino.destination({ dest: 1, sync: false, minLength: BLOCK_BYTES, maxLength: MAX_WAITING_BYTES, periodicFlush: FLUSH_MS })
}

/** For tests and for callers that do not want a log. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
}
