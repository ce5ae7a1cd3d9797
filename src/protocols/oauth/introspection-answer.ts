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

/**
 * What `/introspect` answers with: JSON, or a signed statement where the caller asks for one (RFC 9701, oauth.md 11), encrypted for who has asked that of its
 * definition.
 */
export function introspectionAnswers({ format, prefix, clock, log }: Pick<Room, 'format' | 'prefix' | 'clock' | 'log'>) {
  async function statement(caller: OAuthClient, body: object): Promise<string | undefined> {
    const { definition } = caller.service
    const claims = { iss: prefix, aud: caller.id, iat: Math.floor(clock() / 1000), token_introspection: body }
    const signed = await format.sign(claims, { typ: TYP, alg: textOf(definition, 'introspectionSignedResponseAlg')?.trim() })
    const alg = textOf(definition, 'introspectionEncryptedResponseAlg')?.trim()
    if (signed === undefined || alg === undefined) return signed
    return encrypted(caller, signed, alg, textOf(definition, 'introspectionEncryptedResponseEncoding')?.trim() ?? 'A128CBC-HS256')
  }

  async function encrypted(caller: OAuthClient, signed: string, alg: string, enc: string): Promise<string | undefined> {
    const { CompactEncrypt, importJWK } = await import('jose')
    try {
      if (!KEY_ENCRYPTION.test(alg)) throw new Error(`${alg.slice(0, 40)} is not known`)
      const { keys } = JSON.parse(caller.keys.jwks ?? '{"keys":[]}') as { readonly keys: readonly JWK[] }
      const kty = alg.startsWith('RSA') ? 'RSA' : 'EC'
      const jwk = keys.find((key) => key.kty === kty && (key.use ?? 'enc') === 'enc')
      if (!jwk) throw new Error(`the property jwks has no ${kty} key for encryption`)
      const key = await importJWK(jwk, alg)
      return await new CompactEncrypt(new TextEncoder().encode(signed)).setProtectedHeader({ alg, enc, cty: 'JWT' }).encrypt(key)
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
