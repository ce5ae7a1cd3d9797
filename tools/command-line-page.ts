import type { Command } from 'commander'
import { commandLine } from '../src/cli/commands.ts'

/** The page of all verbs, out of what the command line says of itself. */
export function commandLinePage(): string {
  const { program } = commandLine({ argv: [], process })
  const lines = [
    '# Command line',
    '',
    'Written by `npm run docs` from what `castellan help` says; do not edit. [The guide](../guide/configuration.md#verbs) says when one needs which.',
    '',
    '```text',
    help(program, ''),
    '```',
    '',
  ]
  for (const { path, command } of verbs(program, '')) lines.push(`## castellan ${path}`, '', '```text', help(command, ''), '```', '')
  lines.push(
    '## Exit codes',
    '',
    '| code | meaning |',
    '| --- | --- |',
    '| 0 | done; for `check`: nothing is wrong |',
    '| 1 | something that was asked for is not there, or mistakes were found |',
    '| 64 | wrong words on the command line |',
    '| 69 | a port or a store is not available |',
    '| 70 | a mistake of this program |',
    '| 78 | the configuration cannot be used |',
    '| 130 | ended at once by a second signal |',
    '',
  )
  return lines.join('\n')
}

function verbs(command: Command, path: string): readonly { readonly path: string; readonly command: Command }[] {
  return command.commands
    .filter((one) => one.name() !== 'help')
    .flatMap((one) => {
      const whole = `${path} ${one.name()}`.trim()
      return one.commands.length > 0 ? verbs(one, whole) : [{ path: whole, command: one }]
    })
}

function help(command: Command, indent: string): string {
  command.configureOutput({ getOutHelpWidth: () => 120 })
  return command
    .helpInformation()
    .trimEnd()
    .split('\n')
    .map((line) => `${indent}${line}`.trimEnd())
    .join('\n')
}
