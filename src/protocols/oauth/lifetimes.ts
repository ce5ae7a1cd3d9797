import type { ExpirationPolicy } from '../../tickets/index.ts'
import type { OAuthClient } from './client.ts'
import type { OAuthConfig } from './config.ts'
import { OFFLINE } from './scopes.ts'

export interface TokenLimits {
  /** 0: no limit. */
  readonly accessTokens: number
  readonly refreshTokens: number
}

/** When tokens of a client end (oauth.md 14): what its definition says, else the settings, member by member. All in seconds. */
export interface Lifetimes {
  code(client: OAuthClient): ExpirationPolicy
  /** `undefined`: no access token is issued at all. */
  accessToken(client: OAuthClient): ExpirationPolicy | undefined
  refreshToken(client: OAuthClient): ExpirationPolicy
  deviceCode(client: OAuthClient): number
  readonly userCode: number
  limits(client: OAuthClient): TokenLimits
  /** Whether tokens with these scopes end with the session (tickets.md 5.2, D2). */
  boundToSession(scopes: readonly string[]): boolean
  /** Of everything that one authorization has brought. */
  readonly family: { readonly max: number | undefined }
}

const hard = (seconds: number): ExpirationPolicy => (Number.isFinite(seconds) ? { timeToLiveInSeconds: seconds } : {})
const idle = (seconds: number): ExpirationPolicy => (Number.isFinite(seconds) ? { timeToIdleInSeconds: seconds } : {})

export function lifetimes(settings: OAuthConfig): Lifetimes {
  const { code, accessToken, refreshToken, deviceToken, deviceUserCode } = settings.cas.authn.oauth
  const track = settings.cas.ticket.trackDescendantTickets
  const familyMax = settings.castellan.oauth.refreshToken.familyMaxTimeToLive
  return {
    code: ({ limits }) => ({
      numberOfUses: limits.code.numberOfUses ?? code.numberOfUses,
      ...hard(limits.code.timeToLive ?? code.timeToKillInSeconds),
    }),
    accessToken({ limits }) {
      const max = limits.accessToken.maxTimeToLive ?? accessToken.maxTimeToLiveInSeconds
      const kill = limits.accessToken.timeToKill ?? accessToken.timeToKillInSeconds
      return max === 0 || kill === 0 ? undefined : { ...hard(max), ...idle(kill) }
    },
    // One use: a rotation is it. Where nothing rotates, the token is read and not used.
    refreshToken: ({ limits }) => ({ numberOfUses: 1, ...hard(limits.refreshToken.timeToKill ?? refreshToken.timeToKillInSeconds) }),
    deviceCode: ({ limits }) => limits.deviceToken.timeToKill ?? deviceToken.maxTimeToLiveInSeconds,
    userCode: deviceUserCode.maxTimeToLiveInSeconds,
    limits: ({ limits }) => ({
      accessTokens: Math.max(0, limits.accessToken.maxActiveTokens ?? accessToken.maxActiveTokensAllowed),
      refreshTokens: Math.max(0, limits.refreshToken.maxActiveTokens ?? refreshToken.maxActiveTokensAllowed),
    }),
    boundToSession: (scopes) => track !== false && (track === true || !scopes.includes(OFFLINE)),
    family: { max: familyMax === undefined || familyMax === 0 ? undefined : familyMax },
  }
}
