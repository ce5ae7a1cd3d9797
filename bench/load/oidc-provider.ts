// The peer that our OAuth figures are compared with: npm `oidc-provider` as its documentation sets it up, in a process of its own.
// node bench/load/oidc-provider.ts memory|lmdb <port>
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from 'lmdb'
import { BENCH_CLIENT, BENCH_REDIRECT, BENCH_SECRET } from './oauth-client.ts'

/** What this file uses of the library; it brings no types. */
interface Grant {
  addOIDCScope(scope: string): void
  addResourceScope(resource: string, scope: string): void
  save(): Promise<string>
}
interface Context {
  readonly oidc: {
    readonly client: { readonly clientId: string }
    readonly session: { readonly accountId: string; grantIdFor(clientId: string): string | undefined }
    readonly provider: Provider
  }
}
interface Provider {
  readonly Grant: { new (of: { accountId: string; clientId: string }): Grant; find(id: string): Promise<Grant> }
  callback(): (request: IncomingMessage, response: ServerResponse) => void
  interactionFinished(request: IncomingMessage, response: ServerResponse, result: object): Promise<void>
}
const { Provider } = createRequire(import.meta.url)('oidc-provider') as {
  Provider: new (issuer: string, configuration: object) => Provider
}

const [, , store = 'memory', port = '0'] = process.argv
const issuer = `http://127.0.0.1:${port}`
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

/** The shortest adapter that keeps its promises across a crash: each write is on the disk before it is answered. */
function durable(path: string) {
  const table = open<Record<string, unknown>, string>({ path, compression: false })
  return class {
    readonly model: string
    constructor(model: string) {
      this.model = model
    }
    key(id: string) {
      return `${this.model}:${id}`
    }
    async find(id: string) {
      return table.get(this.key(id))
    }
    async findByUid(uid: string) {
      const id = table.get(`uid:${uid}`)?.['id']
      return typeof id === 'string' ? this.find(id) : undefined
    }
    async findByUserCode() {
      return undefined
    }
    async upsert(id: string, payload: Record<string, unknown>) {
      if (this.model === 'Session') table.put(`uid:${payload['uid']}`, { id })
      table.put(this.key(id), payload)
      await table.flushed
    }
    async consume(id: string) {
      const found = table.get(this.key(id))
      if (found) table.put(this.key(id), { ...found, consumed: Math.floor(Date.now() / 1000) })
      await table.flushed
    }
    async destroy(id: string) {
      table.remove(this.key(id))
      await table.flushed
    }
    /** Not indexed: nothing that is measured revokes a grant. */
    async revokeByGrantId() {}
  }
}

const directory = store === 'lmdb' ? mkdtempSync(join(tmpdir(), 'castellan-bench-peer-')) : undefined
const EVERYTHING = 'openid profile offline_access read'

const provider = new Provider(issuer, {
  ...(directory === undefined ? {} : { adapter: durable(join(directory, 'store')) }),
  clients: [
    {
      client_id: BENCH_CLIENT,
      client_secret: BENCH_SECRET,
      redirect_uris: [BENCH_REDIRECT],
      response_types: ['code'],
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      // Its user info needs the scope `openid`, and that an ID token: signed the cheapest way there is.
      id_token_signed_response_alg: 'HS256',
    },
  ],
  cookies: { keys: ['a key for signing the cookies of the bench'] },
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig' }] },
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'HS256'] },
  scopes: EVERYTHING.split(' '),
  claims: { profile: ['cn', 'mail'] },
  features: {
    devInteractions: { enabled: false },
    introspection: { enabled: true },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({ scope: 'read', accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } }),
    },
  },
  conformIdTokenClaims: false,
  ttl: {
    AccessToken: 28_800,
    ClientCredentials: 28_800,
    RefreshToken: 1_209_600,
    Grant: 1_209_600,
    Session: 28_800,
    AuthorizationCode: 30,
  },
  issueRefreshToken: () => true,
  rotateRefreshToken: () => true,
  findAccount: (_: unknown, id: string) => ({
    accountId: id,
    claims: () => ({ sub: id, cn: 'Bench User', mail: 'bench@example.org' }),
  }),
  // Nobody is asked for consent, as with `bypassApprovalPrompt` here.
  async loadExistingGrant({ oidc: { client, session, provider: self } }: Context) {
    const known = session.grantIdFor(client.clientId)
    if (known !== undefined) return self.Grant.find(known)
    const grant = new self.Grant({ clientId: client.clientId, accountId: session.accountId })
    grant.addOIDCScope(EVERYTHING)
    await grant.save()
    return grant
  },
})

const handle = provider.callback()
const server = createServer((request, response) => {
  // Whoever comes to log in is logged in.
  if (request.url?.startsWith('/interaction/')) void provider.interactionFinished(request, response, { login: { accountId: 'bench' } })
  else handle(request, response)
})
server.keepAliveTimeout = 60_000
server.listen(Number(port), '127.0.0.1', () => console.log('READY'))
process.on('SIGTERM', () => {
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
  process.exit(0)
})
