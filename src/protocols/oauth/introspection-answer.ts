import type { JWK } from 'jose'
import type { Call } from '../../http/index.ts'
import type { OAuthClient } from './client.ts'
import { textOf } from './definition-members.ts'
import { OAuthError } from './errors.ts'
import { JSON_HEADERS, jsonAnswer } from './guard.ts'
import type { Room } from './room.ts'
import { weightsOf } from './weights.ts'

export const INTROSPECTION_JWT = 'application/token-introspection+jwt'
const TYP = 'token-introspection+jwt'
const KEY_ENCRYPTION = /^(?:RSA-OAEP(?:-256|-384|-512)?|ECDH-ES(?:\+A(?:128|192|256)KW)?)$/

/** Shortest secret that can be the key of a signature: as long as the digest (RFC 7518 section 3.2). */
const BYTES_OF_KEY: Readonly<Record<string, number>> = { HS256: 32, HS384: 48, HS512: 64 }
/** Signatures with the secret of the caller. */
export const SECRET_ALGORITHMS = Object.keys(BYTES_OF_KEY)

/**
 * What `/introspect` answers with: JSON, or a signed statement where the caller asks for one (RFC 9701, oauth.md 11). Its definition says by which algorithm:
 * one of the server's keys, or one of its own secret; and whether it is encrypted with a public key of its own.
 */
export function introspectionAnswers({
  format,
  keySets,
  secrets,
  prefix,
  clock,
  log,
}: Pick<Room, 'format' | 'keySets' | 'secrets' | 'prefix' | 'clock' | 'log'>) {
  async function statement(caller: OAuthClient, body: object): Promise<string | undefined> {
    const { definition } = caller.service
    const claims = { iss: prefix, aud: caller.id, iat: Math.floor(clock() / 1000), token_introspection: body }
    const signatureAlg = textOf(definition, 'introspectionSignedResponseAlg')?.trim()
    const signed =
      signatureAlg !== undefined && Object.hasOwn(BYTES_OF_KEY, signatureAlg)
        ? await signedBySecret(caller, claims, signatureAlg)
        : await format.sign(claims, { typ: TYP, alg: signatureAlg })
    const alg = textOf(definition, 'introspectionEncryptedResponseAlg')?.trim()
    if (signed === undefined || alg === undefined) return signed
    return encrypted(caller, signed, alg, textOf(definition, 'introspectionEncryptedResponseEncoding')?.trim() ?? 'A128CBC-HS256')
  }

  async function signedBySecret(caller: OAuthClient, claims: object, alg: string): Promise<string | undefined> {
    const keys = (await secrets.clear(caller)).map((secret) => Buffer.from(secret))
    const key = keys.find(({ length }) => length >= (BYTES_OF_KEY[alg] ?? Number.POSITIVE_INFINITY))
    if (!key) {
      // Whoever got hold of one answer could try out shorter ones at leisure.
      log.warn({ client: caller.id, alg }, 'an introspection cannot be signed with the secret of this client: it is hashed, or too short')
      return undefined
    }
    const { CompactSign } = await import('jose')
    return new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader({ alg, typ: TYP }).sign(key)
  }

  async function encrypted(caller: OAuthClient, signed: string, alg: string, enc: string): Promise<string | undefined> {
    const { CompactEncrypt, importJWK } = await import('jose')
    try {
      if (!KEY_ENCRYPTION.test(alg)) throw new Error(`${alg.slice(0, 40)} is not known`)
      const fits = alg.startsWith('RSA') ? ({ kty }: JWK) => kty === 'RSA' : ({ kty }: JWK) => kty === 'EC' || kty === 'OKP'
      const keys = (await keySets.keys(caller)).filter((key) => fits(key) && (key.use ?? 'enc') === 'enc' && (key.alg ?? alg) === alg)
      // One that is for encryption alone, before one that says nothing of its use.
      const jwk = keys.find(({ use }) => use === 'enc') ?? keys[0]
      if (!jwk) throw new Error(`its keys have none for encryption by ${alg}`)
      const key = await importJWK(jwk, alg)
      const header = { alg, enc, cty: 'JWT', ...(typeof jwk.kid === 'string' ? { kid: jwk.kid } : {}) }
      return await new CompactEncrypt(new TextEncoder().encode(signed)).setProtectedHeader(header).encrypt(key)
    } catch (cause) {
      log.warn(
        { client: caller.id, reason: cause instanceof Error ? cause.message : 'unusable' },
        'an introspection cannot be encrypted for this client',
      )
      return undefined
    }
  }

  return async (call: Call, caller: OAuthClient, body: object): Promise<Response> => {
    const weights = weightsOf(call.req.header('accept'))
    const wanted = weights.get(INTROSPECTION_JWT) ?? 0
    const json = Math.max(...['application/json', 'application/*', '*/*'].map((type) => weights.get(type) ?? 0))
    // A general `*/*` beside it takes nothing back: whoever names this type means it.
    if (wanted <= 0 || wanted < (weights.get('application/json') ?? 0)) return jsonAnswer(body)
    const text = await statement(caller, body)
    if (text !== undefined) return new Response(text, { headers: { ...JSON_HEADERS, 'Content-Type': INTROSPECTION_JWT } })
    if (json > 0) return jsonAnswer(body)
    throw new OAuthError('invalid_request', 'this server cannot answer this client with a JWT', { status: 406 })
  }
}
