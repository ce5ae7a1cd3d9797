import { type Explanation, loadConfiguration } from '../../config/index.ts'
import { type CommandResult, EXIT, type Shell } from '../command.ts'

export interface ListOptions {
  /** Only what somebody has set. */
  readonly nonDefault?: boolean
  readonly json?: boolean
}

/** `castellan config list [--non-default] [--json]`: the value in force of every setting and where it comes from; `******` for secrets. */
export async function configList({ argv, process }: Shell, { nonDefault = false, json = false }: ListOptions): Promise<CommandResult> {
  const { explain, names } = await loadConfiguration({ argv, env: process.env, cwd: process.cwd() })
  const found = names
    .map((name) => explain(name))
    .filter((one): one is Explanation => one !== undefined && !(nonDefault && one.origin === 'default'))
    .sort((one, other) => (one.key < other.key ? -1 : 1))
  const text = json
    ? JSON.stringify(
        found.map(({ key, value, origin, type }) => ({ key, value, origin, type })),
        undefined,
        2,
      )
    : found.map(({ key, value, origin }) => `${key}=${value.replaceAll('\n', '\\n')}\t${origin}`).join('\n')
  process.stdout.write(text === '' ? '' : `${text}\n`)
  return { exitCode: EXIT.good }
}
