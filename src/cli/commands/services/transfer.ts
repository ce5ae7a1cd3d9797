import { createWriteStream, readFileSync, statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ArchiveRefused, definitionsArchive, definitionsOfArchive, type ImportEntry } from '../../../services/index.ts'
import { type CommandResult, EXIT, type Shell } from '../../command.ts'
import { count } from './list.ts'
import { printable, withServices } from './open.ts'

const MAX_ARCHIVE_BYTES = 64 * 1024 * 1024

/** `castellan services export FILE`: all definitions as a zip, which `import` and CAS take. An existing file is not overwritten. */
export function servicesExport(shell: Shell, target: string): Promise<CommandResult> {
  return withServices(shell, {}, async ({ services, clock }) => {
    const path = resolve(shell.process.cwd(), target)
    try {
      const all = services.all().filter((service) => !service.flag('internalServiceDefinition', false))
      await pipeline(await definitionsArchive(all, clock()), createWriteStream(path, { flags: 'wx', mode: 0o640 }))
      shell.process.stdout.write(`${count(all.length, 'definition')} written to ${printable(path)}\n`)
      return { exitCode: EXIT.good }
    } catch (error) {
      return failed(shell, `${path}: ${(error as Error).message}`)
    }
  })
}

/** `castellan services import FILE…`: definitions of zips and single files into the directory that is written to, all or none. A server that runs follows. */
export function servicesImport(shell: Shell, paths: readonly string[]): Promise<CommandResult> {
  return withServices(shell, {}, async ({ services }) => {
    try {
      const entries = (await Promise.all(paths.map((path) => entriesOf(resolve(shell.process.cwd(), path))))).flat()
      if (entries.length === 0) return failed(shell, 'there are no definitions in it')
      const imported = await services.importAll(entries, { who: 'castellan services import' })
      if (imported.kind === 'imported') {
        shell.process.stdout.write(`${count(imported.saved, 'definition')} imported\n`)
        return { exitCode: EXIT.good }
      }
      return failed(shell, `nothing was imported: ${JSON.stringify(imported, undefined, 2)}`)
    } catch (error) {
      return failed(shell, error instanceof ArchiveRefused ? `the archive is not taken: ${error.message}` : (error as Error).message)
    }
  })
}

async function entriesOf(path: string): Promise<readonly ImportEntry[]> {
  if (statSync(path).size > MAX_ARCHIVE_BYTES) throw new ArchiveRefused(`it is bigger than ${MAX_ARCHIVE_BYTES} bytes`)
  const bytes = readFileSync(path)
  if (bytes.subarray(0, 2).toString('latin1') === 'PK') return definitionsOfArchive(bytes)
  return [{ name: basename(path), text: bytes.toString('utf8'), format: /\.ya?ml$/i.test(path) ? 'yaml' : 'json' }]
}

function failed({ process }: Shell, message: string): CommandResult {
  for (const line of message.split('\n')) process.stderr.write(`${printable(line)}\n`)
  return { exitCode: EXIT.mistakes }
}
