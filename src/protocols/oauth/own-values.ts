import type { RegisteredService } from '../../services/index.ts'
import { clientOf, type OAuthClient } from './client.ts'
import { objectOf, textOf } from './definition-members.ts'

interface Member {
  /** Policy and field, or the field alone. */
  readonly path: readonly [string, string] | readonly [string]
  /** Whether what stands there counts: a value that cannot be used leaves the setting in force. */
  readonly counts: (client: OAuthClient) => boolean
}

const member = (path: Member['path'], counts: Member['counts'] = () => true): Member => ({ path, counts })
const CODE = 'codeExpirationPolicy'
const ACCESS = 'accessTokenExpirationPolicy'
const REFRESH = 'refreshTokenExpirationPolicy'
const DEVICE = 'deviceTokenExpirationPolicy'

/** Which member of a definition takes the place of which setting (oauth.md 3.1, 14.5). */
const MEMBERS: Readonly<Record<string, Member>> = {
  'code.number-of-uses': member([CODE, 'numberOfUses'], ({ limits }) => limits.code.numberOfUses !== undefined),
  'code.time-to-kill-in-seconds': member([CODE, 'timeToLive'], ({ limits }) => limits.code.timeToLive !== undefined),
  'access-token.max-time-to-live-in-seconds': member(
    [ACCESS, 'maxTimeToLive'],
    ({ limits }) => limits.accessToken.maxTimeToLive !== undefined,
  ),
  'access-token.time-to-kill-in-seconds': member([ACCESS, 'timeToKill'], ({ limits }) => limits.accessToken.timeToKill !== undefined),
  'access-token.max-active-tokens-allowed': member(
    [ACCESS, 'maxActiveTokens'],
    ({ limits }) => limits.accessToken.maxActiveTokens !== undefined,
  ),
  'refresh-token.time-to-kill-in-seconds': member([REFRESH, 'timeToKill'], ({ limits }) => limits.refreshToken.timeToKill !== undefined),
  'refresh-token.max-active-tokens-allowed': member(
    [REFRESH, 'maxActiveTokens'],
    ({ limits }) => limits.refreshToken.maxActiveTokens !== undefined,
  ),
  'device-token.max-time-to-live-in-seconds': member([DEVICE, 'timeToKill'], ({ limits }) => limits.deviceToken.timeToKill !== undefined),
  'core.bypass-approval-prompt': member(['bypassApprovalPrompt']),
  'core.user-profile-view-type': member(['userProfileViewType'], ({ profileView }) => profileView !== undefined),
  'access-token.create-as-jwt': member(['jwtAccessToken']),
  'refresh-token.create-as-jwt': member(['jwtRefreshToken']),
}
const PREFIX = 'cas.authn.oauth.'

/** What a definition says instead of a setting. */
export type OwnValue =
  /** Definitions have nothing to say about this setting. */
  | { readonly kind: 'none' }
  /** `value`: as it stands there; absent where it says nothing, or nothing that can be used, and the setting holds. */
  | { readonly kind: 'member'; readonly member: string; readonly value: string | undefined }

/** @param key Canonical name of the setting. */
export function ownValueOf(service: RegisteredService, key: string): OwnValue {
  const found = key.startsWith(PREFIX) ? MEMBERS[key.slice(PREFIX.length)] : undefined
  if (!found) return { kind: 'none' }
  const [first, second] = found.path
  const members = second === undefined ? service.definition : objectOf(service.definition, first)
  const text = members && textOf(members, second ?? first)
  const counts = text !== undefined && found.counts(clientOf(service, 'cas-compat'))
  return { kind: 'member', member: found.path.join('.'), value: counts ? text.trim() : undefined }
}
