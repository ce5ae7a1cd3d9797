import { loadConfiguration } from '../../config/index.ts'
import { type CommandResult, EXIT, type Shell } from '../command.ts'

/** `castellan config get KEY`: the value in force and where it comes from; `******` for a secret. */
export async function configGet({ argv, process }: Shell, key: string): Promise<CommandResult> {
  const { explain } = await loadConfiguration({ argv, env: process.env, cwd: process.cwd() })
  const found = explain(key)
  if (!found) return noSuchSetting(process, key)
  process.stdout.write(`${found.value}\t${found.origin}\n`)
  return { exitCode: EXIT.good }
}

/** `castellan config explain KEY`: type, default, description, every source that sets it, and the winner. */
export async function configExplain({ argv, process }: Shell, key: string): Promise<CommandResult> {
  const { explain } = await loadConfiguration({ argv, env: process.env, cwd: process.cwd() })
  const found = explain(key)
  if (!found) return noSuchSetting(process, key)
  const lines = [
    found.key,
    `  ${found.about}`,
    `  type     ${found.type}${found.choices ? `: ${found.choices.join(', ')}` : ''}${found.restart ? ' (a change needs a restart)' : ''}`,
    `  default  ${found.defaultValue === '' ? '(empty)' : found.defaultValue}`,
    `  value    ${found.value} (${found.origin})`,
    ...found.sources.map(({ place, value }, at) => `  ${at === 0 ? 'set in ' : 'also in'}  ${place}: ${value}`),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  return { exitCode: EXIT.good }
}

function noSuchSetting(process: Shell['process'], key: string): CommandResult {
  process.stderr.write(`castellan: there is no setting ${key}\n`)
  return { exitCode: EXIT.mistakes }
}
