import { type Castellan, startCastellan } from '../test/support/castellan.ts'
import { client, login, visit } from './load/http.ts'
import { type Candidate, measure, surplus } from './load/measure.ts'
import { judge, type Question } from './load/row.ts'
import { manyServices, plainUsers, serviceOf } from './load/services.ts'

const MANY = 10_000
const GOAL = 0.1
const AT_LEAST = 0.2

/** What does a service ticket cost, from the session to the validated answer, and does it cost more with many services? */
export const serviceTicket: Question = {
  id: 'service-ticket',
  about: 'a service ticket, issued with a session and validated (two requests, LMDB, durable)',
  async ask() {
    await using few = await startCastellan({ properties: plainUsers, services: manyServices(1) })
    // The same again: what two equal servers differ by is what this measurement cannot tell apart.
    await using equal = await startCastellan({ properties: plainUsers, services: manyServices(1) })
    await using many = await startCastellan({ properties: plainUsers, services: manyServices(MANY), startLimitInMs: 120_000 })
    const [one, twin, thousands] = await measure([
      await visits('few', few, () => 1),
      await visits('equal', equal, () => 1),
      await visits('many', many, (index) => 1 + ((index * 7919) % MANY)),
    ])
    if (!one || !twin || !thousands) throw new Error('nothing measured')
    const more = surplus(thousands, one)
    const noise = surplus(twin, one)
    const decidable = Math.abs(noise) < GOAL
    return [
      {
        what: 'service ticket issued and validated with a session',
        measured: `${one.bareAnswers.toFixed(1)} bare answers (${one.microseconds.toFixed(0)} us; bare ${one.bareMicroseconds.toFixed(1)} us)`,
        goal: '14',
        atLeast: '22',
        verdict: judge(one.bareAnswers, 14, 22),
      },
      {
        what: 'the same with 10,000 services',
        measured:
          `${thousands.bareAnswers.toFixed(1)} bare answers (${thousands.microseconds.toFixed(0)} us), ${percent(more)}; ` +
          `two equal servers differ by ${percent(noise)}${decidable ? '' : ': too noisy to decide'}`,
        goal: 'within 10 %',
        atLeast: '20 %',
        ...(decidable ? { verdict: judge(more, GOAL, AT_LEAST) } : {}),
      },
    ]
  },
}

const percent = (part: number) => `${part < 0 ? '' : '+'}${(part * 100).toFixed(0)} %`

async function visits(name: string, server: Castellan, service: (index: number) => number): Promise<Candidate> {
  const http = client(1)
  const cookie = await login(http, server.url, 'bench', 'bench')
  http.close()
  return { name, pid: server.pid, count: 1200, operation: (http, index) => visit(http, server.url, cookie, serviceOf(service(index))) }
}
