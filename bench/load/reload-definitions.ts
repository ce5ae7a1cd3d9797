// Changes all definitions of a directory again and again, in a process of its own, and says for how long the event loop was held up at most, in
// processor time of its thread: how busy the machine is does not count. node bench/load/reload-definitions.ts <kind> <turns>
import { rmSync } from 'node:fs'
import { emptyDirectory, type Kind, openServices, writeDefinitions } from './definitions.ts'

const [kind = 'detailed', turns = '3'] = process.argv.slice(2)
/** Came to Node after the types we compile with. */
const threadMs = () => {
  const { user, system } = (process as unknown as { threadCpuUsage(): NodeJS.CpuUsage }).threadCpuUsage()
  return (user + system) / 1000
}

/** Goes round with the event loop until it is told to end. @returns the longest of its rounds, in milliseconds. */
function watchLoop(): () => Promise<number> {
  let longest = 0
  let last = threadMs()
  let on = true
  const ended = new Promise<void>((resolve) => {
    const turn = () => {
      const now = threadMs()
      longest = Math.max(longest, now - last)
      if (!on) return resolve()
      last = threadMs()
      setImmediate(turn)
    }
    setImmediate(turn)
  })
  return async () => {
    on = false
    await ended
    return longest
  }
}

const directory = emptyDirectory()
const bytes = writeDefinitions(directory, kind as Kind, 'first')
const services = await openServices(directory)
const longest: number[] = []
for (let turn = 0; turn < Number(turns); turn++) {
  writeDefinitions(directory, kind as Kind, `turn ${turn}`)
  const stop = watchLoop()
  await services.reload()
  longest.push(await stop())
}
if (!services.all().every(({ description }) => description?.endsWith(`turn ${Number(turns) - 1}`))) throw new Error('not reloaded')
console.log(JSON.stringify({ services: services.all().length, megabytes: bytes / 1e6, longest }))
await services.close()
rmSync(directory, { recursive: true })
