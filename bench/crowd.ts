import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startCastellan } from '../test/support/castellan.ts'
import { client, login } from './load/http.ts'
import { percentile } from './load/measure.ts'
import { judge, type Question } from './load/row.ts'
import { serviceOf } from './load/services.ts'
import { argon2Users } from './password.ts'

const VALIDATIONS = 1500
const PAUSE_MS = 5
const CLIENTS = 20

/** How long does an application wait for the validation of a ticket while others try passwords? */
export const crowd: Question = {
  id: 'crowd',
  about: `validation while ${CLIENTS} clients post wrong passwords`,
  async ask() {
    const { options } = await argon2Users()
    await using server = await startCastellan(options)
    const http = client(4)
    const cookie = await login(http, server.url, 'bench', 'bench')
    const service = encodeURIComponent(serviceOf(1))
    const tickets: string[] = []
    while (tickets.length < VALIDATIONS) {
      const granted = await http.ask(`${server.url}/login?service=${service}`, { cookie })
      const ticket = /[?&]ticket=(ST-[^&]+)/.exec(granted.location ?? '')?.[1]
      if (ticket === undefined) throw new Error(`no ticket: ${granted.status}`)
      tickets.push(ticket)
    }
    const quiet = await latencies(http, server.url, service, tickets.splice(0, VALIDATIONS / 3))
    const others = spawn(process.execPath, [fileURLToPath(new URL('./load/crowd.ts', import.meta.url)), server.url, String(CLIENTS)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    others.stdout.on('data', (chunk: Buffer) => {
      said += chunk
    })
    await once(others.stdout, 'data')
    await new Promise((resolve) => setTimeout(resolve, 500))
    const begin = performance.now()
    const busy = await latencies(http, server.url, service, tickets)
    const seconds = (performance.now() - begin) / 1000
    others.kill('SIGTERM')
    await once(others, 'close')
    http.close()
    const refused = Number(said.trim().split('\n').at(-1))
    const p99 = percentile(busy, 0.99)
    return [
      {
        what: `p99 of validation while ${CLIENTS} clients post wrong passwords`,
        measured: `${p99.toFixed(1)} ms (median ${percentile(busy, 0.5).toFixed(1)} ms; ${(refused / seconds).toFixed(0)} refusals a second; p99 without them ${percentile(quiet, 0.99).toFixed(1)} ms)`,
        goal: '10 ms',
        atLeast: '25 ms',
        verdict: judge(p99, 10, 25),
      },
    ]
  },
}

async function latencies(http: ReturnType<typeof client>, server: string, service: string, tickets: readonly string[]) {
  const times: number[] = []
  for (const ticket of tickets) {
    const begin = performance.now()
    const answer = await http.ask(`${server}/p3/serviceValidate?service=${service}&ticket=${ticket}`)
    times.push(performance.now() - begin)
    if (!answer.body.includes('<cas:authenticationSuccess>')) throw new Error(`not valid: ${answer.body.slice(0, 300)}`)
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  return times
}
