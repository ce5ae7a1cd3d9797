import type { Call } from '../../http/index.ts'
import { OAuthError } from './errors.ts'
import type { Asked } from './figures.ts'
import { allowsDevices } from './grants/index.ts'
import { jsonAnswer } from './guard.ts'
import type { OAuthParameters } from './parameters.ts'
import type { Room } from './room.ts'
import { grantedScopes, parseScopes } from './scopes.ts'

/** The beginning of a device flow (RFC 8628 section 3.1, oauth.md 9.1). A client with a secret may leave it out; a wrong one is refused. */
export async function startDevice(room: Room, call: Call, parameters: OAuthParameters, asked: Asked): Promise<Response> {
  const { client, method } = await room.authenticateClient(call, parameters, { mayOmitSecret: () => true, quietly: true })
  asked.client = client.id
  if (!allowsDevices(client)) throw new OAuthError('unauthorized_client', 'this client may not connect devices', { detail: client.id })
  // Nothing but a name is needed to have two codes stored.
  if (method === 'none' && !room.deviceBudget.take(call.get('client').address)) {
    throw new OAuthError('temporarily_unavailable', 'too many devices at once; try again later', {
      status: 429,
      headers: { 'Retry-After': '60' },
    })
  }
  const life = room.lifetimes.deviceCode(client)
  const scopes = grantedScopes(parseScopes(parameters.get('scope')), client, room.settings.cas.authn.oidc.discovery.scopes)
  const { deviceCode, userCode } = await room.devices.start({ clientId: client.id, scopes, askedFrom: call.get('client').address }, life)
  const page = `${room.prefix}/oauth2.0/device`
  return jsonAnswer({
    interval: Math.ceil(room.settings.cas.authn.oauth.deviceToken.refreshInterval),
    verification_uri: page,
    verification_uri_complete: `${page}?user_code=${userCode}`,
    user_code: userCode,
    expires_in: Number.isFinite(life) ? Math.floor(life) : 2_147_483_647,
    device_code: deviceCode,
  })
}
