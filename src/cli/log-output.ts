import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../base/clock.ts'
import { createLog, type RootLog, standardOutput } from '../base/log.ts'
import { type LogFile, logFile, type Rotation } from '../base/log-file.ts'
import { configuredLevels } from '../base/log-groups.ts'
import { fieldsText, type LogEvent, type LogLayout, logPattern } from '../base/log-pattern.ts'
import { resourceAt } from '../base/resource.ts'
import type { LoadedConfiguration } from '../config/index.ts'
import type { ProcessParts } from './command.ts'
import { type Log4jFacts, type Log4jFile, readLog4j } from './log4j2.ts'

/** The log of the process and where it goes. */
export interface LogOutput {
  readonly log: RootLog
  /** Whether standard output has lines for people. */
  readonly asText: boolean
  /** Files besides standard output. */
  readonly files: readonly string[]
  /** That of them which has everything. */
  readonly mainFile: string | undefined
  /** What was made of logging.config, for the log itself. */
  report(): void
  /** Files are opened anew, after somebody has put them aside. */
  reopen(): void
  /** Writes what waits. */
  close(): Promise<void>
}

interface Sink {
  write(line: string): void
  close?(): Promise<void>
}

/** As the files of CAS's overlay. */
const KEPT: Rotation = { maxBytes: 10 * 1024 * 1024, keptDays: 7, totalBytes: 0 }

/**
 * The log as the settings want it (configuration.md 10.4): JSON lines, or lines for people when it goes to a terminal; a file besides, and one for the audit trail,
 * where `logging.file.*` or a file of Log4j 2 name them.
 */
export function logFor(configuration: LoadedConfiguration, stdout: ProcessParts['stdout'], env: ProcessParts['env'] = {}): LogOutput {
  const { settings } = configuration
  const { logging } = settings
  const { format } = settings.castellan.log
  const log4j = log4jOf(configuration, env)
  const asText = format === 'text' || (format !== 'json' && (stdout.isTTY === true || logging.pattern.console !== undefined))
  const levels = { ...log4j.facts?.levels, ...configuredLevels(logging) }

  const out = stdout.fd === 1 ? standardOutput() : undefined
  const console: Sink = out ?? { write: (text) => void stdout.write(text) }
  const troubles: (readonly [object, string])[] = []
  let tell: (fields: object, message: string) => void = (fields, message) => void troubles.push([fields, message])
  const openFile = (path: string, rotation: Rotation): LogFile =>
    logFile({ pathOn: () => path, rotation, clock: systemClock, onTrouble: (fields, message) => tell(fields, message) })

  const sinks: Sink[] = [asText ? inLayout(console, layoutOf(logging.pattern.console)) : console]
  const opened: LogFile[] = []
  const files: string[] = []
  const add = (path: string, rotation: Rotation, wrap: (file: LogFile) => Sink) => {
    const file = openFile(path, rotation)
    opened.push(file)
    files.push(path)
    sinks.push(wrap(file))
  }
  const main = mainFile(configuration, log4j.facts)
  const filePattern = logging.pattern.file
  if (main)
    add(main.path, main.rotation, (file) => (format === 'json' && filePattern === undefined ? file : inLayout(file, layoutOf(filePattern))))
  const audit = log4j.facts?.auditFile
  if (audit) add(audit.path, rotationOf(audit), (file) => onlyAudit(format === 'json' ? file : inLayout(file, auditLayout)))

  const log = createLog({ levels, destination: sinks.length === 1 && sinks[0] ? sinks[0] : all(sinks) })
  const own = log.child({ room: 'log' })
  tell = (fields, message) => own.warn(fields, message)
  return {
    log,
    asText,
    files,
    mainFile: main?.path,
    report() {
      for (const [fields, message] of troubles) own.warn(fields, message)
      if (log4j.problem !== undefined) own.warn({ setting: 'logging.config' }, `logging.config ${log4j.problem}`)
      if (log4j.facts) own.info({ ...log4j.facts, file: log4j.facts.file?.path, auditFile: audit?.path }, takenOf(log4j.facts))
      if (files.length > 0) own.info({ files }, `the log is also written to ${files.join(', ')}`)
    },
    reopen() {
      for (const file of opened) file.reopen()
    },
    async close() {
      await Promise.all([...opened, ...(out ? [out] : [])].map((one) => one.close()))
    },
  }
}

const all = (sinks: readonly Sink[]): Sink => ({
  write(line) {
    for (const sink of sinks) sink.write(line)
  },
})

/** Events of the audit trail alone. JSON of ours has no blanks, so that the word can be looked for. */
const onlyAudit = (sink: Sink): Sink => ({
  write(line) {
    if (line.includes('"room":"audit"')) sink.write(line)
  },
})

