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

/** One logger per process, a child per room (`{ room }`) and per request (`{ requestId }`). JSON lines on stdout. */
export function createLog(options: LogOptions = {}): Log {
  const settings: LoggerOptions = { level: options.level ?? 'info', timestamp: stdTimeFunctions.isoTime, base: null }
  return options.destination ? pino(settings, options.destination) : pino(settings)
}

/** For tests and for callers that do not want a log. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
}
