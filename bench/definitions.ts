import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { emptyDirectory, type Kind, kinds, writeDefinitions } from './load/definitions.ts'
import { median } from './load/measure.ts'
import { judge, type Question, type Row } from './load/row.ts'

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5)
const program = (name: string) => fileURLToPath(new URL(`load/${name}.ts`, import.meta.url))
/** As `bin/castellan` starts it, with the same nursery. */
const run = <T>(name: string, ...args: readonly string[]): T =>
  JSON.parse(execFileSync(process.execPath, ['--expose-gc', '--max-semi-space-size=2', program(name), ...args], { encoding: 'utf8' })) as T

/** What do ten thousand files cost when they are read? */
function load(kind: Kind): Row {
  const directory = emptyDirectory()
  try {
    writeDefinitions(directory, kind, 'a text')
    const runs = Array.from({ length: ROUNDS }, () => run<{ cpuMs: number; residentMb: number }>('read-definitions', directory))
    const cpu = median(runs.map(({ cpuMs }) => cpuMs))
    const memory = median(runs.map(({ residentMb }) => residentMb))
    return {
      what: `10,000 definitions read, ${kind} (${kinds[kind]})`,
      measured: `${cpu.toFixed(0)} ms of processor (least ${Math.min(...runs.map(({ cpuMs }) => cpuMs)).toFixed(0)}), ${memory.toFixed(0)} MB more`,
      goal: '1,000 ms, 60 MB',
      atLeast: '1,500 ms, 80 MB',
      verdict: judge(Math.max(cpu / 1000, memory / 60), 1, 4 / 3),
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** For how long does a reload of ten megabytes hold up everything else? */
function reload(kind: Kind): Row {
  const { longest, megabytes, services } = run<{ longest: number[]; megabytes: number; services: number }>('reload-definitions', kind, '3')
  const most = Math.max(...longest)
  return {
    what: `${megabytes.toFixed(0)} MB of definitions changed at once, ${kind} (${kinds[kind]}; ${services})`,
    measured: `the event loop is held up for ${most.toFixed(0)} ms at most (${longest.map((each) => each.toFixed(0)).join(', ')})`,
    goal: '50 ms',
    atLeast: '100 ms',
    verdict: judge(most, 50, 100),
  }
}

export const definitions: Question = {
  id: 'definitions',
  about: 'what 10,000 definitions cost when they are read, and for how long a reload of 10 MB holds up requests',
  async ask() {
    const reloads: readonly Kind[] = ['detailed', 'large files', 'large Human JSON', 'large YAML', 'large definitions']
    return [load('plain'), load('detailed'), ...reloads.map(reload)]
  },
}