interface MainFile {
  readonly path: string
  readonly rotation: Rotation
}

/** `logging.file.*`, else the file of the root logger of Log4j 2. */
function mainFile({ settings }: LoadedConfiguration, log4j: Log4jFacts | undefined): MainFile | undefined {
  const { file, logback } = settings.logging
  const { maxFileSize, maxHistory, totalSizeCap } = logback.rollingpolicy
  const rotation = { maxBytes: maxFileSize, keptDays: maxHistory, totalBytes: totalSizeCap }
  const local = (location: string) => resourceAt(location, '.')
  const named = file.name ?? (file.path === undefined ? undefined : join(file.path, 'castellan.log'))
  const found = named === undefined ? undefined : local(named)
  if (found?.kind === 'file') return { path: found.path, rotation }
  return log4j?.file && { path: log4j.file.path, rotation: rotationOf(log4j.file) }
}

const rotationOf = ({ maxBytes, keptDays }: Log4jFile) => ({
  maxBytes: maxBytes ?? KEPT.maxBytes,
  keptDays: keptDays ?? KEPT.keptDays,
  totalBytes: 0,
})

interface Log4jRead {
  readonly facts?: Log4jFacts
  /** Completes "logging.config …". */
  readonly problem?: string
}

function log4jOf({ settings, configurationDirectory, sourcesOf }: LoadedConfiguration, env: ProcessParts['env']): Log4jRead {
  const location = settings.logging.config
  if (location === undefined) return {}
  const resource = resourceAt(location, configurationDirectory ?? '.')
  const otherwise = 'levels and files of the log are those of logging.level.* and logging.file.*'
  if (resource.kind !== 'file' || !/\.xml$/i.test(resource.path))
    return { problem: `is no XML file of Log4j 2 and is not read; ${otherwise}` }
  try {
    const xml = readFileSync(resource.path, 'utf8')
    return { facts: readLog4j(xml, (name) => sourcesOf(name)[0]?.value ?? env[name]) }
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : error instanceof Error ? error.message : 'unknown reason'
    return { problem: `names ${resource.path}, which cannot be read (${why}); ${otherwise}` }
  }
}

function takenOf({ levels, file, auditFile, others }: Log4jFacts): string {
  const files = [file, auditFile].flatMap((one) => (one ? [one.path] : []))
  const rest = others.length === 0 ? '' : `; not taken: ${others.join(', ')}`
  return `of logging.config ${Object.keys(levels).length} levels were taken, and ${files.length === 0 ? 'no file' : files.join(' and ')}${rest}`
}

const LEVEL_NAMES: Readonly<Record<number, string>> = { 10: 'TRACE', 20: 'DEBUG', 30: 'INFO', 40: 'WARN', 50: 'ERROR', 60: 'FATAL' }

/** Nothing that a stranger sends ends the line, moves the cursor, colours the terminal or turns the text round. */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g
const clean = (text: string) => text.replace(UNPRINTABLE, ' ')

function eventOf(line: string): LogEvent {
  const { level, time, msg, room, ...fields } = JSON.parse(line) as Readonly<Record<string, unknown>>
  return {
    time: String(time),
    level: LEVEL_NAMES[Number(level)] ?? String(level),
    room: String(room ?? 'castellan'),
    message: String(msg),
    fields,
  }
}

function inLayout(out: Sink, layout: LogLayout): Sink {
  return { write: (line) => out.write(layout(eventOf(line))) }
}

/** `2026-01-31 10:00:00,123 INFO [room] - <message> field=value` */
const usualLayout: LogLayout = ({ time, level, room, message, fields }) => {
  const at = time.replace('T', ' ').replace('.', ',').replace('Z', '')
  return `${clean(`${at} ${level} [${room}] - <${message}>${fieldsText(fields)}`)}\n`
}

/** The records keep their lines: whoever makes them has taken those of strangers out. */
const auditLayout: LogLayout = ({ time, level, room, message }) =>
  `${time.replace('T', ' ').replace('.', ',').replace('Z', '')} ${level} [${room}] - <${message}>\n`

function layoutOf(pattern: string | undefined): LogLayout {
  if (pattern === undefined) return usualLayout
  const layout = logPattern(pattern)
  return ({ message, fields, ...event }) => {
    const safe = Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? clean(value) : value])
    return layout({ ...event, message: clean(message), fields: Object.fromEntries(safe) })
  }
}

/** Turns each event into a line for people. */
export const textLines = (out: { write(text: string): unknown }): Sink => inLayout({ write: (text) => void out.write(text) }, usualLayout)
