import { OAuthError } from './errors.ts'
import { type Handle, jsonAnswer } from './guard.ts'
import { ACCESS_TOKEN, CODE, DEVICE_CODE, REFRESH_TOKEN, USER_CODE } from './kinds.ts'
import { readParameters } from './parameters.ts'
import type { Room } from './room.ts'
import { tokenFacts } from './token-body.ts'

/** Other things of this room: they are no tokens that could be revoked here. */
const NO_TOKENS = [CODE, DEVICE_CODE, USER_CODE]

/** `POST /oauth2.0/revoke` (RFC 7009, oauth.md 12). A refresh token takes its whole family with it, rotated or not; an access token goes alone. */
export function revoke(room: Room): Handle {
  const { registry, families, format, authenticateClient, settings, audit } = room
  const done = () => jsonAnswer({})

  return async (call, asked) => {
    const parameters = await readParameters(call)
    const { client } = await authenticateClient(call, parameters)
    asked.client = client.id
    const text = parameters.get('token')
    if (text === undefined) throw new OAuthError('invalid_request', 'Missing required parameter: [token]')
    const resolved = await format.resolve(text)
    if (resolved.kind === 'forged') return done()
    const { id } = resolved
    if (NO_TOKENS.some((kind) => id.startsWith(`${kind}-`)) && (await registry.get(id.slice(0, 512)))) {
      throw new OAuthError('invalid_request', 'only access and refresh tokens can be revoked')
    }
    const isAccess = id.startsWith(`${ACCESS_TOKEN}-`)
    if (id.length > 512 || (!isAccess && !id.startsWith(`${REFRESH_TOKEN}-`))) return done()
    const ticket = await registry.get(id)
    const facts = ticket && tokenFacts(ticket.body)
    if (!facts) return done()
    if (facts.clientId !== client.id) throw new OAuthError('invalid_request', 'the token belongs to another client', { detail: client.id })
    const family = isAccess ? undefined : families.nameIn(id)
    await registry.delete(id)
    audit.record({
      action: 'OAUTH2_TOKEN_REVOKED',
      who: client.id,
      what: `{client_id=${client.id}, ${isAccess ? 'access_token' : 'refresh_token'}}`,
      client: call.get('client'),
    })
    // Where access tokens are not tracked they do not hang on the family, and live on.
    if (family !== undefined && (settings.cas.authn.oauth.refreshToken.trackAccessTokens || client.rotateRefreshToken)) {
      await families.end(family)
    }
    return done()
  }
}
