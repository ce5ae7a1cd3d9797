import type { JWTVerifyGetKey, JWTVerifyOptions } from 'jose'
import type { Clock } from '../../base/clock.ts'
import type { TicketRegistry } from '../../tickets/index.ts'
import type { OAuthClient } from './client.ts'
import type { ClientKeySets } from './client-key-sets.ts'
import type { ClientSecrets } from './client-secrets.ts'
import { invalidClient, OAuthError } from './errors.ts'

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

const ASYMMETRIC = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']
const SYMMETRIC = ['HS256', 'HS384', 'HS512']
const LONGEST = 16_384
/** An assertion is made for one request. */
const LONGEST_LIFE_SECONDS = 600
const TOLERANCE_SECONDS = 30

export interface ClientAssertionParts {
  readonly secrets: ClientSecrets
  readonly keySets: ClientKeySets
  readonly registry: Pick<TicketRegistry, 'putOnce'>
  /** What `aud` may say: the issuer and the addresses of the endpoints. */
  readonly audiences: readonly string[]
  readonly clock: Clock
}

export interface ClientAssertions {
  /** Whom an assertion is about, before anything of it is believed; `undefined` for what is no assertion. */
  subject(assertion: string): Promise<string | undefined>
  /**
   * Checks an assertion of a client (RFC 7523 section 3, oauth.md 3.5): signature, issuer, subject, audience, an end within ten minutes, an id never used before.
   *
   * @throws {OAuthError} `invalid_client`
   */
  verify(client: OAuthClient, assertion: string): Promise<'client_secret_jwt' | 'private_key_jwt'>
  /**
   * Checks what a client says of itself to another one (oauth.md 8.6): the same, with `iat` and `nbf`. Whoever has seen an assertion that was used cannot use it
   * here either.
   *
   * @returns when it ends, in milliseconds since the epoch; `undefined` when it does not hold.
   */
  statement(client: OAuthClient, text: string): Promise<number | undefined>
}

/** Client authentication by signed assertions. */
export function clientAssertions({ secrets, keySets, registry, audiences, clock }: ClientAssertionParts): ClientAssertions {
  return {
    async subject(assertion) {
      if (assertion.length > LONGEST) return undefined
      const { decodeJwt } = await import('jose')
      try {
        const { iss, sub } = decodeJwt(assertion)
        return iss === sub ? sub : undefined
      } catch {
        return undefined
      }
    },

    verify: async (client, assertion) => (await checked(client, assertion, [])).method,

    async statement(client, text) {
      try {
        return (await checked(client, text, ['iat', 'nbf'])).endsAtMs
      } catch (cause) {
        if (cause instanceof OAuthError && cause.code === 'invalid_client') return undefined
        throw cause
      }
    },
  }

  async function checked(client: OAuthClient, assertion: string, claims: readonly string[]) {
    const { decodeProtectedHeader, jwtVerify } = await import('jose')
    const options: JWTVerifyOptions = {
      issuer: client.id,
      subject: client.id,
      audience: [...audiences],
      requiredClaims: ['exp', 'jti', ...claims],
      clockTolerance: TOLERANCE_SECONDS,
      currentDate: new Date(clock()),
    }
    try {
      const { alg = '' } = decodeProtectedHeader(assertion)
      const symmetric = SYMMETRIC.includes(alg)
      const { payload } = symmetric
        ? await bySecret(assertion, options)
        : await jwtVerify(assertion, (await keySets.verifier(client)) ?? noKeys, { ...options, algorithms: ASYMMETRIC })
      const endsAtMs = (payload.exp ?? 0) * 1000
      if (endsAtMs > clock() + (LONGEST_LIFE_SECONDS + TOLERANCE_SECONDS) * 1000) throw new Error('it lives too long')
      if ((payload.jti ?? '').length > 512) throw new Error('its id is too long')
      const isFirst = await registry.putOnce(`assertion ${JSON.stringify([client.id, payload.jti])}`, endsAtMs + TOLERANCE_SECONDS * 1000)
      if (!isFirst) throw new Error('it was used before')
      return { method: symmetric ? 'client_secret_jwt' : 'private_key_jwt', endsAtMs } as const
    } catch (cause) {
      if (cause instanceof Error && 'status' in cause) throw cause
      throw invalidClient(`assertion of ${client.id}: ${cause instanceof Error ? cause.message : 'unusable'}`, client.id)
    }

    async function bySecret(text: string, limits: JWTVerifyOptions) {
      let failure: unknown = new Error('the client has no secret that can be a key')
      for (const secret of await secrets.clear(client)) {
        try {
          return await jwtVerify(text, new TextEncoder().encode(secret), { ...limits, algorithms: SYMMETRIC })
        } catch (cause) {
          failure = cause
        }
      }
      throw failure
    }
  }
}

const noKeys: JWTVerifyGetKey = () => {
  throw new Error('the client has no keys')
}
