import { join } from 'node:path'
import { auditHistory, type KeptRecord, verifyChains } from '../../audit/index.ts'
import { parseDuration } from '../../base/duration.ts'
import { compileJavaRegex } from '../../base/java-regex.ts'
import { silentLog } from '../../base/log.ts'
import { loadConfiguration } from '../../config/index.ts'
import { type CommandResult, EXIT, type Shell } from '../command.ts'

export interface AuditListOptions {
  readonly interval?: string
  readonly action?: string
  readonly principal?: string
  readonly resource?: string
  readonly address?: string
  readonly count?: string
  readonly json?: boolean
}

const MEMBERS = { action: 'action', principal: 'who', resource: 'what', address: 'clientIpAddress' } as const
const MOST = 100_000

/**
 * `castellan audit list`: the latest audit records that this machine has kept, newest first. They are kept while the endpoint `auditLog` is switched on
 * (configuration.md 15). Filters are patterns that are found in a member.
 */
export async function auditList({ argv, process }: Shell, options: AuditListOptions): Promise<CommandResult> {
  const fail = (message: string): CommandResult => {
    process.stderr.write(`castellan audit list: ${message}\n`)
    return { exitCode: EXIT.usage }
  }
  const count = Number(options.count ?? '100')
  if (!Number.isInteger(count) || count < 1 || count > MOST) return fail(`--count must be 1 to ${MOST}`)
  const seconds = options.interval === undefined ? undefined : parseDuration(options.interval)
  if (options.interval !== undefined && (seconds === undefined || seconds < 0)) return fail('--interval must be a duration such as PT1H')
  const tests: ((record: KeptRecord) => boolean)[] = []
  for (const [option, member] of Object.entries(MEMBERS) as [keyof typeof MEMBERS, (typeof MEMBERS)[keyof typeof MEMBERS]][]) {
    const text = options[option]
    if (text === undefined) continue
    const pattern = compileJavaRegex(text, { match: 'find' })
    if (pattern.kind === 'invalid') return fail(`--${option} is no usable pattern: ${pattern.reason}`)
    tests.push((record) => pattern.test(record[member]))
  }
  const { settings, stateDirectory } = await loadConfiguration({ argv, env: process.env, cwd: process.cwd() })
  const keptDays = settings.cas.audit.engine.numberOfDaysInHistory
  const history = auditHistory({ directory: join(stateDirectory, 'audit'), keptDays, log: silentLog })
  const sinceMs = seconds === undefined || !Number.isFinite(seconds) ? 0 : Date.now() - seconds * 1000
  const records = await history.read({ sinceMs, count, matches: (record) => tests.every((test) => test(record)) })
  await history.close()
  const lines = records.map(({ atMs, ...fields }) => {
    const when = new Date(atMs).toISOString()
    return options.json
      ? JSON.stringify({ when, ...fields })
      : [when, fields.who, fields.action, fields.clientIpAddress, fields.what].join('\t')
  })
  process.stdout.write(lines.map((line) => `${line}\n`).join(''))
  return { exitCode: EXIT.good }
}

/**
 * `castellan audit verify`: whether the records that this machine has kept are those that were written, in their order and without gaps. Exit code 1 where a
 * chain is broken. The head of a chain, written down elsewhere, also shows whether somebody made the whole chain anew.
 */
export async function auditVerify({ argv, process }: Shell, { json = false }: { readonly json?: boolean }): Promise<CommandResult> {
  const { stateDirectory } = await loadConfiguration({ argv, env: process.env, cwd: process.cwd() })
  const verified = await verifyChains(join(stateDirectory, 'audit'))
  const { records, unchained, chains, breaks } = verified
  const exitCode = breaks.length === 0 ? EXIT.good : EXIT.mistakes
  if (json) {
    process.stdout.write(`${JSON.stringify(verified, undefined, 2)}\n`)
    return { exitCode }
  }
  const without = unchained === 0 ? '' : `, ${unchained} of an earlier version without a chain`
  const lines = [
    ...breaks.map(({ file, line, reason }) => `BROKEN ${file}:${line} ${reason}`),
    ...chains.map(({ writer, from, to, head }) => `${writer}\t${from}-${to}\t${head}`),
    `${records} records in ${chains.length} chains${without}: ${breaks.length === 0 ? 'nothing is missing and nothing was changed' : `broken at ${breaks.length} places`}`,
  ]
  process.stdout.write(lines.map((line) => `${line}\n`).join(''))
  return { exitCode }
}
