import { join, resolve } from 'node:path'
import type { Client } from '../base/client.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { type LogFile, logFile } from '../base/log-file.ts'
import { maskQuery, maskTicketIds } from '../base/mask.ts'
import { type AccessLine, accessPattern, extendedAccessPattern } from './access-pattern.ts'
import type { HttpConfig } from './config.ts'

export interface Answered {
  readonly requestId: string
  readonly client: Client
  readonly method: string
  /** As it was asked for, still encoded. */
  readonly path: string
  readonly rawQuery: string
  readonly status: number
  readonly milliseconds: number
  /** When the answer was there. */
  readonly atMs: number
  /** The rest costs nothing until it is asked for: `1.1`, the port that was asked, headers of the answer. */
  httpVersion?(): string | undefined
  port?(): number | undefined
  responseHeader?(lowerCaseName: string): string | undefined
}

/** Who is told of each request that was answered. */
export interface RequestSink {
  write(answered: Answered): void
}

/** Files of requests, as Tomcat writes them. */
export interface AccessFiles extends RequestSink {
  reopen(): void
  close(): Promise<void>
}

const LONGEST_TEXT = 1000

/**
 * One event per request, and a warning for those slower than `castellan.log.slow-request` (configuration.md 10.1, 10.4). Secrets are masked.
 *
 * @param sinks Where requests go besides.
 */
export function accessLog(settings: HttpConfig, log: Log, sinks: readonly RequestSink[] = []): (answered: Answered) => void {
  const slowFrom = settings.castellan.log.slowRequest * 1000
  const { enabled: everyone, pattern, directory } = settings.server.tomcat.accesslog
  // A pattern without a folder is that of the log.
  const line = pattern === undefined || directory !== undefined ? undefined : accessPattern(pattern)
  return (answered) => {
    for (const sink of sinks) sink.write(answered)
    const slow = answered.milliseconds >= slowFrom
    if (!everyone && !slow) return
    if (line && !slow) return log.info({ requestId: answered.requestId }, line(answered))
    const event = {
      requestId: answered.requestId,
      address: answered.client.address,
      method: answered.method,
      path: maskTicketIds(answered.path.slice(0, LONGEST_TEXT)),
      ...(answered.rawQuery === '' ? {} : { query: maskQuery(answered.rawQuery.slice(0, LONGEST_TEXT)) }),
      status: answered.status,
      ms: Math.round(answered.milliseconds * 1000) / 1000,
    }
    if (slow) log.warn(event, 'slow request')
    else log.info(event, 'request')
  }
}

/** That of CAS. */
const USUAL_PATTERN = '%t %a "%r" %s (%D ms)'

/**
 * The files of `server.tomcat.accesslog.directory` and `cas.server.tomcat.ext-access-log`: one for each day, `access_log.2026-01-31.log`.
 *
 * @returns `undefined` where no setting names one.
 */
export function openAccessFiles(
  settings: HttpConfig,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): AccessFiles | undefined {
  const { accesslog, basedir } = settings.server.tomcat
  const { extAccessLog: extended } = settings.cas.server.tomcat
  const sinks: { readonly file: LogFile; readonly line: AccessLine }[] = []
  const add = (line: AccessLine, directory: string, prefix: string, suffix: string, maxDays: number) => {
    const folder = resolve(basedir ?? '.', directory.trim().replace(/^file:/, ''))
    const pathOn = (day: string) => join(folder, `${prefix}.${day}${suffix}`)
    const onTrouble = (fields: object, message: string) => log.warn(fields, message)
    sinks.push({ line, file: logFile({ pathOn, keptDays: maxDays < 0 ? undefined : maxDays, clock, onTrouble }) })
  }
  if (accesslog.enabled && accesslog.directory !== undefined) {
    add(accessPattern(accesslog.pattern ?? USUAL_PATTERN), accesslog.directory, accesslog.prefix, accesslog.suffix, accesslog.maxDays)
  }
  if (extended.enabled) add(extendedAccessPattern(extended.pattern), extended.directory ?? 'logs', extended.prefix, extended.suffix, -1)
  if (sinks.length === 0) return undefined
  return {
    write(answered) {
      for (const { file, line } of sinks) file.write(`${line(answered)}\n`)
    },
    reopen() {
      for (const { file } of sinks) file.reopen()
    },
    async close() {
      await Promise.all(sinks.map(({ file }) => file.close()))
    },
  }
}

/** The log of one request. The child is made when the first line is written, with the fields of then: most requests write none. */
export function requestLog(log: Log, fields: () => object): Log {
  let child: Log | undefined
  const open = () => {
    child ??= log.child(fields())
    return child
  }
  return {
    debug: (fields, message) => open().debug(fields, message),
    info: (fields, message) => open().info(fields, message),
    warn: (fields, message) => open().warn(fields, message),
    error: (fields, message) => open().error(fields, message),
    child: (fields) => open().child(fields),
  }
}
