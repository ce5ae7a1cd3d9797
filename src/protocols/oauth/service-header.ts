import type { Call } from '../../http/index.ts'
import type { OAuthClient } from './client.ts'
import { OAuthError } from './errors.ts'
import type { Room } from './room.ts'

/**
 * The application that a request without redirect URI is for: the header `service` or `X-service`, which must match the client's definition; the client id
 * where there is none (oauth.md 8.2).
 *
 * @throws {OAuthError} `invalid_request` for a header that does not match, and for a missing one where it is required.
 */
export function serviceOfRequest({ services, settings }: Pick<Room, 'services' | 'settings'>, client: OAuthClient, call: Call): string {
  const header = call.req.header('service')?.trim() || call.req.header('x-service')?.trim()
  if (!header) {
    if (!settings.cas.authn.oauth.grants.resourceOwner.requireServiceHeader) return client.id
    throw new OAuthError('invalid_request', 'the header service is required')
  }
  if (header.length > 2048 || /[\u0000-\u0020\u007f]/.test(header) || !services.acceptsRedirect(client.service, header)) {
    throw new OAuthError('invalid_request', 'the header service does not belong to this client', { detail: client.id })
  }
  return header
}
