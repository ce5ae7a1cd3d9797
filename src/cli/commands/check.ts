import { hostname } from 'node:os'
import type { Log } from '../../base/log.ts'
import { silentLog } from '../../base/log.ts'
import { StartRefusal } from '../../base/start-refusal.ts'
import { checkKeys, type LoadedConfiguration, loadConfiguration } from '../../config/index.ts'
import { type CommandResult, EXIT, type Shell } from '../command.ts'

/** One line of the report, about a setting or about a service definition. */
interface Finding {
  readonly severity: 'error' | 'warn' | 'info'
  readonly kind: string
  readonly message: string
  readonly key?: string | undefined
  readonly suggestion?: string | undefined
  readonly file?: string | undefined
  readonly line?: number | undefined
  readonly column?: number | undefined
}

const WORDS = { error: 'ERROR', warn: 'WARN ', info: 'INFO ' } as const

/**
 * `castellan check [--strict] [--json]`: says everything that is wrong with the settings, the keys and the service definitions, without starting. Exit code 0
 * when there is no error, 1 otherwise; an unknown setting is an error here, because this is what a pipeline asks.
 */
export async function check({ argv, process }: Shell, { json }: { readonly json: boolean }): Promise<CommandResult> {
  const configuration = await loadConfiguration({ argv, env: process.env, cwd: process.cwd() })
  const settings = configuration.problems.map(
    ({ origin, ...problem }): Finding => ({
      ...problem,
      file: origin?.file,
      line: origin?.valueLine ?? origin?.line,
      column: origin?.column,
    }),
  )
  // Definitions are read by settings; with wrong ones they would be the wrong definitions.
  const services = configuration.refused ? [] : await checkServices(configuration, process.cwd())
  const findings = [...settings, ...checkConfiguredKeys(configuration), ...services]
  const errors = findings.filter(({ severity }) => severity === 'error').length
  if (json) {
    const { configurationDirectory } = configuration
    const list = findings.map(({ severity, kind, message, key, suggestion, file, line, column }) => ({
      ...{ severity, kind, message, key, suggestion, file, line, column },
    }))
    process.stdout.write(`${JSON.stringify({ ok: errors === 0, configurationDirectory, problems: list }, undefined, 2)}\n`)
  } else {
    for (const { severity, message } of findings) process.stdout.write(`${WORDS[severity]} ${message}\n`)
    const others = findings.length - errors
    const summary = `${errors} ${errors === 1 ? 'error' : 'errors'}, ${others} other ${others === 1 ? 'line' : 'lines'}`
    process.stdout.write(`${configuration.configurationDirectory ?? 'no configuration directory'}: ${summary}\n`)
  }
  return { exitCode: errors === 0 ? EXIT.good : EXIT.mistakes }
}

function checkConfiguredKeys({ settings }: LoadedConfiguration): readonly Finding[] {
  return checkKeys(settings).map(({ message, setting }) => ({ severity: 'error', kind: 'key', message, key: setting }))
}

async function checkServices(
  { settings, profiles, configurationDirectory }: LoadedConfiguration,
  cwd: string,
): Promise<readonly Finding[]> {
  const { createServices } = await import('../../services/index.ts')
  const said: Finding[] = []
  const { serviceRegistry } = settings.cas
  try {
    const services = await createServices({
      settings: {
        ...settings,
        cas: {
          ...settings.cas,
          serviceRegistry: {
            ...serviceRegistry,
            json: { ...serviceRegistry.json, watcherEnabled: false },
            schedule: { ...serviceRegistry.schedule, enabled: false },
          },
        },
      },
      // Nothing has expired at this time, so that nothing is deleted because somebody looks at it.
      clock: () => 0,
      log: collectingLog(said),
      audit: { record() {}, close: async () => {} },
      profiles,
      configurationDirectory: configurationDirectory ?? cwd,
      defaultAttributesToRelease: [],
      hostName: hostname(),
    })
    const problems = services.problems()
    const found = problems.map((problem): Finding => {
      const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(':')
      const { severity, message, file, line, column } = problem
      const text = message.includes(problem.file) ? message : `${place} ${message}`
      return { severity: severity === 'error' ? 'error' : 'warn', kind: 'service', message: text, file, line, column }
    })
    await services.close()
    // What is in the report of the registry is in the log too.
    return [...found, ...said.filter(({ message }) => !problems.some((one) => message.endsWith(one.message)))]
  } catch (error) {
    if (!(error instanceof StartRefusal)) throw error
    return [...said, { severity: 'error', kind: 'service', message: error.message, key: error.setting }]
  }
}

/** Keeps warnings and errors as findings. */
function collectingLog(said: Finding[]): Log {
  const log: Log = {
    ...silentLog,
    warn: (_fields, message) => void said.push({ severity: 'warn', kind: 'service', message }),
    error: (_fields, message) => void said.push({ severity: 'error', kind: 'service', message }),
    child: () => log,
  }
  return log
}
