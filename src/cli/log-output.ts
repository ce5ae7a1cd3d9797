import { createLog, type Log } from '../base/log.ts'
import type { LoadedConfiguration } from '../config/index.ts'
import type { ProcessParts } from './command.ts'

type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

const LEVEL_WORDS: Readonly<Record<string, LogLevel>> = {
  trace: 'trace',
  all: 'trace',
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  error: 'error',
  fatal: 'fatal',
  off: 'silent',
  false: 'silent',
}

/** Logger names that mean the whole server (configuration.md 10.4), the first that is set counts. */
const WHOLE_SERVER = ['org.apereo.cas', 'org.apereo', 'castellan', 'root']

/** The log as the settings want it: JSON lines, or lines for people when it goes to a terminal (configuration.md 10.4). */
export function logFor({ settings }: LoadedConfiguration, stdout: ProcessParts['stdout']): { readonly log: Log; readonly asText: boolean } {
  const { format } = settings.castellan.log
  const asText = format === 'text' || (format === 'auto' && stdout.isTTY === true)
  const levels = settings.logging.level
  const name = WHOLE_SERVER.find((one) => levels[one] !== undefined)
  const level = LEVEL_WORDS[(name === undefined ? 'info' : (levels[name] ?? '')).trim().toLowerCase()] ?? 'info'
  const log = asText ? createLog({ level, destination: textLines(stdout) }) : createLog({ level })
  return { log, asText }
}

/** Turns each event into `2026-01-31 10:00:00,123 INFO [room] - <message> field=value`. */
export function textLines(out: { write(text: string): unknown }): { write(line: string): void } {
  return {
    write(line) {
      out.write(`${textLine(line)}\n`)
    },
  }
}

const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g

const LEVEL_NAMES: Readonly<Record<number, string>> = { 10: 'TRACE', 20: 'DEBUG', 30: 'INFO', 40: 'WARN', 50: 'ERROR', 60: 'FATAL' }

function textLine(line: string): string {
  const event: unknown = JSON.parse(line)
  const { level, time, msg, room, ...fields } = event as Readonly<Record<string, unknown>>
  const at = String(time).replace('T', ' ').replace('.', ',').replace('Z', '')
  const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  // One event is one line, whatever its fields hold, and nothing in it moves the cursor, colours the terminal or turns the text round.
  return `${at} ${LEVEL_NAMES[Number(level)] ?? level} [${room ?? 'castellan'}] - <${msg}>${rest.join('')}`.replace(UNPRINTABLE, ' ')
}
