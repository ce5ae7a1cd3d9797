import type { Client } from './load/http.ts'
import { client } from './load/http.ts'
import { type Candidate, type Figure, measure, median } from './load/measure.ts'
import { BENCH_CLIENT, BENCH_REDIRECT, BENCH_SECRET } from './load/oauth-client.ts'
import { CHALLENGE, type OAuthServer, startOurs, startPeer, VERIFIER } from './load/oauth-servers.ts'
import { judge, type Question, type Row } from './load/row.ts'

/** One thing that a server is asked for. */
interface Operation {
  readonly what: string
  readonly count: number
  /** Part of the cost at the peer that ours may have. */
  readonly goal: number
  readonly atLeast: number
  /** Which stores are compared, ours first: the same class, but where the peer's memory is the goal for our disk. */
  readonly compared: 'LMDB to memory' | 'memory to memory' | 'LMDB to LMDB'
  prepare(http: Client, server: OAuthServer): Promise<Candidate['operation']>
}

const basic = (id: string) => `Basic ${Buffer.from(`${id}:${BENCH_SECRET}`).toString('base64')}`
const encoded = encodeURIComponent(BENCH_REDIRECT)

async function post(http: Client, url: string, form: string, id = BENCH_CLIENT): Promise<Readonly<Record<string, unknown>>> {
  const answer = await http.ask(url, { form, authorization: basic(id) })
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status} ${answer.body.slice(0, 300)}`)
  return JSON.parse(answer.body) as Record<string, unknown>
}

const text = (members: Readonly<Record<string, unknown>>, name: string): string => {
  const value = members[name]
  if (typeof value !== 'string') throw new Error(`no ${name}: ${JSON.stringify(members).slice(0, 300)}`)
  return value
}

/** A code for somebody who is logged in, and the tokens for it. */
async function codeFlow(http: Client, server: OAuthServer, cookie: string): Promise<Readonly<Record<string, unknown>>> {
  const query = `client_id=${BENCH_CLIENT}&response_type=code&redirect_uri=${encoded}&scope=${encodeURIComponent(server.scope)}&state=s`
  const pkce = `&code_challenge=${CHALLENGE.code_challenge}&code_challenge_method=S256`
  const granted = await http.ask(`${server.authorize}?${query}${pkce}`, { cookie })
  const code = /[?&]code=([^&]+)/.exec(granted.location ?? '')?.[1]
  if (code === undefined) throw new Error(`no code: ${granted.status} ${granted.location} ${granted.body.slice(0, 300)}`)
  return post(http, server.token, `grant_type=authorization_code&code=${code}&redirect_uri=${encoded}&code_verifier=${VERIFIER}`)
}

/** Chains of refresh tokens; each is used by one request at a time. */
const CHAINS = 100

export const operations: readonly Operation[] = [
  {
    what: 'introspection of an opaque token',
    count: 1200,
    goal: 1,
    atLeast: 1,
    compared: 'LMDB to memory',
    async prepare(http, server) {
      const token = text(await codeFlow(http, server, await server.login(http)), 'access_token')
      return async (client) => {
        const { active } = await post(client, server.introspect, `token=${token}`)
        if (active !== true) throw new Error('the token is not active')
      }
    },
  },
  {
    what: 'client credentials, opaque',
    count: 800,
    goal: 1,
    atLeast: 1 / 0.7,
    compared: 'memory to memory',
    prepare:
      async (_, { token, program }) =>
      async (http) =>
        void text(await post(http, token, 'grant_type=client_credentials', program), 'access_token'),
  },
  {
    what: 'client credentials, JWT by RS256',
    count: 300,
    goal: 1,
    atLeast: 1 / 0.9,
    compared: 'memory to memory',
    prepare:
      async (_, { token, forJwt }) =>
      async (http) => {
        const jwt = text(await post(http, token, `grant_type=client_credentials${forJwt.fields}`, forJwt.clientId), 'access_token')
        if (jwt.split('.').length !== 3) throw new Error(`no JWT: ${jwt}`)
      },
  },
  {
    what: 'code with PKCE, exchanged, and profile, with a session',
    count: 300,
    goal: 1 / 3,
    atLeast: 1 / 1.5,
    compared: 'memory to memory',
    async prepare(http, server) {
      const cookie = await server.login(http)
      return async (client) => {
        const token = text(await codeFlow(client, server, cookie), 'access_token')
        const { status, body } = await client.ask(server.profile, { authorization: `Bearer ${token}` })
        if (status !== 200 || !body.includes('bench@example.org')) throw new Error(`no profile: ${status} ${body.slice(0, 300)}`)
      }
    },
  },
  {
    what: 'refresh with rotation',
    count: 500,
    goal: 1 / 3,
    atLeast: 1 / 1.5,
    compared: 'LMDB to LMDB',
    async prepare(http, server) {
      const cookie = await server.login(http)
      const tokens: string[] = []
      for (let chain = 0; chain < CHAINS; chain++) tokens.push(text(await codeFlow(http, server, cookie), 'refresh_token'))
      return async (client) => {
        const token = tokens.shift()
        if (token === undefined) throw new Error('more requests than chains')
        tokens.push(text(await post(client, server.token, `grant_type=refresh_token&refresh_token=${token}`), 'refresh_token'))
      }
    },
  },
]

/** What does OAuth cost here, and at the most used OAuth server for Node? */
export const oauth: Question = {
  id: 'oauth',
  about: 'OAuth, beside npm oidc-provider in the same run',
  async ask() {
    await using ours = await startOurs('lmdb')
    await using oursInMemory = await startOurs('memory')
    await using peer = await startPeer('memory')
    await using durablePeer = await startPeer('lmdb')
    const servers = [ours, oursInMemory, peer, durablePeer]
    const http = client(4)
    const rows: Row[] = []
    for (const operation of operations) {
      const candidates: Candidate[] = []
      for (const server of servers) {
        candidates.push({ name: server.name, pid: server.pid, count: operation.count, operation: await operation.prepare(http, server) })
      }
      rows.push(rowOf(operation, await measure(candidates)))
    }
    http.close()
    return rows
  },
}

function rowOf({ what, goal, atLeast, compared }: Operation, figures: readonly Figure[]): Row {
  const [durable, inMemory, peer, durablePeer] = figures
  if (!durable || !inMemory || !peer || !durablePeer) throw new Error('nothing measured')
  const parts = {
    'LMDB to memory': share(durable, peer),
    'memory to memory': share(inMemory, peer),
    'LMDB to LMDB': share(durable, durablePeer),
  }
  const each = figures.map(
    ({ name, microseconds, bareAnswers }) => `${name} ${bareAnswers.toFixed(1)} bare answers (${microseconds.toFixed(0)} us)`,
  )
  return {
    what,
    measured: `${Object.entries(parts)
      .map(([name, part]) => `${name} ${part.toFixed(2)}${name === compared ? ' (counts)' : ''}`)
      .join(', ')}. ${each.join(', ')}`,
    goal: `${goal.toFixed(2)} of the peer`,
    atLeast: atLeast.toFixed(2),
    verdict: judge(parts[compared], goal, atLeast),
  }
}

/** What one costs of what another costs: the median over the rounds, each compared with its own. */
const share = (one: Figure, other: Figure): number => median(one.rounds.map((cost, round) => cost / (other.rounds[round] ?? Number.NaN)))
