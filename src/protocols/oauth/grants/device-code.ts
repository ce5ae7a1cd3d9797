import type { OAuthClient } from '../client.ts'
import { OAuthError } from '../errors.ts'
import type { Grant } from '../grant.ts'
import { DEVICE_CODE } from '../kinds.ts'
import type { OAuthParameters } from '../parameters.ts'
import { askedResources } from '../resources.ts'
import type { Room } from '../room.ts'
import { admitUser } from '../user-access.ts'

const TYPE = 'urn:ietf:params:oauth:grant-type:device_code'

/**
 * Whether a definition lets devices in: by the grant of RFC 8628 or the response type of CAS; one that lists neither kind lets all in (oauth.md 9.1).
 */
export function allowsDevices(client: OAuthClient): boolean {
  const either = client.allowsGrant(TYPE, false) || client.allowsResponse('device_code', false)
  return either || (client.allowsGrant(TYPE, true) && client.allowsResponse('device_code', true))
}

/** The code in the question of a device: CAS called it `code` before 7. */
export function deviceCodeIn(parameters: OAuthParameters): string | undefined {
  const code = parameters.get('device_code') ?? parameters.get('code')
  return code?.startsWith(`${DEVICE_CODE}-`) || parameters.get('device_code') !== undefined ? code : undefined
}

/** RFC 8628 section 3.4, and the same in CAS's words: `response_type=device_code` without `grant_type` (oauth.md 9.3). */
export function deviceCode(room: Room): Grant {
  const { devices, holders, clock } = room
  const intervalMs = room.settings.cas.authn.oauth.deviceToken.refreshInterval * 1000
  return {
    type: TYPE,
    whenNoneAreListed: 'yes',
    allows: allowsDevices,
    // The device code is the proof.
    mayOmitSecret: ({ rules }) => rules.devicePollWithoutSecret,
    async authorize({ client, parameters }) {
      const inWordsOfCas = parameters.get('grant_type') === undefined
      const unknown = (detail: string) =>
        new OAuthError(inWordsOfCas ? 'access_denied' : 'invalid_grant', 'the device code is not valid', {
          detail: `${client.id}: ${detail}`,
        })
      const code = deviceCodeIn(parameters)
      if (code === undefined) throw new OAuthError('invalid_request', 'Missing required parameter: [device_code]')
      const device = await devices.byDeviceCode(code)
      if (device?.request.clientId !== client.id) throw unknown(device ? 'code of another client' : 'unknown code')
      const { request } = device
      if (request.endsAtMs < clock()) {
        throw new OAuthError(inWordsOfCas ? 'access_denied' : 'expired_token', 'the device code has expired')
      }
      if (request.state === 'denied') throw new OAuthError('access_denied', 'the request of the device was denied')
      if (request.state === 'pending') {
        if (clock() - device.lastAskedAtMs < intervalMs) {
          throw new OAuthError('slow_down', 'Device user code approval is too quick and is throttled. Requests must slow down')
        }
        await devices.noteQuestion(device.id)
        throw new OAuthError('authorization_pending', 'User code is not yet approved for the device token request')
      }
      const holder = request.holder && (await holders.open(request.holder))
      if (!holder) throw unknown('the session of who approved has ended')
      await admitUser(room, client, holder)
      return {
        holder,
        service: client.id,
        scopes: request.scopes,
        grantType: TYPE,
        audience: askedResources(parameters.all('resource'), client),
        refreshAudience: [],
        newLogin: false,
        refreshToken: { kind: 'new' },
        consume: { id: device.id, kinds: [DEVICE_CODE], remove: true },
        notConsumed: async (reason) => unknown(reason),
      }
    },
  }
}
