import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfiguration, migrateConfigurationFiles, readable } from '../../config/index.ts'
import { type CommandResult, EXIT, type Shell } from '../command.ts'

export interface MigrateOptions {
  /** Write the files; otherwise only say what would change. */
  readonly inPlace?: boolean
  readonly dryRun?: boolean
}

/**
 * `castellan config migrate [--in-place | --dry-run]`: rewrites files of settings to the names of CAS 7 and prints the changes as a diff (configuration.md 7.4);
 * without `--in-place` nothing is written. Comments, order and what the files mean stay; values of secrets are not printed. Exit code 1 when something is left
 * for a person.
 */
export async function configMigrate({ argv, process }: Shell, { inPlace = false, dryRun = false }: MigrateOptions): Promise<CommandResult> {
  const { configurationDirectory, files, keys } = await loadConfiguration({ argv, env: process.env, cwd: process.cwd() })
  const candidates = [...new Set([...files, ...filesOf(configurationDirectory)])].filter((file) => /\.(properties|ya?ml)$/.test(file))
  const migrations = await migrateConfigurationFiles(candidates)
  const isWriting = inPlace && !dryRun
  let open = 0
  for (const { file, diff, left, problem, write } of migrations) {
    if (diff !== '') process.stdout.write(`--- ${file}\n+++ ${file}\n${diff}\n`)
    if (problem !== undefined) process.stderr.write(`castellan config migrate: ${problem}\n`)
    for (const key of left) process.stderr.write(`castellan config migrate: ${readable(key)} (${file}) has to be moved by hand\n`)
    open += left.length + (problem === undefined ? 0 : 1)
    if (!isWriting || diff === '') continue
    try {
      await write()
    } catch (error) {
      open += 1
      process.stderr.write(`castellan config migrate: ${file} cannot be written: ${codeOf(error)}; it is as it was\n`)
    }
  }
  // Variables and options are not in our hands.
  for (const { key, origin, names } of keys().filter((one) => one.class === 'moved' && one.origin.file === undefined)) {
    process.stderr.write(
      `castellan config migrate: ${readable(key)} (${origin.label ?? origin.source}) is called ${names.join(' and ')} today\n`,
    )
  }
  const changed = migrations.filter(({ diff }) => diff !== '').length
  const what =
    changed === 0
      ? 'no file has old names'
      : `${changed} ${changed === 1 ? 'file' : 'files'} ${isWriting ? 'rewritten' : 'to rewrite; --in-place does it'}`
  process.stderr.write(`castellan config migrate: ${what}\n`)
  return { exitCode: open === 0 ? EXIT.good : EXIT.mistakes }
}

/** Also what belongs to a profile that is not active now. */
function filesOf(directory: string | undefined): readonly string[] {
  if (directory === undefined) return []
  return [directory, join(directory, 'conf.d')]
    .filter((folder) => statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    .flatMap((folder) =>
      readdirSync(folder, { withFileTypes: true })
        .filter((one) => !one.isDirectory() && !/^(log4j2?|bootstrap|management)\b/.test(one.name))
        .map((one) => join(folder, one.name))
        .sort(),
    )
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error))
