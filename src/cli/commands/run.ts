import { hostname, release, type } from 'node:os'
import { systemClock } from '../../base/clock.ts'
import { Unavailable } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { StartRefusal } from '../../base/start-refusal.ts'
import { CAS_REFERENCE_VERSION, ownVersion } from '../../base/version.ts'
import { type LoadedConfiguration, loadConfiguration } from '../../config/index.ts'
import { type CommandResult, EXIT, type ProcessParts, type Shell } from '../command.ts'
import { type LogOutput, logFor } from '../log-output.ts'
import { logProblems } from '../problems.ts'

/**
 * `castellan run`: reads the configuration, starts the server and stays until it is told to stop. Ends with 0 after SIGTERM or SIGINT, 130 at once after
 * a second signal, 78 for mistakes in the configuration, 69 when a port or a store is not to be had, 70 for everything else.
 */
export async function run({ argv, process }: Shell): Promise<CommandResult> {
  const read = async () => {
    const configuration = await loadConfiguration({ argv, env: process.env, cwd: process.cwd() })
    const { checked } = await import('../../checked-configuration.ts')
    return checked(configuration, process.cwd())
  }
  const configuration = await read()
  const output = logFor(configuration, process.stdout, process.env)
  try {
    return await runWith(configuration, read, output, process)
  } finally {
    await output.close()
  }
}

async function runWith(
  configuration: LoadedConfiguration,
  read: () => Promise<LoadedConfiguration>,
  output: LogOutput,
  process: ProcessParts,
): Promise<CommandResult> {
  const { log, asText } = output
  greet(configuration, process, log, asText)
  output.report()
  logProblems(configuration, log.child({ room: 'config' }))
  const fatal = configuration.problems.filter((problem) => problem.fatal).length
  if (configuration.refused) {
    log.error({ problems: fatal }, `not started: ${fatal} ${fatal === 1 ? 'mistake' : 'mistakes'} in the configuration`)
    return { exitCode: EXIT.configuration }
  }
  log.info({ stateDirectory: configuration.stateDirectory }, `state is kept in ${configuration.stateDirectory}`)
  const { stop, request } = stopSignal(process)
  try {
    const { createCastellan } = await import('../../castellan.ts')
    const rereading = { read, report: (next: LoadedConfiguration) => logProblems(next, log.child({ room: 'config' })) }
    const server = await createCastellan({
      configuration,
      clock: systemClock,
      log,
      logLevels: log.levels,
      logFile: output.mainFile,
      shutdown: request,
      version: ownVersion(),
      rereading,
    })
    const { urls, prefix } = await server.start()
    const { accesslog } = configuration.settings.server.tomcat
    // Without files the end of a terminal ends the server, as always.
    if (output.files.length > 0 || accesslog.directory !== undefined || configuration.settings.cas.server.tomcat.extAccessLog.enabled) {
      process.on('SIGHUP', () => {
        output.reopen()
        server.reopenLogs()
      })
    }
    // Counts from the start of the process, the loading of the program included.
    const ms = Math.round(performance.now())
    log.announce({ url: urls[0], urls, prefix, ms }, `READY at ${urls.join(', ')} after ${ms} ms. CAS is now running at ${prefix}`)
    await stop
    log.info({}, 'stopping')
    await server.stop()
    log.info({}, 'stopped')
    return { exitCode: EXIT.good }
  } catch (error) {
    return { exitCode: explainFailure(error, log) }
  }
}

/** `stop` resolves at the first signal, or when the server itself asks; the second signal ends the process where it stands. */
function stopSignal(process: ProcessParts): { readonly stop: Promise<void>; readonly request: () => void } {
  const { promise: stop, resolve } = Promise.withResolvers<void>()
  let told = false
  const onSignal = () => {
    if (told) process.exit(EXIT.interrupted)
    told = true
    resolve()
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  return { stop, request: resolve }
}

/** One line for the operator; the stack of a mistake of ours only for who asks for it. */
function explainFailure(error: unknown, log: Log): number {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof StartRefusal) {
    log.error({ ...(error.setting === undefined ? {} : { key: error.setting }) }, `not started: ${message}`)
    return error.exitCode
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (error instanceof Unavailable || code === 'EADDRINUSE' || code === 'EACCES' || code === 'EADDRNOTAVAIL') {
    log.error({ code }, `not started: ${message}`)
    return EXIT.unavailable
  }
  log.error({ error: error instanceof Error ? error.name : typeof error }, `not started, or ended, by a mistake in the program: ${message}`)
  log.debug({ stack: error instanceof Error ? error.stack : undefined }, 'where it happened')
  return EXIT.internal
}

/** What starts, where: for people as a few lines, in a JSON log as one event (configuration.md 10.4). */
function greet(
  { settings, configurationDirectory, profiles }: LoadedConfiguration,
  process: ProcessParts,
  log: Log,
  asText: boolean,
): void {
  const skipped = /^(true|1|on|yes)$/i.test(process.env['CAS_BANNER_SKIP'] ?? '') || settings.spring.main.bannerMode === 'off'
  if (skipped) return
  const facts = {
    version: ownVersion(),
    cas: CAS_REFERENCE_VERSION,
    node: process.version,
    system: `${type()} ${release()}`,
    host: hostname(),
    serverName: settings.cas.server.name,
    configurationDirectory: configurationDirectory ?? 'none found, defaults hold',
    profiles: profiles.join(','),
  }
  if (!asText) {
    log.info(facts, 'Castellan starts')
    return
  }
  const lines = [
    `Castellan ${facts.version} (speaks as CAS ${facts.cas})`,
    `  Node ${facts.node} on ${facts.system}, ${facts.host}, ${new Date().toISOString()}`,
    `  server         ${facts.serverName}`,
    `  configuration  ${facts.configurationDirectory}`,
    `  profiles       ${facts.profiles}`,
  ]
  process.stdout.write(`\n${lines.join('\n')}\n\n`)
}
