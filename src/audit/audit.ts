import type { Clock } from '../base/clock.ts'
import { compileJavaRegex } from '../base/java-regex.ts'
import type { Log } from '../base/log.ts'
import { StartRefusal } from '../base/start-refusal.ts'
import type { AuditConfig } from './config.ts'
import type { EventTrail } from './events.ts'
import { auditFormat } from './format.ts'
import type { AuditHistory } from './history.ts'
import type { Audit, AuditRecord } from './record.ts'

export interface AuditParts {
  readonly settings: AuditConfig
  readonly clock: Clock
  readonly log: Log
  /** Where records are kept to be looked at; absent: nowhere. */
  readonly history?: AuditHistory | undefined
  /** Told of everything, whatever of it is recorded. */
  readonly events?: EventTrail | undefined
}

/** Where records go. */
interface Sink {
  write(record: AuditRecord, atMs: number): void
  close?(): Promise<void>
}

/**
 * The audit trail (configuration.md 15): records whose action is wanted go to every sink. Recording never fails and never waits.
 *
 * @throws {StartRefusal} A pattern of `supported-actions` or `excluded-actions` cannot be read.
 */
export function createAudit({ settings, clock, log, history, events }: AuditParts): Audit {
  const { engine, slf4j } = settings.cas.audit
  const sinks: Sink[] = []
  if (slf4j.enabled) sinks.push(logSink(settings, log))
  if (history) sinks.push(history)
  const recording = engine.enabled && sinks.length > 0
  if (!recording && !events) return { record() {}, async close() {} }
  const isWanted = recording ? wantedActions(settings) : () => false
  return {
    record(record) {
      const atMs = clock()
      events?.write(record, atMs)
      if (!isWanted(record.action)) return
      for (const sink of sinks) sink.write(record, atMs)
    },
    async close() {
      for (const sink of sinks) await sink.close?.()
    },
  }
}

/** An event of the log's child `audit`, whose message is the record in the form that is configured. */
function logSink(settings: AuditConfig, log: Log): Sink {
  const format = auditFormat(settings)
  const audit = log.child({ room: 'audit' })
  return { write: (record, atMs) => audit.info({ action: record.action }, format(record, atMs)) }
}

/** Actions are few, the answer for each is kept. */
export function wantedActions(settings: AuditConfig): (action: string) => boolean {
  const { supportedActions, excludedActions } = settings.cas.audit.engine
  const isSupported = anyOf('cas.audit.engine.supported-actions', supportedActions)
  const isExcluded = anyOf('cas.audit.engine.excluded-actions', excludedActions)
  const known = new Map<string, boolean>()
  return (action) => {
    let wanted = known.get(action)
    if (wanted === undefined) {
      wanted = isSupported(action) && !isExcluded(action)
      known.set(action, wanted)
    }
    return wanted
  }
}

function anyOf(setting: string, patterns: readonly string[]): (action: string) => boolean {
  if (patterns.some((pattern) => pattern.trim() === '*')) return () => true
  const compiled = patterns.map((pattern) => {
    const regex = compileJavaRegex(pattern.trim(), { match: 'full' })
    if (regex.kind === 'invalid') throw new StartRefusal(`must be regular expressions: ${regex.reason}`, { setting })
    return regex
  })
  return (action) => compiled.some((regex) => regex.test(action))
}
