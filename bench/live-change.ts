import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Castellan, definition, startCastellan } from '../test/support/castellan.ts'
import { type Client, client, login } from './load/http.ts'
import { median, percentile } from './load/measure.ts'
import { processorTime } from './load/processor-time.ts'
import { judge, type Question } from './load/row.ts'
import { manyServices, plainUsers, serviceOf } from './load/services.ts'

const MANY = 10_000
const APPLICATIONS = 4
const PAUSE_MS = 5
const CHANGES = Number(process.env['BENCH_CHANGES'] ?? 12)
const LOOK_EVERY_MS = 20
/** A change is read, indexed and written down well within. */
const SETTLED_AFTER_MS = 2500
const LIMIT_MS = 20_000

/** A definition among ten thousand comes, changes and goes while applications have tickets validated: how soon is it seen, and who notices? */
export const liveChange: Question = {
  id: 'live-change',
  about: 'a change among 10,000 definitions under load: how soon it acts, and what applications notice',
  async ask() {
    await using server = await startCastellan({ properties: plainUsers, services: manyServices(MANY), startLimitInMs: 120_000 })
    const http = client(APPLICATIONS + 1)
    const cookie = await login(http, server.url, 'bench', 'bench')
    const quiet = await whileAsked(server, http, cookie, () => setTimeout(4000))
    const seen: number[] = []
    const busy = await whileAsked(server, http, cookie, async () => {
      for (let change = 0; change < CHANGES; change++) seen.push(...(await changes(server, http, MANY + 1 + change)))
    })
    const spent = await costOfChanges(server)
    http.close()
    const p99 = percentile(busy.times, 0.99)
    const latest = Math.max(...seen)
    return [
      {
        what: `a definition added, changed or deleted among ${MANY.toLocaleString('en')}, under load`,
        measured: `acts after ${latest.toFixed(0)} ms at most (median ${median(seen).toFixed(0)} ms, ${seen.length} changes)`,
        goal: '2,000 ms',
        atLeast: '5,000 ms',
        verdict: judge(latest, 2000, 5000),
      },
      {
        what: 'p99 of validation meanwhile',
        measured:
          `${p99.toFixed(1)} ms (median ${median(busy.times).toFixed(1)} ms; without changes p99 ${percentile(quiet.times, 0.99).toFixed(1)} ms; ` +
          `${busy.times.length} validations, ${busy.failed} failed)`,
        goal: '25 ms, none failed',
        atLeast: '50 ms, none failed',
        verdict: busy.failed > 0 ? 'missed' : judge(p99, 25, 50),
      },
      {
        what: 'what a change costs, without load',
        measured: `${median(spent).toFixed(0)} ms of processor (${spent.map((each) => each.toFixed(0)).join(', ')})`,
      },
    ]
  },
}

/** A definition changes while nobody asks. @returns what the server spends on each change beyond what it spends while nothing happens, in milliseconds. */
async function costOfChanges(server: Castellan): Promise<readonly number[]> {
  const file = join(server.servicesDirectory, 'Quiet-99999.json')
  const spentWhile = async (act: () => Promise<unknown>) => {
    const before = processorTime(server.pid)
    await act()
    await setTimeout(SETTLED_AFTER_MS)
    return (processorTime(server.pid) - before) / 1000
  }
  const costs: number[] = []
  for (let change = 0; change < 5; change++) {
    const idle = await spentWhile(async () => {})
    const all = await spentWhile(() => writeFile(file, JSON.stringify(definition(99_999, `^https://quiet${change}\\.example\\.org/.*`))))
    costs.push(all - idle)
  }
  return costs
}

/** Applications that have one ticket after the other validated, as long as `act` takes. */
async function whileAsked(server: Castellan, http: Client, cookie: string, act: () => Promise<unknown>) {
  const times: number[] = []
  let failed = 0
  let on = true
  const application = async (from: number) => {
    for (let at = from; on; at += APPLICATIONS) {
      const service = encodeURIComponent(serviceOf(1 + ((at * 7919) % MANY)))
      const granted = await http.ask(`${server.url}/login?service=${service}`, { cookie })
      const ticket = /[?&]ticket=(ST-[^&]+)/.exec(granted.location ?? '')?.[1]
      const begin = performance.now()
      const answer =
        ticket === undefined ? undefined : await http.ask(`${server.url}/p3/serviceValidate?service=${service}&ticket=${ticket}`)
      times.push(performance.now() - begin)
      if (!answer?.body.includes('<cas:authenticationSuccess>')) failed++
      await setTimeout(PAUSE_MS)
    }
  }
  const applications = Promise.all(Array.from({ length: APPLICATIONS }, (_, at) => application(at)))
  try {
    await act()
  } finally {
    on = false
    await applications
  }
  return { times, failed }
}

/** One definition comes, is replaced by another and goes. @returns how long each took to act, in milliseconds. */
async function changes(server: Castellan, http: Client, id: number): Promise<readonly number[]> {
  const file = join(server.servicesDirectory, `New-${id}.json`)
  const text = (name: string) => JSON.stringify(definition(id, `^https://${name}${id}\\.example\\.org/.*`))
  const until = async (name: string, status: number) => {
    const begin = performance.now()
    const url = `${server.url}/login?service=${encodeURIComponent(`https://${name}${id}.example.org/`)}`
    while ((await http.ask(url)).status !== status) {
      if (performance.now() - begin > LIMIT_MS) throw new Error(`${name}${id} is not ${status}`)
      await setTimeout(LOOK_EVERY_MS)
    }
    return performance.now() - begin
  }
  await writeFile(file, text('new'))
  const added = await until('new', 200)
  await writeFile(`${file}.tmp`, text('other'))
  await rename(`${file}.tmp`, file)
  const changed = await until('other', 200)
  await rm(file)
  return [added, changed, await until('other', 403)]
}
