import { performance } from 'node:perf_hooks'
import { createInterrupts } from '../src/flow/steps/interrupt/interrupts.ts'
import { folder, inquiry, parts } from '../test/flow/interrupt/world.ts'
import { type Castellan, eventually, startCastellan } from '../test/support/castellan.ts'
import { httpStub } from '../test/support/http-stub.ts'
import { client, login, repeat, visit } from './load/http.ts'
import { measure } from './load/measure.ts'
import type { Question, Row } from './load/row.ts'
import { manyServices, plainUsers, serviceOf } from './load/services.ts'

const file = JSON.stringify(
  Object.fromEntries(
    Array.from({ length: 100_000 }, (_, n) => [
      `user${n}`,
      { message: `Notice ${n}`, links: { Read: `https://news.example.org/${n}` }, interrupt: true },
    ]),
  ),
)

/** What do the sources of interrupts cost those who are not interrupted? */
export const interrupt: Question = {
  id: 'interrupt',
  about: 'tickets without a source, with a file of 100,000 users, with an attribute, and beside a REST source that hangs',
  async ask() {
    const services = manyServices(1)
    const start = (properties: Record<string, string>) =>
      startCastellan({ properties: { ...plainUsers, ...properties }, services, files: { 'interrupt.json': file } })
    await using none = await start({})
    await using off = await start({
      'cas.interrupt.json.location': 'file:{dir}/interrupt.json',
      'castellan.login.steps.interrupt.enabled': 'false',
    })
    await using json = await start({ 'cas.interrupt.json.location': 'file:{dir}/interrupt.json' })
    await using regex = await start({
      'cas.interrupt.regex.attribute-name': 'memberOf',
      'cas.interrupt.regex.attribute-value': 'contractor.*',
    })
    const http = client(16)
    const ticket = async (name: string, server: Castellan) => {
      const cookie = await login(http, server.url, 'bench', 'bench')
      return { name, pid: server.pid, count: 1500, operation: (own: typeof http) => visit(own, server.url, cookie, serviceOf(1)) }
    }
    const measured = await measure([
      await ticket('no source', none),
      await ticket('file of 100,000 users, step switched off', off),
      await ticket('file of 100,000 users', json),
      await ticket('attribute', regex),
    ])
    const rows: Row[] = measured.map(({ name, microseconds, bareAnswers }) => ({
      what: `ticket of a session: ${name}`,
      measured: `${microseconds.toFixed(0)} us (${bareAnswers.toFixed(1)} bare answers)`,
    }))
    rows.push(await inquiries(), await besideHanging(services))
    http.close()
    return rows
  },
}

/** One question to the file, without HTTP: of users that are in it, and of others. */
async function inquiries(): Promise<Row> {
  await using directory = await folder({ 'interrupt.json': file })
  const settings = { 'cas.interrupt.json.location': `file:${directory.path}/interrupt.json` }
  const interrupts = await createInterrupts(parts(settings))
  const cost = async (name: (n: number) => string) => {
    const rounds: number[] = []
    for (let round = 0; round < 6; round++) {
      const asked = Array.from({ length: 20_000 }, (_, n) => inquiry(name((n * 7919) % 100_000)))
      const begin = process.cpuUsage()
      for (const one of asked) await interrupts.decide(one)
      const { user, system } = process.cpuUsage(begin)
      // The first is to warm up.
      if (round > 0) rounds.push((user + system) / asked.length)
    }
    return rounds.sort((one, other) => one - other)[2] ?? 0
  }
  const [known, others] = [await cost((n) => `user${n}`), await cost((n) => `other${n}`)]
  await interrupts.close()
  return {
    what: 'one inquiry of a file of 100,000 users (processor time, without HTTP)',
    measured: `${known.toFixed(1)} us with a payload, ${others.toFixed(1)} us without`,
    goal: '20 us',
    verdict: known < 20 ? 'goal' : 'missed',
  }
}

/** Logins of one user wait for a source that never answers; the others must not notice. */
async function besideHanging(services: ReturnType<typeof manyServices>): Promise<Row> {
  await using stub = await httpStub((call, response) => {
    if (call.query.get('username') !== 'bench') response.writeHead(204).end()
  })
  await using server = await startCastellan({ properties: { ...plainUsers, 'cas.interrupt.rest.url': stub.url }, services })
  await using plain = await startCastellan({ properties: { ...plainUsers }, services })
  const http = client(60)
  const pages = async (url: string) => {
    const times: number[] = []
    await repeat(400, 4, async () => {
      const begin = performance.now()
      await http.ask(`${url}/login`)
      times.push(performance.now() - begin)
    })
    return times.sort((one, other) => one - other)[Math.floor(times.length * 0.99)] ?? 0
  }
  await pages(server.url)
  await pages(plain.url)
  const alone = await pages(plain.url)
  const waiting = Array.from({ length: 20 }, () => login(http, server.url, 'bench', 'bench').catch(() => undefined))
  await eventually('all of them wait', () => (stub.calls.length === 20 ? true : undefined))
  const beside = await pages(server.url)
  await Promise.all(waiting)
  http.close()
  return {
    what: 'p99 of other pages beside 20 logins that wait for a REST source that hangs',
    measured: `${beside.toFixed(1)} ms, without ${alone.toFixed(1)} ms`,
  }
}
