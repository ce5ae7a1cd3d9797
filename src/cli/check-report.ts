import { basename } from 'node:path'
import { type ClassifiedKey, type LoadedConfiguration, readable, type Standing } from '../config/index.ts'
import type { UnreadFile } from './check-files.ts'
import type { CheckedServices } from './check-services.ts'
import type { Finding } from './finding.ts'

export interface ReportParts {
  readonly configuration: Pick<LoadedConfiguration, 'configurationDirectory' | 'profiles'>
  readonly keys: readonly ClassifiedKey[]
  /** Absent when the settings are so wrong that it is not known which definitions are meant. */
  readonly services: CheckedServices | undefined
  readonly unread: readonly UnreadFile[]
  readonly findings: readonly Finding[]
  /** Lists longer than this are cut. */
  readonly limit: number
}

const WORDS = { error: 'ERROR', warn: 'WARN ', info: 'INFO ' } as const
/** Kinds of findings that the report sums up instead of printing a line for each. */
const SUMMED_UP = new Set(['no-effect', 'renamed', 'unused'])
const PROTOCOLS: Readonly<Record<string, string>> = {
  cas: 'CAS',
  oauth: 'OAuth',
  oidc: 'OpenID Connect',
  saml2: 'SAML 2.0',
  'ws-fed': 'WS-Federation',
}
/** Protocols that are not built, and what their applications get instead. */
const NOT_BUILT: Readonly<Record<string, { readonly isServed: boolean; readonly fate: string }>> = {
  oidc: { isServed: true, fate: 'served as OAuth, without ID tokens: the protocol is not part of this server yet' },
  saml2: { isServed: false, fate: 'kept, not served: the protocol is not part of this server yet' },
  'ws-fed': { isServed: false, fate: 'kept, not served: the protocol is not part of this server yet' },
}
const STANDINGS: readonly Standing[] = ['missing', 'differently', 'partly', 'platform']

/** The report of a migration on one page: what works, what changes, what to do (configuration.md 18). */
export function checkReport(parts: ReportParts): string {
  const sections = [head(parts), works(parts), changes(parts), toDo(parts), summary(parts)]
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

function head({ configuration, keys, services }: ReportParts): readonly string[] {
  const bySource = Map.groupBy(keys, ({ origin }) => origin.file ?? origin.source)
  return [
    `${configuration.configurationDirectory ?? 'No configuration directory'}, profiles ${configuration.profiles.join(', ') || 'none'}`,
    ...[...bySource].map(([source, of]) => `  ${count(of.length, 'setting')} in ${relative(source, configuration.configurationDirectory)}`),
    ...(services ? [`  ${definitions(services)}`] : []),
  ]
}

function definitions({ counts }: CheckedServices): string {
  const all = Object.values(counts).reduce((sum, one) => sum + one, 0)
  const each = Object.entries(counts).map(([protocol, of]) => `${of} ${PROTOCOLS[protocol] ?? protocol}`)
  return `${count(all, 'service definition')}${each.length > 0 ? `: ${each.join(', ')}` : ''}`
}

function works({ keys, services }: ReportParts): readonly string[] {
  const own = keys.filter((one) => one.class !== 'foreign')
  const good = own.filter((one) => one.class === 'honoured' || one.class === 'moved')
  const served = services ? Object.entries(services.counts).filter(([protocol]) => NOT_BUILT[protocol]?.isServed !== false) : []
  return [
    'What works',
    `  ${good.length} of ${count(own.length, 'setting')} ${own.length === 1 ? 'has its' : 'have their'} effect.`,
    ...(served.length > 0
      ? [
          `  ${count(
            served.reduce((sum, [, of]) => sum + of, 0),
            'definition',
          )} served.`,
        ]
      : []),
  ]
}

function changes({ configuration, keys, services, unread, limit }: ReportParts): readonly string[] {
  const place = ({ origin }: ClassifiedKey) =>
    origin.file === undefined
      ? (origin.label ?? origin.source)
      : `${relative(origin.file, configuration.configurationDirectory)}:${origin.line}`
  const moved = keys.filter((one) => one.class === 'moved')
  const unused = keys.filter((one) => one.class === 'unused')
  const lines: string[] = []
  if (moved.length > 0) {
    lines.push(
      `  ${moved.length} under a name of an earlier version; castellan config migrate rewrites ${moved.length === 1 ? 'it' : 'them'}:`,
    )
    lines.push(
      ...cut(
        moved.map((one) => `    ${readable(one.key)} (${place(one)}) → ${one.names.join(' and ')}`),
        limit,
      ),
    )
  }
  const without = keys.filter((one) => one.class === 'no-effect')
  if (without.length > 0) {
    lines.push(`  ${without.length} known to CAS, no effect here:`)
    const byArea = [...Map.groupBy(without, ({ area }) => `${area?.title}: ${area?.reason}`).values()]
    const rank = (of: readonly ClassifiedKey[]) => STANDINGS.indexOf(of[0]?.area?.standing ?? 'platform')
    const sorted = byArea.sort((one, other) => rank(one) - rank(other))
    lines.push(
      ...cut(
        sorted.flatMap((of) => [
          `    ${of[0]?.area?.title}: ${of[0]?.area?.reason}`,
          ...of.map((one) => `      ${readable(one.key)} (${place(one)})`),
        ]),
        limit,
      ),
    )
  }
  if (unused.length > 0) {
    lines.push(
      `  ${unused.length} of Spring, not used by this server:`,
      ...cut(
        unused.map((one) => `    ${readable(one.key)} (${place(one)})${one.area ? ` – ${one.area.title}: ${one.area.reason}` : ''}`),
        limit,
      ),
    )
  }
  for (const [protocol, of] of Object.entries(services?.counts ?? {})) {
    const { fate } = NOT_BUILT[protocol] ?? {}
    if (fate !== undefined) lines.push(`  ${count(of, `${PROTOCOLS[protocol]} definition`)} ${fate}`)
  }
  for (const { file, remark } of unread) lines.push(`  ${basename(file)} is not read: ${remark}`)
  return lines.length > 0 ? ['What changes', ...lines] : []
}

function toDo({ findings, limit }: ReportParts): readonly string[] {
  const open = findings.filter(({ kind }) => !SUMMED_UP.has(kind))
  const lines = (['error', 'warn', 'info'] as const).flatMap((severity) =>
    cut(
      open.filter((one) => one.severity === severity).map(({ message }) => `${WORDS[severity]} ${message}`),
      limit,
    ),
  )
  return lines.length > 0 ? ['What to do', ...lines] : []
}

function summary({ configuration, findings }: ReportParts): readonly string[] {
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const others = findings.length - errors
  return [
    `${configuration.configurationDirectory ?? 'no configuration directory'}: ${count(errors, 'error')}, ${others} other ${others === 1 ? 'line' : 'lines'}`,
  ]
}

function cut(lines: readonly string[], limit: number): readonly string[] {
  if (lines.length <= limit) return lines
  return [...lines.slice(0, limit), `  … and ${lines.length - limit} more lines; --all prints them`]
}

function relative(file: string, directory: string | undefined): string {
  return directory !== undefined && file.startsWith(`${directory}/`) ? file.slice(directory.length + 1) : file
}

const count = (of: number, what: string) => `${of} ${what}${of === 1 ? '' : 's'}`
