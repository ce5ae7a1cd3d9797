import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { definition, freePort, startCastellan } from '../../test/support/castellan.ts'
import { type Client, login } from './http.ts'
import { BENCH_CLIENT, BENCH_REDIRECT, BENCH_SECRET } from './oauth-client.ts'
import { plainUsers } from './services.ts'

/** A server that is measured, with the addresses of its endpoints. */
export interface OAuthServer extends AsyncDisposable {
  readonly name: string
  readonly pid: number
  readonly authorize: string
  readonly token: string
  readonly profile: string
  readonly introspect: string
  /** Scopes without which the server does not do what is measured. */
  readonly scope: string
  /** A program that has tokens for itself, and none to refresh them with. */
  readonly program: string
  /** How an access token is asked for that is a JWT signed with RS256: another client, or another target. */
  readonly forJwt: { readonly clientId: string; readonly fields: string }
  /** Cookies of somebody who is logged in. */
  login(http: Client): Promise<string>
}

const JWT_CLIENT = 'bench-jwt'
const PROGRAM = 'bench-program'

const set = (...values: readonly string[]) => ['java.util.HashSet', values]

/** The clients at our server: opaque tokens, and JWTs by RS256. */
function definitions(): Record<string, object> {
  const common = {
    '@class': 'org.apereo.cas.support.oauth.services.OAuthRegisteredService',
    clientSecret: BENCH_SECRET,
    bypassApprovalPrompt: true,
    generateRefreshToken: true,
    renewRefreshToken: true,
    scopes: set('openid', 'profile', 'offline_access', 'read'),
    attributeReleasePolicy: {
      '@class': 'org.apereo.cas.services.ReturnAllowedAttributeReleasePolicy',
      allowedAttributes: ['java.util.ArrayList', ['cn', 'mail']],
    },
  }
  const pattern = `^${BENCH_REDIRECT.replaceAll('.', '\\.')}$`
  return {
    'bench-1.json': definition(1, pattern, { ...common, clientId: BENCH_CLIENT }),
    'program-3.json': definition(3, pattern, { ...common, clientId: PROGRAM, generateRefreshToken: false }),
    'jwt-2.json': definition(2, pattern, {
      ...common,
      clientId: JWT_CLIENT,
      jwtAccessToken: true,
      jwtAccessTokenSigningAlg: 'RS256',
      generateRefreshToken: false,
    }),
  }
}

/** Ours. @param store Where tickets live. @param env For profilers. */
export async function startOurs(
  store: 'lmdb' | 'memory',
  env: Readonly<Record<string, string>> = {},
): Promise<OAuthServer & { readonly configDirectory: string }> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const crypto = 'cas.authn.oauth.access-token.crypto'
  const server = await startCastellan({
    properties: {
      ...plainUsers,
      'castellan.ticket-registry.store': store,
      'castellan.ticket-registry.memory.max-tickets': 20_000_000,
      'cas.ticket.track-descendant-tickets': true,
      [`${crypto}.encryption-enabled`]: false,
      [`${crypto}.signing.key`]: 'file:{dir}/signing.pem',
    },
    services: definitions(),
    startLimitInMs: 120_000,
    env,
    files: { 'signing.pem': privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() },
  })
  const at = (path: string) => `${server.url}/oauth2.0/${path}`
  return {
    name: `ours, ${store === 'lmdb' ? 'LMDB' : 'memory'}`,
    pid: server.pid,
    configDirectory: server.configDirectory,
    authorize: at('authorize'),
    token: at('token'),
    profile: at('profile'),
    introspect: at('introspect'),
    scope: 'profile',
    program: PROGRAM,
    forJwt: { clientId: JWT_CLIENT, fields: '' },
    login: (http) => login(http, server.url, 'bench', 'bench'),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** npm `oidc-provider`. @param store Its own adapter, or the shortest durable one. */
export async function startPeer(store: 'memory' | 'lmdb'): Promise<OAuthServer> {
  const port = await freePort()
  const child = spawn(process.execPath, [fileURLToPath(new URL('./oidc-provider.ts', import.meta.url)), store, String(port)], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await once(child.stdout, 'data')
  const url = `http://127.0.0.1:${port}`
  const scope = 'openid profile offline_access'
  return {
    name: `oidc-provider, ${store === 'lmdb' ? 'LMDB' : 'memory'}`,
    pid: child.pid ?? 0,
    authorize: `${url}/auth`,
    token: `${url}/token`,
    profile: `${url}/me`,
    introspect: `${url}/token/introspection`,
    scope,
    program: BENCH_CLIENT,
    forJwt: { clientId: BENCH_CLIENT, fields: '&scope=read&resource=urn%3Abench%3Aapi' },
    login: (http) => comeIn(http, url, scope),
    async [Symbol.asyncDispose]() {
      child.kill()
      await once(child, 'close')
    },
  }
}

/** Goes through the login of the peer, which lets everybody in. */
async function comeIn(http: Client, url: string, scope: string): Promise<string> {
  const jar = new Map<string, string>()
  const query = new URLSearchParams({ client_id: BENCH_CLIENT, response_type: 'code', redirect_uri: BENCH_REDIRECT, scope, ...CHALLENGE })
  let next: string | undefined = `${url}/auth?${query}`
  while (next?.startsWith(url) || next?.startsWith('/')) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await http.ask(new URL(next, url).href, { cookie })
    for (const line of answer.setCookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') jar.delete(name)
      else jar.set(name, value)
    }
    if (answer.location === undefined) throw new Error(`no way in: ${answer.status} ${answer.body.slice(0, 300)}`)
    next = answer.location
  }
  return [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
}

export const VERIFIER = 'a-verifier-of-the-bench-with-enough-characters-in-it'
/** BASE64URL(SHA-256(VERIFIER)), RFC 7636 section 4.2. */
export const CHALLENGE = { code_challenge: '3fIOQG4v6toB6wr_kY2w5H9TDCS0Z2V_Ii7RxjW57hY', code_challenge_method: 'S256' } as const
