import { createLog, type RootLog } from '../base/log.ts'
import { type LevelName, levelNamed } from '../base/log-levels.ts'
import type { LoadedConfiguration } from '../config/index.ts'
import type { ProcessParts } from './command.ts'

/** The log as the settings want it: JSON lines, or lines for people when it goes to a terminal (configuration.md 10.4). */
export function logFor(
  { settings }: LoadedConfiguration,
  stdout: ProcessParts['stdout'],
): { readonly log: RootLog; readonly asText: boolean } {
  const { format } = settings.castellan.log
  const asText = format === 'text' || (format === 'auto' && stdout.isTTY === true)
  const entries = Object.entries(settings.logging.level).map(([name, word]) => [name, levelNamed(word) ?? 'INFO'] as const)
  const levels: Readonly<Record<string, LevelName>> = Object.fromEntries(entries)
  return { log: createLog(asText ? { levels, destination: textLines(stdout) } : { levels }), asText }
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
