import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { type Log, silentLog } from '../../../base/log.ts'
import { StartRefusal } from '../../../base/start-refusal.ts'
import { type LoadedConfiguration, loadConfiguration } from '../../../config/index.ts'
import { createServices, type Problem, type Services } from '../../../services/index.ts'
import { type CommandResult, EXIT, type Shell } from '../../command.ts'

/** The definitions of a configuration, without a server: read once, nothing acted upon. */
export interface OpenedServices {
  readonly configuration: LoadedConfiguration
  readonly services: Services
  readonly problems: readonly Problem[]
  /** Definitions that have ended are ended by this. */
  readonly clock: () => number
}

export interface OpenOptions {
  /** In place of the directory that the settings name. */
  readonly directory?: string | undefined
  /** What is said while something is done with the definitions, by scripts for example. What is wrong with them is among the problems. */
  readonly tell?: (line: string) => void
}

/** Opens the definitions, does something with them, and closes them. A configuration that cannot be used is said on standard error, exit code 78. */
export async function withServices(
  { argv, process }: Shell,
  { directory, tell }: OpenOptions,
  act: (opened: OpenedServices) => Promise<CommandResult>,
): Promise<CommandResult> {
  const fail = (message: string, exitCode: number): CommandResult => {
    process.stderr.write(`castellan services: ${message}\n`)
    return { exitCode }
  }
  const here = directory === undefined ? [] : [`--cas.service-registry.json.location=${resolve(process.cwd(), directory)}`]
  const configuration = await loadConfiguration({ argv: [...argv, ...here], env: process.env, cwd: process.cwd() })
  if (configuration.refused) return fail('the configuration has mistakes; castellan check lists them', EXIT.configuration)
  let open = false
  try {
    const { settings, profiles, configurationDirectory } = configuration
    const services = await createServices({
      settings,
      clock: Date.now,
      log: mutedUntil(() => open, tell),
      audit: { record() {}, async close() {} },
      profiles,
      configurationDirectory: configurationDirectory ?? process.cwd(),
      environment: process.env,
      defaultAttributesToRelease: settings.cas.authn.attributeRepository.core.defaultAttributesToRelease,
      hostName: hostname(),
      onlyLooks: true,
    })
    open = true
    try {
      return await act({ configuration, services, problems: services.problems(), clock: Date.now })
    } finally {
      await services.close()
    }
  } catch (error) {
    if (!(error instanceof StartRefusal)) throw error
    return fail(error.message, error.exitCode)
  }
}

function mutedUntil(isOpen: () => boolean, tell: OpenOptions['tell']): Log {
  const say = (_fields: object, message: string) => {
    if (isOpen()) tell?.(message)
  }
  const log: Log = { ...silentLog, warn: say, error: say, child: () => log }
  return log
}

/** `file:line:column: severity: message`, as compilers say it. */
export function problemLine({ file, line, column, severity, message }: Problem): string {
  const place = [file, line, line === undefined ? undefined : (column ?? 1)].filter((part) => part !== undefined).join(':')
  return printable(`${place}: ${severity}: ${message}`)
}

/** Names and messages may hold what moves the cursor. */
export const printable = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
