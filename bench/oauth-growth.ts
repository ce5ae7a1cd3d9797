import { silentLog } from '../src/base/log.ts'
import { loadConfiguration, loadKeys } from '../src/config/index.ts'
import { interruptTicketKinds } from '../src/flow/index.ts'
import { oauthTicketKinds } from '../src/protocols/oauth/index.ts'
import { singleLogoutKinds } from '../src/sso/index.ts'
import { openTicketRegistry, ticketIds, ticketKinds } from '../src/tickets/index.ts'
import { client } from './load/http.ts'
import { type Candidate, CONNECTIONS, measure } from './load/measure.ts'
import { BENCH_SECRET } from './load/oauth-client.ts'
import { startOurs } from './load/oauth-servers.ts'
import { memory } from './load/processor-time.ts'
import type { Question, Row } from './load/row.ts'

const SIZES = [1_000, 100_000, 1_000_000]
/** Enough to tell twice the cost from once; what is asked is whether it grows, not what it is. */
const ROUNDS = 3
/** Tokens of one step of the registry. */
const AT_ONCE = 500
/** Of the cost over the fewest tokens, in part: more than that has grown. */
const GROWN = 0.25

/** Does a token cost more when there are many? The store is filled by this process, beside the server that uses it. */
export const oauthGrowth: Question = {
  id: 'oauth-growth',
  about: 'cost of a token, of an introspection and of a wrong code over 1,000 to 1,000,000 live tokens (LMDB)',
  async ask() {
    await using server = await startOurs('lmdb')
    const argv = ['--config-dir', server.configDirectory]
    const { settings, stateDirectory } = await loadConfiguration({ argv, env: {}, cwd: server.configDirectory })
    const keys = await loadKeys({ settings, stateDirectory, log: silentLog })
    const registry = await openTicketRegistry({
      settings,
      stateDirectory,
      keys: { ids: keys.ticketIds, bodies: [] },
      catalogue: [...ticketKinds, ...singleLogoutKinds, ...oauthTicketKinds(settings), ...interruptTicketKinds],
      clock: Date.now,
      log: silentLog,
    })
    const ids = ticketIds({ hostSuffix: 'bench' })
    const http = client(CONNECTIONS)
    const authorization = `Basic ${Buffer.from(`${server.program}:${BENCH_SECRET}`).toString('base64')}`
    const ask = async (url: string, form: string, status = 200) => {
      const answer = await http.ask(url, { form, authorization })
      if (answer.status !== status) throw new Error(`${url}: ${answer.status} ${answer.body.slice(0, 300)}`)
      return JSON.parse(answer.body) as Readonly<Record<string, unknown>>
    }
    const newToken = () => ask(server.token, 'grant_type=client_credentials')
    const token = String((await newToken())['access_token'])
    const sample = await registry.get(token)
    if (!sample) throw new Error('the token is not in the store that the bench has opened')
    const { kind, policy, body } = sample
    const rows: Row[] = []
    let live = 1
    const first: number[] = []
    const begin = performance.now()
    for (const size of SIZES) {
      for (let missing = size - live; missing > 0; missing -= AT_ONCE) {
        const createdAtMs = Date.now()
        const add = Array.from({ length: Math.min(AT_ONCE, missing) }, () => ({
          id: ids.create(kind, 24),
          kind,
          createdAtMs,
          policy,
          body,
        }))
        const { kind: outcome } = await registry.exchange({ add })
        if (outcome !== 'exchanged') throw new Error(`the store takes no more: ${outcome}`)
      }
      live = size
      console.error(`oauth-growth: ${size} tokens after ${((performance.now() - begin) / 1000).toFixed(0)} s`)
      const candidates: Candidate[] = [
        { name: 'token', pid: server.pid, count: 400, operation: async () => void (await newToken()) },
        {
          name: 'introspection',
          pid: server.pid,
          count: 600,
          operation: async () => void (await ask(server.introspect, `token=${token}`)),
        },
        {
          name: 'wrong code',
          pid: server.pid,
          count: 600,
          operation: async (_, index) =>
            void (await ask(server.token, `grant_type=authorization_code&redirect_uri=x&code=${WRONG}${100_000 + index}`, 400)),
        },
      ]
      const figures = await measure(candidates, CONNECTIONS, ROUNDS)
      const parts = figures.map(({ bareAnswers }, place) => bareAnswers / (first[place] ?? bareAnswers) - 1)
      if (first.length === 0) first.push(...figures.map(({ bareAnswers }) => bareAnswers))
      const most = Math.max(...parts)
      rows.push({
        what: `${size.toLocaleString('en')} live tokens`,
        measured:
          `${figures.map(({ name, bareAnswers, microseconds }) => `${name} ${bareAnswers.toFixed(1)} bare answers (${microseconds.toFixed(0)} us)`).join(', ')}; ` +
          `memory ${(memory(server.pid).anonymous / 1e6).toFixed(0)} MB of its own`,
        ...(size === SIZES[0] ? {} : { goal: 'no more', verdict: most < GROWN ? ('goal' as const) : ('missed' as const) }),
      })
    }
    http.close()
    await registry.close()
    return rows
  },
}

/** The beginning of a code that nobody was given. */
const WRONG = 'OC-1-nobodyWasEverGivenThisOne0123'
