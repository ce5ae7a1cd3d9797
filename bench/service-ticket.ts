import { startCastellan } from '../test/support/castellan.ts'
import { client, login, visit } from './load/http.ts'
import { measure } from './load/measure.ts'
import { judge, type Question } from './load/row.ts'
import { manyServices, plainUsers, serviceOf } from './load/services.ts'

/** What does a service ticket cost, from the session to the validated answer, and does it cost more with many services? */
export const serviceTicket: Question = {
  id: 'service-ticket',
  about: 'a service ticket, issued with a session and validated (two requests, LMDB, durable)',
  async ask() {
    await using few = await startCastellan({ properties: plainUsers, services: manyServices(1) })
    await using many = await startCastellan({ properties: plainUsers, services: manyServices(10_000), startLimitInMs: 120_000 })
    const http = client(1)
    const fewCookie = await login(http, few.url, 'bench', 'bench')
    const manyCookie = await login(http, many.url, 'bench', 'bench')
    http.close()
    const [one, thousands] = await measure([
      { name: 'few', pid: few.pid, count: 1500, operation: (http) => visit(http, few.url, fewCookie, serviceOf(1)) },
      {
        name: 'many',
        pid: many.pid,
        count: 1500,
        operation: (http, index) => visit(http, many.url, manyCookie, serviceOf(1 + ((index * 7919) % 10_000))),
      },
    ])
    if (!one || !thousands) throw new Error('nothing measured')
    const more = thousands.microseconds / one.microseconds - 1
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
        measured: `${thousands.bareAnswers.toFixed(1)} bare answers (${thousands.microseconds.toFixed(0)} us), ${more < 0 ? '' : '+'}${(more * 100).toFixed(0)} %`,
        goal: 'within 10 %',
        atLeast: '20 %',
        verdict: judge(more, 0.1, 0.2),
      },
    ]
  },
}
