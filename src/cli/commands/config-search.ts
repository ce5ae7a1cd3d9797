import { everySetting, type SettingMetadata, searchSettings } from '../../config/index.ts'
import { type CommandResult, EXIT, type Shell } from '../command.ts'

/**
 * `castellan config search TERM [--json]`: settings whose name, in any spelling, or description fits; exit code 1 when there is none. Looks at no
 * configuration.
 */
export async function configSearch(
  { process }: Shell,
  term: string,
  { json = false }: { readonly json?: boolean },
): Promise<CommandResult> {
  const found = searchSettings(everySetting(), term)
  process.stdout.write(json ? `${JSON.stringify(found, undefined, 2)}\n` : found.map(lines).join(''))
  return { exitCode: found.length > 0 ? EXIT.good : EXIT.mistakes }
}

function lines({ id, jsonType, defaultValue, description, hints, deprecation }: SettingMetadata): string {
  if (deprecation) return `${id}\n  Old name of ${deprecation.replacement}.\n`
  const type = hints.values ? hints.values.join(' | ') : jsonType
  return `${id} (${type}${defaultValue === null ? '' : `, default ${defaultValue}`})\n  ${description}\n`
}
