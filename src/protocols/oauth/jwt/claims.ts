import type { Json } from '../../../base/json.ts'
import type { MintedToken } from '../token-format.ts'

/** Names that an attribute of a user never gets. */
const REGISTERED: ReadonlySet<string> = new Set([
  ...['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'client_id', 'scope', 'cnf', 'act', 'may_act', 'azp'],
  ...['nonce', 'state', 'grant_type', 'response_type'],
])

/** What a module adds: no claim that means something to who verifies a token, also where the server leaves it out. */
export const withoutRegistered = (claims: object | undefined): object =>
  Object.fromEntries(Object.entries(claims ?? {}).filter(([name]) => !REGISTERED.has(name)))

export interface ClaimsWish {
  /** Whether an access token carries what /profile shows. */
  readonly withAttributes: boolean
  /** Whether it has the claims of RFC 9068 alone, and of the attributes those that are released. */
  readonly standard: boolean
}

/**
 * Claims of a token (oauth.md 13.3, 13.5). A refresh token has the necessary ones; an access token also what /profile shows, if that is wanted.
 *
 * @returns times in whole seconds since the epoch.
 */
export async function claimsOf(token: MintedToken, { withAttributes, standard }: ClaimsWish) {
  const { client, issuedAtMs, expiresAtMs, audience, grantType, nonce, state, act } = token
  const issuedAt = Math.floor(issuedAtMs / 1000)
  const aud = audience.length > 0 ? audience : client.audience.length > 0 ? client.audience : [client.id]
  const isAccess = token.kind === 'access_token'
  const full = isAccess && withAttributes && !standard
  const wanted = full ? await token.attributes() : isAccess && withAttributes ? await token.released() : {}
  const attributes = Object.entries(wanted)
  const facts: Readonly<Record<string, Json>> = {
    ...(full ? { grant_type: grantType } : {}),
    // As in CAS: the request that began it asked for a code, the one that bought the token asked for nothing.
    ...(full && grantType === 'authorization_code' ? { response_type: 'none' } : {}),
    ...(full && nonce !== undefined ? { nonce } : {}),
    ...(full && state !== undefined ? { state } : {}),
    ...(isAccess && act !== undefined ? { act } : {}),
  }
  return {
    ...Object.fromEntries(
      attributes
        .filter(([name, values]) => values.length > 0 && !REGISTERED.has(name))
        .map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
    ),
    ...facts,
    iss: token.issuer,
    sub: await token.subject(),
    aud: aud.length === 1 ? aud[0] : aud,
    client_id: client.id,
    scope: token.scopes.join(' '),
    iat: issuedAt,
    nbf: issuedAt,
    ...(expiresAtMs === Number.POSITIVE_INFINITY ? {} : { exp: issuedAt + Math.floor((expiresAtMs - issuedAtMs) / 1000) }),
    jti: token.ticketId,
  }
}
