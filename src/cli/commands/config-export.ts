import { everySetting, type SettingMetadata, settingsJsonSchema } from '../../config/index.ts'
import { type CommandResult, EXIT, type Shell } from '../command.ts'

const FORMATS: Readonly<Record<string, () => string>> = {
  properties: () => `${current().map(propertiesLines).join('\n')}`,
  yaml: () => `${current().map(yamlLines).join('\n')}`,
  'json-schema': () => `${JSON.stringify(settingsJsonSchema(), undefined, 2)}\n`,
}

/**
 * `castellan config export --format properties|yaml|json-schema`: every setting with type, owner, description and default, each line a comment, as the overlay
 * of CAS writes `config-metadata.properties`; or the JSON Schema of a YAML file for editors. Looks at no configuration.
 */
export async function configExport({ process }: Shell, { format = 'properties' }: { readonly format?: string }): Promise<CommandResult> {
  const write = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined
  if (!write) {
    process.stderr.write(`castellan config export: --format must be one of ${Object.keys(FORMATS).join(', ')}\n`)
    return { exitCode: EXIT.usage }
  }
  process.stdout.write(write())
  return { exitCode: EXIT.good }
}

const current = (): readonly SettingMetadata[] => everySetting().filter(({ deprecation }) => deprecation === null)

function head({ type, group, description, hints }: SettingMetadata): string {
  const values = hints.values ? `\n# Values: ${hints.values.join(', ')}` : ''
  return `# Type: ${type}\n# Owner: ${group}${values}\n# ${description}\n`
}

function propertiesLines(setting: SettingMetadata): string {
  return `${head(setting)}# ${setting.id.replaceAll('[]', '[0]').replaceAll('[key]', 'NAME')}=${written(setting)}\n`
}

/** A dotted key is a tree too; quoted, so that nothing in the value means anything to YAML. */
function yamlLines(setting: SettingMetadata): string {
  return `${head(setting)}# ${setting.id.replaceAll('[]', '[0]').replaceAll('[key]', 'NAME')}: ${JSON.stringify(written(setting))}\n`
}

function written({ defaultValue }: SettingMetadata): string {
  return Array.isArray(defaultValue) ? defaultValue.join(',') : String(defaultValue ?? '')
}
