import { startCastellan } from '../test/support/castellan.ts'
import { client, login, openForm, repeat, sendForm, visit } from './load/http.ts'
import { measure } from './load/measure.ts'
import { memory } from './load/processor-time.ts'
import type { Question, Row } from './load/row.ts'
import { manyServices, plainUsers, serviceOf } from './load/services.ts'

/** Does an operation cost more when many people are logged in? */
export const sessions: Question = {
  id: 'sessions',
  about: 'cost of a ticket and of a login over 1,000, 10,000 and 100,000 live sessions',
  async ask() {
    await using server = await startCastellan({ properties: plainUsers, services: manyServices(1) })
    const http = client(16)
    const cookie = await login(http, server.url, 'bench', 'bench')
    const rows: Row[] = []
    let live = 1
    for (const wanted of [1_000, 10_000, 100_000]) {
      // A form may be sent again (Back button): one page serves a thousand logins.
      while (live < wanted) {
        const form = await openForm(http, server.url)
        const some = Math.min(1_000, wanted - live)
        await repeat(some, 16, async () => {
          const { answer } = await sendForm(http, server.url, form, 'bench', 'bench')
          if (!answer.setCookies.some((line) => line.startsWith('TGC='))) throw new Error(`no login: ${answer.status} ${answer.location}`)
        })
        live += some
      }
      const [ticket, entry] = await measure([
        { name: 'ticket', pid: server.pid, count: 1000, operation: (http) => visit(http, server.url, cookie, serviceOf(1)) },
        { name: 'login', pid: server.pid, count: 300, operation: async (http) => void (await login(http, server.url, 'bench', 'bench')) },
      ])
      rows.push({
        what: `${wanted.toLocaleString('en')} live sessions`,
        measured:
          `ticket ${ticket?.bareAnswers.toFixed(1)} bare answers (${ticket?.microseconds.toFixed(0)} us), ` +
          `login ${entry?.bareAnswers.toFixed(1)} (${entry?.microseconds.toFixed(0)} us), memory ${(memory(server.pid).anonymous / 1e6).toFixed(0)} MB of its own`,
      })
    }
    http.close()
    return rows
  },
}
