import type { Command } from 'commander'
import type { CommandResult, Shell } from './command.ts'

/** Adds the verbs below `castellan config`. Each loads its own page when it is called. */
export function addConfigVerbs(config: Command, shell: Shell, done: (result: CommandResult) => void): void {
  config
    .command('get <key>')
    .description('print the value in force, where it comes from, and the values that it overrides')
    .option('--json', 'print JSON')
    .action(async (key: string, options: object) => {
      const { configGet } = await import('./commands/config.ts')
      done(await configGet(shell, key, options))
    })
  config
    .command('explain <key>')
    .description('print type, default, description and every source that sets it; of a setting that only CAS has, why it has no effect')
    .option('--service <id>', 'what holds for this client or service: a client id, or the number of a definition')
    .option('--json', 'print JSON')
    .action(async (key: string, options: object) => {
      const { configExplain } = await import('./commands/config.ts')
      done(await configExplain(shell, key, options))
    })
  config
    .command('list')
    .description('print the value in force of every setting and where it comes from')
    .option('--non-default', 'only what somebody has set')
    .option('--json', 'print JSON')
    .action(async (options: object) => {
      const { configList } = await import('./commands/config-list.ts')
      done(await configList(shell, options))
    })
  config
    .command('search <term>')
    .description('print the settings whose name or description fits a word or a pattern')
    .option('--json', 'print JSON, in the shape of the endpoint configurationMetadata')
    .action(async (term: string, options: object) => {
      const { configSearch } = await import('./commands/config-search.ts')
      done(await configSearch(shell, term, options))
    })
  config
    .command('export')
    .description('print all settings that there are, each with type, default and description')
    .option('--format <format>', 'properties, yaml, or json-schema for editors', 'properties')
    .action(async (options: object) => {
      const { configExport } = await import('./commands/config-export.ts')
      done(await configExport(shell, options))
    })
  config
    .command('init [directory]')
    .description('write a short cas.properties with what a first start needs; overwrites nothing')
    .action(async (directory: string | undefined) => {
      const { configInit } = await import('./commands/config-init.ts')
      done(await configInit(shell, directory))
    })
  config
    .command('migrate')
    .description('print how the files would look with the names of CAS 7, as a diff; comments and order stay')
    .option('--in-place', 'rewrite the files')
    .option('--dry-run', 'rewrite nothing, also with --in-place')
    .action(async (options: object) => {
      const { configMigrate } = await import('./commands/config-migrate.ts')
      done(await configMigrate(shell, options))
    })
  config
    .command('encrypt [value]')
    .description('print a value as it may stand in a file, encrypted; without a value, or with -, it is read from standard input')
    .option('--alg <name>', 'algorithm, by its name in Java')
    .action(async (value: string | undefined, options: object) => {
      const { configEncrypt } = await import('./commands/config-cipher.ts')
      done(await configEncrypt(shell, value, options))
    })
  config
    .command('decrypt [value]')
    .description('print the clear text of an encrypted value; without a value, or with -, it is read from standard input')
    .option('--alg <name>', 'algorithm, by its name in Java')
    .action(async (value: string | undefined, options: object) => {
      const { configDecrypt } = await import('./commands/config-cipher.ts')
      done(await configDecrypt(shell, value, options))
    })
}
