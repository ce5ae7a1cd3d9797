import { loadConfiguration } from '../../config/index.ts'
import { type CommandResult, EXIT, type Shell } from '../command.ts'
import { membersOf, otherSetting, settingOf } from '../other-setting.ts'

export interface ConfigOptions {
  readonly json?: boolean
}

/**
 * `castellan config get KEY [--json]`: the value in force and where it comes from, `******` for a secret; of a group each setting below it. As JSON always a
 * list, whose elements have `key`, `value`, `origin` and `overridden`.
 */
export async function configGet({ argv, process }: Shell, key: string, { json = false }: ConfigOptions = {}): Promise<CommandResult> {
  const configuration = await loadConfiguration({ argv, env: process.env, cwd: process.cwd() })
  const setting = settingOf(key, configuration)
  const found = setting && configuration.explain(setting.key)
  if (json && (found || membersOf(key, configuration).length > 0)) {
    const all = found ? [found] : membersOf(key, configuration).flatMap((name) => configuration.explain(name) ?? [])
    const elements = all.map(({ key: name, value, origin, overridden }) => ({ key: name, value, origin, overridden }))
    process.stdout.write(`${JSON.stringify(elements, undefined, 2)}\n`)
    return { exitCode: EXIT.good }
  }
  if (!found) return otherSetting(process, key, configuration)
  if (setting.wasCalled !== undefined) process.stderr.write(`castellan: ${setting.wasCalled} is an old name of ${found.key}\n`)
  process.stdout.write(`${found.value}\t${found.origin}\n`)
  for (const { place, value } of found.overridden) process.stdout.write(`(${value}\t${place})\n`)
  return { exitCode: EXIT.good }
}

export interface ExplainOptions extends ConfigOptions {
  /** Client id or number of a definition: what that says instead stands below. */
  readonly service?: string
}

/** `castellan config explain KEY [--service ID | --json]`: type, default, description, every source that sets it, and the winner. */
export async function configExplain(shell: Shell, key: string, { service, json = false }: ExplainOptions = {}): Promise<CommandResult> {
  const { argv, process } = shell
  const configuration = await loadConfiguration({ argv, env: process.env, cwd: process.cwd() })
  const setting = settingOf(key, configuration)
  const found = setting && configuration.explain(setting.key)
  if (json && service !== undefined) {
    process.stderr.write('castellan config explain: --json does not go with --service\n')
    return { exitCode: EXIT.usage }
  }
  if (!found) return otherSetting(process, key, configuration)
  if (json) {
    process.stdout.write(`${JSON.stringify({ ...found, formerName: setting.wasCalled }, undefined, 2)}\n`)
    return { exitCode: EXIT.good }
  }
  const lines = [
    found.key,
    `  ${found.about}`,
    ...(setting.wasCalled === undefined ? [] : [`  earlier  ${setting.wasCalled}, which still works`]),
    `  type     ${found.type}${found.choices ? `: ${found.choices.join(', ')}` : ''}${found.restart ? ' (a change needs a restart)' : ''}`,
    `  default  ${found.defaultValue === '' ? '(empty)' : found.defaultValue}`,
    `  value    ${found.value} (${found.origin})`,
    ...found.sources.map(
      (one, at) => `  ${at < found.sources.length - found.overridden.length ? 'set in ' : 'also in'}  ${one.place}: ${one.value}`,
    ),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  return service === undefined ? { exitCode: EXIT.good } : insteadFor(shell, found.key, service)
}

/** What a definition says instead of a setting, as further lines. */
async function insteadFor(shell: Shell, key: string, which: string): Promise<CommandResult> {
  const { withServices } = await import('./services/open.ts')
  const { instead } = await import('../../advise-on-oauth.ts')
  return withServices(shell, {}, async ({ services }) => {
    const finding = await services.findClient(which)
    const service = finding.kind === 'found' ? finding.service : (finding.service ?? services.byId(which))
    if (!service) {
      shell.process.stderr.write(`castellan: there is no client and no definition ${which}\n`)
      return { exitCode: EXIT.mistakes }
    }
    const own = instead(service, key)
    const lines = [
      `for ${service.name} (${service.file})`,
      own.kind === 'none'
        ? '  value    the same; definitions have nothing to say about it'
        : own.value === undefined
          ? `  value    the same; ${own.member} does not say anything else`
          : `  value    ${own.value} (${own.member})`,
    ]
    shell.process.stdout.write(`${lines.join('\n')}\n`)
    return { exitCode: EXIT.good }
  })
}
