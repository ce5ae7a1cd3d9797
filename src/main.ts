/** The executable: reads the verb and hands over. `run` is the verb of a command line without one. */
import { readCommandLine } from './config/index.ts'

const argv = process.argv.slice(2)
const words = readCommandLine(argv).rest
// The start of the server does not wait for the parser of the other verbs.
const isRun = words.every((word, at) => at === 0 && word === 'run')
if (isRun) process.exit((await (await import('./cli/commands/run.ts')).run({ argv, process })).exitCode)

// Whoever reads what a verb prints may have seen enough, as `head` has.
process.stdout.on('error', () => process.exit(0))
const { exitCode } = await (await import('./cli/commands.ts')).dispatch({ argv, words, process })
// A pipe takes what is written to it in its own time; an exit would cut it off.
process.stdout.write('', () => process.exit(exitCode))
