/**
 * Configuration: where settings come from, how their names are read, what is wrong with them. It puts the `config.ts` of every room together into one
 * schema, reads the sources in their order and hands out one immutable tree of settings, with the problems found and an explanation of each value; and the
 * keys of the `crypto` blocks. Rooms never import it: they are given their settings by `src/app.ts`.
 */
export type { Area, Standing } from './areas.ts'
export { type CarriedOver, carryOver } from './carry-over.ts'
export { CATALOGUE_VERSIONS } from './catalogue.ts'
export { CipherMistake, type CipherSettings, decryptValue, encryptValue } from './cipher.ts'
export { CIPHER_PREFIX, ENCRYPTING_ALGORITHM } from './cipher-names.ts'
export type { Classified, ClassifiedKey, KeyClass } from './classify.ts'
export { cipherSettings } from './decrypt.ts'
export type { Expand, Expansion } from './expansion.ts'
export type { Explanation, PropertySource, SourceValue } from './explain.ts'
export { generateKey } from './key-text.ts'
export { type KeyPair, type KeyParts, type Keys, keyBlocks, loadKeys, purposeKeys, showKeys, TICKET_IDS_BLOCK } from './keys.ts'
export { type LoadedConfiguration, type LoadOptions, loadConfiguration } from './load.ts'
export { type SettingMetadata, searchSettings } from './metadata.ts'
export type { FileMigration } from './migrate/migrate.ts'
export { type Origin, placeOfKey } from './origin.ts'
export { type Problem, type ProblemKind, readable, ruleProblem, withoutConsequences } from './problem.ts'
export { everySetting, lookUpSetting, migrateConfigurationFiles, settingsJsonSchema } from './reference.ts'
export { type Settings, schema } from './schema.ts'
export { type NamedProperty, properties } from './schema-walk.ts'
export { type CommandLine, readCommandLine } from './sources/command-line.ts'
