import { checked } from '../../checked-configuration.ts'
import { type LoadedConfiguration, loadConfiguration } from '../../config/index.ts'
import { type UnreadFile, unreadFiles } from '../check-files.ts'
import { checkReport } from '../check-report.ts'
import { type CheckedServices, checkServices } from '../check-services.ts'
import { type CommandResult, EXIT, type Shell } from '../command.ts'
import type { Finding } from '../finding.ts'

export interface CheckOptions {
  readonly json?: boolean
  /** Print every line, however many there are. */
  readonly all?: boolean
}

/** Lines of one list in the report; more than that is no page any more. */
const LIMIT = 25

/**
 * `castellan check [--strict] [--json] [--all]`: says what works, what changes and what is to be done, in the settings, the keys and the service definitions,
 * without starting. Exit code 0 when there is no error, 1 otherwise; an unknown setting is an error here, because this is what a pipeline asks.
 */
export async function check({ argv, process }: Shell, { json = false, all = false }: CheckOptions): Promise<CommandResult> {
  const configuration = await checked(await loadConfiguration({ argv, env: process.env, cwd: process.cwd() }), process.cwd())
  const { configurationDirectory, profiles } = configuration
  const keys = configuration.keys()
  // Definitions are read by settings; with wrong ones they would be the wrong definitions.
  const services = configuration.problems.some(hidesServices) ? undefined : await checkServices(configuration, process.cwd())
  const findings = [...settingFindings(configuration), ...(services?.findings ?? [])]
  const logConfig = configuration.settings.logging.config
  const others = configurationDirectory === undefined ? [] : unreadFiles(configurationDirectory, { keys, profiles, logConfig })
  const unread = others.filter(({ file }) => !findings.some((one) => one.file === file))
  const isGood = !findings.some(({ severity }) => severity === 'error')
  const text = json
    ? `${JSON.stringify({ ok: isGood, configurationDirectory, profiles, problems: findings, ...jsonOf({ keys, services, unread }) }, undefined, 2)}\n`
    : checkReport({ configuration, keys, services, unread, findings, limit: all ? Number.POSITIVE_INFINITY : LIMIT })
  process.stdout.write(text)
  return { exitCode: isGood ? EXIT.good : EXIT.mistakes }
}

/** Whether it is not known, after this mistake, which definitions are meant. */
function hidesServices({ fatal, kind, key = '' }: LoadedConfiguration['problems'][number]): boolean {
  return fatal && ((kind !== 'rule' && kind !== 'placeholder') || /^(cas|castellan)\.service-registry\./.test(key))
}

interface Checked {
  readonly keys: ReturnType<LoadedConfiguration['keys']>
  readonly services: CheckedServices | undefined
  readonly unread: readonly UnreadFile[]
}

function jsonOf({ keys, services, unread }: Checked): object {
  return {
    keys: keys.map(({ key, origin, area, names, ...one }) => ({
      key,
      ...one,
      names,
      ...(area ? { area: area.title, reason: area.reason } : {}),
      source: origin.source,
      line: origin.line,
    })),
    definitions: services?.counts,
    unreadFiles: unread,
  }
}

function settingFindings({ problems }: LoadedConfiguration): readonly Finding[] {
  return problems.map(({ severity, kind, fatal, message, key, suggestion, area, origin }) => ({
    ...{ severity, kind, fatal, message, key, suggestion, area },
    file: origin?.file,
    line: origin?.valueLine ?? origin?.line,
    column: origin?.column,
  }))
}
