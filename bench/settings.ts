import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { properties, schema } from '../src/config/index.ts'
import { median } from './load/measure.ts'
import { judge, type Question } from './load/row.ts'

const SETTINGS = 1000
const ROUNDS = 11
const FILES = [
  'application.yml',
  'cas.yml',
  'cas.properties',
  'standalone.properties',
  'cas-standalone.yaml',
  'conf.d/more.properties',
] as const
const READER = fileURLToPath(new URL('load/read-settings.ts', import.meta.url))

/** Settings that the schema knows, at their defaults; what is missing to a thousand are headers. */
function lines(): readonly (readonly [string, string])[] {
  const plain = properties(schema)
    .filter(({ name, property }) => !name.includes('*') && ['int', 'flag', 'duration', 'size'].includes(property.type))
    .map(({ name, property }) => [name, property.fallbackText ?? String(property.fallback ?? '')] as const)
    .filter(([, value]) => value !== '')
  const headers = Array.from(
    { length: SETTINGS },
    (_, at) => [`cas.http-web-request.custom-headers.X-Header-${at}`, `value \${cas.host.name} ${at}`] as const,
  )
  return [...plain, ...headers].slice(0, SETTINGS)
}

function write(directory: string): void {
  mkdirSync(join(directory, 'conf.d'))
  const all = lines()
  const each = Math.ceil(all.length / FILES.length)
  for (const [at, file] of FILES.entries()) {
    const own = all.slice(at * each, (at + 1) * each)
    const text = own.map(([key, value]) => (file.endsWith('.properties') ? `${key}=${value}` : `${key}: "${value}"`)).join('\n')
    writeFileSync(join(directory, file), `${text}\n`)
  }
}

/** As `bin/castellan` starts it: with the same nursery, and what was compiled once kept. */
const read = (directory: string, cache: string) =>
  JSON.parse(
    execFileSync(process.execPath, ['--max-semi-space-size=2', READER, directory], {
      encoding: 'utf8',
      env: { ...process.env, NODE_COMPILE_CACHE: cache },
    }),
  ) as { readonly wallMs: number; readonly cpuMs: number }

export const settings: Question = {
  id: 'settings',
  about: 'what many settings add to a start',
  async ask() {
    const root = mkdtempSync(join(tmpdir(), 'castellan-bench-'))
    try {
      const [empty, full, cache] = [join(root, 'empty'), join(root, 'full'), join(root, 'cache')]
      for (const directory of [empty, full]) mkdirSync(directory)
      write(full)
      const added: { wallMs: number; cpuMs: number }[] = []
      // The first round compiles and does not count.
      for (let round = -1; round < ROUNDS; round += 1) {
        const [without, withAll] = [read(empty, cache), read(full, cache)]
        if (round < 0) continue
        added.push({ wallMs: withAll.wallMs - without.wallMs, cpuMs: withAll.cpuMs - without.cpuMs })
      }
      const wall = median(added.map(({ wallMs }) => wallMs))
      const cpu = median(added.map(({ cpuMs }) => cpuMs))
      return [
        {
          what: '1,000 settings in 6 files, more than none',
          measured: `${wall.toFixed(0)} ms (${cpu.toFixed(0)} ms of processor)`,
          goal: '30 ms',
          atLeast: '60 ms',
          verdict: judge(wall, 30, 60),
        },
      ]
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  },
}
