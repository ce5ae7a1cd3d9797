import type { Command } from 'commander'
import type { CommandResult, Shell } from '../../command.ts'

/** `castellan services …`: each verb loads its own page when it is called. @param done Told what came out. */
export function servicesVerbs(services: Command, shell: Shell, done: (result: CommandResult) => void): void {
  services
    .command('validate [directory]')
    .description('say what is wrong with the definitions, with file, line and column; exit code 1 when there is an error')
    .option('--fail-on-warning', 'exit code 1 for warnings too')
    .option('--json', 'print JSON')
    .action(async (directory: string | undefined, options: object) => {
      const { servicesValidate } = await import('./validate.ts')
      done(await servicesValidate(shell, directory, options))
    })
  services
    .command('match <url>')
    .description(
      'say which definition takes this address and why, which others would have, and what follows; exit code 1 when it is refused',
    )
    .option('--user <id>', 'a user, to see access, name and attributes')
    .option('--attribute <name=value>', 'an attribute of the user; may be given several times', collect, [])
    .option('--address <ip>', 'the address of the browser, for rules that look at it')
    .option('--user-agent <text>', 'the name of the browser')
    .option('--json', 'print JSON')
    .action(async (url: string, options: object) => {
      const { servicesMatch } = await import('./match.ts')
      done(await servicesMatch(shell, url, options))
    })
  services
    .command('list')
    .description('print all definitions in the order of evaluation, then the files that cannot be used')
    .option('--json', 'print JSON')
    .action(async (options: object) => {
      const { servicesList } = await import('./list.ts')
      done(await servicesList(shell, options))
    })
  services
    .command('export <file>')
    .description('write all definitions into a new zip')
    .action(async (file: string) => {
      const { servicesExport } = await import('./transfer.ts')
      done(await servicesExport(shell, file))
    })
  services
    .command('import <files...>')
    .description('take over the definitions of zips and single files, all or none')
    .action(async (files: string[]) => {
      const { servicesImport } = await import('./transfer.ts')
      done(await servicesImport(shell, files))
    })
  services
    .command('convert <paths...>')
    .description('write definitions, or those below a folder, in the form that CAS 7 reads; from Human JSON, YAML and old class names')
    .option('--to <format>', 'json or yaml', 'json')
    .option('--output <folder>', 'write files there, named after name and id; without it: to standard output')
    .action(async (paths: string[], options: object) => {
      const { servicesConvert } = await import('./convert.ts')
      done(await servicesConvert(shell, paths, options))
    })
}

const collect = (value: string, before: readonly string[]) => [...before, value]
