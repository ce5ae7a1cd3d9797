// Reads the configuration of a directory as a start does, in a process of its own, and says how much of the processor that took, the loading of the program
// included.
import { loadConfiguration } from '../../src/config/index.ts'

const [directory = ''] = process.argv.slice(2)
const { refused, problems } = await loadConfiguration({ argv: ['--config-dir', directory], env: {}, cwd: directory, home: directory })
if (refused) throw new Error(problems.find(({ fatal }) => fatal)?.message)
const { user, system } = process.cpuUsage()
console.log(JSON.stringify({ wallMs: performance.now(), cpuMs: (user + system) / 1000 }))
