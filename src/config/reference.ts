/** The reference of this server's settings: what can be asked without anybody's configuration. */
import { loadCatalogue } from './catalogue.ts'
import { type Classified, lookUp } from './classify.ts'
import { jsonSchema } from './json-schema.ts'
import { type SettingMetadata, settingMetadata } from './metadata.ts'
import type { FileMigration } from './migrate/migrate.ts'
import { parseKey } from './names.ts'
import { schema } from './schema.ts'

let known: readonly SettingMetadata[] | undefined

/** Map keys and places in lists count for nothing here. */
function firstVersion(name: string): string | undefined {
  const path = parseKey(name.replaceAll('[*]', '').replaceAll('.*', '.key'))
  return path && name.startsWith('cas.') ? loadCatalogue().find(path)?.first : undefined
}

/** Every setting and every old name of one, those of CAS first; made when first asked for. */
export function everySetting(): readonly SettingMetadata[] {
  known ??= settingMetadata(schema, firstVersion)
  return known
}

/** What this server makes of a name, also of one that only CAS knows. @returns `undefined` for what cannot be a name. */
export function lookUpSetting(key: string): (Classified & { readonly suggestion?: string }) | undefined {
  return lookUp(schema, key, loadCatalogue)
}

/** The JSON Schema of a YAML file of settings. */
export function settingsJsonSchema(): object {
  return jsonSchema(schema)
}

/** `migrateFiles` for the settings of this server. */
export async function migrateConfigurationFiles(files: readonly string[]): Promise<readonly FileMigration[]> {
  const { migrateFiles } = await import('./migrate/migrate.ts')
  return migrateFiles(files, schema, loadCatalogue())
}
