import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectDirectory, startCastellan, writeConfiguration } from '../test/support/castellan.ts'
import { client, openForm } from './load/http.ts'
import { median } from './load/measure.ts'
import { memory, processorTime } from './load/processor-time.ts'
import { judge, type Question } from './load/row.ts'
import { manyServices, plainUsers, serviceOf } from './load/services.ts'

const STARTS = 7

/** A command that runs the sources as they are, as a checkout does after a change; without it that which was built of them. */
async function commandOfSources(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'castellan-bench-'))
  const path = join(folder, 'castellan')
  const options = '--max-semi-space-size=2 --disable-warning=ExperimentalWarning'
  const main = join(projectDirectory, 'src/main.ts')
  await writeFile(path, `#!/bin/sh\nNODE_COMPILE_CACHE='${folder}/cache' exec '${process.execPath}' ${options} '${main}' "$@"\n`)
  await chmod(path, 0o755)
  return { path, remove: () => rm(folder, { recursive: true, force: true }) }
}

/** How long from the command to the first correct login page, and how much memory does the server have then? */
async function starts(services: number, command?: string) {
  const configDirectory = await writeConfiguration({ properties: plainUsers, services: manyServices(services) })
  const times: number[] = []
  const efforts: number[] = []
  const sizes: number[] = []
  for (let start = -1; start < STARTS; start++) {
    const begin = performance.now()
    await using server = await startCastellan({ configDirectory, startLimitInMs: 120_000, ...(command ? { command } : {}) })
    const http = client(1)
    await openForm(http, server.url, serviceOf(services))
    // The first start makes keys and files and does not count.
    if (start >= 0) {
      times.push(performance.now() - begin)
      efforts.push(processorTime(server.pid) / 1000)
    }
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
  return { time: median(times), effort: median(efforts), resident: sizes[0] ?? Number.NaN, anonymous: sizes[1] ?? Number.NaN }
}

export const start: Question = {
  id: 'start',
  about: 'start to the first correct login page, and memory at rest',
  async ask() {
    execFileSync(process.execPath, [join(projectDirectory, 'tools/prepare.mjs')], { stdio: 'inherit' })
    const one = await starts(1)
    const many = await starts(10_000)
    const sources = await commandOfSources()
    const asWritten = await starts(1, sources.path)
    await sources.remove()
    return [
      {
        what: 'start to the first correct login page, 1 service',
        measured: timeOf(one),
        goal: '250 ms',
        atLeast: '400 ms',
        verdict: judge(one.time, 250, 400),
      },
      {
        what: 'the same with 10,000 services',
        measured: timeOf(many),
        goal: '1,000 ms',
        atLeast: '1,500 ms',
        verdict: judge(many.time, 1000, 1500),
      },
      { what: 'the same of a checkout whose sources have changed, 1 service', measured: timeOf(asWritten) },
      {
        what: 'resident memory at rest, 1 service',
        measured: sizeOf(one),
        goal: '80 MB',
        atLeast: '100 MB',
        verdict: judge(one.resident, 80, 100),
      },
      { what: 'the same with 10,000 services', measured: sizeOf(many) },
      { what: 'the same of a checkout whose sources have changed, 1 service', measured: sizeOf(asWritten) },
    ]
  },
}

type Measured = Awaited<ReturnType<typeof starts>>
const timeOf = ({ time, effort }: Measured) => `${time.toFixed(0)} ms (${effort.toFixed(0)} ms of processor)`
const sizeOf = ({ resident, anonymous }: Measured) => `${resident.toFixed(0)} MB (of it its own ${anonymous.toFixed(0)} MB)`
