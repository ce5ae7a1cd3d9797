/** The executable: reads the verb and hands over. `run` is the verb of a command line without one. */
import { readCommandLine } from './config/index.ts'

const argv = process.argv.slice(2)
const words = readCommandLine(argv).rest
// The start of the server does not wait for the parser of the other verbs.
const isRun = words.every((word, at) => at === 0 && word === 'run')
const { exitCode } = isRun
  ? await (await import('./cli/commands/run.ts')).run({ argv, process })
  : await (await import('./cli/commands.ts')).dispatch({ argv, words, process })
process.exit(exitCode)
