import { StartRefusal } from '../../base/start-refusal.ts'
import { type TicketKind, ticketKinds } from '../../tickets/index.ts'
import type { OAuthConfig } from './config.ts'

/** Kinds of tickets of this room, by the prefix of their ids (oauth.md 13.1). */
export const CODE = 'OC'
export const ACCESS_TOKEN = 'AT'
export const REFRESH_TOKEN = 'RT'
export const DEVICE_CODE = 'ODT'
export const USER_CODE = 'ODUC'
/** What all tokens of one authorization hang on, so that they can end together. Its id never leaves the server. */
export const AUTHORIZATION = 'OG'
/** What a user has allowed a client beyond the session. */
export const APPROVAL = 'OAP'
/** What all approvals of one user hang on. */
export const APPROVER = 'OAU'
/** Short-lived things of the browser: a pending request, an approval. */
export const TRANSIENT = 'TST'

/**
 * The kinds that this room adds to the catalogue, each in the container that is configured for it.
 *
 * @throws {StartRefusal} for a container that another kind has already.
 */
export function oauthTicketKinds(settings: OAuthConfig): readonly TicketKind[] {
  const { code, accessToken, refreshToken, deviceToken, deviceUserCode } = settings.cas.authn.oauth
  const named = [
    [CODE, code.storageName, 'code'],
    [ACCESS_TOKEN, accessToken.storageName, 'access-token'],
    [REFRESH_TOKEN, refreshToken.storageName, 'refresh-token'],
    [DEVICE_CODE, deviceToken.storageName, 'device-token'],
    [USER_CODE, deviceUserCode.storageName, 'device-user-code'],
  ] as const
  const taken = new Set([...own.map(({ storageName }) => storageName), ...ticketKinds.map(({ storageName }) => storageName)])
  const kinds = named.map(([prefix, storageName, block]): TicketKind => {
    const setting = `cas.authn.oauth.${block}.storage-name`
    if (!/^[A-Za-z][\w.-]{3,63}$/.test(storageName) || RESERVED.has(storageName)) {
      throw new StartRefusal('must be a name of four to 64 letters, digits, dots, dashes and underscores that no table of the store has', {
        setting,
      })
    }
    if (taken.has(storageName)) throw new StartRefusal(`names a container that other tickets are kept in: ${storageName}`, { setting })
    taken.add(storageName)
    // Who loses one when the machine stops gets another as it got that: with its refresh token, its secret, or the session.
    return { prefix, storageName, grants: false, session: false, ...(prefix === ACCESS_TOKEN ? { replaceable: true } : {}) }
  })
  return [...kinds, ...own]
}

/** Kinds whose containers are nobody's to name. */
const own: readonly TicketKind[] = [
  { prefix: AUTHORIZATION, storageName: 'oauthGrantsCache', grants: true, session: false },
  { prefix: APPROVER, storageName: 'oauthApproversCache', grants: true, session: false },
  { prefix: APPROVAL, storageName: 'oauthApprovalsCache', grants: false, session: false },
]

/** Tables that the stores keep besides those of the kinds. */
const RESERVED = new Set(['tree', 'expiring', 'principal', 'once', 'hits', 'slots', 'meta'])
