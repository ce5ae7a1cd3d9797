import type { OAuthClient } from './client.ts'
import { OAuthError } from './errors.ts'
import type { Holder } from './holder.ts'
import type { Room } from './room.ts'

/**
 * Phase 2 of the definition's access strategy, wherever a user is known (oauth.md 3.2).
 *
 * @throws {OAuthError} `invalid_grant`
 */
export async function admitUser({ services }: Pick<Room, 'services'>, client: OAuthClient, holder: Holder): Promise<void> {
  const decision = await services.authorize(client.service, holder.authentication.principal)
  if (decision.kind === 'denied') {
    throw new OAuthError('invalid_grant', 'the user may not use this application', { detail: `${client.id}: ${decision.reason}` })
  }
}
