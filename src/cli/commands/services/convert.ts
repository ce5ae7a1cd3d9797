import { existsSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { convertDefinitions, DefinitionMistake } from '../../../services/index.ts'
import { type CommandResult, EXIT, type Shell } from '../../command.ts'
import { count } from './list.ts'
import { printable } from './open.ts'

export interface ConvertOptions {
  readonly to?: string
  readonly output?: string
}

const YAML = /\.ya?ml$/i
const MAX_BYTES = 1024 * 1024

/**
 * `castellan services convert FILE…`: writes definitions in the form that CAS 7 reads, to standard output or into a folder, where nothing is overwritten.
 * Exit code 1 when one cannot be converted; the others are.
 */
export async function servicesConvert({ process }: Shell, paths: readonly string[], options: ConvertOptions): Promise<CommandResult> {
  const say = (line: string) => void process.stderr.write(`${printable(line)}\n`)
  const to = (options.to ?? 'json').toLowerCase()
  if (to !== 'json' && to !== 'yaml') {
    say('castellan services convert: --to must be json or yaml')
    return { exitCode: EXIT.usage }
  }
  const folder = options.output === undefined ? undefined : resolve(process.cwd(), options.output)
  if (folder !== undefined) mkdirSync(folder, { recursive: true })
  const files = paths.flatMap((path) => filesAt(resolve(process.cwd(), path)))
  let [written, failed] = [0, 0]
  for (const file of files) {
    try {
      if (statSync(file).size > MAX_BYTES) throw new DefinitionMistake(`it is bigger than the ${MAX_BYTES} bytes allowed`)
      for (const { fileName, text, remarks } of convertDefinitions(readFileSync(file, 'utf8'), YAML.test(file) ? 'yaml' : 'json', to)) {
        for (const remark of remarks) say(`${file}: ${remark}`)
        if (folder === undefined) process.stdout.write(text)
        else {
          const target = join(folder, fileName)
          if (existsSync(target)) throw new DefinitionMistake(`${target} exists already`)
          writeFileSync(target, text, { flag: 'wx', mode: 0o640 })
        }
        written++
      }
    } catch (error) {
      failed++
      say(`${file}: ${(error as Error).message}`)
    }
  }
  if (folder !== undefined)
    process.stdout.write(`${count(written, 'definition')} written to ${folder}, ${count(failed, 'file')} not converted\n`)
  return { exitCode: failed === 0 && files.length > 0 ? EXIT.good : EXIT.mistakes }
}

/** A file, or the definitions below a folder. What is not there is found out when it is read. */
function filesAt(path: string): readonly string[] {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path]
  return globSync('**/*.{json,hjson,yml,yaml}', { cwd: path })
    .sort()
    .map((name) => join(path, name))
}
