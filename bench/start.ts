import { rm } from 'node:fs/promises'
import { startCastellan, writeConfiguration } from '../test/support/castellan.ts'
import { client, openForm } from './load/http.ts'
import { median } from './load/measure.ts'
import { memory } from './load/processor-time.ts'
import { judge, type Question } from './load/row.ts'
import { manyServices, plainUsers, serviceOf } from './load/services.ts'

const STARTS = 7

/** How long from the command to the first correct login page, and how much memory does the server have then? */
async function starts(services: number) {
  const configDirectory = await writeConfiguration({ properties: plainUsers, services: manyServices(services) })
  const times: number[] = []
  const sizes: number[] = []
  for (let start = -1; start < STARTS; start++) {
    const begin = performance.now()
    await using server = await startCastellan({ configDirectory, startLimitInMs: 120_000 })
    const http = client(1)
    await openForm(http, server.url, serviceOf(services))
    // The first start makes keys and files and does not count.
    if (start >= 0) times.push(performance.now() - begin)
    http.close()
    if (start === STARTS - 1) {
      // At rest: what the start left behind has been collected.
      await new Promise((resolve) => setTimeout(resolve, 5_000))
      const { resident, anonymous } = memory(server.pid)
      sizes.push(resident / 1e6, anonymous / 1e6)
    }
    await server.stop()
  }
  await rm(configDirectory, { recursive: true, force: true })
  return { time: median(times), resident: sizes[0] ?? Number.NaN, anonymous: sizes[1] ?? Number.NaN }
}

export const start: Question = {
  id: 'start',
  about: 'start to the first correct login page, and memory at rest',
  async ask() {
    const one = await starts(1)
    const many = await starts(10_000)
    return [
      {
        what: 'start to the first correct login page, 1 service',
        measured: `${one.time.toFixed(0)} ms`,
        goal: '250 ms',
        atLeast: '400 ms',
        verdict: judge(one.time, 250, 400),
      },
      {
        what: 'the same with 10,000 services',
        measured: `${many.time.toFixed(0)} ms`,
        goal: '1,000 ms',
        atLeast: '1,500 ms',
        verdict: judge(many.time, 1000, 1500),
      },
      {
        what: 'resident memory at rest, 1 service',
        measured: `${one.resident.toFixed(0)} MB (of it its own ${one.anonymous.toFixed(0)} MB)`,
        goal: '80 MB',
        atLeast: '100 MB',
        verdict: judge(one.resident, 80, 100),
      },
      {
        what: 'the same with 10,000 services',
        measured: `${many.resident.toFixed(0)} MB (of it its own ${many.anonymous.toFixed(0)} MB)`,
      },
    ]
  },
}
