import { loadConfiguration, type Problem } from '../../config/index.ts'
import { type CommandResult, EXIT, type Shell } from '../command.ts'

const WORDS = { error: 'ERROR', warn: 'WARN ', info: 'INFO ' } as const

/**
 * `castellan check [--strict] [--json]`: says everything that is wrong with the configuration, without starting. Exit code 0 when there is no error, 1
 * otherwise; unknown settings are errors here, because this is what a pipeline asks.
 */
export async function check({ argv, process }: Shell, { json }: { readonly json: boolean }): Promise<CommandResult> {
  const configuration = await loadConfiguration({ argv, env: process.env, cwd: process.cwd() })
  const { problems } = configuration
  const errors = problems.filter(({ severity }) => severity === 'error').length
  if (json) {
    const list = problems.map(({ severity, kind, key, origin, message, suggestion }) => ({
      ...{ severity, kind, key, message, suggestion },
      ...(origin ? { source: origin.source, file: origin.file, line: origin.line, column: origin.column } : {}),
    }))
    process.stdout.write(
      `${JSON.stringify({ ok: errors === 0, configurationDirectory: configuration.configurationDirectory, problems: list }, undefined, 2)}\n`,
    )
  } else {
    for (const problem of problems) process.stdout.write(`${lineOf(problem)}\n`)
    const found = [`${errors} ${errors === 1 ? 'error' : 'errors'}`, `${problems.length - errors} other lines`]
    process.stdout.write(`${configuration.configurationDirectory ?? 'no configuration directory'}: ${found.join(', ')}\n`)
  }
  return { exitCode: errors === 0 ? EXIT.good : EXIT.mistakes }
}

function lineOf({ severity, message }: Problem): string {
  return `${WORDS[severity]} ${message}`
}
