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
  const sections = [head(parts), works(parts), changes(parts), ...toDo(parts), summary(parts)]
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
    ...(keys.length > own.length ? [`  ${count(keys.length - own.length, 'helper')} of your own that placeholders may refer to.`] : []),
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
  if (without.length > 0) lines.push(`  ${without.length} known to CAS, no effect here:`, ...withoutEffect(without, place, limit))
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

/** By area, what is missing first. Where that is more than a page each area is one line: an operator looks for the feature, not for its settings. */
function withoutEffect(keys: readonly ClassifiedKey[], place: (key: ClassifiedKey) => string, limit: number): readonly string[] {
  const heading = ({ area }: ClassifiedKey) => `${area?.title}: ${area?.reason}`
  const byArea = [...Map.groupBy(keys, heading).values()]
  const rank = (of: readonly ClassifiedKey[]) => STANDINGS.indexOf(of[0]?.area?.standing ?? 'platform')
  const sorted = byArea.sort((one, other) => rank(one) - rank(other))
  const whole = sorted.flatMap((of) => [
    ...of.slice(0, 1).map((first) => `    ${heading(first)}`),
    ...of.map((one) => `      ${readable(one.key)} (${place(one)})`),
  ])
  if (whole.length <= limit) return whole
  return [
    ...sorted.flatMap((of) => {
      const [first] = of
      if (!first) return []
      const others = of.length > 1 ? ` and ${count(of.length - 1, 'other')}` : ''
      return [`    ${heading(first)} – ${readable(first.key)} (${place(first)})${others}`]
    }),
    '    --all prints each of them',
  ]
}

/** What a start would end over, and what it would go on with. */
function toDo({ configuration, findings, limit }: ReportParts): readonly (readonly string[])[] {
  const open = findings.filter(({ kind }) => !SUMMED_UP.has(kind))
  const directory = configuration.configurationDirectory
  // Every place would begin with it, and the head of the report says which it is.
  const text = (message: string) => {
    if (directory === undefined) return message
    const inside = message.replaceAll(`(${directory}/`, '(')
    return inside.startsWith(`${directory}/`) ? inside.slice(directory.length + 1) : inside
  }
  const section = (title: string, of: readonly Finding[]): readonly string[] => {
    const lines = (['error', 'warn', 'info'] as const).flatMap((severity) =>
      cut(
        of.filter((one) => one.severity === severity).map(({ message }) => `${WORDS[severity]} ${text(message)}`),
        limit,
      ),
    )
    return lines.length > 0 ? [title, ...lines] : []
  }
  return [
    section(
      'What stops the start',
      open.filter(({ fatal }) => fatal),
    ),
    section(
      'What to do',
      open.filter(({ fatal }) => !fatal),
    ),
  ]
}

function summary({ configuration, findings }: ReportParts): readonly string[] {
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const others = findings.length - errors
  const fatal = findings.filter((one) => one.fatal).length
  const stopping = fatal === 0 ? '' : ` (${fatal} ${fatal === 1 ? 'stops' : 'stop'} the start)`
  return [
    `${configuration.configurationDirectory ?? 'no configuration directory'}: ${count(errors, 'error')}${stopping}, ${others} other ${others === 1 ? 'line' : 'lines'}`,
  ]
}

function cut(lines: readonly string[], limit: number): readonly string[] {
  // One line more is no longer than the line that says so.
  if (lines.length <= limit + 1) return lines
  return [...lines.slice(0, limit), `  … and ${lines.length - limit} more lines; --all prints them`]
}

function relative(file: string, directory: string | undefined): string {
  return directory !== undefined && file.startsWith(`${directory}/`) ? file.slice(directory.length + 1) : file
}

const count = (of: number, what: string) => `${of} ${what}${of === 1 ? '' : 's'}`
