import type { Json } from '../../base/json.ts'
import { isObject, type Members } from './definition-members.ts'
import type { StoredHolder } from './holder.ts'
import type { Challenge } from './pkce.ts'

/** What is kept in a code, a token, or a device code: the same facts all along, so that each hands over what it was bought with (oauth.md 13.1). */
export interface TokenFacts {
  readonly clientId: string
  /** The redirect URI, the service header, or the client id. */
  readonly service: string
  readonly scopes: readonly string[]
  readonly grantType: string
  readonly holder: StoredHolder
  /** `isFromNewLogin`. */
  readonly newLogin: boolean
  /** Of a code: as it was in the request, to be compared exactly. */
  readonly redirectUri?: string | undefined
  readonly challenge?: Challenge | undefined
  readonly nonce?: string | undefined
  readonly state?: string | undefined
  readonly audience?: readonly string[] | undefined
  /** Who acts on behalf of the holder (RFC 8693 section 4.1). */
  readonly act?: Json | undefined
}

const FORMAT = 1

/** Short names: it is read with every use of a token. */
export function tokenBody(facts: TokenFacts): Json {
  const { clientId, service, scopes, grantType, holder, newLogin, redirectUri, challenge, nonce, state, audience = [], act } = facts
  return {
    f: FORMAT,
    c: clientId,
    ...(service === clientId ? {} : { v: service }),
    ...(scopes.length > 0 ? { s: scopes } : {}),
    g: grantType,
    h: holder,
    ...(newLogin ? { w: 1 } : {}),
    ...(redirectUri === undefined ? {} : { u: redirectUri }),
    ...(challenge ? { x: challenge.value, m: challenge.method } : {}),
    ...(nonce === undefined ? {} : { n: nonce }),
    ...(state === undefined ? {} : { t: state }),
    ...(audience.length > 0 ? { d: audience } : {}),
    ...(act === undefined ? {} : { k: act }),
  }
}

const text = (value: Json | undefined) => (typeof value === 'string' ? value : undefined)
const texts = (value: Json | undefined) => (Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [])

/** @returns `undefined` for a body that is none of this format: the token counts as unknown. */
export function tokenFacts(body: Json): TokenFacts | undefined {
  if (!isObject(body) || body['f'] !== FORMAT) return undefined
  const { c, v, s, g, h, w, u, x, m, n, t, d, k } = body
  const holder = storedHolder(h)
  if (typeof c !== 'string' || typeof g !== 'string' || !holder) return undefined
  return {
    clientId: c,
    service: text(v) ?? c,
    scopes: texts(s),
    grantType: g,
    holder,
    newLogin: w === 1,
    redirectUri: text(u),
    challenge: typeof x === 'string' ? { value: x, method: m === 'S256' ? 'S256' : 'plain' } : undefined,
    nonce: text(n),
    state: text(t),
    audience: texts(d),
    act: k,
  }
}

function storedHolder(value: Json | undefined): StoredHolder | undefined {
  if (!isObject(value)) return undefined
  const { l, a } = value as Members
  if (typeof l === 'string') return a === undefined ? { l } : { l, a }
  return a === undefined ? undefined : { a }
}
