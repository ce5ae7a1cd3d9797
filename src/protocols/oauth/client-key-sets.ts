import type { CompactJWSHeaderParameters, FlattenedJWSInput, JSONWebKeySet, JWK, JWTVerifyGetKey, RemoteJWKSet } from 'jose'
import type { Clock } from '../../base/clock.ts'
import { outgoingRequests } from '../../base/outgoing-request.ts'
import type { OAuthClient } from './client.ts'

const LIMITS = { connectTimeoutMs: 3000, readTimeoutMs: 5000, maxBodyBytes: 512 * 1024 }
const KEPT_MS = 600_000
/** After a failure nobody is asked again for so long: strangers must not make this server knock at a door without end. */
const PAUSE_MS = 10_000
const MOST_KEY_SETS = 1000

/**
 * Public keys of clients, out of the properties `jwks` and `jwksUri` of their definitions. The address is the operator's: nothing that a client sends is ever
 * asked for.
 */
export interface ClientKeySets {
  /** What verifies a client's signatures; it throws when no key fits, or the keys cannot be had. `undefined` for a client without keys. */
  verifier(client: OAuthClient): Promise<JWTVerifyGetKey | undefined>
  /** All of them; empty for a client without keys. @throws {Error} when they cannot be had. */
  keys(client: OAuthClient): Promise<readonly JWK[]>
  close(): void
}

interface KeySet {
  readonly verify: JWTVerifyGetKey
  keys(): Promise<readonly JWK[]>
}

export function clientKeySets(clock: Clock): ClientKeySets {
  const requests = outgoingRequests(LIMITS)
  const known = new Map<string, Promise<KeySet>>()

  async function local(text: string): Promise<KeySet> {
    const { createLocalJWKSet } = await import('jose')
    const set = JSON.parse(text) as JSONWebKeySet
    return { verify: createLocalJWKSet(set), keys: async () => set.keys }
  }

  async function remote(address: string): Promise<KeySet> {
    const url = new URL(address)
    const isLocal = url.hostname === 'localhost' || url.hostname === '127.0.0.1' || url.hostname === '[::1]'
    if (url.protocol !== 'https:' && !isLocal) throw new Error('jwksUri must be https')
    const { createRemoteJWKSet, customFetch } = await import('jose')
    let failedAtMs = Number.NEGATIVE_INFINITY
    const set: RemoteJWKSet = createRemoteJWKSet(url, {
      cacheMaxAge: KEPT_MS,
      async [customFetch]() {
        if (clock() - failedAtMs < PAUSE_MS) throw new Error('the keys could not be had a moment ago')
        try {
          const { status, body } = await requests.send({ url: url.href, method: 'GET', headers: { Accept: 'application/json' } })
          if (status !== 200) throw new Error(`the keys could not be had: status ${status}`)
          if (!Array.isArray((JSON.parse(body) as Partial<JSONWebKeySet> | null)?.keys)) throw new Error('there is no key set')
          return new Response(body, { status })
        } catch (cause) {
          failedAtMs = clock()
          throw cause
        }
      },
    })
    return {
      verify: (header?: CompactJWSHeaderParameters, token?: FlattenedJWSInput) => set(header, token),
      async keys() {
        if (!set.fresh) await set.reload()
        return set.jwks()?.keys ?? []
      },
    }
  }

  async function of({ keys: { jwks, jwksUri } }: OAuthClient): Promise<KeySet | undefined> {
    const name = jwks ?? jwksUri
    if (name === undefined) return undefined
    const found = known.get(name)
    if (found) return found
    const made = jwks === undefined ? remote(name) : local(jwks)
    if (known.size >= MOST_KEY_SETS) known.clear()
    known.set(name, made)
    return made
  }

  return {
    verifier: async (client) => (await of(client))?.verify,
    keys: async (client) => (await of(client))?.keys() ?? [],
    close: () => requests.close(),
  }
}
